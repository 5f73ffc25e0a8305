//! An object and its YAML, and the proof that the one says the other.
//!
//! Our own YAML is so plain that it can be compared with the object line by line; that takes microseconds, and there are
//! tens of thousands of documents in a fleet. What is not that plain is read by a YAML parser.

use memchr::memchr;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::form::Blank;
use super::scalar::{is_plain, is_printable, quoted};
use crate::diagnostic::Bug;
use crate::types::every_byte;

/// One YAML document that ends in a line feed, and the object that every reader makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    object: Value,
    text: String,
}

impl Document {
    /// A document that was just printed.
    ///
    /// # Errors
    /// A [`Bug`] if `text` is no YAML, holds a key twice, or says something else than `object`.
    pub(crate) fn new(object: Value, text: String) -> Result<Self, Bug> {
        if traced(&text, &object).is_none() {
            // Through the YAML value, which refuses duplicate keys.
            let read = serde_yaml::Value::deserialize(serde_yaml::Deserializer::from_str(&text));
            let read = read
                .map_err(|e| e.to_string())
                .and_then(|v| serde_json::to_value(v).map_err(|e| e.to_string()));
            let read = read.map_err(|e| Bug(format!("what was printed is no YAML: {e}")))?;
            if read != object {
                return Err(Bug("what was printed is not the planned object".to_owned()));
            }
        }
        Ok(Self { object, text })
    }

    /// A document that was filled in: `text` is a proven one but for its texts, and those are from `object`.
    pub(super) fn filled(object: Value, text: String) -> Self {
        debug_assert!(
            Self::new(object.clone(), text.clone()).is_ok(),
            "a form was filled in with something else:\n{text}"
        );
        Self { object, text }
    }

    pub(crate) fn object(&self) -> &Value {
        &self.object
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Each string of `object` and where it stands, if `text` is YAML of the plainest kind and says `object`. Errs on the side
/// of no.
///
/// The plainest kind: block mappings and block lists of strings as [`super::scalar()`] prints them, whole numbers, booleans,
/// literal blocks of full lines, and lines that are comments. Each is read the same by YAML 1.1 and 1.2.
pub(super) fn traced<'v>(text: &str, object: &'v Value) -> Option<Vec<(&'v Value, Blank)>> {
    let Value::Object(map) = object else {
        return None;
    };
    if !text.ends_with('\n')
        || !every_byte(text.as_bytes(), |byte| byte == b'\n' || is_printable(byte))
    {
        return None;
    }
    let mut lines = Lines {
        rest: text,
        length: text.len(),
        strings: Vec::new(),
    };
    lines.mapping(0, None, map)?;
    lines.next().is_none().then_some(lines.strings)
}

/// A line that is no comment: its indentation, and what is behind it.
#[derive(Clone, Copy)]
struct Line<'t> {
    indent: usize,
    content: &'t str,
    /// What follows the line.
    rest: &'t str,
}

struct Lines<'t, 'v> {
    rest: &'t str,
    /// That of the whole text.
    length: usize,
    strings: Vec<(&'v Value, Blank)>,
}

impl<'t, 'v> Lines<'t, 'v> {
    /// The next line, whatever it is; none at the end.
    fn raw(&self) -> Option<Line<'t>> {
        let (line, rest) = self
            .rest
            .split_at_checked(memchr(b'\n', self.rest.as_bytes())?)?;
        let content = line.trim_start_matches(' ');
        Some(Line {
            indent: line.len() - content.len(),
            content,
            rest: &rest[1..],
        })
    }

