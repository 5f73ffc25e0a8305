//! `trustc render --out`: a folder per site, written, checked or shown.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::progress::Progress;
use super::rehearse::{GateArgs, Span, gate};
use super::report::{Format, Weights};
use super::reporter::Reporter;
use super::spill_file::SpillFile;
use super::{Exit, Stop, Streams};
use crate::batch::{Job, SiteNames, ordered_parallel};
use crate::compile::{Options, Outcome, Site};
use crate::delivery::KUSTOMIZATION;
use crate::output::{
    Action, Obstacle, Output, Plan, Waiting, WriteFault, diff, left_behind, not_a_link, plan, twins,
};
use crate::report::Counts;
use crate::text::Clean;
use crate::text::Content;

/// Up to so many sites each have a line of their own at the end.
const FEW: usize = 20;

/// What is to be rendered, and how.
pub(super) struct RenderJob<'r> {
    pub(super) out: &'r Path,
    /// Write nothing, and fail if anything would be written.
    pub(super) check: bool,
    /// Write nothing, and show what would be.
    pub(super) only_shows: bool,
    pub(super) format: Format,
    pub(super) gate: &'r GateArgs,
    pub(super) weights: &'r Weights,
    /// The command line that makes the files right.
    pub(super) repair: String,
}

/// Compiles every site into its folder below the output folder, or shows what would change.
pub(super) fn to_folders(
    render: &RenderJob<'_>,
    jobs: Vec<Job>,
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let began = Instant::now();
    let output = match render.only_shows {
        true => not_a_link(render.out).map(|_| None).map_err(cannot_write)?,
        false => Some(open(render.out, streams)?),
    };
    let span = render.gate.span(jobs.len(), options.terms.now, streams)?;
    let mut report = Reporter::new(render.format, streams);
    let mut progress = Progress::new(jobs.len(), streams);
    let (mut run, mut names) = (Run::default(), SiteNames::default());
    let work = Work {
        options,
        out: render.out,
        output: output.as_ref(),
        span,
        refused: AtomicBool::new(false),
    };
    ordered_parallel(
        jobs,
        |job| work.on(job),
        |(mut site, prepared)| {
            progress.step(streams)?;
            names.claim(&mut site);
            render.weights.apply(&mut site.diagnostics);
            run.take(&site, prepared)?;
            if !site.diagnostics.is_empty() {
                progress.clear(streams)?;
            }
            report.take(site.sources, site.diagnostics, streams)
        },
    )?;
    progress.clear(streams)?;
    let counts = report.finish(streams)?;
    if counts.errors > 0 {
        writeln!(streams.errors, "refused: {counts}; nothing was rendered")?;
        return Ok(Exit::Findings);
    }
    if run.trees == 0 {
        return super::render::nothing_to_render(streams);
    }
    run.obstacles
        .extend(twins(render.out, |name| names.contains(name)));
    run.stop_at_any_obstacle(streams)?;
    run.tell(streams)?;
    let Some(output) = output else {
        return run.show(render, began, counts, streams);
    };
    for site in std::mem::take(&mut run.waiting) {
        output.move_into_place(&site).map_err(cannot_write)?;
    }
    output.commit().map_err(cannot_write)?;
    run.summarize(began, counts, streams)?;
    Ok(Exit::Clean)
}

fn open(out: &Path, streams: &mut Streams<'_>) -> Result<Output, Stop> {
    let wait = || {
        // If this cannot be said, waiting is right all the same.
        let _ = writeln!(
            streams.errors,
            "waiting: another run of trustc writes into {}",
            Clean::path(&out)
        );
    };
    Output::open(out, wait).map_err(cannot_write)
}

fn cannot_write((path, error): WriteFault) -> Stop {
    Stop::Failed(format!("cannot write {}: {error}", Clean::path(&path)))
}

/// What is done for each site, beside the others.
struct Work<'w> {
    options: &'w Options,
    out: &'w Path,
    output: Option<&'w Output>,
    span: Option<Span>,
    /// After the first error nothing will be written: the other sites are judged, and that is all.
    refused: AtomicBool,
}

