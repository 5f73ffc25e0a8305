//! `trustc render`: manifests to standard output, or into a folder per site.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};

use super::explain_value::explain_value;
use super::folders::{RenderJob, to_folders};
use super::only_changed::only_changed;
use super::rehearse::{GateArgs, gate};
use super::reporter::Reporter;
use super::{Common, Exit, Stop, Streams, nothing_changed};
use crate::batch::{Job, compile_each, configurations};
use crate::compile::{Options, Outcome, Site};
use crate::config::Engine;
use crate::diagnostic::Diagnostic;
use crate::source::{Border, shown};

/// Render manifests, to standard output or into a folder per site.
///
/// Without --out the manifests of one site go to standard output, each object after what it depends on. With --out each
/// site gets the folder DIR/<metadata.name>; files that are right already are not touched, files that an earlier run left
/// there are removed, files of others are left alone. Nothing is written if any site has an error or the disk is full.
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    common: Common,
    /// Write into DIR/<metadata.name>, a folder per site
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing: show what differs, and exit 1 if anything does
    #[arg(long, requires = "out")]
    check: bool,
    /// Write nothing: show what would change
    #[arg(long, requires = "out", conflicts_with = "check")]
    diff: bool,
    /// Render nothing: show a value and all values in it, and the file and line that each comes from
    #[arg(long, value_name = "FIELD", conflicts_with_all = ["out", "format"])]
    explain_value: Option<String>,
    /// Render for this engine, whatever spec.delivery.engine says
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,
    /// Render the path in this environment variable instead of PATH, if it is set: for parameters of Argo CD plugins
    #[arg(long, value_name = "NAME")]
    path_from_env: Option<String>,
    #[command(flatten)]
    gate: GateArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineArg {
    /// Flux
    Flux,
    /// Argo CD
    Argocd,
    /// kubectl, or any other
    None,
}

impl From<EngineArg> for Engine {
    fn from(engine: EngineArg) -> Self {
        match engine {
            EngineArg::Flux => Self::Flux,
            EngineArg::Argocd => Self::Argocd,
            EngineArg::None => Self::None,
        }
    }
}

pub(super) fn run(args: &RenderArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let options = Options {
        engine: args.engine(),
        ..args.common.input.options()
    };
    let paths = args.given()?;
    let paths = paths.as_slice();
    let since = args.common.input.changed_since.as_deref();
    let found = configurations(paths, &options, streams.input)?;
    let jobs = only_changed(found, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| jobs.is_empty()) {
        return nothing_changed(reference, streams);
    }
    if let Some(field) = &args.explain_value {
        return explain_value(field, jobs, &options, streams);
    }
    match &args.out {
        None => to_stream(args, jobs, &options, streams),
        Some(out) => {
            let job = RenderJob {
                out,
                check: args.check,
                only_shows: args.check || args.diff,
                format: args.common.format,
                gate: &args.gate,
                weights: &args.common.weights,
                repair: args.repair(paths, out),
            };
            to_folders(&job, jobs, &options, streams)
        }
    }
}

/// Whether no link leads from here to somewhere else. What is not there leads nowhere.
fn stays_here(path: &Path) -> bool {
    let border = Border::around(Path::new("."), []);
    path.canonicalize()
        .map_or(true, |real| border.is_ok_and(|border| border.holds(&real)))
}

/// Whoever sets the variable is not who wrote the command line: the path stays below the current folder.
fn from_environment(name: &str) -> Result<Option<PathBuf>, Stop> {
    let Some(path) = std::env::var_os(name)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
    else {
        return Ok(None);
    };
    if path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        && path.as_os_str() != "-"
        && stays_here(&path)
    {
        return Ok(Some(path));
    }
    let message = format!(
        "{name}: {} is not a path below this folder, without `..`",
        shown(&path.to_string_lossy())
    );
    Err(Stop::Failed(message))
}

impl RenderArgs {
    /// The paths, or the one in the environment instead.
    fn given(&self) -> Result<Vec<PathBuf>, Stop> {
        let path = self
            .path_from_env
            .as_deref()
            .map_or(Ok(None), from_environment)?;
        Ok(path.map_or_else(|| self.common.input.paths.clone(), |path| vec![path]))
    }

    fn engine(&self) -> Option<Engine> {
        self.engine.map(Engine::from)
    }

    /// The command line that makes the files right.
    fn repair(&self, paths: &[PathBuf], out: &Path) -> String {
        let mut line = "trustc render".to_owned();
        let mut say = |option: &str, value: &str| {
            line.push_str(option);
            line.push(' ');
            line.push_str(&word(value));
        };
        paths
            .iter()
            .for_each(|path| say("", &path.to_string_lossy()));
        say(" --out", &out.to_string_lossy());
        self.engine()
            .into_iter()
            .for_each(|engine| say(" --engine", Engine::as_str(engine)));
        self.common
            .input
            .allow_root
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

/// One site to the output stream. Of several only the findings are wanted: they are several clusters.
fn to_stream(
    args: &RenderArgs,
    jobs: Vec<Job>,
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let mut report = Reporter::new(args.common.format, streams);
    let (mut trees, mut stream) = (0, String::new());
    let span = args.gate.span(jobs.len(), options.terms.now, streams)?;
    let take = |mut site: Site, found: Result<Vec<Diagnostic>, Stop>| {
        site.add(found?);
        args.common.weights.apply(&mut site.diagnostics);
        if let Outcome::Tree(tree) = site.outcome {
            trees += 1;
            stream = tree.stream();
        }
        report.take(site.sources, site.diagnostics, streams)
    };
    compile_each(jobs, options, |site| gate(site, span.as_ref()), take)?;
    let counts = report.finish(streams)?;
    if counts.errors > 0 {
        writeln!(streams.errors, "refused: {counts}; nothing was rendered")?;
        return Ok(Exit::Findings);
    }
    match trees {
        0 => nothing_to_render(streams),
        1 => {
            streams.output.document(&stream)?;
            Ok(Exit::Clean)
        }
        _ => {
            let message = format!(
                "{trees} sites do not go into one stream, they are {trees} clusters: add --out DIR"
            );
            Err(Stop::Failed(message))
        }
    }
}

/// Success without any object does not exist.
pub(super) fn nothing_to_render(streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let sentence =
        "nothing was rendered: the product's own installation makes the objects of this site";
    writeln!(streams.errors, "refused: {sentence}")?;
    Ok(Exit::Findings)
}
