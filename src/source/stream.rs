//! Manifest streams as kubectl, Flux and Argo CD read them: several documents, JSON too, and plain scalars with the types
//! of YAML 1.1 (`sigs.k8s.io/yaml`, which reads YAML through go-yaml v2 and hands on JSON).

use std::ops::Range;

use serde_json::{Map, Number, Value};

use super::Source;
use super::document::{Document, Entry, NodeId, NodeKind, Scalar};
use super::parse::{YAML_UNUSUAL, parse_all};
use crate::diagnostic::{Diagnostic, Origin, SourceId};

/// One document of a stream: where everything stands, and what it means.
#[derive(Debug)]
pub(crate) struct StreamDocument {
    pub(crate) document: Document,
    pub(crate) value: Value,
    /// The bytes of its root value.
    pub(crate) at: Range<usize>,
    /// Which one of its file, counted from zero; documents without a root do not count.
    pub(crate) index: usize,
}

/// Reads every document of a stream. Documents that hold nothing are left out.
///
/// A key that is written twice is a finding, and the last one counts, as for lenient readers. A syntax fault ends the
/// stream; the documents before it are returned.
pub(crate) fn parse_stream(
    id: SourceId,
    source: &Source,
) -> (Vec<StreamDocument>, Vec<Diagnostic>) {
    let (documents, mut faults) = parse_all(id, source, true);
    let mut stream = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        let mut reader = Reader {
            document: &document,
            source: id,
            faults: &mut faults,
        };
        let value = reader.value(document.root);
        if !value.is_null() {
            let at = document.nodes[document.root].span.clone();
            stream.push(StreamDocument {
                document,
                value,
                at,
                index,
            });
        }
    }
    (stream, faults)
}

struct Reader<'d> {
    document: &'d Document,
    source: SourceId,
    faults: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Depth and expansion were bounded when the document was built, so recursion is safe here.
    fn value(&mut self, node: NodeId) -> Value {
        let document = self.document;
        let node = &document.nodes[document.target(node)];
        match &node.kind {
            NodeKind::Scalar(scalar) => match resolve(scalar) {
                Ok(value) => value,
                Err(why) => {
                    self.faults
                        .push(YAML_UNUSUAL.at(Origin::bytes(self.source, node.span.clone()), why));
                    Value::Null
                }
            },
            NodeKind::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
            NodeKind::Mapping(entries) => self.mapping(entries),
            // An alias never leads to another one.
            NodeKind::Alias(_) => Value::Null,
        }
    }

    fn mapping(&mut self, entries: &[Entry]) -> Value {
        let mut map = Map::with_capacity(entries.len());
        for entry in entries.iter().filter(|entry| entry.key == "<<") {
            self.merge(&mut map, entry);
        }
        for entry in entries.iter().filter(|entry| entry.key != "<<") {
            let value = self.value(entry.value);
            map.insert(entry.key.clone(), value);
        }
        Value::Object(map)
    }

    /// A merge key takes a mapping, or a list of them of which the first wins. What is written beside it wins over both.
    fn merge(&mut self, map: &mut Map<String, Value>, entry: &Entry) {
        let sources = match self.value(entry.value) {
            Value::Array(items) => items,
            single => vec![single],
        };
        for source in sources {
            match source {
                Value::Object(source) => source.into_iter().for_each(|(key, value)| {
                    map.entry(key).or_insert(value);
                }),
                _ => {
                    let origin = Origin::bytes(self.source, entry.span.clone());
                    self.faults.push(
                        YAML_UNUSUAL
                            .at(origin, "a merge key takes a mapping or a list of mappings"),
                    );
                }
            }
        }
    }
}

/// The JSON value of a scalar.
fn resolve(scalar: &Scalar) -> Result<Value, &'static str> {
    let text = scalar.text.as_str();
    match scalar.tag.as_deref() {
        Some("str" | "binary") => return Ok(text.into()),
        Some("null") => return Ok(Value::Null),
        Some("int" | "float") => {
            return number(text).ok_or("the tag says a number, and this is none")?;
        }
        Some("bool") => {
            return boolean(text)
                .map(Value::Bool)
                .ok_or("the tag says a boolean, and this is none");
        }
        _ if !scalar.plain => return Ok(text.into()),
        _ => {}
    }
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Ok(Value::Null);
    }
    if let Some(boolean) = boolean(text) {
        return Ok(boolean.into());
    }
    number(text).unwrap_or_else(|| Ok(text.into()))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(false)
        }
        _ => None,
    }
}

/// A number, if the text is one; an error if it is one that JSON cannot hold.
fn number(text: &str) -> Option<Result<Value, &'static str>> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Err(
            "JSON, and so the API server, knows no infinity and no NaN",
        ));
    }
    let begins = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !begins || unsigned == "." {
        return None;
    }
    let digits = unsigned.replace('_', "");
    integer(sign, &digits)
        .or_else(|| float(sign, &digits))
        .map(|number| Ok(Value::Number(number)))
}