    /// Passes over comments to the next line, and stays before it.
    fn next(&mut self) -> Option<Line<'t>> {
        loop {
            let line = self.raw()?;
            if !line.content.starts_with('#') {
                return Some(line);
            }
            self.rest = line.rest;
        }
    }

    /// A mapping whose keys stand at `indent`. Of the first item of a list the first key stands behind the dash: `first`.
    fn mapping(
        &mut self,
        indent: usize,
        first: Option<Line<'t>>,
        map: &'v Map<String, Value>,
    ) -> Option<()> {
        // One bit for each key that was there. Mappings of more keys are left to the parser.
        let mut seen = 0_u64;
        let all = if map.len() > 63 || map.is_empty() {
            return None;
        } else {
            (1_u64 << map.len()) - 1
        };
        let mut behind_dash = first;
        while let Some(line) = behind_dash.take().or_else(|| self.next()) {
            if line.indent != indent || line.content.starts_with("- ") {
                break;
            }
            let (n, value, leaf) = self.entry(map, line.content)?;
            if seen & (1 << n) != 0 {
                return None;
            }
            seen |= 1 << n;
            self.rest = line.rest;
            self.value(indent, leaf, value)?;
        }
        (seen == all).then_some(())
    }

    /// Which entry of the mapping the line begins, and what it says behind the key.
    fn entry(
        &self,
        map: &'v Map<String, Value>,
        content: &'t str,
    ) -> Option<(usize, &'v Value, &'t str)> {
        let mut entries = map.iter().enumerate();
        entries.find_map(|(n, (key, value))| {
            let behind = match content.strip_prefix(key.as_str()) {
                Some(behind) if is_plain(key) => behind,
                _ if content.starts_with('"') => content.strip_prefix(quoted(key).as_str())?,
                _ => return None,
            };
            let leaf = behind.strip_prefix(':')?;
            let leaf = if leaf.is_empty() {
                leaf
            } else {
                leaf.strip_prefix(' ')?
            };
            // YAML takes no longer keys, as they are written, on the line of their value (1.2, 7.4.2).
            (content.len() - leaf.len() < 1000).then_some((n, value, leaf))
        })
    }

    /// A value whose key, or whose dash, stands at `indent`; `leaf` is the rest of that line.
    fn value(&mut self, indent: usize, leaf: &str, value: &'v Value) -> Option<()> {
        if !leaf.is_empty() {
            return self.leaf(indent, leaf, value);
        }
        let next = self.next()?;
        match value {
            Value::Object(map) if next.indent > indent => self.mapping(next.indent, None, map),
            Value::Array(items) if next.indent >= indent => self.list(next.indent, items),
            _ => None,
        }
    }

    fn list(&mut self, indent: usize, items: &'v [Value]) -> Option<()> {
        if items.is_empty() {
            return None;
        }
        for item in items {
            let line = self.next().filter(|line| line.indent == indent)?;
            let content = line.content.strip_prefix("- ")?;
            match item {
                Value::Object(map) if !map.is_empty() => {
                    let first = Line {
                        indent: indent + 2,
                        content,
                        rest: line.rest,
                    };
                    self.mapping(indent + 2, Some(first), map)?;
                }
                _ => {
                    self.rest = line.rest;
                    self.leaf(indent, content, item)?;
                }
            }
        }
        // A further item would be one too many.
        let more = self
            .next()
            .is_some_and(|line| line.indent == indent && line.content.starts_with("- "));
        (!more).then_some(())
    }

    /// What stands on the line before this one, at its end.
    fn leaf(&mut self, indent: usize, leaf: &str, value: &'v Value) -> Option<()> {
        let end = self.length - self.rest.len() - 1;
        let start = end - leaf.len();
        let same = match value {
            Value::String(text) if leaf == "|" => {
                let depth = self.block(indent, text)?;
                let end = self.length - self.rest.len() - 1;
                self.strings.push((
                    value,
                    Blank {
                        at: start..end,
                        block: Some(depth),
                    },
                ));
                return Some(());
            }
            Value::String(text) => {
                self.strings.push((
                    value,
                    Blank {
                        at: start..end,
                        block: None,
                    },
                ));
                if leaf.starts_with('"') {
                    leaf == quoted(text)
                } else {
                    leaf == text && is_plain(text)
                }
            }
            Value::Bool(flag) => leaf == if *flag { "true" } else { "false" },
            Value::Number(number) if !number.is_f64() => leaf == number.to_string(),
            Value::Object(map) => map.is_empty() && leaf == "{}",
            Value::Array(items) => items.is_empty() && leaf == "[]",
            Value::Number(_) | Value::Null => false,
        };
        same.then_some(())
    }

    /// A literal block, and how deep it is. Its lines are full, the first begins with no space, and the text ends in one line
    /// feed.
    fn block(&mut self, indent: usize, text: &str) -> Option<usize> {
        let depth = self
            .raw()
            .map(|line| line.indent)
            .filter(|depth| *depth > indent)?;
        let body = text.strip_suffix('\n')?;
        for wanted in body.split('\n') {
            let line = self.raw()?;
            let content = self
                .rest
                .get(depth..self.rest.len() - line.rest.len() - 1)?;
            if line.indent < depth
                || content != wanted
                || content.ends_with(' ')
                || line.content.is_empty()
            {
                return None;
            }
            self.rest = line.rest;
        }
        // What is indented as far would belong to the block, a comment too.
        self.raw()
            .is_none_or(|line| line.indent < depth && !line.content.is_empty())
            .then_some(depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn says(text: &str, object: &Value) -> bool {
        traced(text, object).is_some()
    }

    fn printed(object: &Value) -> String {
        let mut text = String::new();
        super::super::branch(
            &minijinja::Value::from(minijinja::value::Serde(object)),
            0,
            false,
            &mut text,
        )
        .expect("an object");
        text
    }

    #[test]
    fn our_own_yaml_is_plain_enough() {
        let object = json!({"a": "b", "n": 3, "t": true, "e": {}, "l": [], "\"q\"": "x: y", "m": {"deep": {"er": "1"}},
                            "list": ["a", "no", {"x": 1, "y": {"z": "w"}}, {"only": ["a"]}], "last": "z"});
        assert!(says(&printed(&object), &object), "{}", printed(&object));
        let text = "# why\nkind: A\n  # how\ndata:\n  pem: |\n    -----BEGIN X-----\n    # no comment\n  # a comment\n  k: v\n";
        let object =
            json!({"kind": "A", "data": {"k": "v", "pem": "-----BEGIN X-----\n# no comment\n"}});
        assert!(says(text, &object));
    }

    #[test]
    fn what_says_something_else_is_no_document() {
        let object = json!({"a": {"b": "c", "d": ["e", "f"]}, "p": "x\ny\n"});
        let good = "a:\n  b: c\n  d:\n  - e\n  - f\np: |\n  x\n  y\n";
        assert!(Document::new(object.clone(), good.to_owned()).is_ok());
        for (from, to) in [
            ("b: c", "b: e"),
            ("  b: c\n", ""),
            ("  b: c\n", "  b: c\n  b: c\n"),
            ("  b: c\n", "  b: c\n  g: h\n"),
            ("  - f\n", ""),
            ("  - f\n", "  - f\n  - g\n"),
            ("  - f\n", "  - f\n    g\n"),
            ("b: c", "b: c\n   more"),
            ("  y\n", "  y\n  z\n"),
            ("  y\n", "  y\n  # z\n"),
            ("  y\n", "  y\n\n  z\n"),
            ("  y\n", ""),
            ("p: |", "p: >"),
            ("p: |", "p: |-"),
            ("c\n", "c # d\ne\n"),
            ("p: |\n", "---\np: |\n"),
        ] {
            let text = good.replacen(from, to, 1);
            assert!(!says(&text, &object), "{text}");
            assert!(
                Document::new(object.clone(), text.clone()).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn keys_are_as_long_as_yaml_takes_them_with_their_escapes() {
        for (key, plain) in [
            ("k".repeat(990), true),
            ("k".repeat(1100), false),
            ("\"".repeat(600), false),
        ] {
            let object = json!({key: "x"});
            assert_eq!(says(&printed(&object), &object), plain);
        }
    }

    #[test]
    fn what_is_not_so_plain_is_read_by_a_parser() {
        for text in [
            "{a: b}\n",
            "a:\n\n  b\n",
            "a: 'b'\n",
            "a: b # c\n",
            "# \u{e4}\na: b\n",
            "a:   b\n",
            "a: &x b\n",
        ] {
            assert!(!says(text, &json!({"a": "b"})));
            assert!(
                Document::new(json!({"a": "b"}), text.to_owned()).is_ok(),
                "{text}"
            );
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            "[a-z :#|\"-]{0,6}".prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "([a-z#-][a-z #-]{0,4}[a-z]\n){1,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z :#\"-]{1,5}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn parsed(text: &str) -> Option<Value> {
        let read = serde_yaml::Value::deserialize(serde_yaml::Deserializer::from_str(text)).ok()?;
        serde_json::to_value(read).ok()
    }

    proptest! {
        #[test]
        fn whatever_is_taken_for_plain_reads_as_the_object(
            value in values(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), "[a-z :#|\"\n-]{0,3}"), 0..3)
        ) {
            let object = json!({"root": value});
            let Ok(mut lines) = std::panic::catch_unwind(|| printed(&object)) else { return Ok(()) };
            for (at, edit) in edits {
                lines.insert_str(at.index(lines.len()), &edit);
            }
            if says(&lines, &object) {
                prop_assert_eq!(parsed(&lines), Some(object), "{}", lines);
            }
        }
    }
}
