//! Every form of a report, from one input with text that each form must escape.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use trustc::cli::{Printer, Streams, Terminal, run};

use crate::common::{NOW, Ran, golden, project, trustc};

const FORMATS: [&str; 7] = [
    "human", "json", "sarif", "github", "gitlab", "azure", "junit",
];

/// A folder with the input: hostile text in one configuration, findings in certificate files in the other.
fn input() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&project().join("golden/reports/input"), folder.path());
    copy(&project().join("golden/pki"), &folder.path().join("pki"));
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in fs::read_dir(from)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

const CHECK: [&str; 7] = [
    "check",
    "Köln, 50%",
    "hamburg",
    "--allow-root",
    "pki",
    "--now",
    NOW,
];

fn check(folder: &Path, more: &[&str]) -> Ran {
    trustc(folder, &[&CHECK[..], more].concat())
}

fn report(format: &str) -> String {
    check(input().path(), &["--format", format]).out
}

#[test]
fn every_form_is_the_committed_one() {
    let folder = input();
    for format in FORMATS {
        let ran = check(folder.path(), &["--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.all());
        let report = if format == "sarif" {
            with_rules_found(&ran.out)
        } else {
            ran.out
        };
        let text = report + &ran.err;
        golden(
            &project().join(format!("golden/reports/{format}.txt")),
            &text,
        );
    }
}

/// A SARIF log without what every release and every new rule changes; that all rules are there is a test of its own.
fn with_rules_found(text: &str) -> String {
    let mut log: Value = serde_json::from_str(text).unwrap();
    let run = &mut log["runs"][0];
    for result in run["results"].as_array_mut().unwrap() {
        result.as_object_mut().unwrap().remove("ruleIndex");
    }
    let results = run["results"].clone();
    let found = |rule: &Value| {
        results
            .as_array()
            .unwrap()
            .iter()
            .any(|result| result["ruleId"] == rule["id"])
    };
    let driver = &mut run["tool"]["driver"];
    driver["semanticVersion"] = "0.0.0".into();
    driver["rules"].as_array_mut().unwrap().retain(found);
    format!("{log:#}\n")
}

#[test]
fn a_terminal_gets_colours_frames_and_links() {
    let path = project().join("golden/rules/ca-expired/fail.yaml");
    let arguments = [
        "trustc",
        "check",
        path.to_str().unwrap(),
        "--allow-root",
        "golden/pki",
        "--now",
        NOW,
    ];
    let draw = |terminal: Terminal| {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let mut streams = Streams {
            input: &mut std::io::empty(),
            output: Printer::new(&mut output),
            errors: Printer::new(&mut errors),
            terminal,
            rules_url: Some("https://example.com/rules.md".to_owned()),
        };
        run(arguments.map(OsString::from), &mut streams);
        String::from_utf8(errors)
            .unwrap()
            .replace(&format!("{}/", project().display()), "")
    };
    let all = draw(Terminal {
        interactive: true,
        color: true,
        unicode: true,
        hyperlinks: true,
    });
    assert!(
        all.contains("\u{1b}]8;;https://example.com/rules.md#ca-expired\u{1b}\\"),
        "{all:?}"
    );
    golden(&project().join("golden/reports/terminal.txt"), &all);
    assert!(
        all.ends_with("more about a finding: trustc explain ca-expired\n"),
        "{all}"
    );
    // Each of them only where it can be shown; a link without colours would be an escape sequence in plain text.
    let plain = draw(Terminal {
        interactive: true,
        color: false,
        unicode: true,
        hyperlinks: true,
    });
    assert!(!plain.contains('\u{1b}') && plain.contains('━'), "{plain}");
    let colored = draw(Terminal {
        interactive: false,
        color: true,
        unicode: false,
        hyperlinks: false,
    });
    assert!(
        colored.contains("\u{1b}[") && !colored.contains("\u{1b}]8") && colored.is_ascii(),
        "{colored:?}"
    );
    assert!(
        !colored.contains("trustc explain"),
        "a log is not asked: {colored}"
    );
}

/// The official schema, as the package of the SARIF types carries it: wherever this test was built, its source is.
fn official_sarif_schema() -> Value {
    let host = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ])
        .current_dir(project())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = fs::read_to_string(manifest.with_file_name("src/schema.json")).unwrap();
    // One pattern of it has a bracket too many, which stricter readers of regular expressions refuse.
    let mended = text.replace(
        "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$",
        "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$",
    );
    serde_json::from_str(&mended).unwrap()
}

