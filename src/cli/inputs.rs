//! What the paths on the command line are: configurations to compile, or manifests to judge.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::changed::Changed;
use super::manifests::Manifests;
use super::walk::{every_file_below, walk};
use super::{Stop, Streams};
use crate::config::{Fleet, is_fleet};
use crate::import::of_text;
use crate::site::{Given, Options, Site, compile, compile_row, inputs, inputs_of_row, read_fleet, refused_fleet};
use crate::source::{Digest, Limit, Source, read_named, read_stream};

/// A configuration to compile.
pub(super) enum Configuration {
    /// A file: where it is, and, if it has been read already, what it holds.
    File {
        path: Box<Path>,
        source: Option<Box<Source>>,
        /// The folder on the command line that it was found in.
        within: Option<Arc<Path>>,
        /// The fleet whose glob found it.
        fleet: Option<Arc<Fleet>>,
    },
    /// A row of a fleet.
    Row { fleet: Arc<Fleet>, row: usize, within: Option<Arc<Path>> },
    /// A fleet that could not be read.
    Refused(Box<Site>),
}

impl Configuration {
    fn file(path: PathBuf, source: Option<Source>, within: Option<Arc<Path>>) -> Self {
        Self::File { path: path.into(), source: source.map(Box::new), within, fleet: None }
    }

    /// Where it is, if it is a file.
    fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Row { .. } | Self::Refused(_) => None,
        }
    }

    /// Whether one of its files is among those that changed. What cannot be told is compiled.
    fn is_changed(&self, changed: &Changed, options: &Options) -> Result<bool, Stop> {
        let inputs = match self {
            Self::File { path, source: _, within, fleet } => {
                let source = read(path, Limit::Configuration)?;
                inputs(Given { path, source, within: within.as_deref(), fleet: fleet.as_deref() }, options)
            }
            Self::Row { fleet, row, within } => inputs_of_row(fleet, *row, within.as_deref(), options),
            Self::Refused(_) => None,
        };
        Ok(inputs.is_none_or(|inputs| changed.any(inputs.iter().map(PathBuf::as_path))))
    }

    /// What it is known by among those of a run; in order, as a walk finds them. None if it is no site.
    pub(super) fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::File { path, .. } => path.to_str().map(Cow::from),
            Self::Row { fleet, row, .. } => fleet.path().to_str().map(|path| format!("{path}#{row:09}").into()),
            Self::Refused(_) => None,
        }
    }

    /// Reads it, if it is a file that has not been read.
    pub(super) fn read(&mut self) -> Result<(), Stop> {
        if let Self::File { path, source: source @ None, .. } = self {
            *source = Some(Box::new(read(path, Limit::Configuration)?));
        }
        Ok(())
    }

    /// The digest of everything that it says itself, once it has been read.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::File { source, fleet, .. } => {
                let own = Sha256::new_with_prefix(source.as_ref().map(|source| *source.digest()).unwrap_or_default());
                own.chain_update(fleet.as_ref().and_then(|fleet| fleet.extends()).unwrap_or_default()).finalize().into()
            }
            Self::Row { fleet, row, .. } => Sha256::digest(fleet.row_bytes(*row)).into(),
            Self::Refused(_) => Digest::default(),
        }
    }

    pub(super) fn compile(self, options: &Options) -> Result<Site, Stop> {
        match self {
            Self::File { path, source, within, fleet } => {
                let source = source.map_or_else(|| read(&path, Limit::Configuration), |source| Ok(*source))?;
                let given = Given { path: &path, source, within: within.as_deref(), fleet: fleet.as_deref() };
                Ok(compile(given, options)?)
            }
            Self::Row { fleet, row, within } => Ok(compile_row(&fleet, row, within.as_deref(), options)?),
            Self::Refused(site) => Ok(*site),
        }
    }
}

/// What the paths are.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) configurations: Vec<Configuration>,
    pub(super) manifests: Manifests,
}

