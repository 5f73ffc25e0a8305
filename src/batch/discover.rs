//! What the paths on the command line are: configurations to compile, or manifests to judge.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::job::each_once;
use super::walk::{Found, Links, Walk, cannot_read, may_hold_objects, outside};
use super::{Failure, Job};
use crate::compile::{Given, Options, read_fleet, refused_fleet};
use crate::config::{Fleet, is_fleet};
use crate::diagnostic::Origin;
use crate::k8s::of_text;
use crate::source::{
    Border, FILE_OUTSIDE_TREE, Limit, Source, Sources, is_open_stream, read_named, read_stream,
};
use crate::text::Clean;

/// Standard input.
type Stdin<'s> = &'s mut (dyn Read + Send);

/// Files that may hold manifests.
#[derive(Default)]
pub(crate) struct Manifests {
    /// Named on the command line: manifests of one cluster.
    pub(crate) named: Vec<Source>,
    /// Found in a folder: whatever they are.
    pub(crate) found: Vec<Source>,
    /// What could not be read, and why.
    pub(crate) unread: Vec<String>,
}

/// What the paths are.
#[derive(Default)]
pub(crate) struct Inputs {
    pub(crate) jobs: Vec<Job>,
    pub(crate) manifests: Manifests,
}

/// Every configuration that the paths name, each once; `-` is one on standard input.
///
/// # Errors
/// A path that cannot be read, or a folder without a configuration.
pub(crate) fn configurations(
    paths: &[PathBuf],
    options: &Options,
    stdin: Stdin<'_>,
) -> Result<Vec<Job>, Failure> {
    let mut jobs = Vec::new();
    for path in paths {
        if is_stdin(path, paths)? {
            let source = read_stream("<stdin>", stdin, Limit::Configuration)?;
            jobs.push(Job::file(path.clone(), Some(source), None));
        } else if path.is_dir() {
            let before = jobs.len();
            configurations_below(path, options, &mut jobs)?;
            if jobs.len() == before {
                let message = format!(
                    "no configuration in {}: trust.yaml, *.trust.yaml, fleet.yaml and *.fleet.yaml count, with .yml too, and no links",
                    Clean::path(&path)
                );
                return Err(Failure(message));
            }
        } else {
            let source = read_named(path, Limit::Manifests)?;
            match is_fleet(&source) {
                true => fleet(path, source, None, options, &mut jobs)?,
                // A file is read again within the limit of a configuration.
                false => {
                    let source = is_open_stream(path).then_some(source);
                    jobs.push(Job::file(path.clone(), source, None));
                }
            }
        }
    }
    each_once(jobs)
}

fn configurations_below(
    folder: &Path,
    options: &Options,
    jobs: &mut Vec<Job>,
) -> Result<(), Failure> {
    let within = folder.into();
    every_file_below(folder, options, &is_ours, &mut |file| {
        add(file, &within, options, jobs)
    })
}

/// Configurations and manifests that the paths name. A folder may hold both; a file is what it says it is.
///
/// # Errors
/// A path that cannot be read, or a folder with neither.
pub(crate) fn discover(
    paths: &[PathBuf],
    options: &Options,
    stdin: Stdin<'_>,
) -> Result<Inputs, Failure> {
    let mut inputs = Inputs::default();
    for path in paths {
        if path.is_dir() {
            inputs.folder(path, options)?;
            continue;
        }
        let is_stdin = is_stdin(path, paths)?;
        let source = match is_stdin {
            true => read_stream("<stdin>", stdin, Limit::Manifests)?,
            false => read_named(path, Limit::Manifests)?,
        };
        if is_manifest(path, &source) {
            inputs.manifests.named.push(source);
        } else if !is_stdin && is_fleet(&source) {
            fleet(path, source, None, options, &mut inputs.jobs)?;
        } else {
            // A file is read again within the limit of a configuration.
            let source = (is_stdin || is_open_stream(path)).then_some(source);
            inputs.jobs.push(Job::file(path.clone(), source, None));
        }
    }
    inputs.jobs = each_once(inputs.jobs)?;
    Ok(inputs)
}

