//! `trustc render --out`: a folder per site, written, checked or shown.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::cache::{self, Entry, LastRun, ThisRun, Unchanged};
use super::compile::{Reporter, in_order};
use super::configuration::{Configuration, Configurations};
use super::names::Names;
use super::progress::Progress;
use super::rehearse::{Span, gate};
use super::render::RenderArgs;
use super::spool::{Records, Spool, cannot_wait};
use super::{Exit, Stop, Streams};
use crate::compile::{Options, Outcome, Site};
use crate::config::Engine;
use crate::delivery::KUSTOMIZATION;
use crate::output::{
    Action, Obstacle, Output, Plan, Waiting, WriteFault, diff, left_behind, plan, twins,
};
use crate::report::Counts;

/// Up to so many sites each have a line of their own at the end.
const FEW: usize = 20;

/// Compiles every configuration into its folder below `out`, or shows what would change.
pub(super) fn to_folders(
    args: &RenderArgs,
    out: &Path,
    configurations: Configurations,
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let began = Instant::now();
    let output = if args.only_shows() {
        None
    } else {
        Some(open(out, streams)?)
    };
    let span = args
        .gate()
        .span(configurations.len(), options.terms.now, streams)?;
    let mut report = Reporter::new(args.format(), streams);
    let mut progress = Progress::new(configurations.len(), streams);
    let mut run = Run::default();
    let (mut last_run, mut this_run) =
        args.remembered(out, configurations.len(), span.is_some(), options);
    let options = &Options {
        traced: this_run.is_on(),
        ..options.clone()
    };
    let work = Work {
        options,
        out,
        output: output.as_ref(),
        span,
        refused: AtomicBool::new(false),
    };
    let given = configurations.each()?.map(|configuration| {
        let key = configuration.as_ref().ok().and_then(Configuration::key);
        let remembered = key.and_then(|key| last_run.of(&key));
        (configuration, remembered)
    });
    let mut names = Names::default();
    in_order(
        given,
        |(configuration, remembered)| work.on(configuration?, remembered),
        |done| Ok(work.finish(done)),
        |(done, prepared)| {
            progress.step(streams)?;
            let ((mut site, memory), prepared) = match done {
                Done::Unchanged {
                    unchanged,
                    configuration,
                    entry,
                } => {
                    if names.take(&unchanged.site, &unchanged.source)? {
                        this_run.keep(
                            configuration.key(),
                            unchanged.anew.as_deref().unwrap_or(&entry),
                            unchanged.anew.is_some(),
                        );
                        run.take_unchanged(unchanged);
                        return Ok(());
                    }
                    // Its name is somebody else's by now.
                    let mut compiled = work.compile(configuration)?;
                    let prepared = work.prepare(&mut compiled.0);
                    (compiled, prepared)
                }
                Done::Compiled(compiled) => (*compiled, prepared),
            };
            names.refuse_if_taken(&mut site)?;
            args.weights().apply(&mut site.diagnostics);
            if let Some((key, entry)) = memory
                && prepared
                    .as_ref()
                    .is_some_and(|prepared| prepared.will_be_right(args.only_shows()))
            {
                this_run.keep(Some(key.into()), &entry, true);
            }
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
    twins(out, |name| names.contains(name))?
        .into_iter()
        .try_for_each(|twin| run.obstacles.add(twin))?;
    std::mem::take(&mut run.obstacles).stop_at_any(streams)?;
    run.tell(streams)?;
    let Some(output) = output else {
        this_run.finish(&last_run);
        return run.show(args, out, began, counts, streams);
    };
    commit(output, std::mem::take(&mut run.waiting))?;
    this_run.finish(&last_run);
    run.summarize(began, counts, streams)?;
    Ok(Exit::Clean)
}

fn open(out: &Path, streams: &mut Streams<'_>) -> Result<Output, Stop> {
    let wait = || {
        // If this cannot be said, waiting is right all the same.
        let _ = writeln!(
            streams.errors,
            "waiting: another run of trustc writes into {}",
            out.display()
        );
    };
    Output::open(out, wait).map_err(cannot_write)
}

/// Moves everything that waits into its place.
fn commit(output: Output, waiting: Records) -> Result<(), Stop> {
    for site in waiting.read()? {
        let site: Waiting =
            serde_json::from_slice(&site?).map_err(|error| cannot_wait(io::Error::other(error)))?;
        output.move_into_place(&site).map_err(cannot_write)?;
    }
    output.commit().map_err(cannot_write)
}

fn cannot_write((path, error): WriteFault) -> Stop {
    Stop::Failed(format!("cannot write {}: {error}", path.display()))
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

/// What came of one site.
enum Done {
    /// All of it is as it was: nothing was compiled.
    Unchanged {
        unchanged: Unchanged,
        configuration: Configuration,
        entry: String,
    },
    Compiled(Box<Compiled>),
}

/// A site, and what may be remembered of it once it has what it needs.
type Compiled = (Site, Option<(String, String)>);

impl Work<'_> {
    fn on(
        &self,
        mut configuration: Configuration,
        remembered: Option<String>,
    ) -> Result<Done, Stop> {
        configuration.read()?;
        if let Some(entry) = remembered
            && let Some(unchanged) =
                Entry::still(&entry, &configuration.digest(), self.options, self.out)
        {
            return Ok(Done::Unchanged {
                unchanged,
                configuration,
                entry,
            });
        }
        Ok(Done::Compiled(Box::new(self.compile(configuration)?)))
    }

    fn compile(&self, configuration: Configuration) -> Result<Compiled, Stop> {
        let key = configuration
            .key()
            .filter(|_| self.options.traced)
            .map(Cow::into_owned);
        let itself = key.map(|key| (key, configuration.digest()));
        let mut site = configuration.compile(self.options)?;
        let memory = itself.and_then(|(key, digest)| Some((key, Entry::of(&digest, &site)?)));
        self.refused
            .fetch_or(matches!(site.outcome, Outcome::Refused), Ordering::Relaxed);
        site.add(gate(&site, self.span.as_ref())?);
        // Its memory is still in the caches, and the next site takes it.
        site.keep_texts();
        Ok((site, memory))
    }

    fn finish(&self, mut done: Done) -> (Done, Option<Prepared>) {
        let prepared = match &mut done {
            Done::Unchanged { .. } => None,
            Done::Compiled(compiled) => self.prepare(&mut compiled.0),
        };
        (done, prepared)
    }

    /// Writes what the site needs where it waits, and drops the rest of it.
    fn prepare(&self, site: &mut Site) -> Option<Prepared> {
        let prepared = (!self.refused.load(Ordering::Relaxed))
            .then(|| Prepared::of(site, self.out, self.output));
        site.release();
        prepared
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
    waiting: Option<Result<Waiting, WriteFault>>,
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
        let (waiting, differences) = match output {
            Some(output) => (Some(output.put(&plan)), String::new()),
            None => (
                None,
                plan.differences()
                    .map(|change| diff(&plan.path(change), change))
                    .collect(),
            ),
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
            ..Self::default()
        }
    }
}

impl Prepared {
    /// Whether the folder holds what it should and nothing else, once what is needed is done; if anything is.
    fn will_be_right(&self, nothing_is_done: bool) -> bool {
        let Tally {
            written, removed, ..
        } = self.tally;
        self.obstacles.is_empty()
            && self.foreign.is_empty()
            && !(nothing_is_done && written + removed > 0)
    }
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
            removed: count(|action| matches!(action, Action::Remove { .. })),
        }
    }
}

