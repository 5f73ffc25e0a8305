//! Whatever somebody types into a field ends in findings at that field or in verified manifests, and never in a fault of
//! the program.

mod bases;

use std::collections::BTreeSet;
use std::ffi::OsString;

use crate::common::NOW;
use serde_json::Value;
use trustc::cli::{Exit, Streams, Terminal, run};

/// How YAML writes them, in flow style.
const VALUES: &str = include_str!("awkward_values/values.txt");

/// Where the value goes, in the text of a configuration.
const HERE: &str = "\"@@\"";

fn values() -> Vec<String> {
    let written = VALUES.lines().filter(|line| !line.is_empty() && !line.starts_with("//")).map(str::to_owned);
    let long = [63, 64, 65, 128, 129, 253, 254, 70_000].map(|length| "a".repeat(length));
    let names = [63, 64].map(|length| format!("{}.{}", "a".repeat(length), "b".repeat(length)));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    written.chain(long).chain(names).chain([deep]).collect()
}

/// Every place in a configuration, as a JSON pointer: fields, and what is in them.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, &format!("{at}/{}", key.replace('/', "~1")), found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, value)| places(value, &format!("{at}/{n}"), found)),
        _ => {}
    }
}

/// A place without the numbers of list items.
fn field(pointer: &str) -> String {
    let is_number = |segment: &&str| segment.parse::<usize>().is_ok();
    pointer.split('/').map(|segment| if is_number(&segment) { "*" } else { segment }).collect::<Vec<_>>().join("/")
}

/// A configuration with one value replaced, and the line on which it stands.
fn replaced(base: &Value, pointer: &str, value: &str) -> (String, usize) {
    let mut config = base.clone();
    *config.pointer_mut(pointer).unwrap() = "@@".into();
    let text = format!("{config:#}\n");
    let line = text[..text.find(HERE).unwrap()].matches('\n').count() + 1;
    (text.replacen(HERE, value, 1), line)
}

struct Ran {
    exit: Exit,
    findings: Value,
    errors: String,
}

fn trustc(arguments: &[&str], input: &str) -> Ran {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut input.as_bytes(),
        output: &mut output,
        errors: &mut errors,
        terminal: Terminal::default(),
        rules_url: None,
    };
    let arguments = std::iter::once("trustc").chain(arguments.iter().copied()).map(OsString::from);
    let exit = run(arguments, &mut streams);
    // The report of check goes to standard output, that of render beside the manifests.
    let report = [&output, &errors].into_iter().find_map(|text| report(text));
    Ran { exit, findings: report.unwrap_or_default(), errors: String::from_utf8(errors).unwrap() }
}

/// The findings of a JSON report at the beginning of a text.
fn report(text: &[u8]) -> Option<Value> {
    let report = serde_json::Deserializer::from_slice(text).into_iter::<Value>().next()?.ok()?;
    report.get("findings").cloned()
}

/// What is wrong with what the program makes of a configuration that has an awkward value at `pointer`, on this line.
fn complaint(text: &str, line: usize, pointer: &str) -> Option<String> {
    let check = trustc(&["check", "-", "--now", NOW, "--format", "json"], text);
    let render = trustc(&["render", "-", "--now", NOW, "--format", "json"], text);
    if check.exit == Exit::Failed || render.exit == Exit::Failed {
        return Some(format!("exit 2: {} {}", check.errors, render.errors));
    }
    if check.exit != render.exit || check.exit == Exit::Findings && check.findings != render.findings {
        return Some(format!("check and render differ: {} {}", check.findings, render.findings));
    }
    let findings = check.findings.as_array().cloned().unwrap_or_default();
    if findings.iter().any(|finding| finding["message"].as_str().is_some_and(|message| message.contains("fault of trustc"))) {
        return Some(format!("a fault: {findings:?}"));
    }
    if check.exit == Exit::Clean {
        return None;
    }
    let errors: Vec<&Value> = findings.iter().filter(|finding| finding["severity"] == "error").collect();
    let top = |finding: &Value| finding["line"] == 1 && finding["column"] == 1;
    if pointer != "" && errors.iter().any(|finding| finding["path"] == "<stdin>" && top(finding)) {
        return Some(format!("a value fault without a place: {errors:?}"));
    }
    let is_here = |place: &Value| place["path"] == "<stdin>" && place["line"] == line;
    let around = |finding: &Value| {
        let at = finding["pointer"].as_str().unwrap_or_default();
        !at.is_empty() && (pointer.starts_with(at) || at.starts_with(pointer))
    };
    let related = |finding: &Value| finding["related"].as_array().is_some_and(|all| all.iter().any(is_here));
    let found = errors.iter().any(|finding| is_here(finding) || around(finding) || related(finding));
    (!found).then(|| format!("no error at the field (line {line}): {errors:?}"))
}

/// Runs over a part of the product: every `step`th value of every field, beginning at another one each time.
fn over(step: usize) {
    let (mut seen, mut complaints, mut runs, values) = (BTreeSet::new(), Vec::new(), 0, values());
    for base in bases::all() {
        let mut found = Vec::new();
        places(&base, "", &mut found);
        for pointer in found {
            let kind = ["profile", "delivery/engine"].map(|key| base.pointer(&format!("/spec/{key}")).cloned().unwrap_or_default().to_string());
            if !seen.insert((kind, field(&pointer))) {
                continue;
            }
            for value in values.iter().skip(seen.len() % step).step_by(step) {
                let (text, line) = replaced(&base, &pointer, value);
                runs += 1;
                if let Some(why) = complaint(&text, line, &pointer) {
                    complaints.push(format!("{pointer}: {value:.60}: {why}"));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{} of {runs}:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn each_configuration_is_fine_without_awkward_values() {
    for base in bases::all() {
        let ran = trustc(&["check", "-", "--now", NOW, "--format", "json"], &base.to_string());
        let is_error = |finding: &&Value| finding["severity"] == "error";
        let errors: Vec<&Value> = ran.findings.as_array().into_iter().flatten().filter(is_error).collect();
        assert!(ran.exit == Exit::Clean, "{errors:#?} {} {base}", ran.errors);
    }
}

#[test]
fn some_awkward_values_in_every_field() {
    over(std::env::var("AWKWARD_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(37));
}
