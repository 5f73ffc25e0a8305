//! Whatever somebody types into a field ends in findings at that field or in verified manifests, and never in a fault of
//! the program.

mod bases;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use crate::common::{NOW, write};
use serde_json::Value;
use trustc::cli::{Exit, Streams, Terminal, run};

/// How YAML writes them, in flow style.
const VALUES: &str = include_str!("awkward_values/values.txt");

/// Where the value goes, in the text of a configuration.
const HERE: &str = "\"@@\"";

fn values() -> Vec<String> {
    let written = VALUES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(str::to_owned);
    let long = [63, 64, 65, 128, 129, 253, 254, 70_000].map(|length| "a".repeat(length));
    let names = [63, 64].map(|length| format!("{}.{}", "a".repeat(length), "b".repeat(length)));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    written.chain(long).chain(names).chain([deep]).collect()
}

/// Every place in a configuration, as a JSON pointer: fields, and what is in them.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            places(value, &format!("{at}/{}", key.replace('/', "~1")), found)
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, value)| places(value, &format!("{at}/{n}"), found)),
        _ => {}
    }
}

/// A place without the numbers of list items.
fn field(pointer: &str) -> String {
    let is_number = |segment: &&str| segment.parse::<usize>().is_ok();
    pointer
        .split('/')
        .map(|segment| if is_number(&segment) { "*" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
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
        output: trustc::cli::Printer::new(&mut output),
        errors: trustc::cli::Printer::new(&mut errors),
        terminal: Terminal::default(),
        rules_url: None,
    };
    let arguments = std::iter::once("trustc")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let exit = run(arguments, &mut streams);
    // The report of check goes to standard output, that of render beside the manifests.
    let report = [&output, &errors].into_iter().find_map(|text| report(text));
    Ran {
        exit,
        findings: report.unwrap_or_default(),
        errors: String::from_utf8(errors).unwrap(),
    }
}

/// The findings of a JSON report at the beginning of a text.
fn report(text: &[u8]) -> Option<Value> {
    let report = serde_json::Deserializer::from_slice(text)
        .into_iter::<Value>()
        .next()?
        .ok()?;
    report.get("findings").cloned()
}

/// Fields that something else names: the finding stands where the name leads nowhere.
const NAMED_ELSEWHERE: [&str; 2] = ["/spec/anchors/*/name", "/spec/namespaces/instance/name"];

/// Without these a file is no configuration at all: `check` reads it as a manifest.
const ENVELOPE: [&str; 3] = ["", "/apiVersion", "/kind"];

fn is_fault(finding: &Value) -> bool {
    let message = finding["message"].as_str().unwrap_or_default();
    message.contains("fault of trustc")
}

/// What is wrong with what the program makes of a configuration that has an awkward value at `pointer`, on this line.
fn complaint(text: &str, line: usize, pointer: &str) -> Option<String> {
    let check = trustc(&["check", "-", "--now", NOW, "--format", "json"], text);
    let render = trustc(&["render", "-", "--now", NOW, "--format", "json"], text);
    if check.exit == Exit::Failed || render.exit == Exit::Failed {
        return Some(format!("exit 2: {} {}", check.errors, render.errors));
    }
    let all = [&check, &render].map(|ran| ran.findings.as_array().cloned().unwrap_or_default());
    if let Some(fault) = all.iter().flatten().find(|finding| is_fault(finding)) {
        return Some(fault.to_string());
    }
    let [findings, rendered] = all;
    if check.exit == Exit::Clean && render.exit == Exit::Clean || ENVELOPE.contains(&pointer) {
        return None;
    }
    if check.exit != render.exit || findings != rendered {
        return Some(format!(
            "check and render differ: {findings:?} {rendered:?}"
        ));
    }
    misplaced(&findings, line, pointer)
}

/// Why none of the findings leads to the field.
fn misplaced(findings: &[Value], line: usize, pointer: &str) -> Option<String> {
    let is_error = |finding: &&Value| finding["severity"] == "error";
    let errors: Vec<&Value> = findings.iter().filter(is_error).collect();
    // Where a text is no YAML is the reader's to say.
    if errors.iter().any(|error| error["rule"] == "yaml-syntax")
        || NAMED_ELSEWHERE.contains(&field(pointer).as_str())
    {
        return None;
    }
    let on = |place: &Value, line: usize| place["path"] == "<stdin>" && place["line"] == line;
    if errors.iter().any(|error| on(error, 1)) {
        return Some(format!("an error without a place: {errors:?}"));
    }
    let leads_here = |error: &&Value| {
        let at = error["pointer"].as_str().unwrap_or_default();
        let around = !at.is_empty() && (pointer.starts_with(at) || at.starts_with(pointer));
        let mut related = error["related"].as_array().into_iter().flatten();
        around || on(error, line) || related.any(|place| on(place, line))
    };
    let found = errors.iter().any(leads_here);
    (!found).then(|| format!("no error at the field, line {line}: {errors:?}"))
}

/// Runs over a part of the product: every `step`th value of every field, beginning at another one each time.
fn over(step: usize) {
    let (mut seen, mut complaints, mut runs, values) = (BTreeSet::new(), Vec::new(), 0, values());
    for base in bases::all() {
        let mut found = Vec::new();
        places(&base, "", &mut found);
        let of = |key: &str| base.pointer(key).cloned().unwrap_or_default().to_string();
        let kind = (of("/spec/profile"), of("/spec/delivery/engine"));
        for pointer in found {
            if !seen.insert((kind.clone(), field(&pointer))) {
                continue;
            }
            for value in values.iter().skip(seen.len() % step).step_by(step) {
                let (text, line) = replaced(&base, &pointer, value);
                runs += 1;
                if let Some(why) = complaint(&text, line, &pointer) {
                    complaints.push(format!("{pointer}: {value:.60}: {why:.2000}"));
                }
            }
        }
    }
    let (count, all) = (complaints.len(), complaints.join("\n"));
    assert!(complaints.is_empty(), "{count} of {runs}:\n{all}");
}

#[test]
fn each_configuration_is_fine_without_awkward_values() {
    for base in bases::all() {
        let ran = trustc(
            &["check", "-", "--now", NOW, "--format", "json"],
            &base.to_string(),
        );
        let (findings, errors) = (&ran.findings, &ran.errors);
        assert!(ran.exit == Exit::Clean, "{findings:#} {errors} {base}");
    }
}

/// A field that is new needs a configuration that uses it.
#[test]
fn every_field_of_the_schemas_is_in_some_configuration() {
    fn fields(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            found.insert(format!("{at}/{key}"));
            fields(schema, &format!("{at}/{key}"), found);
        }
        if schema["items"].is_object() {
            fields(&schema["items"], &format!("{at}/*"), found);
        }
    }
    let mut used = Vec::new();
    bases::all()
        .iter()
        .for_each(|base| places(base, "", &mut used));
    let used: BTreeSet<String> = used.iter().map(|pointer| field(pointer)).collect();
    for profile in ["quickstart", "byo-issuer"] {
        let mut known = BTreeSet::new();
        let file = format!("schemas/config/{profile}.schema.json");
        let schema = std::fs::read_to_string(file).unwrap();
        fields(&serde_json::from_str(&schema).unwrap(), "", &mut known);
        // What a site inherits is in files of its own: below.
        known.remove("/spec/extends");
        // Where certificates may be in a file they may be in line: one such place stands for all.
        known.retain(|field| !field.ends_with("/inLine") || field.contains("/existing/"));
        let unused: Vec<&String> = known.difference(&used).collect();
        assert!(unused.is_empty(), "{profile}: {unused:?}");
    }
}

