//! Values as they are written into a file of somebody else.

use serde_json::Value;

use crate::render::{quoted, scalar};

/// A value on one line, good in block and in flow context.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => self::text(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(self::value).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", text(key), self::value(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A string. A comma would end it in flow context.
pub(super) fn text(text: &str) -> String {
    if text.contains(',') {
        quoted(text)
    } else {
        scalar(text).into_owned()
    }
}

/// A string in place of one that is written as `old`: in its kind of quotes, if they can hold it.
pub(super) fn like(old: &str, new: &str) -> String {
    match old.chars().next() {
        Some('"') => quoted(new),
        Some('\'') if quoted(new).len() == new.len() + 2 && !new.contains('\'') => {
            format!("'{new}'")
        }
        _ => text(new),
    }
}