impl Inputs {
    fn folder(&mut self, folder: &Path, options: &Options) -> Result<(), Failure> {
        let (within, mut is_empty) = (folder.into(), true);
        let border = border(folder, options)?;
        let walk = Walk {
            folder,
            depth: usize::MAX,
            links: Links::Followed,
            border: &border,
        };
        walk.run(&may_hold_objects, &mut |found| {
            match found {
                Found::Unread(path, why) if path == folder => return Err(cannot_read(&path, &why)),
                Found::Unread(path, why) => {
                    let what = format!("cannot read `{}`: {why}", Clean::path(&path));
                    self.manifests.unread.push(what);
                    return Ok(());
                }
                Found::Outside(path) => self.jobs.push(refused_link(&path)),
                Found::File(path) if is_ours(&path) => add(path, &within, options, &mut self.jobs)?,
                Found::File(path) => match read_named(&path, Limit::Manifests) {
                    Ok(source) => self.manifests.found.push(source),
                    Err(fault) => self.manifests.unread.push(fault.to_string()),
                },
            }
            is_empty = false;
            Ok(())
        })?;
        if is_empty {
            let message = format!(
                "neither a configuration nor a manifest in {}",
                Clean::path(&folder)
            );
            return Err(Failure(message));
        }
        Ok(())
    }

    /// The same, with other content for some files.
    ///
    /// # Errors
    /// One of these files cannot be read any more.
    pub(crate) fn with(mut self, texts: &BTreeMap<PathBuf, String>) -> Result<Self, Failure> {
        for job in &mut self.jobs {
            if let Job::File { path, source, .. } = job
                && let Some(text) = texts.get(&**path)
            {
                let read = read_named(path, Limit::Configuration)?;
                *source = Some(Box::new(read.rewritten(text.clone())));
            }
        }
        let Manifests { named, found, .. } = &mut self.manifests;
        for file in named.iter_mut().chain(found) {
            if let Some(text) = file.path().and_then(|path| texts.get(path)) {
                *file = file.rewritten(text.clone());
            }
        }
        Ok(self)
    }
}

fn border(folder: &Path, options: &Options) -> Result<Border, Failure> {
    let allowed = options.allow_roots.iter().map(PathBuf::as_path);
    Border::around(folder, allowed).map_err(|error| cannot_read(folder, &error.to_string()))
}

/// A link that is not followed is a finding: what it hides is not judged.
fn refused_link(path: &Path) -> Job {
    let mut sources = Sources::default();
    let id = sources.add(Source::new(path.to_string_lossy(), Vec::new()));
    let fault = FILE_OUTSIDE_TREE.at(Origin::file(id), outside(path));
    Job::Refused(Box::new(refused_fleet(sources, vec![fault])))
}

/// Files as they are, whatever they hold.
///
/// # Errors
/// One of them cannot be read.
pub(crate) fn files(paths: &[PathBuf], stdin: Stdin<'_>) -> Result<Vec<Source>, Failure> {
    let one = |path: &PathBuf| {
        Ok(match is_stdin(path, paths)? {
            true => read_stream("<stdin>", stdin, Limit::Manifests)?,
            false => read_named(path, Limit::Manifests)?,
        })
    };
    paths.iter().map(one).collect()
}

/// Whether a named file is to be judged as manifests: it speaks of objects, and not of ours.
fn is_manifest(path: &Path, source: &Source) -> bool {
    let name = name(path);
    let text = source.text().unwrap_or_default();
    // What we rendered speaks of us in annotations; only an apiVersion of ours makes a configuration.
    let versions = text
        .split("apiVersion")
        .skip(1)
        .map(|rest| rest.trim_start_matches(['"', '\'', ':', ' ', '\t']));
    let versions: Vec<&str> = versions.collect();
    // A template may leave even that to whoever fills it in.
    let speaks = !versions.is_empty() || text.contains("{{") && of_text(source).is_some();
    !is_configuration(&name)
        && speaks
        && !versions
            .iter()
            .any(|version| version.starts_with("trustc.dev/"))
}

fn is_stdin(path: &Path, paths: &[PathBuf]) -> Result<bool, Failure> {
    if path.as_os_str() == "-" && paths.len() > 1 {
        return Err(Failure(
            "`-` stands alone: standard input is one file".to_owned(),
        ));
    }
    Ok(path.as_os_str() == "-")
}

/// Hands every regular file below a folder on that is wanted. Nothing may be unreadable.
fn every_file_below(
    folder: &Path,
    options: &Options,
    wanted: &dyn Fn(&Path) -> bool,
    found: &mut dyn FnMut(PathBuf) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let border = border(folder, options)?;
    let walk = Walk {
        folder,
        depth: usize::MAX,
        links: Links::LeftOut,
        border: &border,
    };
    walk.run(wanted, &mut |one| match one {
        Found::File(path) => found(path),
        Found::Outside(path) => Err(Failure(format!(
            "{} [{}]",
            outside(&path),
            FILE_OUTSIDE_TREE.id
        ))),
        Found::Unread(path, why) => Err(cannot_read(&path, &why)),
    })
}