fn integer(sign: &str, digits: &str) -> Option<Number> {
    let radix = |prefix: &str, radix| digits.strip_prefix(prefix).map(|rest| (rest, radix));
    let zero = digits.len() > 1 && digits.starts_with('0');
    let (rest, radix) = radix("0b", 2)
        .or_else(|| radix("0x", 16))
        .or_else(|| radix("0o", 8))
        .or_else(|| zero.then(|| (&digits[1..], 8)))
        .unwrap_or((digits, 10));
    if rest.is_empty() || !rest.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let signed = i64::from_str_radix(&format!("{sign}{rest}"), radix)
        .ok()
        .map(Number::from);
    signed.or_else(|| {
        u64::from_str_radix(rest, radix)
            .ok()
            .filter(|_| sign.is_empty())
            .map(Number::from)
    })
}

fn float(sign: &str, digits: &str) -> Option<Number> {
    let shape = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if !shape || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    format!("{sign}{digits}")
        .parse::<f64>()
        .ok()
        .and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_pointer::Pointer;
    use serde_json::json;

    fn stream(text: &str) -> (Vec<StreamDocument>, Vec<&'static str>) {
        let (documents, faults) = parse_stream(
            SourceId(0),
            &Source::new("t.yaml", text.as_bytes().to_vec()),
        );
        (
            documents,
            faults.iter().map(|fault| fault.rule.id).collect(),
        )
    }

    fn values(text: &str) -> Vec<Value> {
        stream(text)
            .0
            .into_iter()
            .map(|document| document.value)
            .collect()
    }

    #[test]
    fn plain_scalars_have_the_types_of_yaml_1_1() {
        for (text, expected) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!(true)),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("12", json!(12)),
            ("-1_000", json!(-1000)),
            ("014", json!(12)),
            ("0o14", json!(12)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("089", json!(89.0)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            (
                "18446744073709551615",
                json!(18_446_744_073_709_551_615_u64),
            ),
            ("2026-11-23", json!("2026-11-23")),
            ("1:20", json!("1:20")),
            ("1.2.3", json!("1.2.3")),
            ("yEs", json!("yEs")),
            ("8760h", json!("8760h")),
            ("0x", json!("0x")),
            ("'yes'", json!("yes")),
            ("\"12\"", json!("12")),
            ("!!str 12", json!("12")),
            ("!!int \"12\"", json!(12)),
            ("!!bool \"yes\"", json!(true)),
        ] {
            assert_eq!(
                values(&format!("a: {text}\n")),
                [json!({"a": expected})],
                "{text}"
            );
        }
        assert_eq!(values("a: |\n  yes\n"), [json!({"a": "yes\n"})]);
        assert_eq!(stream("a: .inf\n").1, ["yaml-unusual"]);
    }

    #[test]
    fn streams_lists_of_documents_and_json() {
        assert_eq!(
            values("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\n"),
            [json!({"a": 1}), json!({"b": 2})]
        );
        assert_eq!(
            values("{\"a\": [1, true, null, \"x\"]}"),
            [json!({"a": [1, true, null, "x"]})]
        );
        assert_eq!(
            values("\u{feff}a: 1\r\n---\r\nb: 2\r\n"),
            [json!({"a": 1}), json!({"b": 2})]
        );
        assert!(values("").is_empty() && values("# only a comment\n").is_empty());
    }

    #[test]
    fn places_are_those_of_the_whole_text() {
        let text = "a: 1\n---\nb:\n  c: ü\n  d: yes\n";
        let documents = stream(text).0;
        assert_eq!(
            &text[documents[1].document.value_span(&Pointer::parse("/b/d"))],
            "yes"
        );
        assert_eq!(
            &text[documents[1].document.value_span(&Pointer::parse("/b/c"))],
            "ü"
        );
    }

    #[test]
    fn aliases_and_merge_keys_are_followed() {
        let text =
            "base: &b {x: 1, y: 2}\nuse: *b\nmerged: {<<: *b, y: 3}\nlist: {<<: [{x: 9}, *b]}\n";
        let expected = json!({"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 2}, "merged": {"x": 1, "y": 3}, "list": {"x": 9, "y": 2}});
        assert_eq!(values(text), [expected]);
        assert_eq!(stream("a: {<<: 1}\n").1, ["yaml-unusual"]);
    }

    #[test]
    fn a_fault_keeps_what_came_before_it() {
        let (documents, faults) = stream("a: 1\n---\nb: [\n");
        assert_eq!((documents.len(), faults), (1, vec!["yaml-syntax"]));
        let (documents, faults) = stream("a: 1\na: 2\n---\nb: 1\n");
        assert_eq!((documents.len(), faults), (2, vec!["yaml-duplicate-key"]));
        assert_eq!(documents[0].value, json!({"a": 2}));
    }

    #[test]
    fn budgets_hold_here_too() {
        assert_eq!(stream(&"[".repeat(100_000)).1, ["yaml-too-deep"]);
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            bomb.push_str(&format!(
                "a{n}: &a{n} [{}]\n",
                vec![format!("*a{}", n - 1); 9].join(", ")
            ));
        }
        assert_eq!(stream(&bomb).1, ["yaml-alias-bomb"]);
    }
}
