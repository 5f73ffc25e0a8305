//! What stands under the cursor: certificates behind a path, or what a key means.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use serde_json::Value;

use super::{Open, text};
use crate::config::{choices, schema_at};
use crate::inspect::{inspect, summary};
use crate::json_pointer::Pointer;
use crate::rules::Terms;
use crate::source::{Document, Reader, Source};

/// None where there is nothing to tell.
pub(super) fn hover(
    open: &Open,
    document: &Document,
    reader: &Reader<'_>,
    terms: Terms,
    at: Position,
) -> Option<Hover> {
    let (pointer, span) = document.pointer_at(text::byte(&open.text, at))?;
    let content = match certificates(document, &pointer, reader) {
        Some(source) => shown(source, terms),
        None => meaning(open.profile()?, &pointer)?,
    };
    let contents = HoverContents::Markup(MarkupContent {
        kind: MarkupKind::Markdown,
        value: content,
    });
    Some(Hover {
        contents,
        range: Some(text::range(&open.text, &span)),
    })
}

/// The certificates that a value names (`file`) or holds (`inLine`). Or why they cannot be had.
fn certificates(
    document: &Document,
    pointer: &Pointer,
    reader: &Reader<'_>,
) -> Option<Result<Source, String>> {
    let value = document.scalar_text(pointer)?;
    match pointer.last()?.as_str() {
        "file" => {
            let read = reader.read(value).map_err(|fault| fault.to_string());
            Some(read.map(|source| Source::new(source.name(), source.bytes().to_vec())))
        }
        "inLine" => Some(Ok(Source::new("inLine", value.as_bytes().to_vec()))),
        _ => None,
    }
}

fn shown(source: Result<Source, String>, terms: Terms) -> String {
    let source = match source {
        Ok(source) => source,
        Err(why) => return why,
    };
    let inspection = inspect(vec![source], terms);
    let findings = inspection
        .diagnostics
        .iter()
        .map(|d| format!("\n- {}: {}", d.severity.as_str(), d.message.line()));
    let findings: String = findings.collect();
    match summary(&inspection).trim_end() {
        "" => findings.trim_start().to_owned(),
        facts => format!("```text\n{facts}\n```\n{findings}"),
    }
}

/// What the schema says of a key.
fn meaning(profile: &str, pointer: &Pointer) -> Option<String> {
    let schema = schema_at(profile, pointer)?;
    let mut text = schema
        .get("description")
        .and_then(Value::as_str)?
        .to_owned();
    let words = choices(schema);
    if !words.is_empty() {
        text.push_str(&format!(
            "\n\nOne of: {}",
            words
                .iter()
                .map(|w| format!("`{w}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_object()) {
        text.push_str(&format!(
            "\n\nDefault: `{}`",
            default
                .as_str()
                .map_or_else(|| default.to_string(), str::to_owned)
        ));
    }
    Some(text)
}
