//! `trustc check`: everything but writing, over configurations and over manifests of others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::judged::Judged;
use super::manifests::ManifestArgs;
use super::only_changed::only_changed;
use super::progress::Progress;
use super::rehearse::{GateArgs, gate};
use super::report::{Format, Selection, limit};
use super::reporter::Reporter;
use super::{Common, Exit, Stop, Streams, fix, manifests, nothing_changed};
use crate::batch::{Job, Manifests, compile_all, compile_each, discover};
use crate::cluster::Skipped;
use crate::compile::Site;
use crate::diagnostic::Diagnostic;
use crate::report::Counts;
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

pub(super) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let (paths, since) = (
        &args.common.input.paths,
        args.common.input.changed_since.as_deref(),
    );
    args.selection.spare(paths)?;
    let options = args.common.input.options();
    let mut report = match args.selection.to_file() {
        true => Reporter::of_one(args.common.format, streams),
        false => Reporter::new(args.common.format, streams),
    };
    if args.fixes.fix {
        mend(args, streams)?;
    }
    let mut inputs = discover(paths, &options, streams.input)?;
    if since.is_some() && !args.fixes.fix {
        let named = !inputs.manifests.named.is_empty();
        if named || (inputs.jobs.is_empty() && !inputs.manifests.found.is_empty()) {
            let sentence = "--changed-since is for configurations: hazards of manifests are those of all of them";
            return Err(Stop::Failed(sentence.to_owned()));
        }
        // What lies beside configurations is left to a run over everything.
        inputs.manifests.found.clear();
    }
    let jobs = only_changed(inputs.jobs, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| jobs.is_empty() && !args.fixes.fix) {
        return nothing_changed(reference, streams);
    }
    let left = args.report_each(jobs, inputs.manifests, &mut report, streams)?;
    let written = report.written().and_then(|()| match report.kept() {
        Some(kept) => {
            if let Some(sentence) = kept.left_out() {
                writeln!(streams.errors, "warning: {sentence}")?;
            }
            args.selection
                .write_by(|out, failed| kept.write(out, failed), streams)
        }
        None => Ok(()),
    });
    let written = written.and_then(|()| left.say_what_was_left_out(streams));
    if left.is_nothing() && report.counts() == Counts::default() {
        return Err(Stop::Failed(
            "nothing here is a Kubernetes object or a trust configuration".to_owned(),
        ));
    }
    let written = written.and_then(|()| summarize(args, &left, report.counts(), streams));
    let written = written.and_then(|()| point_to_explain(args, report.worst(), streams));
    args.selection.exit(report.counts(), written)
}

/// What a run was over, once its findings are reported.
struct Left {
    sites: usize,
    /// None without manifests.
    objects: Option<usize>,
    skipped: Skipped,
    unread: Vec<String>,
}

impl Left {
    /// Whether there was nothing to judge, and nothing that others would.
    fn is_nothing(&self) -> bool {
        self.sites == 0 && self.objects.unwrap_or(0) == 0 && !self.skipped.has_objects()
    }

    fn say_what_was_left_out(&self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for what in &self.unread {
            writeln!(
                streams.errors,
                "warning: {what}; what is in it was not judged"
            )?;
        }
        let skipped = self.skipped.to_string();
        if !skipped.is_empty() {
            writeln!(streams.errors, "skipped: {skipped}")?;
        }
        Ok(())
    }
}

impl CheckArgs {
    /// Judges configurations and reports each as it comes, then the manifests.
    fn report_each(
        &self,
        jobs: Vec<Job>,
        manifests: Manifests,
        report: &mut Reporter,
        streams: &mut Streams<'_>,
    ) -> Result<Left, Stop> {
        let options = self.common.input.options();
        let span = self.gate.span(jobs.len(), options.terms.now, streams)?;
        let mut progress = Progress::new(jobs.len(), streams);
        // One configuration waits for the manifests beside it: they are held against it.
        let (mut sites, mut alone) = (0, (jobs.len() == 1).then(Vec::new));
        let several = jobs.len() > 1;
        let judge = |site: &mut Site| -> Result<(), Stop> {
            site.add(gate(site, span.as_ref())?);
            if several {
                site.release();
            }
            Ok(())
        };
        compile_each(jobs, &options, judge, |site, judged| {
            judged?;
            sites += 1;
            progress.step(streams)?;
            if let Some(alone) = &mut alone {
                alone.push(site);
                return Ok(());
            }
            if !site.diagnostics.is_empty() {
                progress.clear(streams)?;
            }
            self.take(report, site.sources, site.diagnostics, streams)
        })?;
        progress.clear(streams)?;
        let judged = self.with_manifests(alone.unwrap_or_default(), manifests)?;
        Ok(Left {
            sites,
            ..self.report_all(judged, report, streams)?
        })
    }