#[test]
fn sarif_holds_against_the_official_schema() {
    let schema = official_sarif_schema();
    assert!(
        schema["$id"]
            .as_str()
            .unwrap()
            .ends_with("sarif-schema-2.1.0.json")
    );
    let validator = jsonschema::validator_for(&schema).unwrap();
    let clean = trustc(
        &project(),
        &["check", "profiles/quickstart.yaml", "--format", "sarif"],
    )
    .out;
    for text in [report("sarif"), clean] {
        let log: Value = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&log)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{faults:#?}");
        let mut broken = log.clone();
        broken["runs"][0]["tool"]["driver"]["rules"][0]["identity"] = "x".into();
        assert!(
            !validator.is_valid(&broken),
            "the schema must be able to refuse"
        );
    }
}

#[test]
fn sarif_has_what_github_reads() {
    let log: Value = serde_json::from_str(&report("sarif")).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let list = trustc(&project(), &["explain"]).out;
    let known: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(ids, known, "all rules, sorted");
    for rule in rules {
        for pointer in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
        ] {
            assert!(
                rule.pointer(pointer)
                    .and_then(Value::as_str)
                    .is_some_and(|text| text.len() > 10),
                "{rule}"
            );
        }
        assert!(
            rule["defaultConfiguration"]["level"].is_string()
                && rule["properties"]["precision"].is_string()
        );
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 8);
    let mut prints = BTreeSet::new();
    for result in results {
        assert_eq!(
            ids[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()],
            result["ruleId"]
        );
        assert!(
            prints.insert(
                result["partialFingerprints"]["primaryLocationLineHash"]
                    .as_str()
                    .unwrap()
            )
        );
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(
            uri.is_ascii() && !uri.contains([' ', ',']) && !uri.starts_with('/'),
            "{uri}"
        );
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn rules_have_addresses_where_they_are_published() {
    let program = env!("CARGO_BIN_EXE_trustc");
    let run = |url: &str| {
        let arguments = ["check", "profiles/quickstart.yaml", "--format", "sarif"];
        let output = Command::new(program)
            .args(arguments)
            .current_dir(project())
            .env("TRUSTC_RULES_URL", url)
            .output();
        serde_json::from_slice::<Value>(&output.unwrap().stdout).unwrap()["runs"][0]["tool"]["driver"]["rules"][0]
            .clone()
    };
    let rule = run("https://example.com/rules.md");
    assert_eq!(
        rule["helpUri"],
        format!(
            "https://example.com/rules.md#{}",
            rule["id"].as_str().unwrap()
        )
    );
    assert!(
        rule["help"]["markdown"]
            .as_str()
            .unwrap()
            .contains("(https://example.com/rules.md#")
    );
}

/// Fingerprints by rule, in the order of the report.
fn fingerprints(folder: &Path, format: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&check(folder, &["--format", format]).out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let issues = if format == "gitlab" {
        &report
    } else {
        &report["runs"][0]["results"]
    };
    let one = |issue: &Value| match format {
        "gitlab" => (text(&issue["check_name"]), text(&issue["fingerprint"])),
        _ => (
            text(&issue["ruleId"]),
            text(&issue["partialFingerprints"]["primaryLocationLineHash"]),
        ),
    };
    issues.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn moving_lines_opens_no_finding_anew() {
    let folder = input();
    let before = fingerprints(folder.path(), "sarif");
    assert_eq!(before, fingerprints(folder.path(), "gitlab"));
    let unique: BTreeSet<&String> = before.iter().map(|(_, print)| print).collect();
    assert_eq!(unique.len(), before.len());
    for file in ["Köln, 50%/trust.yaml", "hamburg/trust.yaml"] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            format!(
                "# a line\n\n# and another\n{}",
                text.replace("spec:\n", "spec:\n\n")
            ),
        )
        .unwrap();
    }
    assert_eq!(before, fingerprints(folder.path(), "sarif"));
    fs::rename(folder.path().join("hamburg"), folder.path().join("bremen")).unwrap();
    fs::rename(folder.path().join("bremen"), folder.path().join("hamburg")).unwrap();
    let path = folder.path().join("hamburg/trust.yaml");
    fs::write(
        &path,
        fs::read_to_string(&path)
            .unwrap()
            .replace("bundle-key-unusual", "leaf-outlives-ca"),
    )
    .unwrap();
    assert_eq!(
        before,
        fingerprints(folder.path(), "sarif"),
        "the same rule at the same pointer is the same finding"
    );
}

