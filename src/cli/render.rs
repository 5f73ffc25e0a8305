//! `trustc render`: manifests to standard output, or into a folder per site.

use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};

use super::rehearse::GateArgs;
use super::report::print_findings;
use super::{Common, Exit, Stop, Streams, inputs};
use crate::admission::VerifiedTree;
use crate::config::Engine;
use crate::emit::{Action, Plan, diff, left_behind, plan, write};
use crate::report::Findings;
use crate::site::{Options, Outcome, Site};
use crate::source::shown;

/// Render manifests, to standard output or into a folder per site.
///
/// Without --out the manifests of one site go to standard output, each object after what it depends on. With --out each
/// site gets the folder DIR/<metadata.name>; files that are right already are not touched, files that an earlier run left
/// there are removed, files of others are left alone. Nothing is written if any site has an error.
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
    let options = Options { engine: args.engine.map(Engine::from), ..args.common.input.options() };
    let paths = match &args.path_from_env {
        Some(name) => from_environment(name)?.map(|path| vec![path]),
        None => None,
    };
    let paths = paths.as_deref().unwrap_or(&args.common.input.paths);
    let mut sites = inputs::compile_all(inputs::configurations(paths, streams)?, &options)?;
    args.gate.apply(&mut sites, options.terms.now, streams)?;
    sites.iter_mut().for_each(|site| args.common.weights.apply(&mut site.diagnostics));
    let all: Vec<Findings<'_>> = sites.iter().map(Into::into).collect();
    let counts = print_findings(&all, args.common.format, streams)?;
    if counts.errors > 0 {
        writeln!(streams.errors, "refused: {counts}; nothing was rendered")?;
        return Ok(Exit::Findings);
    }
    let trees: Vec<&VerifiedTree> = sites.iter().filter_map(tree).collect();
    if trees.is_empty() {
        let sentence = "nothing was rendered: the product's own installation makes the objects of this site";
        writeln!(streams.errors, "refused: {sentence}")?;
        return Ok(Exit::Findings);
    }
    match &args.out {
        None => to_stream(&trees, streams),
        Some(out) => to_folders(args, out, &sites, &trees, streams),
    }
}

/// Whoever sets the variable is not who wrote the command line: the path stays below the current folder.
fn from_environment(name: &str) -> Result<Option<PathBuf>, Stop> {
    let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from) else { return Ok(None) };
    if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) && path.as_os_str() != "-"
    {
        return Ok(Some(path));
    }
    let message = format!("{name}: {} is not a path below this folder, without `..`", shown(&path.to_string_lossy()));
    Err(Stop::Failed(message))
}

fn tree(site: &Site) -> Option<&VerifiedTree> {
    match &site.outcome {
        Outcome::Tree(tree) => Some(tree),
        Outcome::Refused | Outcome::ProductManaged { .. } => None,
    }
}

fn to_stream(trees: &[&VerifiedTree], streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let [only] = trees else {
        let message = format!("{} sites do not go into one stream, they are {0} clusters: add --out DIR", trees.len());
        return Err(Stop::Failed(message));
    };
    streams.output.write_all(only.stream.as_bytes())?;
    Ok(Exit::Clean)
}

fn to_folders(
    args: &RenderArgs,
    out: &Path,
    sites: &[Site],
    trees: &[&VerifiedTree],
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let mut plans = Vec::new();
    let mut obstacles = Vec::new();
    for tree in trees {
        match plan(out, tree) {
            Ok(plan) => plans.push(plan),
            Err(found) => obstacles.extend(found),
        }
    }
    if let Some((last, others)) = obstacles.split_last() {
        for obstacle in others {
            writeln!(streams.errors, "error: {obstacle}")?;
        }
        return Err(Stop::Failed(last.to_string()));
    }
    let left_over = left_over_of_product(out, sites);
    for path in plans.iter().flat_map(|plan| &plan.foreign) {
        writeln!(streams.errors, "note: {} is not of trustc and stays as it is", path.display())?;
    }
    for path in &left_over {
        writeln!(
            streams.errors,
            "warning: {} is left from before the product managed this site; read it, then delete it",
            path.display()
        )?;
    }
    for left in plans.iter().flat_map(left_behind) {
        writeln!(streams.errors, "note: {left}")?;
    }
    if args.check || args.diff {
        return show(args, out, &plans, !left_over.is_empty(), streams);
    }
    for plan in &plans {
        write(plan).map_err(|(path, error)| Stop::Failed(format!("cannot write {path}: {error}")))?;
        summarize(plan, streams)?;
    }
    Ok(Exit::Clean)
}

/// Folders of sites that the product manages and an earlier run wrote. Removing them could delete what the product's
/// Helm release has taken over, so that is left to people.
fn left_over_of_product(out: &Path, sites: &[Site]) -> Vec<PathBuf> {
    let folders = sites.iter().filter_map(|site| match &site.outcome {
        Outcome::ProductManaged { site } => Some(out.join(site)),
        _ => None,
    });
    folders.filter(|folder| folder.join(crate::delivery::KUSTOMIZATION).exists()).collect()
}

fn show(
    args: &RenderArgs,
    out: &Path,
    plans: &[Plan],
    left_over: bool,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let mut stale = 0;
    for change in plans.iter().flat_map(Plan::differences) {
        stale += 1;
        streams.output.write_all(diff(change).as_bytes())?;
    }
    if !args.check || (stale == 0 && !left_over) {
        return Ok(Exit::Clean);
    }
    let noun = if stale == 1 { "file is" } else { "files are" };
    let paths: Vec<String> = args.common.input.paths.iter().map(|path| path.display().to_string()).collect();
    writeln!(streams.errors, "stale: {stale} {noun} not what the configuration yields")?;
    let engine = args.engine.map(|engine| format!(" --engine {}", Engine::from(engine).as_str())).unwrap_or_default();
    writeln!(streams.errors, "repair with: trustc render {} --out {}{engine}", paths.join(" "), out.display())?;
    Ok(Exit::Findings)
}

fn summarize(plan: &Plan, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let count = |test: fn(&Action) -> bool| plan.changes.iter().filter(|change| test(&change.action)).count();
    let written = count(|action| matches!(action, Action::Create | Action::Update { .. }));
    let kept = count(|action| *action == Action::Keep);
    let removed = count(|action| matches!(action, Action::Remove { .. }));
    writeln!(streams.errors, "{}: {written} written, {kept} unchanged, {removed} removed", plan.folder.display())?;
    Ok(())
}