/// Every configuration that the paths name, each once; `-` is one on standard input.
pub(super) fn configurations(
    paths: &[PathBuf],
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Vec<Configuration>, Stop> {
    let mut found = Vec::new();
    for path in paths {
        if is_stdin(path, paths)? {
            found.push(Configuration::file(path.clone(), Some(from_stdin(streams, Limit::Configuration)?), None));
        } else if path.is_dir() {
            let inside = in_folder(path, options)?;
            if inside.is_empty() {
                let message =
                    format!("no configuration in {}: trust.yaml, trust.yml and *.trust.yaml count", path.display());
                return Err(Stop::Failed(message));
            }
            found.extend(inside);
        } else {
            let source = read(path, Limit::Manifests)?;
            match is_fleet(&source) {
                true => found.extend(fleet(path, source, None, options)?),
                // A file is read again within the limit of a configuration.
                false => found.push(Configuration::file(path.clone(), None, None)),
            }
        }
    }
    Ok(each_once(found))
}

/// Those that have changed, if only those are wanted.
pub(super) fn only_changed(
    configurations: Vec<Configuration>,
    since: Option<&str>,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Vec<Configuration>, Stop> {
    let Some(reference) = since else { return Ok(configurations) };
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::Failed("--changed-since compares files, and standard input is none".to_owned()));
    }
    let changed = Changed::since(reference, paths)?;
    let judged = configurations.into_par_iter().map(|configuration| {
        let wanted = configuration.is_changed(&changed, options)?;
        Ok(wanted.then_some(configuration))
    });
    let judged: Vec<Result<Option<Configuration>, Stop>> = judged.collect();
    judged.into_iter().filter_map(Result::transpose).collect()
}

/// Configurations and manifests that the paths name. A folder may hold both; a file is what it says it is.
pub(super) fn sort_out(paths: &[PathBuf], options: &Options, streams: &mut Streams<'_>) -> Result<Sorted, Stop> {
    let mut sorted = Sorted::default();
    for path in paths {
        if path.is_dir() {
            sorted.folder(path, options)?;
            continue;
        }
        let stdin = is_stdin(path, paths)?;
        let source = if stdin { from_stdin(streams, Limit::Manifests)? } else { read(path, Limit::Manifests)? };
        if is_manifest(path, &source) {
            sorted.manifests.named.push(source);
        } else if !stdin && is_fleet(&source) {
            sorted.configurations.extend(fleet(path, source, None, options)?);
        } else {
            // A file is read again within the limit of a configuration.
            sorted.configurations.push(Configuration::file(path.clone(), stdin.then_some(source), None));
        }
    }
    sorted.configurations = each_once(sorted.configurations);
    Ok(sorted)
}

impl Sorted {
    fn folder(&mut self, folder: &Path, options: &Options) -> Result<(), Stop> {
        let walked = walk(folder)?;
        self.manifests.unread.extend(walked.unread);
        let within: Arc<Path> = folder.into();
        let (ours, manifests): (Vec<_>, Vec<_>) = walked.files.into_iter().partition(|file| is_ours(file));
        if ours.is_empty() && manifests.is_empty() {
            let message = format!("neither a configuration nor a manifest in {}", folder.display());
            return Err(Stop::Failed(message));
        }
        self.configurations.extend(of_ours(ours, &within, options)?);
        for file in manifests {
            match read_named(&file, Limit::Manifests) {
                Ok(source) => self.manifests.found.push(source),
                Err(fault) => self.manifests.unread.push(fault.to_string()),
            }
        }
        Ok(())
    }