#[test]
fn objects_that_come_and_days_that_go_open_no_finding_anew() {
    let folder = tempfile::tempdir().unwrap();
    let one = |n: usize| {
        format!(
            "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web-{n}, namespace: edge}}\nspec: {{secretName: web-{n}, isCa: true}}\n"
        )
    };
    let prints = |objects: &[usize]| {
        fs::write(
            folder.path().join("web.yaml"),
            objects.iter().map(|n| one(*n)).collect::<String>(),
        )
        .unwrap();
        let ran = trustc(folder.path(), &["check", "web.yaml", "--format", "gitlab"]);
        let issues: Value = serde_json::from_str(&ran.out).unwrap();
        let about = |issue: &&Value| issue["description"].as_str().unwrap().contains("web-7");
        let print = |issue: &Value| issue["fingerprint"].as_str().unwrap().to_owned();
        issues
            .as_array()
            .unwrap()
            .iter()
            .filter(about)
            .map(print)
            .collect::<BTreeSet<String>>()
    };
    let before = prints(&[7]);
    assert!(before.len() > 1, "{before:?}");
    assert_eq!(before, prints(&[1, 2, 7, 8]));
    let soon = |now: &str| {
        let path = project().join("golden/pki/root-ends-soon.pem");
        let arguments = [
            "inspect",
            path.to_str().unwrap(),
            "--fail-if-expires-within",
            "90d",
            "--format",
            "gitlab",
        ];
        let ran = trustc(folder.path(), &[&arguments[..], &["--now", now]].concat());
        let issues: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(
            ran.code == 1 && issues[0]["check_name"] == "certificate-expires-soon",
            "{}",
            ran.all()
        );
        issues[0]["fingerprint"].clone()
    };
    assert_eq!(soon("2026-07-01"), soon("2026-07-03"));
}

#[test]
fn commands_are_a_line_each_and_errors_come_first() {
    for (format, kinds) in [
        ("github", ["::error ", "::warning ", "::notice "]),
        (
            "azure",
            [
                "##vso[task.logissue type=error;",
                "##vso[task.logissue type=warning;",
                "##vso[task.debug]",
            ],
        ),
    ] {
        let text = report(format);
        let kind = |line: &str| kinds.iter().position(|kind| line.starts_with(kind));
        let order: Vec<usize> = text
            .lines()
            .map(|line| kind(line).unwrap_or_else(|| panic!("{line}")))
            .collect();
        assert!(
            order.is_sorted() && order.contains(&0) && order.contains(&1) && order.contains(&2),
            "{order:?}"
        );
        let report: Value = serde_json::from_str(&self::report("json")).unwrap();
        assert_eq!(order.len(), report["findings"].as_array().unwrap().len());
    }
}

#[test]
fn more_than_ten_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let many: String = (0..11).map(|n| format!("  field{n}: 1\n")).collect();
    fs::write(
        folder.path().join("trust.yaml"),
        crate::common::quickstart(&many),
    )
    .unwrap();
    let ran = trustc(
        folder.path(),
        &["check", "trust.yaml", "--format", "github"],
    );
    assert_eq!((ran.code, ran.out.lines().count()), (1, 11));
    assert!(
        ran.err
            .starts_with("refused: 1 site, 11 errors\nGitHub shows ten annotations"),
        "{}",
        ran.err
    );
    let ten = crate::common::quickstart(&many.replace("  field0: 1\n", ""));
    fs::write(folder.path().join("trust.yaml"), ten).unwrap();
    let ran = trustc(
        folder.path(),
        &["check", "trust.yaml", "--format", "github"],
    );
    assert_eq!(ran.err, "refused: 1 site, 10 errors\n");
}

