//! Findings to text. One file per format; none of them knows a rule.

mod human;
mod json;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

pub(crate) use human::{Human, human};
pub(crate) use json::{Report, json};

/// The findings of one configuration, and the texts they point into.
pub(crate) struct Findings<'f> {
    pub(crate) sources: &'f Sources,
    pub(crate) diagnostics: &'f [Diagnostic],
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
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Note => counts.notes += 1,
            }
        }
        counts
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let parts: Vec<String> = words
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
            .collect();
        f.write_str(&if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") })
    }
}

/// Sorts by file, place and rule: the same findings in the same order, whoever found them first.
pub(crate) fn sort(sources: &Sources, diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let start = sources.locate(&diagnostic.primary.origin).map_or(0, |location| location.bytes.start);
        (diagnostic.primary.origin.source, start, diagnostic.rule.id, diagnostic.message.clone())
    });
}
