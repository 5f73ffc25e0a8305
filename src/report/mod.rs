//! Findings to text. One file per format; none of them knows a rule.

mod azure;
mod fingerprint;
mod form;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod page;
mod root;
mod rules;
mod sarif;
mod schema;
mod shown;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

pub(crate) use azure::azure;
pub(crate) use form::{Entry, Form, Frame, Lines};
pub(crate) use github::github;
pub(crate) use gitlab::GitLab;
pub(crate) use human::{Human, Plain, human};
pub(crate) use json::{Json, Report};
pub(crate) use junit::JUnit;
pub(crate) use page::page;
pub(crate) use root::Root;
pub(crate) use rules::{Rules, rules_json};
pub(crate) use sarif::{Driver, Log};
pub(crate) use schema::{derive, schema_of_output};
pub(crate) use shown::Shown;

use fingerprint::Fingerprints;

/// The findings of one configuration, and the texts they point into.
pub(crate) struct Findings<'f> {
    pub(crate) sources: &'f Sources,
    pub(crate) diagnostics: &'f [Diagnostic],
}

/// A finding without its places: what it is, what breaks, what to type, a line each.
fn sentences(shown: &Shown) -> String {
    let helps = shown.remedies.iter().map(|help| format!("help: {help}"));
    let lines = [
        shown.message.to_string(),
        format!("note: {}", shown.consequence),
    ];
    lines
        .into_iter()
        .chain(helps)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same, and the other places that belong to it.
fn paragraphs(sources: &Sources, diagnostic: &Diagnostic, root: &Root) -> String {
    let shown = Shown::new(sources, diagnostic);
    let places = diagnostic
        .secondary
        .iter()
        .zip(&shown.secondary)
        .map(|(label, text)| {
            let path = root.path(sources.get(label.origin.source).name());
            let place = sources
                .locate(&label.origin)
                .map_or(path.clone(), |place| format!("{path}:{}", place.line));
            format!("{place}: {text}")
        });
    std::iter::once(sentences(&shown))
        .chain(places)
        .collect::<Vec<_>>()
        .join("\n")
}

/// How many findings of each weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) notes: usize,
}

impl Counts {
    pub(crate) fn of<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Self {
        let mut counts = Self::default();
        diagnostics
            .into_iter()
            .for_each(|diagnostic| counts.add(diagnostic.severity));
        counts
    }

    /// All of them.
    pub(crate) fn total(self) -> usize {
        self.errors + self.warnings + self.notes
    }

    /// One more.
    pub(crate) fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }
}

/// That a report is not all, in one sentence.
pub(crate) fn left_out(limit: usize, left_out: usize) -> String {
    format!(
        "{left_out} findings are left out: the report has the first {limit}, and GitHub refuses more; mend some, then run again, or check fewer sites at a time"
    )
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        let parts: Vec<String> = words
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
            .collect();
        f.write_str(&if parts.is_empty() {
            "no findings".to_owned()
        } else {
            parts.join(", ")
        })
    }
}

/// Sorts by file, place and rule: the same findings in the same order, whoever found them first.
pub(crate) fn sort(sources: &Sources, diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let start = sources
            .locate(&diagnostic.primary.origin)
            .map_or(0, |location| location.bytes.start);
        (
            diagnostic.primary.origin.source,
            start,
            diagnostic.rule.id,
            diagnostic.message.clone(),
        )
    });
}
