//! The command line: one file per verb, and the only code that prints.
//!
//! Results go to the output stream, everything else to the error stream. Exits: 0 clean (warnings allowed), 1 findings
//! or stale output, 2 the job could not be done.

mod buffered_report;
mod changed;
mod check;
mod explain;
mod explain_value;
mod fix;
mod folders;
mod function;
mod horizon;
mod init;
mod inspect;
mod judged;
mod lsp;
mod manifests;
mod only_changed;
mod params;
mod progress;
mod rehearse;
mod render;
mod report;
mod reporter;
mod rotate;
mod schema;
mod shell;
mod spill_file;
mod topics;

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ColorChoice, CommandFactory as _, Parser, Subcommand};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::batch::Failure;
use crate::cluster::Cluster;
use crate::compile::{Options, Site};
use crate::diagnostic::Bug;
use crate::report::{Findings, Human};
use crate::rules::Terms;
use crate::source::ReadFault;
use crate::types::Lifetime;

pub use crate::text::Printer;

use report::{Format, Weights};

/// The streams of a process, and what the error stream can show.
pub struct Streams<'s> {
    /// Configurations come from here when a path is `-`.
    pub input: &'s mut (dyn Read + Send),
    /// Results.
    pub output: Printer<'s>,
    /// Findings, progress, summaries.
    pub errors: Printer<'s>,
    /// What the terminal behind the error stream can show.
    pub terminal: Terminal,
    /// Where the pages of rules (`docs/rules.md`) are published, if they are: ids in reports become links there.
    pub rules_url: Option<String>,
}

/// What a terminal can show. The default is a file: none of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Whether there is one, with somebody in front of it.
    pub interactive: bool,
    /// Colours.
    pub color: bool,
    /// Box-drawing characters.
    pub unicode: bool,
    /// Links in text (OSC 8).
    pub hyperlinks: bool,
}

impl Streams<'_> {
    /// How findings are drawn on the error stream.
    fn style(&self) -> Human<'_> {
        let Terminal {
            color,
            unicode,
            hyperlinks,
            ..
        } = self.terminal;
        Human {
            color,
            unicode,
            hyperlinks,
            rules_url: self.rules_url.as_deref(),
        }
    }
}

/// How a run ended. The numbers are the process's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Clean; warnings are allowed.
    Clean = 0,
    /// Findings, or stale output.
    Findings = 1,
    /// The job could not be done: usage, files, or a fault of this program.
    Failed = 2,
}

/// From one trust configuration to verified cert-manager and trust-manager manifests.
#[derive(Debug, Parser)]
#[command(name = "trustc", version, disable_help_subcommand = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Whether findings are coloured; auto asks the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

const EXAMPLES: &str = "\
Examples:
  trustc init trust.yaml                     a commented starter to edit
  trustc check trust.yaml                    every finding, with what to type
  trustc render trust.yaml                   manifests on standard output
  trustc render sites/ --out deploy          one folder per site, for Flux or Argo CD
  trustc render sites/ --out deploy --check  in a pull request: is what is committed still right?
  trustc rehearse trust.yaml --horizon 10y   does any client ever reject a server?
  trustc check sites/ --changed-since main   only the sites that a branch has touched
  trustc check manifests/                    what a cluster would say of plain manifests
  trustc inspect roots.pem                   every certificate in a file, and what is wrong with it
  trustc params trust.yaml                   the az command lines with the same names
  trustc explain root-rotates-key            what a finding means

PATH is a file or a folder; in folders the names trust.yaml, trust.yml, *.trust.yaml and, for fleets, *.fleet.yaml count.
Exit status: 0 clean, 1 findings or stale output, 2 could not do the job.";

#[derive(Debug, Subcommand)]
enum Verb {
    // What each does, in short and at length, stands at its arguments.
    Check(check::CheckArgs),
    Render(render::RenderArgs),
    Rehearse(rehearse::RehearseArgs),
    Rotate(rotate::RotateArgs),
    Inspect(inspect::InspectArgs),
    Params(params::ParamsArgs),
    Fn(function::FnArgs),
    Init(init::InitArgs),
    Schema(schema::SchemaArgs),
    Explain(explain::ExplainArgs),
    /// Serve an editor: findings while typing, fixes, certificates on hover
    Lsp(lsp::LspArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// What every verb over configurations takes.
#[derive(Debug, Args)]
struct Input {
    /// Configurations, or folders that hold them; - reads one from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Another folder that certificate files may be read from
    #[arg(long, value_name = "DIR")]
    allow_root: Vec<PathBuf>,
    /// Only sites whose configuration, or a file that it extends or names, differs from this commit of the working folder's
    /// git repository
    #[arg(long, value_name = "GITREF")]
    changed_since: Option<String>,
    #[command(flatten)]
    clock: Clock,
}

/// What `check` and `render` share.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    input: Input,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    weights: Weights,
}

/// When certificates are judged, and how soon is too soon.
#[derive(Debug, Args)]
struct Clock {
    /// Judge certificates on this day instead of today (2027-06-30 or RFC 3339)
    #[arg(long, value_name = "DATE", value_parser = parse_now)]
    now: Option<OffsetDateTime>,
    /// Make a CA certificate that ends sooner than this an error (60d, 1440h)
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    fail_if_expires_within: Option<Lifetime>,
}

impl Clock {
    fn terms(&self) -> Terms {
        let now = self.now.unwrap_or_else(OffsetDateTime::now_utc);
        Terms {
            now,
            fail_if_expires_within: self.fail_if_expires_within,
        }
    }
}

fn parse_duration(text: &str) -> Result<Lifetime, String> {
    Lifetime::parse(text).map_err(|refusal| refusal.reason)
}

/// Why a run stopped before its end.
enum Stop {
    /// Standard output is closed: nobody reads on, so nothing more is said.
    Closed,
    /// Anything else, in one sentence.
    Failed(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(format!("cannot write the output: {error}")),
        }
    }
}

