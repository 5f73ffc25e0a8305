use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::diagnostic::{Place, SourceId};
use crate::json_pointer::Pointer;

fn shown(text: &str) -> String {
    format!("`{text}`")
}

fn parsed(text: &str) -> Result<Document, Vec<&'static str>> {
    parse(SourceId(0), text, shown).map_err(|faults| faults.iter().map(|f| f.rule.id).collect())
}

fn text_at<'t>(text: &'t str, pointer: &str) -> &'t str {
    let document = parsed(text).expect("the test text is YAML");
    &text[document.value_span(&Pointer::parse(pointer))]
}

#[test]
fn pointers_lead_to_the_bytes_of_their_values() {
    let text = "a: ü\nlist:\n- x: 1\n- {y: \"zwei\"}\nflow: [p, q]\n";
    assert_eq!(text_at(text, "/a"), "ü");
    assert_eq!(text_at(text, "/list/0/x"), "1");
    assert_eq!(text_at(text, "/list/1/y"), "\"zwei\"");
    assert_eq!(text_at(text, "/flow/1"), "q");
    assert_eq!(text_at(text, "/list"), "list");
    assert_eq!(text_at(text, "/list/1/missing"), "y");
    assert_eq!(text_at(text, "/list/0/x/deeper"), "x");
}

#[test]
fn quoted_values_end_with_their_quote() {
    let text = "a: \"x # \\\" y\"   # why\nb: 'it''s' # so\n\"c\" : \"e\"  \n";
    assert_eq!(text_at(text, "/a"), "\"x # \\\" y\"");
    assert_eq!(text_at(text, "/b"), "'it''s'");
    assert_eq!(text_at(text, "/c"), "\"e\"");
}

#[test]
fn aliases_lead_to_what_they_stand_for() {
    let text = "base: &b {k: v}\nuse: *b\n";
    assert_eq!(text_at(text, "/use/k"), "v");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_fault() {
    assert_eq!(text_at("\u{feff}a: 1\r\nb: 2\r\n", "/b"), "2");
}

#[test]
fn faults_have_names() {
    assert_eq!(parsed("a: [1").err(), Some(vec!["yaml-syntax"]));
    assert_eq!(
        parsed("a: 1\na: 2\nb: 1\nb: 2\n").err(),
        Some(vec!["yaml-duplicate-key"; 2])
    );
    assert_eq!(parsed("").err(), Some(vec!["config-empty"]));
    assert_eq!(
        parsed("# only a comment\n---\n").err(),
        Some(vec!["config-empty"])
    );
    assert_eq!(
        parsed("a: 1\n---\nb: 2\n").err(),
        Some(vec!["config-several-documents"])
    );
    assert_eq!(parsed("<<: {a: 1}\n").err(), Some(vec!["yaml-unusual"]));
    assert_eq!(parsed("a: !mine 1\n").err(), Some(vec!["yaml-unusual"]));
    assert_eq!(parsed("? [a]\n: 1\n").err(), Some(vec!["yaml-unusual"]));
    assert_eq!(parsed("a: &x [*x]\n").err(), Some(vec!["yaml-alias-bomb"]));
    assert_eq!(parsed("a: *nowhere\n").err(), Some(vec!["yaml-syntax"]));
}

#[test]
fn empty_documents_beside_the_one_do_not_count() {
    assert!(parsed("---\n---\na: 1\n---\n").is_ok());
    assert!(parsed("a: 1\n...\n").is_ok());
}

#[test]
fn nesting_has_a_limit_on_both_sides() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parsed(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        parsed(&nested(MAX_DEPTH + 1)).err(),
        Some(vec!["yaml-too-deep"])
    );
    assert_eq!(parsed(&nested(100_000)).err(), Some(vec!["yaml-too-deep"]));
    assert_eq!(
        parsed(&"- ".repeat(100_000)).err(),
        Some(vec!["yaml-too-deep"])
    );
    let blocks: String = (0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert_eq!(parsed(&blocks).err(), Some(vec!["yaml-too-deep"]));
}

#[test]
fn a_billion_laughs_are_cut_short() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let item = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![item; 9].join(", ")));
    }
    assert_eq!(parsed(&text).err(), Some(vec!["yaml-alias-bomb"]));
}

