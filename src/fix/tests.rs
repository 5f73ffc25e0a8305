use proptest::prelude::*;
use serde_json::{Value, json};

use super::apply;
use crate::diagnostic::{Change, Edit, Fix, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Source, parse_stream};

fn edit(document: usize, at: &str, change: Change) -> Edit {
    Edit {
        source: SourceId(0),
        document,
        at: Pointer::parse(at),
        change,
    }
}

fn fixed(text: &str, at: &str, change: Change) -> Option<String> {
    let fix = Fix::safe("t", vec![edit(0, at, change)]);
    apply(
        SourceId(0),
        &Source::new("t.yaml", text.as_bytes().to_vec()),
        &[&fix],
    )
}

fn values(text: &str) -> Vec<Value> {
    let (documents, faults) = parse_stream(
        SourceId(0),
        &Source::new("t.yaml", text.as_bytes().to_vec()),
    );
    assert!(faults.is_empty(), "{faults:?}");
    documents
        .into_iter()
        .map(|document| document.value)
        .collect()
}

#[test]
fn a_scalar_is_replaced_at_its_span_and_in_its_quotes() {
    let text = "# ä\r\na: 1   # one\r\nb: 'x y'\r\nc: \"z\"\r\nd: {e: f, g: h}\r\n";
    let with = |at: &str, new: Value| fixed(text, at, Change::Replace(new)).unwrap_or_default();
    assert_eq!(
        with("/a", json!("yes")),
        text.replace("a: 1 ", "a: \"yes\" ")
    );
    assert_eq!(with("/a", json!(true)), text.replace("a: 1 ", "a: true "));
    assert_eq!(with("/b", json!("no")), text.replace("'x y'", "'no'"));
    assert_eq!(with("/b", json!("it's")), text.replace("'x y'", "\"it's\""));
    assert_eq!(with("/c", json!("y")), text.replace("\"z\"", "\"y\""));
    assert_eq!(with("/d/e", json!("p,q")), text.replace("f,", "\"p,q\","));
}

#[test]
fn what_is_written_becomes_text() {
    assert_eq!(
        fixed("v: 1.20 # x\n", "/v", Change::Quote).as_deref(),
        Some("v: \"1.20\" # x\n")
    );
    assert_eq!(
        fixed("v: [yes, no]\n", "/v/1", Change::Quote).as_deref(),
        Some("v: [yes, \"no\"]\n")
    );
    assert_eq!(
        fixed("v: 'x'\n", "/v", Change::Quote),
        None,
        "it is text already"
    );
    let quoted = "v: 'it''s'   # x\nw: \"a \\\" b\"  # y\n";
    let replaced = |at: &str| fixed(quoted, at, Change::Replace(json!("z")));
    assert_eq!(replaced("/v"), Some(quoted.replace("'it''s'", "'z'")));
    assert_eq!(
        replaced("/w"),
        Some(quoted.replace("\"a \\\" b\"", "\"z\""))
    );
}

#[test]
fn keys_are_renamed_unless_the_new_one_is_there() {
    let text = "spec:\n  isCa: true # why\n  x: 1\n";
    let rename = |to: &str| fixed(text, "/spec/isCa", Change::Rename(to.to_owned()));
    assert_eq!(rename("isCA"), Some(text.replace("isCa", "isCA")));
    assert_eq!(rename("x"), None);
}

#[test]
fn keys_are_added_behind_the_last_one() {
    let add = |text: &str, at: &str| {
        fixed(
            text,
            at,
            Change::Insert("k".to_owned(), json!(["a b", "c"])),
        )
    };
    let new = "k: [a b, c]";
    for (text, at, expected) in [
        (
            "a:\n  b: 1 # c\n# end\nz: 2\n",
            "/a",
            format!("a:\n  b: 1 # c\n  {new}\n# end\nz: 2\n"),
        ),
        ("a:\n  b: 1", "/a", format!("a:\n  b: 1\n  {new}")),
        (
            "a:\r\n  b: 1\r\nc: 2\r\n",
            "/a",
            format!("a:\r\n  b: 1\r\n  {new}\r\nc: 2\r\n"),
        ),
        (
            "- b: 1\n  c:\n  - d\n- e\n",
            "/0",
            format!("- b: 1\n  c:\n  - d\n  {new}\n- e\n"),
        ),
        (
            "a:\n  b: |\n    text\n\nc: 2\n",
            "/a",
            format!("a:\n  b: |\n    text\n  {new}\n\nc: 2\n"),
        ),
        (
            "a: {b: {c: d}}\n",
            "/a",
            format!("a: {{b: {{c: d}}, {new}}}\n"),
        ),
        ("a: {}\n", "/a", format!("a: {{{new}}}\n")),
        (
            "a:\n  b:\nc: 2\n",
            "/a",
            format!("a:\n  b:\n  {new}\nc: 2\n"),
        ),
        (
            "a: {b: [\n  c ]\n}\n",
            "/a",
            format!("a: {{b: [\n  c ], {new}\n}}\n"),
        ),
    ] {
        assert_eq!(add(text, at), Some(expected), "{text:?}");
    }
}