impl Work<'_> {
    /// Compiles a site, writes what it needs where it waits, and drops the rest of it.
    fn on(&self, job: Job) -> Result<(Site, Prepared), Stop> {
        let mut site = job.compile(self.options)?;
        self.refused
            .fetch_or(matches!(site.outcome, Outcome::Refused), Ordering::Relaxed);
        site.add(gate(&site, self.span.as_ref())?);
        site.keep_texts();
        let prepared = match self.refused.load(Ordering::Relaxed) {
            true => Prepared::default(),
            false => Prepared::of(&site, self.out, self.output),
        };
        site.release();
        Ok((site, prepared))
    }
}

/// What one site needs, found out beside the others.
#[derive(Default)]
struct Prepared {
    obstacles: Vec<Obstacle>,
    foreign: Vec<PathBuf>,
    left_over: Option<PathBuf>,
    left_behind: Vec<String>,
    folder: PathBuf,
    tally: Tally,
    differences: String,
    waiting: Option<Waiting>,
    fault: Option<WriteFault>,
}

impl Prepared {
    fn of(site: &Site, out: &Path, output: Option<&Output>) -> Self {
        match &site.outcome {
            Outcome::Refused | Outcome::Released { .. } => Self::default(),
            // Removing the folder could delete what the product's Helm release has taken over: that is left to people.
            Outcome::ProductManaged { site } => {
                let folder =
                    Some(out.join(site)).filter(|folder| folder.join(KUSTOMIZATION).exists());
                Self {
                    left_over: folder,
                    ..Self::default()
                }
            }
            Outcome::Tree(tree) => match plan(out, output.is_none_or(Output::exists), tree) {
                Ok(plan) => Self::planned(plan, output),
                Err(obstacles) => Self {
                    obstacles,
                    ..Self::default()
                },
            },
        }
    }

    fn planned(plan: Plan<'_>, output: Option<&Output>) -> Self {
        let tally = Tally::of(&plan);
        let put = output.map_or(Ok(None), |output| output.put(&plan));
        let (waiting, fault) = put.map_or_else(|fault| (None, Some(fault)), |put| (put, None));
        let differences = match output {
            Some(_) => String::new(),
            None => differences(&plan),
        };
        let left_behind = left_behind(&plan)
            .into_iter()
            .map(|left| left.to_string())
            .collect();
        Self {
            left_behind,
            foreign: plan.foreign,
            folder: plan.folder,
            tally,
            differences,
            waiting,
            fault,
            ..Self::default()
        }
    }
}

/// What would change. Of files that go only the first are shown: there may be any number.
fn differences(plan: &Plan<'_>) -> String {
    let mut removed = 0;
    let shown = plan.differences().filter(|change| {
        removed += usize::from(change.action == Action::Remove);
        change.action != Action::Remove || removed <= FEW
    });
    shown
        .map(|change| diff(&plan.path(change), change))
        .collect()
}

/// How many files of each fate.
#[derive(Clone, Copy, Default)]
struct Tally {
    written: usize,
    unchanged: usize,
    removed: usize,
}

impl Tally {
    fn of(plan: &Plan<'_>) -> Self {
        let count = |test: fn(&Action) -> bool| {
            plan.changes
                .iter()
                .filter(|change| test(&change.action))
                .count()
        };
        Self {
            written: count(|action| matches!(action, Action::Create | Action::Update { .. })),
            unchanged: count(|action| *action == Action::Keep),
            removed: count(|action| *action == Action::Remove),
        }
    }
}

/// What is known of all sites so far.
#[derive(Default)]
struct Run {
    trees: usize,
    sites: usize,
    tally: Tally,
    /// The folders of the first sites: of so few each has a line of its own.
    each: Vec<(PathBuf, Tally)>,
    obstacles: Vec<Obstacle>,
    /// About files of others, and files that are too many to show.
    notes: SpillFile,
    left_over: (usize, SpillFile),
    left_behind: SpillFile,
    differences: SpillFile,
    /// What waits for each site that changes.
    waiting: Vec<Waiting>,
}