    /// Reports what was kept to the end, sites first.
    fn report_all(
        &self,
        judged: Judged,
        report: &mut Reporter,
        streams: &mut Streams<'_>,
    ) -> Result<Left, Stop> {
        let (sites, objects) = (judged.sites.len(), judged.objects());
        for site in judged.sites {
            self.take(report, site.sources, site.diagnostics, streams)?;
        }
        for cluster in judged.clusters {
            self.take(report, cluster.sources, cluster.diagnostics, streams)?;
        }
        Ok(Left {
            sites,
            objects,
            skipped: judged.skipped,
            unread: judged.unread,
        })
    }

    /// Judges manifests. Those beside one configuration are held against it, and it says what is all right in them.
    fn with_manifests(&self, mut sites: Vec<Site>, manifests: Manifests) -> Result<Judged, Stop> {
        let expected = if let [site] = sites.as_slice() {
            site.params.clone()
        } else {
            None
        };
        let judged = manifests::judge_all(
            manifests,
            &self.manifests,
            self.common.input.options().terms,
            expected,
        )?;
        let manifests::Judgement {
            mut clusters,
            skipped,
            unread,
        } = judged;
        if let ([site], false) = (sites.as_mut_slice(), clusters.is_empty()) {
            site.allow_in(
                &mut clusters
                    .iter_mut()
                    .map(|cluster| &mut cluster.diagnostics)
                    .collect::<Vec<_>>(),
            );
        }
        Ok(Judged {
            sites,
            clusters,
            skipped,
            unread,
        })
    }

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

/// Mends files in place. What was not asked for is not mended. What is left, the run that follows finds.
fn mend(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let paths = &args.common.input.paths;
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::Failed(
            "--fix changes files: standard input is none".to_owned(),
        ));
    }
    let since = args.common.input.changed_since.as_deref();
    let mut judge = |texts: &BTreeMap<PathBuf, String>| {
        // Nothing is remembered from the round before.
        let options = args.common.input.options();
        let inputs = discover(paths, &options, &mut std::io::empty())?.with(texts)?;
        let jobs = only_changed(inputs.jobs, since, paths, &options)?;
        let (several, sites) = (jobs.len() > 1, compile_all(jobs, &options)?);
        if several {
            return Ok(Judged {
                sites,
                ..args.with_manifests(Vec::new(), inputs.manifests)?
            });
        }
        args.with_manifests(sites, inputs.manifests)
    };
    let wanted = |diagnostic: &Diagnostic| {
        let mut one = vec![diagnostic.clone()];
        args.selection.apply(&mut one);
        !one.is_empty()
    };
    let show = args.common.format == Format::Human;
    fix::fix(&mut judge, &wanted, args.fixes.unsafe_fixes, show, streams)
}

/// The last line, where it does not stand between a program and its input.
fn summarize(
    args: &CheckArgs,
    left: &Left,
    counts: Counts,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let format = args.common.format;
    let for_a_log = matches!(format, Format::Human | Format::Github | Format::Azure);
    if !for_a_log && !args.selection.to_file() {
        return Ok(());
    }
    let refused = counts.errors > 0;
    let sites = (left.sites, "site");
    let objects = left.objects.map_or((0, ""), |objects| (objects, "object"));
    writeln!(
        streams.errors,
        "{}: {}",
        if refused { "refused" } else { "ok" },
        tally(&[sites, objects], counts)
    )?;
    if let Some(sentence) = limit(format, counts) {
        writeln!(streams.errors, "{sentence}")?;
    }
    Ok(())
}

/// Somebody at a terminal may ask further; a log is not asked.
fn point_to_explain(
    args: &CheckArgs,
    worst: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let asked = streams.terminal.interactive
        && args.common.format == Format::Human
        && !args.selection.to_file();
    if let Some(worst) = worst.filter(|_| asked) {
        writeln!(
            streams.errors,
            "more about a finding: trustc explain {worst}"
        )?;
    }
    Ok(())
}

/// `2 sites, 1 object, no findings`
fn tally(parts: &[(usize, &str)], counts: Counts) -> String {
    let parts = parts.iter().filter(|(n, noun)| *n > 0 || *noun == "object");
    let words = parts.map(|(n, noun)| format!("{n} {noun}{}", if *n == 1 { "" } else { "s" }));
    words
        .chain([counts.to_string()])
        .collect::<Vec<_>>()
        .join(", ")
}