/// Adds what a file of ours is that was found in a folder.
fn add(
    path: PathBuf,
    within: &Arc<Path>,
    options: &Options,
    jobs: &mut Vec<Job>,
) -> Result<(), Failure> {
    if is_configuration(&name(&path)) {
        jobs.push(Job::file(path, None, Some(within.clone())));
    } else if is_fleet_file(&name(&path)) {
        let source = read_named(&path, Limit::Manifests)?;
        fleet(&path, source, Some(within.clone()), options, jobs)?;
    }
    Ok(())
}

/// Adds every site of a fleet: those of its table, then those that its glob finds.
fn fleet(
    path: &Path,
    source: Source,
    within: Option<Arc<Path>>,
    options: &Options,
    jobs: &mut Vec<Job>,
) -> Result<(), Failure> {
    let given = Given {
        path,
        source,
        within: within.as_deref(),
        fleet: None,
    };
    let fleet = match read_fleet(given, options) {
        Ok(fleet) => Arc::new(fleet),
        Err(site) => {
            jobs.push(Job::Refused(site));
            return Ok(());
        }
    };
    let (before, within) = (jobs.len(), within.or_else(|| Some(fleet.folder().into())));
    jobs.extend((0..fleet.len()).map(|row| Job::Row {
        fleet: fleet.clone(),
        row,
        within: within.clone(),
    }));
    if let Some(glob) = fleet.glob() {
        matching(&fleet, glob, options, &mut |path| {
            jobs.push(Job::File {
                path: path.into(),
                source: None,
                within: within.clone(),
                fleet: Some(fleet.clone()),
            });
            Ok(())
        })?;
    }
    if jobs.len() == before {
        let (sources, diagnostics) = fleet.refuse_empty();
        let refused = refused_fleet(sources, diagnostics);
        jobs.push(Job::Refused(Box::new(refused)));
    }
    Ok(())
}

/// Hands on files below the fleet's folder whose path from there matches, but for the fleet itself. `*` stays in its folder,
/// `**` does not.
fn matching(
    fleet: &Fleet,
    glob: &str,
    options: &Options,
    found: &mut dyn FnMut(PathBuf) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (folder, from_here) = (fleet.folder(), glob.trim_start_matches("./"));
    let pattern = glob::Pattern::new(from_here).map_err(|e| {
        Failure(format!(
            "{}: the glob `{glob}` is none: {e}",
            Clean::path(&fleet.path())
        ))
    })?;
    let literal = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::default()
    };
    let matches = |file: &Path| {
        file != fleet.path()
            && file
                .strip_prefix(folder)
                .is_ok_and(|inside| pattern.matches_path_with(inside, literal))
    };
    every_file_below(folder, options, &matches, found)
}

fn name(path: &Path) -> Cow<'_, str> {
    path.file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default()
}

/// Whether a file that was found is of ours: a configuration, a fleet, or what configurations extend.
fn is_ours(path: &Path) -> bool {
    let name = name(path);
    is_configuration(&name) || is_fleet_file(&name) || name == "trust.defaults.yaml"
}

fn is_fleet_file(name: &str) -> bool {
    matches!(name, "fleet.yaml" | "fleet.yml")
        || name.ends_with(".fleet.yaml")
        || name.ends_with(".fleet.yml")
}

fn is_configuration(name: &str) -> bool {
    matches!(name, "trust.yaml" | "trust.yml")
        || name.ends_with(".trust.yaml")
        || name.ends_with(".trust.yml")
}

/// The other manifests that go to the same cluster as the one at `path`: those of its kustomization, else of its folder.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn manifests_beside(path: &Path) -> Result<Vec<Source>, Failure> {
    let names = ["kustomization.yaml", "kustomization.yml"];
    let is_root = |folder: &&Path| names.iter().any(|name| folder.join(name).is_file());
    let root = path.ancestors().skip(1).find(is_root);
    let Some(folder) = root.or(path.parent()) else {
        return Ok(Vec::new());
    };
    let depth = if root.is_some() { usize::MAX } else { 1 };
    let border = Border::around(folder, []);
    let walk = Walk {
        folder,
        depth,
        links: Links::Followed,
        border: &border.map_err(|error| cannot_read(folder, &error.to_string()))?,
    };
    let mut sources = Vec::new();
    walk.run(
        &|file| file != path && may_hold_objects(file),
        &mut |found| {
            // What cannot be read is said by `check`.
            if let Found::File(file) = found
                && sources.len() < MAX_BESIDE
            {
                sources.extend(read_named(&file, Limit::Manifests));
            }
            Ok(())
        },
    )?;
    Ok(sources)
}

/// More files than anybody edits together.
const MAX_BESIDE: usize = 200;