#[test]
fn members_go_with_their_lines_and_leave_comments_of_others() {
    for (text, at, expected) in [
        (
            "a: 1\n# b\nb:\n  c: 2 # x\nd: 3\n",
            "/b",
            "a: 1\n# b\nd: 3\n",
        ),
        ("a:\n- x\n- y # why\n# end\n", "/a/1", "a:\n- x\n# end\n"),
        ("a:\n- x: 1\n  y: 2\n- z\n", "/a/0", "a:\n- z\n"),
        ("a:\n- x: 1\n  w: 2\n", "/a/0/x", "a:\n- w: 2\n"),
        ("a:\n- x: 1\n  w: 2\n", "/a/0/w", "a:\n- x: 1\n"),
        ("a: [x, y, z]\n", "/a/0", "a: [y, z]\n"),
        ("a: [x, y, z]\n", "/a/2", "a: [x, y]\n"),
        ("a: {x: 1, w: 2}\n", "/a/w", "a: {x: 1}\n"),
        ("a: 1\r\nb: 2\r\n", "/b", "a: 1\r\n"),
        ("a: 1\nb: 2", "/b", "a: 1"),
        // What would be left empty goes as well: `allow:` with nothing behind it would be null.
        ("a: 1\nallow:\n- rule: x\n", "/allow/0", "a: 1\n"),
    ] {
        assert_eq!(
            fixed(text, at, Change::Remove).as_deref(),
            Some(expected),
            "{text:?} {at}"
        );
    }
}

#[test]
fn what_would_touch_more_than_it_says_is_left_alone() {
    for (text, at, change) in [
        ("a: &x 1\nb: *x\n", "/a", Change::Replace(json!(2))),
        ("a: &x {k: 1}\nb: *x\n", "/b/k", Change::Replace(json!(2))),
        ("a: &x 1\nb: *x\n", "/b", Change::Replace(json!(2))),
        ("a: |\n  text\n", "/a", Change::Replace(json!("x"))),
        ("a: one\n  two\n", "/a", Change::Replace(json!("x"))),
        ("a: [x, # why\n  y]\n", "/a/0", Change::Remove),
        ("a: 1\n", "/a", Change::Remove),
        ("a: 1\n", "/b", Change::Remove),
        ("a: {b: 1\n", "/a/b", Change::Replace(json!(2))),
        (
            "base: &b {k: 1}\na:\n  <<: *b\n",
            "/a/k",
            Change::Replace(json!(2)),
        ),
        ("", "/a", Change::Remove),
        ("\u{0}", "/a", Change::Remove),
    ] {
        assert_eq!(fixed(text, at, change.clone()), None, "{text:?} {change:?}");
    }
    let binary = Source::new("t", vec![0xff, 0xfe]);
    let fix = Fix::safe("t", vec![edit(0, "/a", Change::Remove)]);
    assert_eq!(apply(SourceId(0), &binary, &[&fix]), None);
}

#[test]
fn fixes_that_overlap_wait_for_the_next_round() {
    let text = "a: 1\nb: 2\n";
    let [first, second] =
        ["p", "q"].map(|key| Fix::safe("t", vec![edit(0, "/a", Change::Rename(key.to_owned()))]));
    let source = Source::new("t", text.as_bytes().to_vec());
    assert_eq!(
        apply(SourceId(0), &source, &[&first, &second]).as_deref(),
        Some("p: 1\nb: 2\n")
    );
    // Two removals of two items: the second takes the list with it, in a round of its own.
    let text = "l:\n- x\n- y\nk: 1\n";
    let all = ["/l/0", "/l/1"].map(|at| Fix::safe("t", vec![edit(0, at, Change::Remove)]));
    let source = Source::new("t", text.as_bytes().to_vec());
    assert_eq!(
        apply(SourceId(0), &source, &[&all[0], &all[1]]).as_deref(),
        Some("l:\n- y\nk: 1\n")
    );
}