impl Run {
    fn take(&mut self, site: &Site, prepared: Prepared) -> Result<(), Stop> {
        self.sites += 1;
        self.trees += usize::from(matches!(site.outcome, Outcome::Released { .. }));
        self.tally.written += prepared.tally.written;
        self.tally.unchanged += prepared.tally.unchanged;
        self.tally.removed += prepared.tally.removed;
        self.obstacles.extend(prepared.obstacles);
        for path in prepared.foreign.iter().take(FEW) {
            self.notes.add(&format!(
                "note: {} is not of trustc and stays as it is\n",
                Clean::path(&path)
            ))?;
        }
        let folder = Clean::path(&prepared.folder);
        if let Some(more @ 1..) = prepared.foreign.len().checked_sub(FEW) {
            let files = "more files that are not of trustc stay as they are";
            self.notes
                .add(&format!("note: {folder}: {more} {files}\n"))?;
        }
        if let Some(more @ 1..) = prepared.tally.removed.checked_sub(FEW)
            && !prepared.differences.is_empty()
        {
            let files = "more files of earlier runs would be removed, and are not shown";
            self.notes
                .add(&format!("note: {folder}: {more} {files}\n"))?;
        }
        if let Some(path) = &prepared.left_over {
            let what = "is left from before the product managed this site; read it, then delete it";
            self.left_over.0 += 1;
            self.left_over
                .1
                .add(&format!("warning: {} {what}\n", Clean::path(&path)))?;
        }
        for left in &prepared.left_behind {
            self.left_behind.add(&format!("note: {left}\n"))?;
        }
        self.differences.add(&prepared.differences)?;
        self.waiting.extend(prepared.waiting);
        if self.each.len() <= FEW && !prepared.folder.as_os_str().is_empty() {
            self.each.push((prepared.folder, prepared.tally));
        }
        prepared
            .fault
            .map_or(Ok(()), |fault| Err(cannot_write(fault)))
    }

    /// Says what stands in the way of any site; the run ends with the last.
    fn stop_at_any_obstacle(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let Some(last) = self.obstacles.pop() else {
            return Ok(());
        };
        for obstacle in &self.obstacles {
            writeln!(streams.errors, "error: {obstacle}")?;
        }
        Err(Stop::Failed(last.to_string()))
    }

    fn tell(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for notes in [
            &mut self.notes,
            &mut self.left_over.1,
            &mut self.left_behind,
        ] {
            std::mem::take(notes).copy(Content::Document, &mut streams.errors, &Stop::from)?;
        }
        Ok(())
    }

    fn show(
        mut self,
        render: &RenderJob<'_>,
        began: Instant,
        counts: Counts,
        streams: &mut Streams<'_>,
    ) -> Result<Exit, Stop> {
        std::mem::take(&mut self.differences).copy(
            Content::Document,
            &mut streams.output,
            &Stop::from,
        )?;
        let stale = self.tally.written + self.tally.removed;
        if render.check && (stale > 0 || self.left_over.0 > 0) {
            let noun = if stale == 1 { "file is" } else { "files are" };
            writeln!(
                streams.errors,
                "stale: {stale} {noun} not what the configuration yields"
            )?;
            writeln!(streams.errors, "repair with: {}", render.repair)?;
            return Ok(Exit::Findings);
        }
        if self.sites > 1 {
            let would = if render.check { "would be " } else { "" };
            self.line(would, began, counts, streams)?;
        }
        Ok(Exit::Clean)
    }

    fn summarize(
        &self,
        began: Instant,
        counts: Counts,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        if self.each.len() <= FEW {
            for (
                folder,
                Tally {
                    written,
                    unchanged,
                    removed,
                },
            ) in &self.each
            {
                let folder = Clean::path(&folder);
                writeln!(
                    streams.errors,
                    "{folder}: {written} written, {unchanged} unchanged, {removed} removed"
                )?;
            }
        }
        if self.sites > 1 {
            self.line("", began, counts, streams)
        } else {
            Ok(())
        }
    }

    /// `3 sites: 12 files written, 6 unchanged, 0 removed, no findings, 0.1 seconds`
    fn line(
        &self,
        would: &str,
        began: Instant,
        counts: Counts,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        let Tally {
            written,
            unchanged,
            removed,
        } = self.tally;
        let (sites, seconds) = (self.sites, began.elapsed().as_secs_f64());
        writeln!(
            streams.errors,
            "{sites} sites: {written} files {would}written, {unchanged} unchanged, {removed} removed, {counts}, {seconds:.1} seconds"
        )?;
        Ok(())
    }
}