#[test]
fn junit_is_read_back() {
    let report = quick_junit::Report::deserialize_from_str(&report("junit")).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (11, 10, 0));
    let text = format!("{report:?}");
    assert!(
        text.contains("]]> <b>&amp;") && text.contains("50%: ä"),
        "{text}"
    );
    let clean = trustc(
        &project(),
        &["check", "profiles/quickstart.yaml", "--format", "junit"],
    );
    let clean = quick_junit::Report::deserialize_from_str(&clean.out).unwrap();
    assert_eq!((clean.tests, clean.failures), (1, 0));
}

#[test]
fn paths_begin_at_the_repository() {
    let folder = input();
    fs::create_dir(folder.path().join(".git")).unwrap();
    let inside = folder.path().join("hamburg");
    let arguments = [
        "check",
        "trust.yaml",
        "--allow-root",
        "../pki",
        "--now",
        NOW,
        "--format",
    ];
    for (format, own, other) in [
        (
            "github",
            "file=hamburg/trust.yaml,",
            "file=pki/root-expired.pem,",
        ),
        (
            "azure",
            "sourcepath=hamburg/trust.yaml;",
            "sourcepath=pki/root-expired.pem;",
        ),
        (
            "gitlab",
            "\"path\": \"hamburg/trust.yaml\"",
            "\"path\": \"pki/root-expired.pem\"",
        ),
        (
            "sarif",
            "\"uri\": \"hamburg/trust.yaml\"",
            "\"uri\": \"pki/root-expired.pem\"",
        ),
        (
            "junit",
            "name=\"hamburg/trust.yaml\"",
            "name=\"pki/root-expired.pem\"",
        ),
        // People and their scripts open what they named.
        (
            "json",
            "\"path\": \"trust.yaml\"",
            "\"path\": \"../pki/root-expired.pem\"",
        ),
    ] {
        let ran = trustc(&inside, &[&arguments[..], &[format]].concat());
        assert!(
            ran.out.contains(own) && ran.out.contains(other),
            "{format}: {}",
            ran.out
        );
        let machine = folder.path().to_string_lossy().into_owned();
        assert!(
            !ran.out.contains(&machine),
            "{format}: no path of this machine: {}",
            ran.out
        );
    }
    let absolute = inside.join("trust.yaml");
    let ran = trustc(
        &inside,
        &["check", absolute.to_str().unwrap(), "--format", "github"],
    );
    assert!(ran.out.contains("file=hamburg/trust.yaml,"), "{}", ran.out);
}

#[test]
fn output_for_programs_is_what_its_schema_says() {
    let folder = input();
    let inspection = [
        "inspect",
        "pki/both-roots.pem",
        "pki/root-expired.pem",
        "--now",
        NOW,
        "--format",
        "json",
    ];
    for (name, text) in [
        ("report", check(folder.path(), &["--format", "json"]).out),
        (
            "report",
            trustc(
                &project(),
                &["check", "profiles/quickstart.yaml", "--format", "json"],
            )
            .out,
        ),
        ("inspection", trustc(folder.path(), &inspection).out),
        (
            "rules",
            trustc(&project(), &["explain", "--format", "json"]).out,
        ),
        (
            "rules",
            trustc(&project(), &["explain", "ca-expired", "--format", "json"]).out,
        ),
    ] {
        let schema = trustc(&project(), &["schema", name]).out;
        golden(
            &project().join(format!("schemas/output/{name}.schema.json")),
            &schema,
        );
        let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        value["version"] = 2.into();
        assert!(
            !validator.is_valid(&value),
            "{name}: another version is another form"
        );
    }
}

#[test]
fn an_agent_obeys_nothing_that_others_wrote() {
    for format in FORMATS.into_iter().filter(|format| *format != "azure") {
        let ran = check(input().path(), &["--format", format]);
        let obeyed = format!("{}{}", ran.out, ran.err);
        let lines: Vec<&str> = obeyed
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
            .filter(|line| !line.starts_with("  ::: "))
            .collect();
        assert!(
            lines
                .iter()
                .all(|line| format == "github" && line.contains("title=trustc (")),
            "{format}: {lines:?}"
        );
        if format == "human" {
            assert!(!obeyed.contains("##vso["), "{obeyed}");
        }
    }
    for line in report("azure").lines() {
        assert!(
            line.starts_with("##vso[task.logissue type=") || line.starts_with("##vso[task.debug]"),
            "{line}"
        );
    }
}