    /// The same, with other content for some files.
    pub(super) fn with(mut self, texts: &BTreeMap<PathBuf, String>) -> Result<Self, Stop> {
        for configuration in &mut self.configurations {
            if let Configuration::File { path, source, .. } = configuration
                && let Some(text) = texts.get(&**path)
            {
                *source = Some(Box::new(read(path, Limit::Configuration)?.rewritten(text.clone())));
            }
        }
        for file in self.manifests.named.iter_mut().chain(&mut self.manifests.found) {
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
        if is_stdin(path, paths)? { from_stdin(streams, Limit::Manifests) } else { read(path, Limit::Manifests) }
    };
    paths.iter().map(one).collect()
}

/// Whether a named file is to be judged as manifests: it speaks of objects, and not of ours.
fn is_manifest(path: &Path, source: &Source) -> bool {
    let name = name(path);
    let text = source.text().unwrap_or_default();
    // What we rendered speaks of us in annotations; only an apiVersion of ours makes a configuration.
    let versions = text.split("apiVersion").skip(1).map(|rest| rest.trim_start_matches(['"', '\'', ':', ' ', '\t']));
    let versions: Vec<&str> = versions.collect();
    // A template may leave even that to whoever fills it in.
    let speaks = !versions.is_empty() || text.contains("{{") && of_text(source).is_some();
    !is_configuration(&name) && speaks && !versions.iter().any(|version| version.starts_with("trustc.dev/"))
}

fn is_stdin(path: &Path, paths: &[PathBuf]) -> Result<bool, Stop> {
    if path.as_os_str() == "-" && paths.len() > 1 {
        return Err(Stop::Failed("`-` stands alone: standard input is one file".to_owned()));
    }
    Ok(path.as_os_str() == "-")
}

fn each_once(mut configurations: Vec<Configuration>) -> Vec<Configuration> {
    // Paths of one walk are in order and differ: only several can meet.
    let in_order = |one: &Configuration, next: &Configuration| one.path().is_some() && one.path() < next.path();
    if !configurations.is_sorted_by(in_order) {
        let mut seen = BTreeSet::new();
        configurations.retain(|one| one.path().is_none_or(|path| seen.insert(path.to_path_buf())));
    }
    configurations
}

fn in_folder(folder: &Path, options: &Options) -> Result<Vec<Configuration>, Stop> {
    of_ours(every_file_below(folder, is_ours)?, &folder.into(), options)
}

/// What files of ours are, found in a folder.
fn of_ours(files: Vec<PathBuf>, within: &Arc<Path>, options: &Options) -> Result<Vec<Configuration>, Stop> {
    let mut found = Vec::new();
    for path in files {
        if is_configuration(&name(&path)) {
            found.push(Configuration::file(path, None, Some(within.clone())));
        } else if is_fleet_file(&name(&path)) {
            let source = read(&path, Limit::Manifests)?;
            found.extend(fleet(&path, source, Some(within.clone()), options)?);
        }
    }
    Ok(found)
}

/// Every site of a fleet: those of its table, then those that its glob finds.
fn fleet(
    path: &Path,
    source: Source,
    within: Option<Arc<Path>>,
    options: &Options,
) -> Result<Vec<Configuration>, Stop> {
    let given = Given { path, source, within: within.as_deref(), fleet: None };
    let fleet = match read_fleet(given, options) {
        Ok(fleet) => Arc::new(fleet),
        Err(site) => return Ok(vec![Configuration::Refused(site)]),
    };
    let within = within.or_else(|| Some(fleet.folder().into()));
    let row = |row| Configuration::Row { fleet: fleet.clone(), row, within: within.clone() };
    let mut found: Vec<Configuration> = (0..fleet.len()).map(row).collect();
    for path in fleet.glob().map(|glob| matching(fleet.folder(), glob)).transpose()?.into_iter().flatten() {
        let (within, fleet) = (within.clone(), Some(fleet.clone()));
        found.push(Configuration::File { path: path.into(), source: None, within, fleet });
    }
    if found.is_empty() {
        let (sources, diagnostics) = fleet.refuse_empty();
        found.push(Configuration::Refused(Box::new(refused_fleet(sources, diagnostics))));
    }
    Ok(found)
}

/// Files below `folder` whose path from there matches. `*` stays in its folder, `**` does not.
fn matching(folder: &Path, glob: &str) -> Result<Vec<PathBuf>, Stop> {
    let pattern = glob::Pattern::new(glob).map_err(|e| Stop::Failed(format!("the glob `{glob}` is none: {e}")))?;
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    every_file_below(folder, |file| {
        file.strip_prefix(folder).is_ok_and(|inside| pattern.matches_path_with(inside, options))
    })
}

fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
}

/// Whether a file that was found is of ours: a configuration, a fleet, or what configurations extend.
fn is_ours(path: &Path) -> bool {
    let name = name(path);
    is_configuration(&name) || is_fleet_file(&name) || name == "trust.defaults.yaml"
}

fn is_fleet_file(name: &str) -> bool {
    name == "fleet.yaml" || name.ends_with(".fleet.yaml")
}

fn is_configuration(name: &str) -> bool {
    matches!(name, "trust.yaml" | "trust.yml") || name.ends_with(".trust.yaml") || name.ends_with(".trust.yml")
}

fn from_stdin(streams: &mut Streams<'_>, limit: Limit) -> Result<Source, Stop> {
    read_stream("<stdin>", streams.input, limit).map_err(|fault| Stop::Failed(fault.to_string()))
}

fn read(path: &Path, limit: Limit) -> Result<Source, Stop> {
    read_named(path, limit).map_err(|fault| Stop::Failed(fault.to_string()))
}
