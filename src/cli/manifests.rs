//! From manifest files to judged clusters.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::Stop;
use crate::admission::{CRD_UNUSABLE, Crds};
use crate::batch::{Manifests, files_below};
use crate::cluster::{self, Cluster, Options, Skipped, groups, judge};
use crate::diagnostic::SourceId;
use crate::params::Params;
use crate::rules::Terms;
use crate::source::{Limit, parse_stream, read_named};
use crate::text::Clean;

/// What only manifests need.
#[derive(Debug, Args)]
pub(super) struct ManifestArgs {
    /// For manifests: cert-manager's cluster resource namespace, and so trust-manager's trust namespace
    #[arg(long, value_name = "NAME", default_value = "cert-manager")]
    pub(super) trust_namespace: String,
    /// For manifests: also judge by the definitions of your cluster (kubectl get crd -o yaml > DIR/all.yaml)
    #[arg(long, value_name = "DIR")]
    pub(super) crds: Option<PathBuf>,
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
        let source = read_named(&file, Limit::Manifests)?;
        let (documents, faults) = parse_stream(SourceId::default(), &source);
        let unusable = |why: &str| {
            Stop::Failed(format!(
                "{}: {why} [{}]",
                Clean::path(&file),
                CRD_UNUSABLE.id
            ))
        };
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
            Clean::path(&folder)
        );
        return Err(Stop::Failed(message));
    }
    Ok(crds)
}
