//! `trustc fn`: a KRM function for kustomize and kpt.

use std::sync::Arc;

use clap::Args;

use super::render::EngineArg;
use super::report::print_findings;
use super::{Clock, Exit, Stop, Streams};
use crate::compile::{Given, Options, Outcome, compile};
use crate::config::Engine;
use crate::krm::{ResourceList, merge, results};
use crate::report::Findings;
use crate::source::{Limit, read_stream};

/// Be a KRM function: a ResourceList on standard input, one on standard output.
///
/// functionConfig is the trust configuration; the files it names are read from the current folder, which kustomize sets to that of
/// the kustomization. Items of others go through untouched. Findings are in the results, and as text on standard error,
/// because kustomize build shows nothing else.
#[derive(Debug, Args)]
pub(super) struct FnArgs {
    /// Render for this engine, whatever spec.delivery.engine says
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,
    /// Another folder that certificate files may be read from
    #[arg(long, value_name = "DIR")]
    allow_root: Vec<std::path::PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

pub(super) fn run(args: &FnArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let source = read_stream("<stdin>", streams.input, Limit::Manifests)
        .map_err(|e| Stop::Failed(e.to_string()))?;
    let list = ResourceList::read(&source).map_err(|why| Stop::Failed(why.to_string()))?;
    let options = Options {
        terms: args.clock.terms(),
        allow_roots: args.allow_root.clone(),
        engine: args.engine.map(Engine::from),
        shared: Arc::default(),
    };
    let (path, config) = list.configuration();
    let site = compile(
        Given {
            path: &path,
            source: config,
            within: None,
            fleet: None,
        },
        &options,
    )?;
    print_findings(&[Findings::from(&site)], streams)?;
    let merged = match &site.outcome {
        Outcome::Tree(tree) => merge(&list.items, tree.documents(), &tree.site)?,
        Outcome::Refused | Outcome::Released { .. } => Err(Vec::new()),
        Outcome::ProductManaged { .. } => Err(vec![
            "the product's own installation makes the objects of this site: leave the function out"
                .to_owned(),
        ]),
    };
    let refused = merged.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    for sentence in refused {
        writeln!(streams.errors, "error: {sentence}")?;
    }
    let results = results(&list.config, &site.sources, &site.diagnostics, refused);
    let items = merged.as_ref().unwrap_or(&list.items);
    streams.output.document(&list.print(items, &results))?;
    Ok(if merged.is_ok() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}
