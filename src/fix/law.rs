//! What a fix may do: exactly what it says.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::span::{Editor, TextEdit};
use crate::diagnostic::{Change, Edit, SourceId};
use crate::source::{Source, parse_stream};

/// The text with these edits, if it reads as the values with the changes applied; the edits must not overlap.
pub(super) fn lawful(editor: &Editor<'_>, edits: &[(&Edit, TextEdit)]) -> Option<String> {
    let mut order: Vec<usize> = (0..edits.len()).collect();
    // From the end of the file back, so that neither bytes nor indices of lists move under a later change.
    order.sort_by_key(|n| std::cmp::Reverse(edits[*n].1.bytes.start));
    let (mut text, mut expected) = (editor.text.to_owned(), editor.values.clone());
    for n in order {
        let (edit, TextEdit { bytes, text: new }) = &edits[n];
        text.replace_range(bytes.clone(), new);
        let segments: Vec<String> = edit.at.segments().map(Cow::into_owned).collect();
        let old = editor.documents[edit.document].scalar_text(&edit.at);
        change(
            expected.get_mut(edit.document)?,
            &segments,
            &edit.change,
            old,
        )?;
    }
    let (documents, faults) = parse_stream(
        SourceId::default(),
        &Source::new("", text.clone().into_bytes()),
    );
    let read = documents.into_iter().map(|document| document.value);
    (faults.len() <= editor.faults && read.eq(expected)).then_some(text)
}

/// Applies one change. Whether the value is now empty because of it, and so must go as well.
fn change(value: &mut Value, path: &[String], change_: &Change, old: Option<&str>) -> Option<bool> {
    let Some((first, rest)) = path.split_first() else {
        match change_ {
            Change::Replace(new) => *value = new.clone(),
            Change::Quote => *value = old?.into(),
            Change::Insert(key, new) => {
                let taken = value.as_object_mut()?.insert(key.clone(), new.clone());
                return taken.is_none().then_some(false);
            }
            Change::Rename(_) | Change::Remove => return None,
        }
        return Some(false);
    };
    let last = rest.is_empty();
    match (value, change_) {
        (Value::Object(map), Change::Rename(key)) if last => rename(map, first, key),
        (Value::Object(map), Change::Remove) if last => {
            map.shift_remove(first)?;
            Some(map.is_empty())
        }
        (Value::Array(items), Change::Remove) if last => {
            let at: usize = first.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))?;
            Some(items.is_empty())
        }
        (Value::Object(map), _) => {
            if change(map.get_mut(first)?, rest, change_, old)? {
                map.shift_remove(first);
                return Some(map.is_empty());
            }
            Some(false)
        }
        (Value::Array(items), _) => {
            let at: usize = first.parse().ok()?;
            if change(items.get_mut(at)?, rest, change_, old)? {
                items.remove(at);
                return Some(items.is_empty());
            }
            Some(false)
        }
        _ => None,
    }
}

/// Keys keep their order, so that the whole text could be compared and not only the values.
fn rename(map: &mut Map<String, Value>, from: &str, to: &str) -> Option<bool> {
    if map.contains_key(to) || !map.contains_key(from) {
        return None;
    }
    let old = std::mem::take(map);
    map.extend(
        old.into_iter()
            .map(|(key, value)| (if key == from { to.to_owned() } else { key }, value)),
    );
    Some(false)
}
