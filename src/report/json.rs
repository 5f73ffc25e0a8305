//! For programs: one JSON object, whose form is versioned (`version`), with every finding and where it is.

use serde::Serialize;

use super::{Counts, Findings};
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::source::{Sources, redact};

/// The version of this form. Keys may be added under the same number; none changes its meaning or goes.
const VERSION: u32 = 1;

/// A report as it is serialized, alone or as part of a larger answer.
#[derive(Serialize)]
pub(crate) struct Report<'r> {
    version: u32,
    summary: Summary,
    findings: Vec<Finding<'r>>,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
struct Finding<'r> {
    rule: &'r str,
    severity: &'r str,
    message: &'r str,
    breaks: &'r str,
    help: Vec<&'r str>,
    #[serde(flatten)]
    place: Spot<'r>,
    related: Vec<Spot<'r>>,
}

/// Lines and columns count from one, columns in characters; the end is behind the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spot<'r> {
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    label: &'r str,
}

/// One report over all configurations, ending in a line feed.
pub(crate) fn json(all: &[Findings<'_>]) -> String {
    serde_json::to_string_pretty(&Report::of(all)).expect("text and numbers are JSON") + "\n"
}

impl<'r> Report<'r> {
    pub(crate) fn of(all: &[Findings<'r>]) -> Self {
        let counts = Counts::of(all.iter().flat_map(|findings| findings.diagnostics));
        let summary = Summary { errors: counts.errors, warnings: counts.warnings, notes: counts.notes };
        let findings = all
            .iter()
            .flat_map(|findings| findings.diagnostics.iter().map(|diagnostic| finding(findings.sources, diagnostic)));
        Self { version: VERSION, summary, findings: findings.collect() }
    }
}

fn finding<'r>(sources: &'r Sources, diagnostic: &'r Diagnostic) -> Finding<'r> {
    Finding {
        rule: diagnostic.rule.id,
        severity: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        breaks: diagnostic.consequence(),
        help: diagnostic.remedies().collect(),
        place: spot(sources, &diagnostic.primary),
        related: diagnostic.secondary.iter().map(|label| spot(sources, label)).collect(),
    }
}

/// Key by key: the slashes between them would make a long pointer look like base64.
fn shown_pointer(pointer: &str) -> String {
    pointer.split('/').map(redact).collect::<Vec<_>>().join("/")
}

fn spot<'r>(sources: &'r Sources, label: &'r Label) -> Spot<'r> {
    let place = sources.locate(&label.origin);
    let pointer = match &label.origin.place {
        Place::Key(pointer) | Place::Value(pointer) => Some(shown_pointer(pointer.as_str())),
        Place::File | Place::Bytes(_) => None,
    };
    Spot {
        path: sources.get(label.origin.source).name(),
        line: place.as_ref().map(|p| p.line),
        column: place.as_ref().map(|p| p.column),
        end_line: place.as_ref().map(|p| p.end_line),
        end_column: place.as_ref().map(|p| p.end_column),
        pointer,
        label: &label.text,
    }
}
