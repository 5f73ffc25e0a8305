//! `trustc check`: everything but writing, over configurations and over manifests of others.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Exit, Format, Stop, Streams, inputs, manifests, print_findings};
use crate::report::{Counts, Findings};
use crate::site::Outcome;

/// Judge configurations and everything that would be rendered from them, or plain manifests.
///
/// Of a configuration: reads it and the certificates it names, applies every rule, renders in memory and holds the result
/// against what an API server and the webhooks would say. Of manifests (a file that is no TrustConfig, or a folder without
/// one): what the API server and the webhooks would refuse, and what would be admitted and then fail. Writes nothing.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    manifests: ManifestArgs,
}

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

pub(super) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let sorted = inputs::sort_out(&args.common.input.paths, streams)?;
    let options = args.common.input.options();
    let sites = inputs::compile_all(sorted.configurations, &options)?;
    // Manifests beside one configuration are held against it.
    let expected = if let [site] = sites.as_slice() { site.params.clone() } else { None };
    let clusters = manifests::judge_all(sorted.manifests, &args.manifests, options.terms.now, expected)?;
    let all: Vec<Findings<'_>> = sites.iter().map(Into::into).chain(clusters.iter().map(Into::into)).collect();
    let counts = print_findings(&all, args.common.format, streams, true)?;
    if args.common.format == Format::Human {
        let refused = sites.iter().any(|site| matches!(site.outcome, Outcome::Refused)) || counts.errors > 0;
        let objects: usize = clusters.iter().map(|cluster| cluster.objects).sum();
        let sites = (sites.len(), "site");
        let objects = (objects, if clusters.is_empty() { "" } else { "object" });
        writeln!(streams.errors, "{}: {}", if refused { "refused" } else { "ok" }, tally(&[sites, objects], counts))?;
    }
    Ok(if counts.errors > 0 { Exit::Findings } else { Exit::Clean })
}

/// `2 sites, 1 object, no findings`
fn tally(parts: &[(usize, &str)], counts: Counts) -> String {
    let parts = parts.iter().filter(|(n, noun)| *n > 0 || *noun == "object");
    let words = parts.map(|(n, noun)| format!("{n} {noun}{}", if *n == 1 { "" } else { "s" }));
    words.chain([counts.to_string()]).collect::<Vec<_>>().join(", ")
}