#[test]
fn one_that_cannot_be_made_does_not_keep_the_others_from_it() {
    let text = "a: &x 1\nb: *x\nc: 3\n";
    let bad = Fix::safe("t", vec![edit(0, "/a", Change::Replace(json!(2)))]);
    let good = Fix::safe("t", vec![edit(0, "/c", Change::Replace(json!(4)))]);
    let source = Source::new("t", text.as_bytes().to_vec());
    assert_eq!(
        apply(SourceId(0), &source, &[&bad, &good]).as_deref(),
        Some("a: &x 1\nb: *x\nc: 4\n")
    );
}

#[test]
fn a_change_of_one_document_leaves_the_others() {
    let text = "a: 1\n---\n# empty\n---\na: 2\n---\n{\"a\": 3}\n";
    let replace = |n| {
        let fix = Fix::safe("t", vec![edit(n, "/a", Change::Replace(json!("x")))]);
        apply(
            SourceId(0),
            &Source::new("t", text.as_bytes().to_vec()),
            &[&fix],
        )
    };
    assert_eq!(replace(0), Some(text.replace("a: 1", "a: x")));
    assert_eq!(replace(1), Some(text.replace("a: 2", "a: x")));
    assert_eq!(replace(2), Some(text.replace("3}", "x}")));
}

/// Values in block and in flow style, with comments and odd layout between them.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        "[a-z]{1,5}",
        Just("'q # q'".to_owned()),
        Just("\"ü\"".to_owned()),
        Just("12".to_owned())
    ];
    let flow = scalar.clone().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(inner, 0..3).prop_map(|items| {
                let entries = items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| format!("k{n}: {item}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" , "))
            }),
        ]
    });
    let value = prop_oneof![
        flow.prop_map(|flow| format!(" {flow}")),
        scalar
            .clone()
            .prop_map(|s| format!("\n  # in\n  x: {s}  # y\n\n  z: 1")),
        scalar
            .clone()
            .prop_map(|s| format!("\n- {s}\n-   y: {s}\n    z: 2\n# out")),
        scalar.prop_map(|s| format!(" |\n  {s}\n  more")),
    ];
    let comment = prop_oneof![Just(""), Just("# note\n"), Just("\n")];
    prop::collection::vec((value, comment), 1..5).prop_map(|entries| {
        let lines = entries
            .iter()
            .enumerate()
            .map(|(n, (value, comment))| format!("{comment}key{n}:{value}\n"));
        lines.collect()
    })
}

fn pointers(value: &Value, at: &Pointer, found: &mut Vec<Pointer>) {
    found.push(at.clone());
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| pointers(value, &at.key(key), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, item)| pointers(item, &at.index(n), found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn outside_of_the_edit_every_byte_stays(text in document(), pick in any::<prop::sample::Index>(), way in 0..4) {
        let before = values(&text);
        let mut all = Vec::new();
        pointers(&before[0], &Pointer::root(), &mut all);
        let at = all[pick.index(all.len())].clone();
        let change = match way {
            0 => Change::Replace(json!("new: value")),
            1 => Change::Rename("other key".to_owned()),
            2 => Change::Insert("added".to_owned(), json!("x, y")),
            _ => Change::Remove,
        };
        if let Some(after) = fixed(&text, at.as_str(), change.clone()) {
            let same = text.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
            let tail = text.bytes().rev().zip(after.bytes().rev()).take_while(|(a, b)| a == b).count();
            let source = Source::new("t", text.clone().into_bytes());
            let editor = super::Editor::of(SourceId(0), &source);
            let edit = editor.and_then(|editor| editor.text_edit(&edit(0, at.as_str(), change.clone())));
            let edit = edit.expect("what was applied has an edit");
            prop_assert!(same >= edit.bytes.start && tail >= text.len() - edit.bytes.end);
            // The same change again finds nothing more to do: it is made, or no longer possible.
            let again = fixed(&after, at.as_str(), change.clone());
            match change {
                Change::Replace(_) => prop_assert_eq!(again, Some(after)),
                Change::Rename(_) | Change::Insert(..) => prop_assert_eq!(again, None),
                _ => {}
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(text in "[ab:{}\\[\\],&*#|\n -]{0,40}", at in "(/[ab01]){0,3}") {
        for change in [Change::Remove, Change::Quote, Change::Rename("a".into()), Change::Insert("b".into(), json!(1))] {
            let _ = fixed(&text, &at, change);
        }
    }
}