fn stream(text: &str) -> (Vec<StreamDocument>, Vec<&'static str>) {
    let (documents, faults) = parse_stream(SourceId(0), text, shown);
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
        ("089", json!(89)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000)),
        (".5", json!(0.5)),
        (
            "18446744073709551615",
            json!(18_446_744_073_709_551_615_f64),
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
    let text = "base: &b {x: 1, z: 2}\nuse: *b\nmerged: {<<: *b, z: 3}\nlist: {<<: [{x: 9}, *b]}\n";
    let expected = json!({"base": {"x": 1, "z": 2}, "use": {"x": 1, "z": 2}, "merged": {"x": 1, "z": 3}, "list": {"x": 9, "z": 2}});
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

fn differential(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/differential/yaml")
        .join(file)
}

/// The strings of a file that has one a line, each with the comment above it.
fn strings(file: &Path) -> Vec<(String, String)> {
    let (mut reason, mut strings) = (String::new(), Vec::new());
    for line in fs::read_to_string(file).expect("a file").lines() {
        match line.strip_prefix("# ") {
            Some(comment) => reason = comment.to_owned(),
            None if line.is_empty() => {}
            None => strings.push((
                serde_json::from_str(line).expect("a JSON string"),
                reason.clone(),
            )),
        }
    }
    strings
}

/// All inputs, in the order of the recorded answers.
fn inputs() -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(differential("inputs"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let all = files.iter().flat_map(|file| strings(file));
    all.map(|(input, _)| input).collect()
}

/// Whether two values are the same to Go, which prints floats otherwise.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64() && (!one.is_i64() || !other.is_i64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(key, value): (&String, &Value)| {
                other.get(key).is_some_and(|it| is_same(value, it))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// Whether trustc reads an input as kubectl does: the same values, or an error in both.
fn agrees(input: &str, answer: &Value) -> bool {
    let (documents, faults) = parse_stream(SourceId(0), input, shown);
    // A finding of trustc's own: kubectl takes the last one, kustomize and Flux refuse the file.
    let is_refused = faults
        .iter()
        .any(|fault| fault.rule.id != YAML_DUPLICATE_KEY.id);
    let refuses = answer.get("error").is_some();
    let expected = answer["documents"].as_array().expect("a list");
    let values: Vec<Value> = documents
        .into_iter()
        .map(|document| document.value)
        .collect();
    is_refused == refuses
        && (refuses || is_same(&Value::Array(values), &Value::Array(expected.clone())))
}

#[test]
fn manifests_are_read_as_kubectl_reads_them() {
    let answers = fs::read_to_string(differential("answers.jsonl")).expect("a file");
    let answers: Vec<Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer"))
        .collect();
    let inputs = inputs();
    assert!(inputs.len() > 1000);
    assert_eq!(
        inputs.len(),
        answers.len(),
        "record the answers of kubectl again"
    );
    let mut known: BTreeMap<String, String> = strings(&differential("differences.txt"))
        .into_iter()
        .collect();
    for (input, answer) in inputs.iter().zip(&answers) {
        assert_eq!(
            answer["input"],
            input.as_str(),
            "record the answers of kubectl again"
        );
        let is_known = known.remove(input);
        assert_eq!(
            agrees(input, answer),
            is_known.is_none(),
            "{input:?} {answer} {is_known:?}"
        );
    }
    assert!(known.is_empty(), "no inputs: {known:?}");
}

/// Characters and pieces that YAML or JSON has a use for.
const PIECES: &[&str] = &[
    "\t",
    "\n",
    "\r",
    " ",
    "- ",
    ": ",
    ":",
    "? ",
    " #",
    "&a ",
    "*a",
    "!",
    "!x,",
    "!<",
    "!%41",
    ",",
    "[",
    "]",
    "{",
    "}",
    "|",
    "|+",
    ">-",
    "|2",
    "'",
    "\"",
    "\\",
    "\\'",
    "\\/",
    "\\ud83d",
    "%TAG ! x\n",
    "\n---\n",
    "\n...\n",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "é",
    "😀",
    "<<: ",
    "0",
    "0x",
    "~",
    "`",
    "^",
];

proptest! {
    #[test]
    fn whatever_is_changed_nothing_panics_and_places_are_inside_the_text(
        at in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(PIECES), 0..3_u8), 1..6),
    ) {
        let inputs = inputs();
        let mut text: Vec<char> = at.get(&inputs).chars().collect();
        for (at, piece, kind) in changes {
            let at = at.index(text.len() + 1);
            match kind {
                0 => drop(text.splice(at..at, piece.chars())),
                1 => drop(text.splice(at..text.len().min(at + 1), piece.chars())),
                _ => text.truncate(at),
            }
        }
        let text: String = text.into_iter().collect();
        let (documents, faults) = parse_stream(SourceId(0), &text, shown);
        let spans = documents.iter().flat_map(|document| &document.document.nodes).map(|node| node.span.clone());
        let places = faults.iter().chain(parse(SourceId(0), &text, shown).err().iter().flatten())
            .filter_map(|fault| match &fault.primary.origin.place {
                Place::Bytes(bytes) => Some(bytes.clone()),
                _ => None,
            })
            .collect::<Vec<_>>();
        for bytes in spans.chain(places) {
            prop_assert!(text.get(bytes.clone()).is_some(), "{bytes:?} of {text:?}");
        }
    }
}
