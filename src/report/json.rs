//! For programs: one JSON object, whose form is versioned (`version`), with every finding and where it is.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Counts, Findings};
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::pointer::Pointer;
use crate::source::{Sources, redact};

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
    message: &'r str,
    /// What will break, and who notices.
    breaks: &'r str,
    /// What to type, most useful first.
    help: Vec<&'r str>,
    #[serde(flatten)]
    place: Spot<'r>,
    /// Other places that belong to it.
    related: Vec<Spot<'r>>,
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

/// Key by key, each as it is written in the file: slashes between keys would make a long pointer look like base64, and
/// escapes within a key would make base64 look like words.
fn shown_pointer(pointer: &Pointer) -> String {
    let shown = pointer.segments().fold(Pointer::root(), |shown, key| shown.key(&redact(&key)));
    shown.as_str().to_owned()
}

fn spot<'r>(sources: &'r Sources, label: &'r Label) -> Spot<'r> {
    let place = sources.locate(&label.origin);
    let pointer = match &label.origin.place {
        Place::Key(pointer) | Place::Value(pointer) => Some(shown_pointer(pointer)),
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
