//! For programs: one JSON object, whose form is versioned (`version`), with every finding and where it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::form::{IN_LIST, in_list};
use super::{Counts, Entry, Findings, Form, Frame, Shown};
use crate::diagnostic::{Diagnostic, Fix, Label, Place, SourceId};
use crate::fix::{Editor, TextEdit};
use crate::json_pointer::Pointer;
use crate::source::{Location, Sources};
use crate::text::{Clean, Content, mask};

/// The version of this form. Keys may be added under the same number; none changes its meaning or goes.
const VERSION: u32 = 1;

/// Findings of one run.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "trustc report")]
pub(crate) struct Report<'r> {
    /// The version of this form. Keys may be added under the same number; none changes its meaning or goes.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// How many findings of each weight.
    summary: Summary,
    /// In the order of files and places.
    findings: Vec<Finding<'r>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// One finding. Lines and columns count from one; the end is behind the last character.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Finding<'r> {
    /// The id of the rule: `trustc explain` has its page.
    rule: &'r str,
    /// How bad it is here.
    #[schemars(extend("enum" = ["error", "warning", "note"]))]
    severity: &'r str,
    /// One sentence.
    message: Clean,
    /// What will break, and who notices.
    breaks: Clean,
    /// What to type, most useful first.
    help: Vec<Clean>,
    #[serde(flatten)]
    place: Spot<'r>,
    /// Other places that belong to it.
    related: Vec<Spot<'r>>,
    /// What `check --fix` would do, where there is one right answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Mending<'r>>,
}

/// What `check --fix` would do: all edits or none, as text in place of text.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Mending<'r> {
    /// In a few words.
    title: Clean,
    /// Whether anybody should read it first.
    #[schemars(extend("enum" = ["safe", "unsafe"]))]
    safety: &'r str,
    /// All of these, or none.
    edits: Vec<Replacement<'r>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Replacement<'r> {
    #[serde(flatten)]
    place: Spot<'r>,
    /// What stands there afterwards.
    text: String,
}

/// Lines and columns count from one, columns in characters; the end is behind the last character.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Spot<'r> {
    /// The file as it was named, with forward slashes.
    path: &'r str,
    /// Missing where the file has no lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// In characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    /// Behind the last character.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
    /// JSON pointer (RFC 6901) into a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// A few words at the place.
    #[serde(skip_serializing_if = "Clean::is_empty")]
    label: Clean,
}

/// One report over all configurations, ending in a line feed.
pub(crate) struct Json;

/// How deep a finding is in the report.
const DEPTH: usize = 4;

impl Form for Json {
    fn content(&self) -> Content {
        Content::Json
    }

    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let found = findings.diagnostics.iter().zip(of(findings));
        found
            .map(|(diagnostic, finding)| Entry::new(diagnostic, in_list(&finding, DEPTH)))
            .collect()
    }

    fn separator(&self) -> &'static str {
        IN_LIST
    }

    fn frame(&self, counts: Counts, _: usize) -> Frame {
        let report = Report {
            version: VERSION,
            summary: Summary::of(counts),
            findings: Vec::new(),
        };
        Frame::of_list(&report, "\"findings\": []", DEPTH, counts)
    }
}

impl<'r> Report<'r> {
    pub(crate) fn of(all: &[Findings<'r>]) -> Self {
        let counts = Counts::of(all.iter().flat_map(|findings| findings.diagnostics));
        Self {
            version: VERSION,
            summary: Summary::of(counts),
            findings: all.iter().flat_map(of).collect(),
        }
    }
}

impl Summary {
    fn of(
        Counts {
            errors,
            warnings,
            notes,
        }: Counts,
    ) -> Self {
        Self {
            errors,
            warnings,
            notes,
        }
    }
}

fn of<'r>(findings: &Findings<'r>) -> impl Iterator<Item = Finding<'r>> + use<'r> {
    let (mut editors, sources) = (Editors::new(), findings.sources);
    findings
        .diagnostics
        .iter()
        .map(move |diagnostic| finding(sources, diagnostic, &mut editors))
}

/// Files that have been read for their fixes, each once.
type Editors<'r> = BTreeMap<SourceId, Option<Editor<'r>>>;

fn finding<'r>(
    sources: &'r Sources,
    diagnostic: &'r Diagnostic,
    editors: &mut Editors<'r>,
) -> Finding<'r> {
    let shown = Shown::new(sources, diagnostic);
    Finding {
        rule: diagnostic.rule.id,
        severity: diagnostic.severity.as_str(),
        place: spot(sources, &diagnostic.primary, shown.primary),
        related: diagnostic
            .secondary
            .iter()
            .zip(shown.secondary)
            .map(|(label, text)| spot(sources, label, text))
            .collect(),
        fix: diagnostic
            .fix
            .as_ref()
            .zip(shown.fix)
            .and_then(|(fix, title)| mending(sources, fix, title, editors)),
        message: shown.message,
        breaks: shown.consequence,
        help: shown.remedies,
    }
}

/// None if the text cannot be changed without touching more than the fix says.
fn mending<'r>(
    sources: &'r Sources,
    fix: &'r Fix,
    title: Clean,
    editors: &mut Editors<'r>,
) -> Option<Mending<'r>> {
    let mut edits = Vec::new();
    for edit in &fix.edits {
        let source = sources.get(edit.source);
        let editor = editors
            .entry(edit.source)
            .or_insert_with(|| Editor::of(edit.source, source))
            .as_ref()?;
        let TextEdit { bytes, text } = editor.text_edit(edit)?;
        // What must not be shown is left to `check --fix`.
        if source.without_secrets(&text) != text || mask(&text) != text {
            return None;
        }
        let place = source.place_of(bytes);
        edits.push(Replacement {
            place: located(source.name(), place.as_ref()),
            text,
        });
    }
    Some(Mending {
        title,
        safety: fix.safety.as_str(),
        edits,
    })
}

fn located<'r>(path: &'r str, place: Option<&Location>) -> Spot<'r> {
    Spot {
        path,
        line: place.map(|p| p.line),
        column: place.map(|p| p.column),
        end_line: place.map(|p| p.end_line),
        end_column: place.map(|p| p.end_column),
        pointer: None,
        label: Clean::default(),
    }
}

/// Key by key, each as it is written in the file: slashes between keys would make a long pointer look like base64, and
/// escapes within a key would make base64 look like words.
fn shown_pointer(pointer: &Pointer) -> String {
    let shown = pointer
        .segments()
        .fold(Pointer::root(), |shown, key| shown.key(&mask(&key)));
    shown.as_str().to_owned()
}

fn spot<'r>(sources: &'r Sources, label: &'r Label, text: Clean) -> Spot<'r> {
    let place = sources.locate(&label.origin);
    let pointer = match &label.origin.place {
        Place::Key(pointer) | Place::Value(pointer) => Some(shown_pointer(pointer)),
        Place::File | Place::Bytes(_) => None,
    };
    let path = sources.get(label.origin.source).name();
    Spot {
        pointer,
        label: text,
        ..located(path, place.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_with_slashes_is_no_pointer() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49/wEHBG0wawIBAQQg8gmU46Yno0TgqTs954/2KHQ23pRU4ucyVGombxvi9uqhRAN";
        let shown = shown_pointer(&Pointer::parse("/spec/labels").key(key));
        assert_eq!(shown, format!("/spec/labels/{}", "*".repeat(key.len())));
        let plain = Pointer::parse("/spec/annotations").key("example.com/a~b");
        assert_eq!(shown_pointer(&plain), plain.as_str());
    }
}
