//! The formats against answers of the API server's own validators (`tests/differential/formats`).

use serde_json::Value;

use super::*;

/// A text, its format, and whether k8s.io/kube-openapi takes it.
fn answers() -> Vec<(String, String, bool)> {
    let recorded = include_str!("../../../tests/differential/formats/answers.jsonl");
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("recorded as JSON");
        let text = |key: &str| row[key].as_str().expect("a text").to_owned();
        (text("format"), text("text"), row["valid"] == true)
    };
    recorded.lines().map(row).collect()
}

#[test]
fn the_answers_are_those_of_the_api_server() {
    let wrong: Vec<String> = answers()
        .into_iter()
        .filter(|(format, text, valid)| {
            let takes = Format::of(format, "string").is_none_or(|format| format.takes_text(text));
            takes != *valid
        })
        .map(|(format, text, valid)| format!("{format} {text:?} is {valid}"))
        .collect();
    assert!(wrong.is_empty(), "{} of them: {wrong:#?}", wrong.len());
}

#[test]
fn every_format_has_texts_that_it_takes_and_texts_that_it_does_not() {
    let answers = answers();
    let names: std::collections::BTreeSet<&str> =
        answers.iter().map(|(format, ..)| format.as_str()).collect();
    assert!(names.len() >= 25, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "password") {
        let of = |wanted: bool| {
            answers
                .iter()
                .any(|(f, _, valid)| f == name && *valid == wanted)
        };
        assert!(of(true) && of(false), "{name}");
        assert!(Format::of(name, "").is_some(), "{name}");
    }
}

#[test]
fn a_format_counts_for_its_type_only() {
    for (name, kind) in [
        ("ipv4", "integer"),
        ("int32", "string"),
        ("int32", "number"),
        ("float", "integer"),
        ("uri", "other"),
        ("time", "string"),
        ("password", "string"),
        ("int64", "integer"),
        ("double", "number"),
    ] {
        assert_eq!(Format::of(name, kind), None, "{name} {kind}");
    }
    assert_eq!(Format::of("date-time", ""), Some(Format::DateTime));
    assert_eq!(Format::of("int32", "integer"), Some(Format::Int32));
}

/// Go downloads the modules of the validators, so this is done only where real programs are asked for.
#[test]
#[expect(clippy::print_stderr, reason = "a test says what it skips")]
fn the_recorded_answers_are_still_those_of_the_api_server() {
    if std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none() {
        eprintln!("skipped: TRUSTC_REAL_PROGRAMS is not set");
        return;
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/formats");
    let go = std::process::Command::new("go")
        .args(["run", ".", "answers.jsonl"])
        .current_dir(folder)
        .output()
        .expect("go is on the PATH");
    assert!(
        go.status.success(),
        "{}",
        String::from_utf8_lossy(&go.stderr)
    );
    let recorded = include_str!("../../../tests/differential/formats/answers.jsonl");
    assert!(
        recorded == String::from_utf8_lossy(&go.stdout),
        "record the answers again"
    );
}
