//! Keys and words that fit at the cursor, from the schema of the profile.

use lsp_types::{CompletionItem, CompletionItemKind, Documentation, Position};
use serde_json::Value;

use super::{Open, text};
use crate::config::{PROFILES, choices, properties, schema_at};
use crate::diagnostic::SourceId;
use crate::json_pointer::Pointer;
use crate::source::{Document, Source, parse_stream};

/// Stands in for what is being typed, so that the rest of the file can be read.
const HERE: &str = "completed-here";

pub(super) fn complete(open: &Open, at: Position) -> Vec<CompletionItem> {
    let Some((document, value)) = with_placeholder(&open.text, text::byte(&open.text, at)) else {
        return Vec::new();
    };
    let profile = value["spec"]["profile"]
        .as_str()
        .filter(|word| PROFILES.contains(word))
        .unwrap_or(PROFILES[0]);
    if let Some(pointer) = find_value(&value, &Pointer::root()) {
        let words = if pointer.as_str() == "/spec/profile" {
            PROFILES.to_vec()
        } else {
            schema_at(profile, &pointer)
                .map(choices)
                .unwrap_or_default()
        };
        return words
            .into_iter()
            .map(|word| item(word, CompletionItemKind::ENUM_MEMBER, None))
            .collect();
    }
    let Some(holder) = find_key(&value, &Pointer::root()) else {
        return Vec::new();
    };
    let Some(schema) = schema_at(profile, &holder) else {
        return Vec::new();
    };
    let written = document.keys(&holder);
    let missing = properties(Some(schema))
        .into_iter()
        .filter(|key| !written.contains(key));
    missing
        .map(|key| {
            let about = schema["properties"][key]["description"].as_str();
            item(key, CompletionItemKind::PROPERTY, about)
        })
        .collect()
}

fn item(word: &str, kind: CompletionItemKind, about: Option<&str>) -> CompletionItem {
    let insert = if kind == CompletionItemKind::PROPERTY {
        format!("{word}: ")
    } else {
        word.to_owned()
    };
    CompletionItem {
        label: word.to_owned(),
        kind: Some(kind),
        documentation: about.map(|text| Documentation::String(text.to_owned())),
        insert_text: Some(insert),
        ..CompletionItem::default()
    }
}

/// The file with a stand-in on the line that is being typed: for its value if there is a colon, else for its key.
fn with_placeholder(text: &str, cursor: usize) -> Option<(Document, Value)> {
    let start = text[..cursor].rfind('\n').map_or(0, |n| n + 1);
    let end = text[cursor..].find('\n').map_or(text.len(), |n| cursor + n);
    let typed = &text[start..cursor];
    let indent = typed.len() - typed.trim_start_matches([' ', '-']).len();
    let (before, word) = typed.split_at(indent);
    let line = match word.split_once(':') {
        _ if word.contains(['{', '[', '#', '"', '\'']) => return None,
        Some((key, _)) => format!("{before}{key}: {HERE}"),
        None => format!("{before}{HERE}: 0"),
    };
    let whole = format!("{}{line}{}", &text[..start], &text[end..]);
    let (documents, _) = parse_stream(SourceId::default(), &Source::new("", whole.into_bytes()));
    documents
        .into_iter()
        .next()
        .map(|document| (document.document, document.value))
}

/// Where the stand-in is a value.
fn find_value(value: &Value, at: &Pointer) -> Option<Pointer> {
    match value {
        Value::String(text) if text == HERE => Some(at.clone()),
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| find_value(value, &at.key(key))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(n, item)| find_value(item, &at.index(n))),
        _ => None,
    }
}

/// What holds the stand-in as a key.
fn find_key(value: &Value, at: &Pointer) -> Option<Pointer> {
    match value {
        Value::Object(map) if map.contains_key(HERE) => Some(at.clone()),
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| find_key(value, &at.key(key))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(n, item)| find_key(item, &at.index(n))),
        _ => None,
    }
}
