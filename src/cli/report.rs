//! What is reported of findings, in which form, and where to.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Exit, Stop, Streams};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::output::replace;
use crate::registry;
use crate::report::{
    Counts, Driver, Findings, Form, GitLab, JUnit, Json, Log, Plain, Root, azure, github, human,
};
use crate::text::Clean;
use crate::text::{Content, Printer};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text with excerpts
    Human,
    /// One JSON object, versioned (trustc schema report)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions: annotations in the pull request
    Github,
    /// Code Quality report of GitLab
    Gitlab,
    /// Logging commands of Azure Pipelines: issues of the run
    Azure,
    /// JUnit XML
    Junit,
}

/// How findings weigh.
#[derive(Debug, Args)]
pub(super) struct Weights {
    /// Make every warning an error
    #[arg(long)]
    deny_warnings: bool,
    /// Leave out findings that are milder
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Mildest::Note)]
    min_severity: Mildest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mildest {
    Error,
    Warning,
    Note,
}

/// Which findings are reported, and where to.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Report findings of these rules only; what keeps a file from being judged is reported all the same
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = registry::find)]
    only: Vec<&'static RuleInfo>,
    /// Write the result to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Exit 0 although there are findings; 2 still means that the job could not be done
    #[arg(long)]
    exit_zero: bool,
}

impl Weights {
    /// Weighs findings anew, and leaves out what is too mild. Errors always stay.
    pub(super) fn apply(&self, found: &mut Vec<Diagnostic>) {
        let mildest = match self.min_severity {
            Mildest::Error => Severity::Error,
            Mildest::Warning => Severity::Warning,
            Mildest::Note => Severity::Note,
        };
        for diagnostic in found
            .iter_mut()
            .filter(|diagnostic| self.deny_warnings && diagnostic.severity == Severity::Warning)
        {
            diagnostic.severity = Severity::Error;
        }
        found.retain(|diagnostic| diagnostic.severity <= mildest);
    }
}

impl Selection {
    /// Leaves out what was not asked for.
    pub(super) fn apply(&self, found: &mut Vec<Diagnostic>) {
        let asked =
            |diagnostic: &Diagnostic| self.only.iter().any(|rule| rule.id == diagnostic.rule.id);
        let blind = |diagnostic: &Diagnostic| {
            diagnostic.severity == Severity::Error && registry::is_about_reading(diagnostic.rule.id)
        };
        found.retain(|diagnostic| self.only.is_empty() || asked(diagnostic) || blind(diagnostic));
    }

    /// Keeps a report from replacing what it is about.
    pub(super) fn spare(&self, inputs: &[PathBuf]) -> Result<(), Stop> {
        let real = |path: &PathBuf| path.canonicalize().ok();
        let Some(output) = self.output.as_ref().filter(|output| output.is_file()) else {
            return Ok(());
        };
        if inputs.iter().any(|input| real(input) == real(output)) {
            let message = format!(
                "{} is an input of this run, and --output would replace it",
                Clean::path(&output)
            );
            return Err(Stop::Failed(message));
        }
        Ok(())
    }

    /// Whether the result goes to a file.
    pub(super) fn to_file(&self) -> bool {
        self.output.is_some()
    }

    /// Writes a result to the file that was named, else to standard output.
    pub(super) fn write(
        &self,
        content: Content,
        text: &str,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        self.write_by(
            |out, failed| out.print(content, text).map_err(failed),
            streams,
        )
    }

    /// The same with what `write` writes there; it is told what it means if that fails.
    pub(super) fn write_by(
        &self,
        write: impl FnOnce(&mut Printer<'_>, &dyn Fn(io::Error) -> Stop) -> Result<(), Stop>,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        match &self.output {
            None => write(&mut streams.output, &Stop::from),
            Some(path) => {
                let failed =
                    |error| Stop::Failed(format!("cannot write {}: {error}", Clean::path(&path)));
                replace(path, |file| write(&mut Printer::new(file), &failed), failed)
            }
        }
    }

    /// How a run with these findings ends. A reader that has gone away changes nothing about that.
    pub(super) fn exit(&self, counts: Counts, written: Result<(), Stop>) -> Result<Exit, Stop> {
        match written {
            Ok(()) | Err(Stop::Closed) => Ok(if counts.errors > 0 && !self.exit_zero {
                Exit::Findings
            } else {
                Exit::Clean
            }),
            Err(stop) => Err(stop),
        }
    }
}

/// The form of a report that is one document; as text for people without anything that a terminal draws.
pub(super) fn form(format: Format, rules_url: Option<&str>) -> Box<dyn Form> {
    match format {
        Format::Human => Box::new(Plain),
        Format::Json => Box::new(Json),
        Format::Github => Box::new(github(root())),
        Format::Gitlab => Box::new(GitLab::new(root())),
        Format::Azure => Box::new(azure(root())),
        Format::Junit => Box::new(JUnit(root())),
        Format::Sarif => {
            let driver = Driver {
                rules: registry::all(),
                rules_url: rules_url.map(str::to_owned),
            };
            Box::new(Log::new(root(), driver))
        }
    }
}

/// Prints findings that are not the result to the error stream, as text for people. Returns their counts.
pub(super) fn print_findings(
    all: &[Findings<'_>],
    streams: &mut Streams<'_>,
) -> Result<Counts, Stop> {
    let text: String = all
        .iter()
        .map(|findings| human(findings, streams.style()))
        .collect();
    streams.errors.drawn(&text)?;
    Ok(Counts::of(
        all.iter().flat_map(|findings| findings.diagnostics),
    ))
}

/// What GitHub leaves out of a pull request, so that nobody takes ten for all.
pub(super) fn limit(format: Format, counts: Counts) -> Option<&'static str> {
    let shown = 10;
    let more = counts.errors > shown || counts.warnings > shown || counts.notes > shown;
    let sentence =
        "GitHub shows ten annotations of each kind a step; the log of this step has all of them";
    (format == Format::Github && more).then_some(sentence)
}

/// The folder of the repository that the current folder is in, or the current folder.
fn root() -> Root {
    let here = Path::new(".").canonicalize().unwrap_or_default();
    let top = here
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&here);
    Root::new(&here.to_string_lossy(), &top.to_string_lossy())
}
