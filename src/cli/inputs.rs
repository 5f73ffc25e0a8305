//! What the paths on the command line are: configurations to compile, or manifests to judge.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::changed::Changed;
use super::configuration::{Configuration, Configurations};
use super::manifests::Manifests;
use super::walk::{Found, Links, counts, walk};
use super::{Stop, Streams};
use crate::compile::{Given, Options, read_fleet, refused_fleet};
use crate::config::{Fleet, is_fleet};
use crate::k8s::of_text;
use crate::source::{Limit, Source, read_named, read_stream};

/// So many configurations are asked at once whether they have changed.
const AT_ONCE: usize = 4096;

/// What the paths are.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) configurations: Configurations,
    pub(super) manifests: Manifests,
}

/// Every configuration that the paths name, each once; `-` is one on standard input.
pub(super) fn configurations(
    paths: &[PathBuf],
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Configurations, Stop> {
    let mut found = Configurations::default();
    for path in paths {
        if is_stdin(path, paths)? {
            found.push(Configuration::file(
                path.clone(),
                Some(from_stdin(streams, Limit::Configuration)?),
                None,
            ))?;
        } else if path.is_dir() {
            let before = found.len();
            let within = path.as_path().into();
            every_file_below(path, &is_ours, |file| {
                add(file, &within, options, &mut found)
            })?;
            if found.len() == before {
                let message = format!(
                    "no configuration in {}: trust.yaml, *.trust.yaml, fleet.yaml and *.fleet.yaml count, with .yml too, and no links",
                    path.display()
                );
                return Err(Stop::Failed(message));
            }
        } else {
            let source = read(path, Limit::Manifests)?;
            match is_fleet(&source) {
                true => fleet(path, source, None, options, &mut found)?,
                // A file is read again within the limit of a configuration.
                false => found.push(Configuration::file(path.clone(), None, None))?,
            }
        }
    }
    found.each_once()
}

/// Those that have changed, if only those are wanted.
pub(super) fn only_changed(
    configurations: Configurations,
    since: Option<&str>,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Configurations, Stop> {
    let Some(reference) = since else {
        return Ok(configurations);
    };
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::Failed(
            "--changed-since compares files, and standard input is none".to_owned(),
        ));
    }
    let changed = Changed::since(reference, paths)?;
    let judge = |configuration: Result<Configuration, Stop>| {
        let configuration = configuration?;
        let wanted = configuration.is_changed(&changed, options)?;
        Ok(wanted.then_some(configuration))
    };
    let (mut each, mut wanted) = (configurations.each()?, Configurations::default());
    while each.len() > 0 {
        let some: Vec<Result<Configuration, Stop>> = each.by_ref().take(AT_ONCE).collect();
        let judged: Vec<Result<Option<Configuration>, Stop>> =
            some.into_par_iter().map(judge).collect();
        for one in judged {
            one?.into_iter().try_for_each(|one| wanted.push(one))?;
        }
    }
    Ok(wanted)
}