impl From<Bug> for Stop {
    fn from(bug: Bug) -> Self {
        Self::Failed(bug.to_string())
    }
}

impl From<Failure> for Stop {
    fn from(Failure(sentence): Failure) -> Self {
        Self::Failed(sentence)
    }
}

impl From<ReadFault> for Stop {
    fn from(fault: ReadFault) -> Self {
        Self::Failed(fault.to_string())
    }
}

/// Runs one command line, program name first.
pub fn run(args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, streams),
    };
    match cli.color {
        ColorChoice::Auto => {}
        ColorChoice::Always => streams.terminal.color = true,
        ColorChoice::Never => streams.terminal.color = false,
    }
    let result = match cli.verb {
        Verb::Check(args) => check::run(&args, streams),
        Verb::Render(args) => render::run(&args, streams),
        Verb::Rehearse(args) => rehearse::run(&args, streams),
        Verb::Rotate(args) => rotate::run(&args, streams),
        Verb::Params(args) => params::run(&args, streams),
        Verb::Inspect(args) => inspect::run(&args, streams),
        Verb::Fn(args) => function::run(&args, streams),
        Verb::Init(args) => init::run(&args, streams),
        Verb::Schema(args) => schema::run(&args, streams),
        Verb::Explain(args) => explain::run(&args, streams),
        Verb::Lsp(args) => lsp::run(&args, streams),
        Verb::Completions(args) => shell::completions(&args, Cli::command(), streams),
        Verb::Man(args) => shell::man(&args, Cli::command(), streams),
    };
    let flushed = streams.output.flush().map_err(Stop::from);
    match (result, flushed) {
        // Whoever stopped reading does not turn a refusal into a pass.
        (Ok(exit), Ok(()) | Err(Stop::Closed)) => exit,
        (Err(Stop::Closed), _) => Exit::Clean,
        (Err(Stop::Failed(message)), _) | (Ok(_), Err(Stop::Failed(message))) => {
            // If even this cannot be written, the exit code is all that is left.
            let _ = writeln!(streams.errors, "error: {message}");
            Exit::Failed
        }
    }
}

/// Help and version are results; everything else clap says is a usage error, which repeats what was typed.
fn usage(error: &clap::Error, streams: &mut Streams<'_>) -> Exit {
    let text = error.render();
    // If nobody reads it, the exit code is all that is left.
    let _ = match (error.use_stderr(), streams.terminal.color) {
        (false, _) => streams.output.own(text.to_string().as_bytes()),
        (true, true) => streams.errors.drawn(&text.ansi().to_string()),
        (true, false) => write!(streams.errors, "{text}"),
    };
    let _ = streams.output.flush();
    if error.use_stderr() {
        Exit::Failed
    } else {
        Exit::Clean
    }
}

impl Input {
    fn options(&self) -> Options {
        Options {
            terms: self.clock.terms(),
            allow_roots: self.allow_root.clone(),
            engine: None,
            shared: Arc::default(),
        }
    }
}

/// With `--changed-since`, no site is a result as good as any.
fn nothing_changed(reference: &str, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    writeln!(streams.errors, "ok: no site has changed since {reference}")?;
    Ok(Exit::Clean)
}

fn parse_now(text: &str) -> Result<OffsetDateTime, String> {
    let day = time::Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|day| day.midnight().assume_utc());
    day.or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .map_err(|_| "write a day such as 2027-06-30, or a time in RFC 3339".to_owned())
}

impl<'f> From<&'f Site> for Findings<'f> {
    fn from(site: &'f Site) -> Self {
        Self {
            sources: &site.sources,
            diagnostics: &site.diagnostics,
        }
    }
}

impl<'f> From<&'f Cluster> for Findings<'f> {
    fn from(cluster: &'f Cluster) -> Self {
        Self {
            sources: &cluster.sources,
            diagnostics: &cluster.diagnostics,
        }
    }
}
