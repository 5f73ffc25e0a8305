//! What the paths on the command line are: configurations to compile, or manifests to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::manifests::Manifests;
use super::walk::walk;
use super::{Stop, Streams};
use crate::diagnostic::Origin;
use crate::pointer::Pointer;
use crate::site::{Options, Outcome, Site, compile};
use crate::source::{Limit, Source, read_named, read_stream};
use crate::trust::SITE_NAME_TAKEN;

/// A configuration to compile: where it is, and, if it has been read already, what it holds.
pub(super) struct Configuration {
    path: PathBuf,
    source: Option<Source>,
}

/// What the paths are.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) configurations: Vec<Configuration>,
    pub(super) manifests: Manifests,
}

/// Compiles configurations: several in parallel, the result in the order of the paths.
pub(super) fn compile_all(configurations: Vec<Configuration>, options: &Options) -> Result<Vec<Site>, Stop> {
    let one = |configuration: Configuration| {
        let source = configuration.source.map_or_else(|| read(&configuration.path, Limit::Configuration), Ok)?;
        Ok(compile(&configuration.path, source, options)?)
    };
    // A pool of threads costs more than one site.
    let mut sites = if configurations.len() > 1 {
        configurations.into_par_iter().map(one).collect::<Result<Vec<_>, Stop>>()?
    } else {
        configurations.into_iter().map(one).collect::<Result<Vec<_>, Stop>>()?
    };
    refuse_repeated_names(&mut sites);
    Ok(sites)
}

/// Every configuration that the paths name, each once; `-` is one on standard input.
pub(super) fn configurations(paths: &[PathBuf], streams: &mut Streams<'_>) -> Result<Vec<Configuration>, Stop> {
    let mut found = Vec::new();
    for path in paths {
        if is_stdin(path, paths)? {
            found.push(Configuration { path: path.clone(), source: Some(from_stdin(streams, Limit::Configuration)?) });
        } else if path.is_dir() {
            let inside = in_folder(path)?;
            if inside.is_empty() {
                let message =
                    format!("no configuration in {}: trust.yaml, trust.yml and *.trust.yaml count", path.display());
                return Err(Stop::Failed(message));
            }
            found.extend(inside);
        } else {
            found.push(Configuration { path: path.clone(), source: None });
        }
    }
    Ok(each_once(found))
}

/// Configurations and manifests that the paths name. A folder may hold both; a file is what it says it is.
pub(super) fn sort_out(paths: &[PathBuf], streams: &mut Streams<'_>) -> Result<Sorted, Stop> {
    let mut sorted = Sorted::default();
    for path in paths {
        if path.is_dir() {
            sorted.folder(path)?;
            continue;
        }
        let stdin = is_stdin(path, paths)?;
        let source = if stdin { from_stdin(streams, Limit::Manifests)? } else { read(path, Limit::Manifests)? };
        if is_manifest(path, &source) {
            sorted.manifests.named.push(source);
        } else {
            // A file is read again within the limit of a configuration.
            sorted.configurations.push(Configuration { path: path.clone(), source: stdin.then_some(source) });
        }
    }
    sorted.configurations = each_once(sorted.configurations);
    Ok(sorted)
}

impl Sorted {
    fn folder(&mut self, folder: &Path) -> Result<(), Stop> {
        let walked = walk(folder)?;
        self.manifests.unread.extend(walked.unread);
        let (configurations, manifests): (Vec<_>, Vec<_>) = walked
            .files
            .into_iter()
            .partition(|file| file.file_name().is_some_and(|name| is_configuration(&name.to_string_lossy())));
        if configurations.is_empty() && manifests.is_empty() {
            let message = format!("neither a configuration nor a manifest in {}", folder.display());
            return Err(Stop::Failed(message));
        }
        self.configurations.extend(configurations.into_iter().map(|path| Configuration { path, source: None }));
        for file in manifests {
            match read_named(&file, Limit::Manifests) {
                Ok(source) => self.manifests.found.push(source),
                Err(fault) => self.manifests.unread.push(fault.to_string()),
            }
        }
        Ok(())
    }
}

impl Sorted {
    /// The same, with other content for some files.
    pub(super) fn with(mut self, texts: &BTreeMap<PathBuf, String>) -> Result<Self, Stop> {
        for configuration in &mut self.configurations {
            if let Some(text) = texts.get(&configuration.path) {
                let read = read(&configuration.path, Limit::Configuration)?;
                configuration.source = Some(read.rewritten(text.clone()));
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
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = source.text().unwrap_or_default();
    // What we rendered speaks of us in annotations; only an apiVersion of ours makes a configuration.
    let versions = text.split("apiVersion").skip(1).map(|rest| rest.trim_start_matches(['"', '\'', ':', ' ', '\t']));
    let mut versions = versions.peekable();
    !is_configuration(&name) && versions.peek().is_some() && !versions.any(|version| version.starts_with("trustc.dev/"))
}

fn is_stdin(path: &Path, paths: &[PathBuf]) -> Result<bool, Stop> {
    if path.as_os_str() == "-" && paths.len() > 1 {
        return Err(Stop::Failed("`-` stands alone: standard input is one file".to_owned()));
    }
    Ok(path.as_os_str() == "-")
}

fn each_once(mut configurations: Vec<Configuration>) -> Vec<Configuration> {
    let mut seen = BTreeSet::new();
    configurations.retain(|configuration| seen.insert(configuration.path.clone()));
    configurations
}

fn in_folder(folder: &Path) -> Result<Vec<Configuration>, Stop> {
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|e| Stop::Failed(format!("cannot read {}: {e}", folder.display())))?;
        if entry.file_type().is_file() && is_configuration(&entry.file_name().to_string_lossy()) {
            found.push(Configuration { path: entry.into_path(), source: None });
        }
    }
    Ok(found)
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

/// Two sites of one name would share a folder.
fn refuse_repeated_names(sites: &mut [Site]) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for site in sites {
        let name = match &site.outcome {
            Outcome::Refused => continue,
            Outcome::ProductManaged { site } => site.clone(),
            Outcome::Tree(tree) => tree.site.clone(),
        };
        let file = site.sources.get(site.id).name().to_owned();
        if let Some(other) = first.get(&name) {
            let message = format!("`{name}` is also the name of {other}");
            let origin = Origin::value(site.id, Pointer::parse("/metadata/name"));
            site.diagnostics.push(SITE_NAME_TAKEN.at(origin, message));
            site.outcome = Outcome::Refused;
        } else {
            first.insert(name, file);
        }
    }
}
