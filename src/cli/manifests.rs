//! From manifest files to judged clusters.

use std::path::Path;

use serde_json::Value;

use super::Stop;
use super::check::ManifestArgs;
use super::walk::files_below;
use crate::admission::{CRD_UNUSABLE, Crds};
use crate::cluster::{self, Cluster, Options, Skipped, groups, judge};
use crate::diagnostic::SourceId;
use crate::params::Params;
use crate::rules::Terms;
use crate::source::{Limit, Source, parse_stream, read_named};

/// Files that may hold manifests.
#[derive(Default)]
pub(super) struct Manifests {
    /// Named on the command line: manifests of one cluster.
    pub(super) named: Vec<Source>,
    /// Found in a folder: whatever they are.
    pub(super) found: Vec<Source>,
    /// What could not be read, and why.
    pub(super) unread: Vec<String>,
}

/// What came of all manifests of a run.
pub(super) struct Judgement {
    pub(super) clusters: Vec<Cluster>,
    pub(super) skipped: Skipped,
    pub(super) unread: Vec<String>,
}

/// Judges what was named together, and what was found by the clusters that it goes to.
pub(super) fn judge_all(
    manifests: Manifests,
    args: &ManifestArgs,
    terms: Terms,
    expected: Option<Params>,
) -> Result<Judgement, Stop> {
    let trust_namespace = args.trust_namespace.clone();
    let mut options = Options {
        trust_namespace,
        terms,
        expected,
        crds: Crds::default(),
        lenient: false,
    };
    if let Some(folder) = &args.crds {
        options.crds = definitions(folder)?;
    }
    let Manifests {
        named,
        found,
        unread,
    } = manifests;
    let mut clusters = Vec::new();
    if !named.is_empty() {
        clusters.push(judge(named, &options));
    }
    options.lenient = true;
    let mut skipped = Skipped::default();
    clusters.extend(cluster::judge_all(groups(found, &mut skipped), &options));
    clusters
        .iter_mut()
        .for_each(|cluster| skipped.add(std::mem::take(&mut cluster.skipped)));
    // Files without objects are nobody's cluster.
    clusters.retain(|cluster| cluster.objects > 0 || !cluster.diagnostics.is_empty());
    Ok(Judgement {
        clusters,
        skipped,
        unread,
    })
}

/// Every definition in a folder, or in a file.
fn definitions(folder: &Path) -> Result<Crds, Stop> {
    let mut crds = Crds::default();
    for file in files_below(folder, usize::MAX)? {
        let source =
            read_named(&file, Limit::Manifests).map_err(|fault| Stop::Failed(fault.to_string()))?;
        let (documents, faults) = parse_stream(SourceId::default(), &source);
        let unusable =
            |why: &str| Stop::Failed(format!("{}: {why} [{}]", file.display(), CRD_UNUSABLE.id));
        if let Some(fault) = faults.first() {
            return Err(unusable(&fault.message.line()));
        }
        for document in &documents {
            let items = document.value.get("items").and_then(Value::as_array);
            for manifest in items.map_or(std::slice::from_ref(&document.value), Vec::as_slice) {
                crds.add(manifest).map_err(|why| unusable(&why))?;
            }
        }
    }
    if crds.is_empty() {
        let message = format!(
            "there is no CustomResourceDefinition in {}",
            folder.display()
        );
        return Err(Stop::Failed(message));
    }
    Ok(crds)
}

/// The other manifests that go to the same cluster as the one at `path`: those of its kustomization, else of its folder.
pub(super) fn manifests_beside(path: &Path) -> Result<Vec<Source>, Stop> {
    let names = ["kustomization.yaml", "kustomization.yml"];
    let is_root = |folder: &&Path| names.iter().any(|name| folder.join(name).is_file());
    let root = path.ancestors().skip(1).find(is_root);
    let Some(folder) = root.or(path.parent()) else {
        return Ok(Vec::new());
    };
    let depth = if root.is_some() { usize::MAX } else { 1 };
    let files = files_below(folder, depth)?
        .into_iter()
        .filter(|file| file != path)
        .take(MAX_BESIDE);
    Ok(files
        .filter_map(|file| read_named(&file, Limit::Manifests).ok())
        .collect())
}

/// More files than anybody edits together.
const MAX_BESIDE: usize = 200;
