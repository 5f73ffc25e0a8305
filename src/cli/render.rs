//! `trustc render`: manifests to standard output, or into a folder per site.

use std::path::{Component, PathBuf};

use clap::{Args, ValueEnum};

use super::compile::{Reporter, compile_each};
use super::configuration::Configurations;
use super::explain_value::explain_value;
use super::folders::to_folders;
use super::rehearse::{GateArgs, gate};
use super::report::{Format, Weights};
use super::{Common, Exit, Stop, Streams, inputs, nothing_changed};
use crate::compile::{Options, Outcome, Site};
use crate::config::Engine;
use crate::diagnostic::Diagnostic;
use crate::source::shown;

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
    /// Compile every site, also of a large fleet where nothing has changed since the last run
    #[arg(long)]
    no_cache: bool,
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
    let found = inputs::configurations(paths, &options, streams)?;
    let configurations = inputs::only_changed(found, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| configurations.is_empty()) {
        return nothing_changed(reference, streams);
    }
    if let Some(field) = &args.explain_value {
        return explain_value(field, configurations, &options, streams);
    }
    match &args.out {
        None => to_stream(args, configurations, &options, streams),
        Some(out) => to_folders(args, out, configurations, &options, streams),
    }
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
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.common.input.paths
    }

    /// The paths, or the one in the environment instead.
    pub(super) fn given(&self) -> Result<Vec<PathBuf>, Stop> {
        let path = self
            .path_from_env
            .as_deref()
            .map_or(Ok(None), from_environment)?;
        Ok(path.map_or_else(|| self.paths().to_vec(), |path| vec![path]))
    }

    pub(super) fn allow_roots(&self) -> &[PathBuf] {
        &self.common.input.allow_root
    }

    pub(super) fn format(&self) -> Format {
        self.common.format
    }

    pub(super) fn gate(&self) -> &GateArgs {
        &self.gate
    }

    pub(super) fn weights(&self) -> &Weights {
        &self.common.weights
    }

    pub(super) fn engine(&self) -> Option<Engine> {
        self.engine.map(Engine::from)
    }

    /// Whether nothing is taken from the last run. A part of a fleet is no run to remember.
    pub(super) fn compiles_all(&self) -> bool {
        self.no_cache || self.common.input.changed_since.is_some()
    }

    pub(super) fn check(&self) -> bool {
        self.check
    }

    /// Whether nothing is to be written.
    pub(super) fn only_shows(&self) -> bool {
        self.check || self.diff
    }
}

/// One site to the output stream. Of several only the findings are wanted: they are several clusters.
fn to_stream(
    args: &RenderArgs,
    configurations: Configurations,
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let mut report = Reporter::new(args.format(), streams);
    let (mut trees, mut stream) = (0, String::new());
    let span = args
        .gate
        .span(configurations.len(), options.terms.now, streams)?;
    let take = |mut site: Site, found: Result<Vec<Diagnostic>, Stop>| {
        site.add(found?);
        args.weights().apply(&mut site.diagnostics);
        if let Outcome::Tree(tree) = site.outcome {
            trees += 1;
            stream = tree.stream();
        }
        report.take(site.sources, site.diagnostics, streams)
    };
    compile_each(
        configurations,
        options,
        |site| gate(site, span.as_ref()),
        take,
    )?;
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
