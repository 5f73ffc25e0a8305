//! For GitLab: a Code Quality report. GitLab keeps one of several findings with one fingerprint, so each has its own.

use serde::Serialize;

use super::form::{IN_LIST, in_list};
use super::{Counts, Entry, Findings, Fingerprints, Form, Frame, Root, paragraphs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Content;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// One JSON array, ending in a line feed.
pub(crate) struct GitLab(Fingerprints);

/// How deep a finding is in the array.
const DEPTH: usize = 2;

impl GitLab {
    pub(crate) fn new(root: Root) -> Self {
        Self(Fingerprints::new(root))
    }
}

impl Form for GitLab {
    fn content(&self) -> Content {
        Content::Json
    }

    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let sources = findings.sources;
        let entry = |diagnostic: &Diagnostic| {
            let origin = &diagnostic.primary.origin;
            // A line is required: a file as a whole begins with its first.
            let begin = sources.locate(origin).map_or(1, |place| place.line);
            let issue = Issue {
                description: format!(
                    "{}: {}",
                    diagnostic.rule.id,
                    paragraphs(sources, diagnostic, &self.0.root)
                ),
                check_name: diagnostic.rule.id,
                fingerprint: self.0.next(sources, diagnostic),
                severity: match diagnostic.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                location: Place {
                    path: self.0.root.path(sources.get(origin.source).name()),
                    lines: Lines { begin },
                },
            };
            Entry::new(diagnostic, in_list(&issue, DEPTH))
        };
        findings.diagnostics.iter().map(entry).collect()
    }

    fn separator(&self) -> &'static str {
        IN_LIST
    }

    fn frame(&self, counts: Counts, _: usize) -> Frame {
        Frame::of_list(&[(); 0], "[]", DEPTH, counts)
    }
}
