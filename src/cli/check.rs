//! `trustc check`: everything but writing, over configurations and over manifests of others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::rehearse::GateArgs;
use super::report::{Format, Selection, form, limit};
use super::{Common, Exit, Stop, Streams, Terminal, fix, inputs, manifests};
use crate::cluster::{Cluster, Skipped};
use crate::diagnostic::Diagnostic;
use crate::report::{Counts, Findings, Human};
use crate::site::Site;

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
    #[command(flatten)]
    fixes: FixArgs,
}

/// What may be mended.
#[derive(Debug, Args)]
struct FixArgs {
    /// Mend what has one right answer, in place, and show the difference; comments and layout stay
    #[arg(long)]
    fix: bool,
    /// With --fix: also make changes that somebody should read first
    #[arg(long, requires = "fix")]
    unsafe_fixes: bool,
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
    let paths = &args.common.input.paths;
    args.selection.spare(paths)?;
    let mut judged =
        if args.fixes.fix { mend(args, streams)? } else { judge(args, inputs::sort_out(paths, streams)?)? };
    args.gate.apply(&mut judged.sites, args.common.input.options().terms.now, streams)?;
    for found in judged.found() {
        args.common.weights.apply(found);
        args.selection.apply(found);
    }
    let all = judged.findings();
    let counts = Counts::of(all.iter().flat_map(|findings| findings.diagnostics));
    let written = print(args, &all, streams).and_then(|()| judged.say_what_was_left_out(streams));
    if judged.is_nothing() && counts == Counts::default() {
        return Err(Stop::Failed("nothing here is a Kubernetes object or a trust configuration".to_owned()));
    }
    let written = written.and_then(|()| summarize(args, &judged, counts, streams));
    let written = written.and_then(|()| point_to_explain(args, &all, streams));
    args.selection.exit(counts, written)
}

/// Mends files in place. What was not asked for is not mended.
fn mend(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Judged, Stop> {
    let paths = &args.common.input.paths;
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::Failed("--fix changes files: standard input is none".to_owned()));
    }
    let mut judge = |texts: &BTreeMap<PathBuf, String>| {
        let sorted = inputs::sort_out(paths, &mut silent(&mut std::io::empty(), &mut Vec::new(), &mut Vec::new()))?;
        judge(args, sorted.with(texts)?)
    };
    let wanted = |diagnostic: &Diagnostic| {
        let mut one = vec![diagnostic.clone()];
        args.selection.apply(&mut one);
        !one.is_empty()
    };
    let show = args.common.format == Format::Human;
    fix::fix(&mut judge, &wanted, args.fixes.unsafe_fixes, show, streams)
}

/// Streams that nobody reads: files are not on them.
fn silent<'s>(input: &'s mut std::io::Empty, output: &'s mut Vec<u8>, errors: &'s mut Vec<u8>) -> Streams<'s> {
    Streams { input, output, errors, terminal: Terminal::default(), rules_url: None }
}

/// Everything of a run.
pub(super) struct Judged {
    pub(super) sites: Vec<Site>,
    pub(super) clusters: Vec<Cluster>,
    skipped: Skipped,
    unread: Vec<String>,
}

impl Judged {
    fn objects(&self) -> usize {
        self.clusters.iter().map(|cluster| cluster.objects).sum()
    }

    /// Whether there was nothing to judge, and nothing that others would.
    fn is_nothing(&self) -> bool {
        self.sites.is_empty() && self.objects() == 0 && !self.skipped.has_objects()
    }

    fn say_what_was_left_out(&self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for what in &self.unread {
            writeln!(streams.errors, "warning: {what}; what is in it was not judged")?;
        }
        let skipped = self.skipped.to_string();
        if !skipped.is_empty() {
            writeln!(streams.errors, "skipped: {skipped}")?;
        }
        Ok(())
    }

    pub(super) fn findings(&self) -> Vec<Findings<'_>> {
        self.sites.iter().map(Into::into).chain(self.clusters.iter().map(Into::into)).collect()
    }

    fn found(&mut self) -> impl Iterator<Item = &mut Vec<Diagnostic>> {
        let of_clusters = self.clusters.iter_mut().map(|cluster| &mut cluster.diagnostics);
        self.sites.iter_mut().map(|site| &mut site.diagnostics).chain(of_clusters)
    }
}

fn judge(args: &CheckArgs, sorted: inputs::Sorted) -> Result<Judged, Stop> {
    let options = args.common.input.options();
    let mut sites = inputs::compile_all(sorted.configurations, &options)?;
    // Manifests beside one configuration are held against it, and it says what is all right in them.
    let expected = if let [site] = sites.as_slice() { site.params.clone() } else { None };
    let judged = manifests::judge_all(sorted.manifests, &args.manifests, options.terms, expected)?;
    let manifests::Judgement { mut clusters, skipped, unread } = judged;
    if let ([site], false) = (sites.as_mut_slice(), clusters.is_empty()) {
        site.allow_in(&mut clusters.iter_mut().map(|cluster| &mut cluster.diagnostics).collect::<Vec<_>>());
    }
    Ok(Judged { sites, clusters, skipped, unread })
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
fn summarize(args: &CheckArgs, judged: &Judged, counts: Counts, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let format = args.common.format;
    let for_a_log = matches!(format, Format::Human | Format::Github | Format::Azure);
    if !for_a_log && !args.selection.to_file() {
        return Ok(());
    }
    let refused = counts.errors > 0;
    let sites = (judged.sites.len(), "site");
    let objects = (judged.objects(), if judged.clusters.is_empty() { "" } else { "object" });
    writeln!(streams.errors, "{}: {}", if refused { "refused" } else { "ok" }, tally(&[sites, objects], counts))?;
    if let Some(sentence) = limit(format, counts) {
        writeln!(streams.errors, "{sentence}")?;
    }
    Ok(())
}

/// Somebody at a terminal may ask further; a log is not asked.
fn point_to_explain(args: &CheckArgs, all: &[Findings<'_>], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let asked = streams.terminal.interactive && args.common.format == Format::Human && !args.selection.to_file();
    let worst = all.iter().flat_map(|findings| findings.diagnostics).min_by_key(|diagnostic| diagnostic.severity);
    if let Some(worst) = worst.filter(|_| asked) {
        writeln!(streams.errors, "more about a finding: trustc explain {}", worst.rule.id)?;
    }
    Ok(())
}

/// `2 sites, 1 object, no findings`
fn tally(parts: &[(usize, &str)], counts: Counts) -> String {
    let parts = parts.iter().filter(|(n, noun)| *n > 0 || *noun == "object");
    let words = parts.map(|(n, noun)| format!("{n} {noun}{}", if *n == 1 { "" } else { "s" }));
    words.chain([counts.to_string()]).collect::<Vec<_>>().join(", ")
}