/// What is known of all sites so far. Nothing here grows in memory with their number.
#[derive(Default)]
struct Run {
    trees: usize,
    sites: usize,
    tally: Tally,
    /// The folders of the first sites: of so few each has a line of its own.
    each: Vec<(PathBuf, Tally)>,
    obstacles: Obstacles,
    foreign: Spool,
    left_over: (usize, Spool),
    left_behind: Spool,
    differences: Spool,
    /// What waits for each site that changes.
    waiting: Records,
}

impl Run {
    fn take(&mut self, site: &Site, prepared: Option<Prepared>) -> Result<(), Stop> {
        self.sites += 1;
        self.trees += usize::from(matches!(site.outcome, Outcome::Released { .. }));
        let Some(prepared) = prepared else {
            return Ok(());
        };
        self.tally.written += prepared.tally.written;
        self.tally.unchanged += prepared.tally.unchanged;
        self.tally.removed += prepared.tally.removed;
        if self.each.len() <= FEW && !prepared.folder.as_os_str().is_empty() {
            self.each.push((prepared.folder, prepared.tally));
        }
        prepared
            .obstacles
            .into_iter()
            .try_for_each(|obstacle| self.obstacles.add(obstacle))?;
        for path in &prepared.foreign {
            self.foreign.add(&format!(
                "note: {} is not of trustc and stays as it is\n",
                path.display()
            ))?;
        }
        if let Some(path) = &prepared.left_over {
            let what = "is left from before the product managed this site; read it, then delete it";
            self.left_over.0 += 1;
            self.left_over
                .1
                .add(&format!("warning: {} {what}\n", path.display()))?;
        }
        for left in &prepared.left_behind {
            self.left_behind.add(&format!("note: {left}\n"))?;
        }
        self.differences.add(&prepared.differences)?;
        let waiting = prepared.waiting.transpose().map_err(cannot_write)?;
        if let Some(waiting) = waiting.filter(|waiting| !waiting.is_empty()) {
            let site = serde_json::to_vec(&waiting)
                .map_err(|error| cannot_wait(io::Error::other(error)))?;
            self.waiting.push(&site)?;
        }
        Ok(())
    }

