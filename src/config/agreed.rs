//! The value of a document of which every reader of YAML makes the same, from the nodes that are there already. Most
//! configurations are that plain; the others are read by a second parser, which decides what their values are.

use serde_json::{Map, Number, Value};

use crate::source::{Document, NodeId, NodeKind, Scalar};
use crate::types::{every_byte, is_typed_in_yaml};

/// Ends of lines in YAML 1.1, and of nothing in 1.2 (5.4).
const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
/// Integers of so many digits are the same in every type that readers have for them.
const DIGITS: usize = 15;

/// What all readers make of the document; `text` is the one that it was read from. None if they might differ.
pub(super) fn agreed_value(document: &Document, text: &str) -> Option<Value> {
    if !every_byte(text.as_bytes(), is_common) || !text.is_ascii() && text.contains(BREAKS) {
        return None;
    }
    agreed(document, document.root, text)
}

/// Where one of the others is, readers might differ: tags, anchors, aliases, blocks, directives, complex keys, escapes.
fn is_common(byte: u8) -> bool {
    let is_special = matches!(byte, b'!' | b'&' | b'*' | b'|' | b'>' | b'%' | b'?' | b'\\');
    !is_special & (!byte.is_ascii_control() | matches!(byte, b'\r' | b'\n'))
}

fn agreed(document: &Document, node: NodeId, text: &str) -> Option<Value> {
    let node = &document.nodes[node];
    match &node.kind {
        NodeKind::Scalar(scalar) => agreed_scalar(scalar, text.get(node.span.clone())?),
        NodeKind::Sequence(items) => items
            .iter()
            .map(|item| agreed(document, *item, text))
            .collect(),
        NodeKind::Mapping(entries) => {
            let mut map = Map::with_capacity(entries.len());
            for entry in entries {
                let key = Some(&entry.key).filter(|key| is_word(key))?;
                map.insert(key.clone(), agreed(document, entry.value, text)?);
            }
            Some(Value::Object(map))
        }
        NodeKind::Alias(_) => None,
    }
}

/// `written` is the scalar as it stands in the file, with its quotes.
fn agreed_scalar(Scalar { text, plain, .. }: &Scalar, written: &str) -> Option<Value> {
    if !plain {
        let inside = written
            .strip_prefix(['"', '\''])
            .and_then(|rest| rest.strip_suffix(['"', '\'']));
        return (inside == Some(text) && !text.contains(['\r', '\n', '"', '\'']))
            .then(|| text.as_str().into());
    }
    match text.as_str() {
        _ if written != text => None,
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        word if is_word(word) => Some(word.into()),
        digits => integer(digits),
    }
}

/// Whether a plain scalar is text to everybody: it begins as one, is on one line, and is no word for something else.
fn is_word(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic())
        || ["/", "./", "../"].iter().any(|up| text.starts_with(up));
    begins && !text.contains('\n') && !is_typed_in_yaml(text)
}

/// Decimal and without zeros in front.
fn integer(text: &str) -> Option<Value> {
    let is_decimal =
        text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = Some(text).filter(|text| is_decimal && text.len() <= DIGITS)?;
    digits
        .parse::<u64>()
        .ok()
        .map(|number| Number::from(number).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize as _;
    use serde_json::json;

    use super::*;
    use crate::diagnostic::SourceId;
    use crate::source::{Source, parse};

    fn agreed(text: &str) -> Option<Value> {
        let document = parse(
            SourceId(0),
            &Source::new("t.yaml", text.as_bytes().to_vec()),
        )
        .ok()?;
        agreed_value(&document, text)
    }

    fn read(text: &str) -> Option<Value> {
        Value::deserialize(serde_yaml::Deserializer::from_str(text)).ok()
    }

    #[test]
    fn plain_files_need_no_second_reader() {
        let text = "# why\na: b c\nl: [x, 'y z', \"3\", ../up]\nm:\n  port: 8883\n  t: true # so\n  deep: {e: {}, f: []}\n";
        let value = json!({"a": "b c", "l": ["x", "y z", "3", "../up"], "m": {"port": 8883, "t": true, "deep": {"e": {}, "f": []}}});
        assert_eq!(agreed(text).as_ref(), Some(&value));
        assert_eq!(read(text), Some(value));
    }

    #[test]
    fn what_readers_might_differ_on_is_left_to_one() {
        for value in [
            "yes",
            "on",
            "Y",
            "null",
            "~",
            "",
            "012",
            "1e3",
            "0x1f",
            "1_000",
            "1.5",
            "-1",
            "+1",
            ".inf",
            "2026-01-01",
            "1:30",
            "!!str x",
            "&a x",
            "|\n    x",
            "'it''s'",
            "\"a\\tb\"",
            "x\n    y",
            "\"x\n    y\"",
            "1234567890123456",
            "\u{e4}",
            "TRUE",
            "\"a\u{2028}b\"",
        ] {
            assert_eq!(agreed(&format!("a:\n  b: {value}\n")), None, "{value}");
        }
        for key in ["1", "true", "y", "~", "\u{e4}", "? x"] {
            assert_eq!(agreed(&format!("{key}: x\n")), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn what_is_agreed_on_is_what_the_other_reader_reads(
            text in "(([a-c1]|yes|true|0|12|~|'|\"|-|,|:|#|\\[|\\]|\\{|\\}|\\.|\\./|\u{e4}|\u{2028}|\u{85}| |  |: |- |\n|\n  |\n- ){1,12}\n){1,3}"
        ) {
            if let Some(value) = agreed(&text) {
                prop_assert_eq!(Some(value), read(&text));
            }
        }
    }
}
