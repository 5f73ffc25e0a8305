//! `trustc check`: everything but writing, over configurations and over manifests of others.

use std::path::PathBuf;

use clap::Args;

use super::compile::{Reporter, compile_each};
use super::progress::Progress;
use super::rehearse::{GateArgs, gate};
use super::report::{Format, Selection, form, limit};
use super::{Common, Exit, Stop, Streams, inputs, manifests, nothing_changed};
use crate::diagnostic::Diagnostic;
use crate::report::{Counts, Findings, Human};
use crate::source::Sources;

/// Judge configurations and all that would be rendered from them, or plain manifests.
///
/// Of a configuration: reads it and the certificates it names, applies every rule, renders in memory and holds the result
/// against what an API server and the webhooks would say. Of manifests (a file that is no TrustConfig, or a folder without
/// one): what the API server and the webhooks would refuse, and what would be admitted and then fail. Writes nothing.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    selection: Selection,
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
    let (paths, since) = (&args.common.input.paths, args.common.input.changed_since.as_deref());
    args.selection.spare(paths)?;
    let options = args.common.input.options();
    let sorted = inputs::sort_out(paths, &options, streams)?;
    if since.is_some() && !sorted.manifests.is_empty() {
        let sentence = "--changed-since is for configurations: hazards of manifests are those of all of them";
        return Err(Stop::Failed(sentence.to_owned()));
    }
    let configurations = inputs::only_changed(sorted.configurations, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| configurations.is_empty()) {
        return nothing_changed(reference, streams);
    }
    let span = args.gate.span(configurations.len(), options.terms.now, streams)?;
    let mut report = Reporter::new(args.common.format == Format::Human && !args.selection.to_file());
    let mut progress = Progress::new(configurations.len(), streams);
    let (mut sites, mut alone) = (0, (configurations.len() == 1).then(Vec::new));
    compile_each(
        configurations,
        &options,
        |site| gate(site, span.as_ref()),
        |mut site, found| {
            site.add(found?);
            sites += 1;
            progress.step(streams)?;
            match &mut alone {
                Some(alone) => {
                    alone.push(site);
                    Ok(())
                }
                None => {
                    if !site.diagnostics.is_empty() {
                        progress.clear(streams)?;
                    }
                    args.take(&mut report, site.sources, site.diagnostics, streams)
                }
            }
        },
    )?;
    progress.clear(streams)?;
    let mut alone = alone.and_then(|mut sites| sites.pop());
    // Manifests beside one configuration are held against it, and it says what is all right in them.
    let expected = alone.as_ref().and_then(|site| site.params.clone());
    let mut clusters = manifests::judge_all(sorted.manifests, &args.manifests, options.terms.now, expected)?;
    if let (Some(site), false) = (&mut alone, clusters.is_empty()) {
        site.allow_in(&mut clusters.iter_mut().map(|cluster| &mut cluster.diagnostics).collect::<Vec<_>>());
    }
    if let Some(site) = alone {
        args.take(&mut report, site.sources, site.diagnostics, streams)?;
    }
    let objects = (!clusters.is_empty()).then(|| clusters.iter().map(|cluster| cluster.objects).sum());
    for cluster in clusters {
        args.take(&mut report, cluster.sources, cluster.diagnostics, streams)?;
    }
    let written = report.written().and_then(|()| print(args, &report.kept(), streams));
    let written = written.and_then(|()| summarize(args, sites, objects, report.counts(), streams));
    let written = written.and_then(|()| point_to_explain(args, report.worst(), streams));
    args.selection.exit(report.counts(), written)
}

impl CheckArgs {
    /// Reports findings as they weigh here, if they were asked for.
    fn take(
        &self,
        report: &mut Reporter,
        sources: Sources,
        mut diagnostics: Vec<Diagnostic>,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        self.common.weights.apply(&mut diagnostics);
        self.selection.apply(&mut diagnostics);
        report.take(sources, diagnostics, streams)
    }
}

/// Text for people goes to the error stream, every other form is the result; a file takes either.
fn print(args: &CheckArgs, all: &[Findings<'_>], streams: &mut Streams<'_>) -> Result<(), Stop> {
    if args.selection.to_file() {
        let plain = Human { color: false, unicode: false, ..streams.style() };
        let text = form(all, args.common.format, plain);
        return args.selection.write(&text, streams);
    }
    let text = form(all, args.common.format, streams.style());
    match args.common.format {
        Format::Human => Ok(streams.errors.write_all(text.as_bytes())?),
        _ => args.selection.write(&text, streams),
    }
}

/// The last line, where it does not stand between a program and its input.
fn summarize(
    args: &CheckArgs,
    sites: usize,
    objects: Option<usize>,
    counts: Counts,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let format = args.common.format;
    let for_a_log = matches!(format, Format::Human | Format::Github | Format::Azure);
    if !for_a_log && !args.selection.to_file() {
        return Ok(());
    }
    let refused = counts.errors > 0;
    let sites = (sites, "site");
    let objects = objects.map_or((0, ""), |objects| (objects, "object"));
    writeln!(streams.errors, "{}: {}", if refused { "refused" } else { "ok" }, tally(&[sites, objects], counts))?;
    if let Some(sentence) = limit(format, counts) {
        writeln!(streams.errors, "{sentence}")?;
    }
    Ok(())
}

/// Somebody at a terminal may ask further; a log is not asked.
fn point_to_explain(args: &CheckArgs, worst: Option<&str>, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let asked = streams.terminal.interactive && args.common.format == Format::Human && !args.selection.to_file();
    if let Some(worst) = worst.filter(|_| asked) {
        writeln!(streams.errors, "more about a finding: trustc explain {worst}")?;
    }
    Ok(())
}

/// `2 sites, 1 object, no findings`
fn tally(parts: &[(usize, &str)], counts: Counts) -> String {
    let parts = parts.iter().filter(|(n, noun)| *n > 0 || *noun == "object");
    let words = parts.map(|(n, noun)| format!("{n} {noun}{}", if *n == 1 { "" } else { "s" }));
    words.chain([counts.to_string()]).collect::<Vec<_>>().join(", ")
}
