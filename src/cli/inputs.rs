//! From paths on the command line to compiled sites.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::{Common, Stop, Streams};
use crate::diagnostic::Origin;
use crate::pointer::Pointer;
use crate::site::{Options, Outcome, Site, compile};
use crate::source::{Source, read_named, read_stream};
use crate::trust::SITE_NAME_TAKEN;

/// Compiles everything that the paths name: several sites in parallel, the result in the order of the paths.
pub(super) fn compile_all(common: &Common, options: &Options, streams: &mut Streams<'_>) -> Result<Vec<Site>, Stop> {
    let mut sites = match find(&common.paths)?.as_slice() {
        [only] => vec![compile(only, read(only, streams)?, options)?],
        several => several
            .par_iter()
            .map(|path| Ok(compile(path, read_file(path)?, options)?))
            .collect::<Result<Vec<_>, Stop>>()?,
    };
    refuse_repeated_names(&mut sites);
    Ok(sites)
}

/// Every configuration file, each once, in the order of the paths and then of their names.
fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" && paths.len() > 1 {
            return Err(Stop::Failed("`-` stands alone: standard input is one configuration".to_owned()));
        }
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        found.extend(in_folder(path)?);
        if found.len() == before {
            let message =
                format!("no configuration in {}: trust.yaml, trust.yml and *.trust.yaml count", path.display());
            return Err(Stop::Failed(message));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Stop> {
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|e| Stop::Failed(format!("cannot read {}: {e}", folder.display())))?;
        if entry.file_type().is_file() && is_configuration(&entry.file_name().to_string_lossy()) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn is_configuration(name: &str) -> bool {
    matches!(name, "trust.yaml" | "trust.yml") || name.ends_with(".trust.yaml") || name.ends_with(".trust.yml")
}

fn read(path: &Path, streams: &mut Streams<'_>) -> Result<Source, Stop> {
    if path.as_os_str() == "-" {
        return read_stream("<stdin>", streams.input).map_err(|fault| Stop::Failed(fault.to_string()));
    }
    read_file(path)
}

fn read_file(path: &Path) -> Result<Source, Stop> {
    read_named(path).map_err(|fault| Stop::Failed(fault.to_string()))
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