#[test]
fn some_awkward_values_in_every_field() {
    over(149);
}

#[test]
#[ignore = "all values in all fields take an hour of an unoptimized build: AWKWARD_STEP=7 runs a seventh"]
fn all_awkward_values_in_every_field() {
    let step = std::env::var("AWKWARD_STEP");
    over(step.ok().and_then(|step| step.parse().ok()).unwrap_or(1));
}

#[test]
fn a_whole_number_that_is_written_as_a_fraction_is_of_the_wrong_type() {
    let base = &bases::all()[0];
    let port = "/spec/broker/listeners/0/port";
    for (written, right) in [("8884.0", "write `8884`"), ("1e3", "write `1000`")] {
        let (text, line) = replaced(base, port, written);
        let ran = trustc(&["check", "-", "--now", NOW, "--format", "json"], &text);
        let finding = &ran.findings[0];
        assert_eq!(finding["rule"], "wrong-type", "{finding}");
        assert_eq!(
            (&finding["line"], &finding["pointer"]),
            (&line.into(), &port.into())
        );
        assert_eq!(finding["help"][0], right);
    }
}

#[test]
fn the_name_of_every_bundle_is_a_label() {
    let name = "/spec/bundle/additional/0/name";
    let all = bases::all();
    let base = all.iter().find(|base| base.pointer(name).is_some());
    for (length, exit) in [(63, Exit::Clean), (64, Exit::Findings)] {
        let (text, _) = replaced(base.unwrap(), name, &"a".repeat(length));
        let ran = trustc(&["check", "-", "--now", NOW, "--format", "json"], &text);
        assert_eq!(ran.exit, exit, "{length}: {} {}", ran.findings, ran.errors);
        let found = ran.findings.to_string().contains("bundle-name-too-long");
        assert_eq!(found, exit == Exit::Findings, "{length}");
    }
}

