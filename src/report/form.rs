//! What forms of report have in common: findings are put into words as they come, and nothing else of them has to be kept.

use serde::Serialize;

use super::{Counts, Findings, Root};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;
use crate::text::Content;

/// A form of report.
pub(crate) trait Form {
    /// The words for each of these findings, which come behind those of all others so far.
    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry>;

    /// What stands around the entries of a whole report, out of which so many findings were left.
    fn frame(&self, _: Counts, _left_out: usize) -> Frame {
        Frame::default()
    }

    /// How its text is made harmless.
    fn content(&self) -> Content {
        Content::Document
    }

    /// What stands between two entries.
    fn separator(&self) -> &'static str {
        ""
    }

    /// The most findings that readers of this form take.
    fn limit(&self) -> Option<usize> {
        None
    }

    /// What stands before and behind the entries of one group.
    fn group_frame(&self, _: &str, _: Counts) -> [String; 2] {
        Default::default()
    }
}

/// What a report says of a finding.
pub(crate) struct Entry {
    /// Groups come in the order of their names; the entries of a group as findings do.
    pub(crate) group: String,
    pub(crate) severity: Severity,
    pub(crate) text: String,
}

impl Entry {
    /// Of a form without groups.
    pub(super) fn new(diagnostic: &Diagnostic, text: String) -> Self {
        Self {
            group: String::new(),
            severity: diagnostic.severity,
            text,
        }
    }
}

/// A line for each finding, errors first.
pub(crate) struct Lines {
    pub(super) root: Root,
    pub(super) line: fn(&Sources, &Diagnostic, &Root) -> String,
}

impl Form for Lines {
    fn content(&self) -> Content {
        Content::Commands
    }

    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let entry = |diagnostic: &Diagnostic| {
            let text = (self.line)(findings.sources, diagnostic, &self.root);
            Entry {
                group: (diagnostic.severity as u8).to_string(),
                ..Entry::new(diagnostic, text)
            }
        };
        findings.diagnostics.iter().map(entry).collect()
    }
}

/// What stands around entries.
#[derive(Default)]
pub(crate) struct Frame {
    pub(crate) before: String,
    pub(crate) behind: String,
}

impl Frame {
    /// Of a list in `document`, where it is `list`, an empty one; with entries so deep.
    pub(super) fn of_list(
        document: &impl Serialize,
        list: &str,
        depth: usize,
        counts: Counts,
    ) -> Self {
        let whole = pretty(document) + "\n";
        match whole.split_once(list) {
            Some((before, behind)) if counts != Counts::default() => {
                let (open, close) = list.split_at(list.len() - 1);
                let out = depth - INDENT;
                Self {
                    before: format!("{before}{open}\n"),
                    behind: format!("\n{:out$}{close}{behind}", ""),
                }
            }
            _ => Self {
                before: whole,
                ..Self::default()
            },
        }
    }
}

const INDENT: usize = 2;
/// What stands between two entries of a list.
pub(super) const IN_LIST: &str = ",\n";

/// Something in a list of a JSON document, so deep. Texts in JSON have no line ends.
pub(super) fn in_list(value: &impl Serialize, depth: usize) -> String {
    let indent = " ".repeat(depth);
    indent.clone() + &pretty(value).replace('\n', &format!("\n{indent}"))
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("text and numbers are JSON")
}