    fn take_unchanged(&mut self, Unchanged { folder, files, .. }: Unchanged) {
        let tally = Tally {
            unchanged: files,
            ..Tally::default()
        };
        (self.sites, self.trees) = (self.sites + 1, self.trees + 1);
        self.tally.unchanged += files;
        if self.each.len() <= FEW {
            self.each.push((folder, tally));
        }
    }

    fn tell(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        for notes in [
            &mut self.foreign,
            &mut self.left_over.1,
            &mut self.left_behind,
        ] {
            std::mem::take(notes).print_to(streams.errors)?;
        }
        Ok(())
    }

    fn show(
        mut self,
        args: &RenderArgs,
        out: &Path,
        began: Instant,
        counts: Counts,
        streams: &mut Streams<'_>,
    ) -> Result<Exit, Stop> {
        std::mem::take(&mut self.differences).print(streams)?;
        let stale = self.tally.written + self.tally.removed;
        if args.check() && (stale > 0 || self.left_over.0 > 0) {
            let noun = if stale == 1 { "file is" } else { "files are" };
            writeln!(
                streams.errors,
                "stale: {stale} {noun} not what the configuration yields"
            )?;
            writeln!(streams.errors, "repair with: {}", args.repair(out))?;
            return Ok(Exit::Findings);
        }
        if self.sites > 1 {
            let would = if args.check() { "would be " } else { "" };
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
                let folder = folder.display();
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

/// What stands in the way: all but the last, in words, and the last, with which the run ends.
#[derive(Default)]
struct Obstacles {
    others: Spool,
    last: Option<Obstacle>,
}

impl Obstacles {
    fn add(&mut self, obstacle: Obstacle) -> Result<(), Stop> {
        match self.last.replace(obstacle) {
            Some(other) => self.others.add(&format!("error: {other}\n")),
            None => Ok(()),
        }
    }

    fn stop_at_any(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        let Some(last) = self.last else { return Ok(()) };
        self.others.print_to(streams.errors)?;
        Err(Stop::Failed(last.to_string()))
    }
}

impl RenderArgs {
    /// What may be remembered of this run and the last one. Of a rehearsal nothing is: it goes on beyond today.
    fn remembered(
        &self,
        out: &Path,
        sites: usize,
        rehearsed: bool,
        options: &Options,
    ) -> (LastRun, ThisRun) {
        let folder =
            cache::folder().filter(|_| sites >= cache::FLEET && !rehearsed && !self.compiles_all());
        folder
            .map(|folder| cache::open(&folder, self.paths(), out, options))
            .unwrap_or_default()
    }

    /// The command line that makes the files right.
    fn repair(&self, out: &Path) -> String {
        let mut line = "trustc render".to_owned();
        let mut say = |option: &str, value: &str| {
            line.push_str(option);
            line.push(' ');
            line.push_str(&word(value));
        };
        let paths = self.given().unwrap_or_else(|_| self.paths().to_vec());
        paths
            .iter()
            .for_each(|path| say("", &path.to_string_lossy()));
        say(" --out", &out.to_string_lossy());
        self.engine()
            .into_iter()
            .for_each(|engine| say(" --engine", Engine::as_str(engine)));
        self.allow_roots()
            .iter()
            .for_each(|root| say(" --allow-root", &root.to_string_lossy()));
        line
    }
}

/// One word for a shell.
fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', "'\\''")).into()
}