#[test]
fn a_fleet_without_sites_is_still_held_to_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {name: f}\nspec: {sites: {inLine: []}, x: 1}\n";
    write(folder.path(), "f.yaml", fleet);
    let path = folder.path().join("f.yaml");
    let ran = trustc(&["check", path.to_str().unwrap(), "--format", "json"], "");
    assert_eq!(ran.findings[0]["rule"], "unknown-field", "{}", ran.findings);
}

/// Checks and renders a file, and says what must not be.
fn complaint_about(folder: &Path, name: &str) -> Option<String> {
    let (path, out) = (folder.join(name), folder.join("out"));
    let (path, out) = (path.to_str().unwrap(), out.to_str().unwrap());
    let check = trustc(&["check", path, "--now", NOW, "--format", "json"], "");
    let render = [
        "render", path, "--now", NOW, "--format", "json", "--out", out,
    ];
    let render = trustc(&render, "");
    let failed = check.exit == Exit::Failed || render.exit == Exit::Failed;
    let mut findings = check.findings.as_array().into_iter().flatten();
    if failed || check.exit != render.exit || findings.any(is_fault) {
        let (exits, errors) = ((check.exit, render.exit), (check.errors, render.errors));
        return Some(format!("{exits:?} {} {errors:?}", check.findings));
    }
    None
}

#[test]
fn some_awkward_values_in_fleets_defaults_and_tables() {
    let fleet = serde_json::json!({
        "apiVersion": "trustc.dev/v1alpha1",
        "kind": "TrustFleet",
        "metadata": {"name": "all", "labels": {"a": "b"}},
        "spec": {
            "extends": "base.yaml",
            "sites": {"inLine": [{"name": "a", "spec": {"labels": {"x.io/a": "b"}}}], "csv": "t.csv", "glob": "plants/*.yaml"},
        },
    });
    let defaults = serde_json::json!({
        "apiVersion": "trustc.dev/v1alpha1",
        "kind": "TrustDefaults",
        "metadata": {"name": "base"},
        "spec": {"profile": "quickstart", "root": {"commonName": "R"}, "policy": {"minRsaBits": 2048}, "extends": "top.yaml"},
    });
    let top =
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {bundle: {key: ca.crt}}\n";
    let site = |name: &str| {
        format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: {name}}}\nspec: {{extends: base.yaml}}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "top.yaml", top);
    write(at, "site.yaml", site("s"));
    write(
        at,
        "plants/p.yaml",
        site("p").replace("spec: {extends: base.yaml}", "spec: {}"),
    );
    let table = "name,spec.policy.minRsaBits,spec.root.commonName\nc,2048,C\n";
    let (mut complaints, values) = (Vec::new(), values());
    for (base, file, entry) in [
        (&fleet, "all.fleet.yaml", "all.fleet.yaml"),
        (&defaults, "base.yaml", "site.yaml"),
    ] {
        write(at, "base.yaml", defaults.to_string());
        write(at, "t.csv", table);
        write(at, "all.fleet.yaml", fleet.to_string());
        assert_eq!(complaint_about(at, entry), None);
        let mut found = Vec::new();
        places(base, "", &mut found);
        for (n, pointer) in found
            .iter()
            .enumerate()
            .filter(|(_, at)| !ENVELOPE.contains(&at.as_str()))
        {
            for value in values.iter().skip(n % 11).step_by(11) {
                write(at, file, replaced(base, pointer, value).0);
                complaints.extend(
                    complaint_about(at, entry)
                        .map(|why| format!("{pointer}: {value:.60}: {why:.2000}")),
                );
            }
        }
    }
    write(at, "base.yaml", defaults.to_string());
    write(at, "all.fleet.yaml", fleet.to_string());
    for (n, value) in values.iter().enumerate() {
        let cell = ["c", "2048", "C"][n % 3];
        let row = table.lines().nth(1).unwrap().replace(cell, value);
        write(
            at,
            "t.csv",
            format!("{}\n{row}\n", table.lines().next().unwrap()),
        );
        complaints.extend(
            complaint_about(at, "all.fleet.yaml")
                .map(|why| format!("table: {value:.60}: {why:.2000}")),
        );
    }
    let all = complaints.join("\n");
    assert!(complaints.is_empty(), "{}:\n{all}", complaints.len());
}
