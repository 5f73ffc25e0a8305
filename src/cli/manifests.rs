//! From manifest files to judged clusters.

use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;
use walkdir::WalkDir;

use super::Stop;
use super::check::ManifestArgs;
use crate::admission::{CRD_UNUSABLE, Crds};
use crate::cluster::{Cluster, Options, judge};
use crate::diagnostic::SourceId;
use crate::params::Params;
use crate::source::{Limit, Source, parse_stream, read_named};

/// Manifests that go to one cluster.
pub(super) struct Group {
    pub(super) files: Vec<Source>,
    /// Whether they were found in a folder, and not named.
    pub(super) found: bool,
}

/// Judges every group on its own.
pub(super) fn judge_all(
    groups: Vec<Group>,
    args: &ManifestArgs,
    now: OffsetDateTime,
    expected: Option<Params>,
) -> Result<Vec<Cluster>, Stop> {
    let trust_namespace = args.trust_namespace.clone();
    let mut options = Options { trust_namespace, now, expected, crds: Crds::default(), lenient: false };
    if let Some(folder) = &args.crds {
        options.crds = definitions(folder)?;
    }
    let judged = groups.into_iter().map(|group| {
        options.lenient = group.found;
        judge(group.files, &options)
    });
    Ok(judged.collect())
}

/// Every definition in a folder, or in a file.
fn definitions(folder: &Path) -> Result<Crds, Stop> {
    let mut crds = Crds::default();
    for file in manifest_files(folder)? {
        let source = read_named(&file, Limit::Manifests).map_err(|fault| Stop::Failed(fault.to_string()))?;
        let (documents, faults) = parse_stream(SourceId::default(), &source);
        let unusable = |why: &str| Stop::Failed(format!("{}: {why} [{}]", file.display(), CRD_UNUSABLE.id));
        if let Some(fault) = faults.first() {
            return Err(unusable(&fault.message));
        }
        for document in &documents {
            let items = document.value.get("items").and_then(Value::as_array);
            for manifest in items.map_or(std::slice::from_ref(&document.value), Vec::as_slice) {
                crds.add(manifest).map_err(|why| unusable(&why))?;
            }
        }
    }
    if crds.is_empty() {
        let message = format!("there is no CustomResourceDefinition in {}", folder.display());
        return Err(Stop::Failed(message));
    }
    Ok(crds)
}

/// The other manifests that go to the same cluster as the one at `path`: those of its kustomization, else of its folder.
pub(super) fn manifests_beside(path: &Path) -> Result<Vec<Source>, Stop> {
    let names = ["kustomization.yaml", "kustomization.yml"];
    let is_root = |folder: &&Path| names.iter().any(|name| folder.join(name).is_file());
    let root = path.ancestors().skip(1).find(is_root);
    let Some(folder) = root.or(path.parent()) else { return Ok(Vec::new()) };
    let depth = if root.is_some() { usize::MAX } else { 1 };
    let files = files_below(folder, depth)?.into_iter().filter(|file| file != path).take(MAX_BESIDE);
    Ok(files.filter_map(|file| read_named(&file, Limit::Manifests).ok()).collect())
}

/// More files than anybody edits together.
const MAX_BESIDE: usize = 200;

/// Every YAML and JSON file below a folder, in order; hidden folders are left out. A file is itself.
pub(super) fn manifest_files(folder: &Path) -> Result<Vec<std::path::PathBuf>, Stop> {
    files_below(folder, usize::MAX)
}

fn files_below(folder: &Path, depth: usize) -> Result<Vec<std::path::PathBuf>, Stop> {
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let mut files = Vec::new();
    for entry in
        WalkDir::new(folder).max_depth(depth).sort_by_file_name().into_iter().filter_entry(|entry| !hidden(entry))
    {
        let entry = entry.map_err(|e| Stop::Failed(format!("cannot read {}: {e}", folder.display())))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let counts = entry.depth() == 0 || [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        if entry.file_type().is_file() && counts {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}