/// Configurations and manifests that the paths name. A folder may hold both; a file is what it says it is.
pub(super) fn sort_out(
    paths: &[PathBuf],
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Sorted, Stop> {
    let mut sorted = Sorted::default();
    for path in paths {
        if path.is_dir() {
            sorted.folder(path, options)?;
            continue;
        }
        let stdin = is_stdin(path, paths)?;
        let source = if stdin {
            from_stdin(streams, Limit::Manifests)?
        } else {
            read(path, Limit::Manifests)?
        };
        if is_manifest(path, &source) {
            sorted.manifests.named.push(source);
        } else if !stdin && is_fleet(&source) {
            fleet(path, source, None, options, &mut sorted.configurations)?;
        } else {
            // A file is read again within the limit of a configuration.
            sorted.configurations.push(Configuration::file(
                path.clone(),
                stdin.then_some(source),
                None,
            ))?;
        }
    }
    sorted.configurations = sorted.configurations.each_once()?;
    Ok(sorted)
}

impl Sorted {
    fn folder(&mut self, folder: &Path, options: &Options) -> Result<(), Stop> {
        let (within, mut is_empty) = (folder.into(), true);
        walk(folder, Links::Followed, &counts, &mut |found| {
            match found {
                Found::Unread(path, error) if path == folder => {
                    return Err(cannot_read(&path, &error));
                }
                Found::Unread(path, error) => {
                    self.manifests.unread.push(unread(&path, &error));
                    return Ok(());
                }
                Found::File(path) if is_ours(&path) => {
                    add(path, &within, options, &mut self.configurations)?
                }
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
                folder.display()
            );
            return Err(Stop::Failed(message));
        }
        Ok(())
    }

    /// The same, with other content for some files.
    pub(super) fn with(mut self, texts: &BTreeMap<PathBuf, String>) -> Result<Self, Stop> {
        let with_text = |mut configuration: Configuration| -> Result<Configuration, Stop> {
            if let Configuration::File { path, source, .. } = &mut configuration
                && let Some(text) = texts.get(&**path)
            {
                *source = Some(Box::new(
                    read(path, Limit::Configuration)?.rewritten(text.clone()),
                ));
            }
            Ok(configuration)
        };
        let mut configurations = Configurations::default();
        for configuration in std::mem::take(&mut self.configurations).each()? {
            configurations.push(with_text(configuration?)?)?;
        }
        self.configurations = configurations;
        for file in self
            .manifests
            .named
            .iter_mut()
            .chain(&mut self.manifests.found)
        {
            if let Some(text) = file.path().and_then(|path| texts.get(path)) {
                *file = file.rewritten(text.clone());
            }
        }
        Ok(self)
    }
}

/// Files as they are, whatever they hold.
pub(super) fn files(paths: &[PathBuf], streams: &mut Streams<'_>) -> Result<Vec<Source>, Stop> {
    let one = |path: &PathBuf| {
        if is_stdin(path, paths)? {
            from_stdin(streams, Limit::Manifests)
        } else {
            read(path, Limit::Manifests)
        }
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

fn is_stdin(path: &Path, paths: &[PathBuf]) -> Result<bool, Stop> {
    if path.as_os_str() == "-" && paths.len() > 1 {
        return Err(Stop::Failed(
            "`-` stands alone: standard input is one file".to_owned(),
        ));
    }
    Ok(path.as_os_str() == "-")
}

/// Hands every regular file below a folder on that is wanted. Nothing may be unreadable.
fn every_file_below(
    folder: &Path,
    wanted: &(impl Fn(&Path) -> bool + Sync),
    mut found: impl FnMut(PathBuf) -> Result<(), Stop>,
) -> Result<(), Stop> {
    walk(folder, Links::LeftOut, wanted, &mut |one| match one {
        Found::File(path) => found(path),
        Found::Unread(path, error) => Err(cannot_read(&path, &error)),
    })
}

fn cannot_read(folder: &Path, error: &io::Error) -> Stop {
    Stop::Failed(format!("cannot read {}: {error}", folder.display()))
}

fn unread(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("cannot read `{}`: permission denied", path.display())
        }
        _ => format!("cannot read `{}`: {error}", path.display()),
    }
}

/// Adds what a file of ours is that was found in a folder.
fn add(
    path: PathBuf,
    within: &Arc<Path>,
    options: &Options,
    found: &mut Configurations,
) -> Result<(), Stop> {
    if is_configuration(&name(&path)) {
        found.push(Configuration::file(path, None, Some(within.clone())))?;
    } else if is_fleet_file(&name(&path)) {
        let source = read(&path, Limit::Manifests)?;
        fleet(&path, source, Some(within.clone()), options, found)?;
    }
    Ok(())
}

/// Adds every site of a fleet: those of its table, then those that its glob finds.
fn fleet(
    path: &Path,
    source: Source,
    within: Option<Arc<Path>>,
    options: &Options,
    found: &mut Configurations,
) -> Result<(), Stop> {
    let given = Given {
        path,
        source,
        within: within.as_deref(),
        fleet: None,
    };
    let fleet = match read_fleet(given, options) {
        Ok(fleet) => Arc::new(fleet),
        Err(site) => return found.push(Configuration::Refused(site)),
    };
    let (before, within) = (found.len(), within.or_else(|| Some(fleet.folder().into())));
    found.push_rows(fleet.clone(), within.clone());
    if let Some(glob) = fleet.glob() {
        matching(&fleet, glob, |path| {
            let (within, fleet) = (within.clone(), Some(fleet.clone()));
            found.push(Configuration::File {
                path: path.into(),
                source: None,
                within,
                fleet,
            })
        })?;
    }
    if found.len() == before {
        let (sources, diagnostics) = fleet.refuse_empty();
        return found.push(Configuration::Refused(Box::new(refused_fleet(
            sources,
            diagnostics,
        ))));
    }
    Ok(())
}

/// Hands on files below the fleet's folder whose path from there matches, but for the fleet itself. `*` stays in its folder,
/// `**` does not.
fn matching(
    fleet: &Fleet,
    glob: &str,
    found: impl FnMut(PathBuf) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (folder, from_here) = (fleet.folder(), glob.trim_start_matches("./"));
    let pattern = glob::Pattern::new(from_here).map_err(|e| {
        Stop::Failed(format!(
            "{}: the glob `{glob}` is none: {e}",
            fleet.path().display()
        ))
    })?;
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::default()
    };
    let matches = |file: &Path| {
        file != fleet.path()
            && file
                .strip_prefix(folder)
                .is_ok_and(|inside| pattern.matches_path_with(inside, options))
    };
    every_file_below(folder, &matches, found)
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

fn from_stdin(streams: &mut Streams<'_>, limit: Limit) -> Result<Source, Stop> {
    read_stream("<stdin>", streams.input, limit).map_err(|fault| Stop::Failed(fault.to_string()))
}

pub(super) fn read(path: &Path, limit: Limit) -> Result<Source, Stop> {
    read_named(path, limit).map_err(|fault| Stop::Failed(fault.to_string()))
}
