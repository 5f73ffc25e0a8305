//! For GitLab: a Code Quality report. GitLab keeps one of several findings with one fingerprint, so each has its own.

use serde::Serialize;

use super::{Findings, Fingerprints, Root, each, paragraphs};
use crate::diagnostic::Severity;

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
pub(crate) fn gitlab(all: &[Findings<'_>], root: &Root) -> String {
    let mut fingerprints = Fingerprints::new(root);
    let issues: Vec<Issue> = each(all)
        .map(|(sources, diagnostic)| {
            let origin = &diagnostic.primary.origin;
            // A line is required: a file as a whole begins with its first.
            let begin = sources.locate(origin).map_or(1, |place| place.line);
            Issue {
                description: format!("{}: {}", diagnostic.rule.id, paragraphs(sources, diagnostic, root)),
                check_name: diagnostic.rule.id,
                fingerprint: fingerprints.next(sources, diagnostic),
                severity: match diagnostic.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                location: Place { path: root.path(sources.get(origin.source).name()), lines: Lines { begin } },
            }
        })
        .collect();
    serde_json::to_string_pretty(&issues).expect("text and numbers are JSON") + "\n"
}
