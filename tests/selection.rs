//! What is reported, how it weighs, where it goes, and how a run ends.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{NOW, project, quickstart, trustc};

const FORMATS: [&str; 7] = [
    "human", "json", "sarif", "github", "gitlab", "azure", "junit",
];

/// One error and one warning.
fn two_findings() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = "  broker: {certificate: {privateKeyAlgorithm: Ec521}}\n  root:\n    privateKey: {rotationPolicy: Always}\n";
    fs::write(folder.path().join("trust.yaml"), quickstart(spec)).unwrap();
    fs::write(
        folder.path().join("warning.yaml"),
        quickstart("  broker: {certificate: {privateKeyAlgorithm: Ec521}}\n"),
    )
    .unwrap();
    folder
}

#[test]
fn every_form_ends_alike() {
    let folder = two_findings();
    for format in FORMATS {
        let check = |more: &[&str]| {
            trustc(
                folder.path(),
                &[&["check", "--format", format], more].concat(),
            )
            .code
        };
        assert_eq!(check(&["trust.yaml"]), 1, "{format}");
        assert_eq!(check(&["trust.yaml", "--exit-zero"]), 0, "{format}");
        assert_eq!(check(&["missing.yaml", "--exit-zero"]), 2, "{format}");
        assert_eq!(check(&["warning.yaml"]), 0, "{format}");
        assert_eq!(check(&["warning.yaml", "--deny-warnings"]), 1, "{format}");
    }
    let pem = project().join("golden/pki/root-expired.pem");
    let inspect = |more: &[&str]| {
        trustc(
            folder.path(),
            &[&["inspect", pem.to_str().unwrap()], more].concat(),
        )
    };
    for format in [
        "summary", "text", "json", "sarif", "github", "gitlab", "azure", "junit",
    ] {
        let ran = inspect(&["--format", format, "--now", NOW]);
        assert!(
            ran.code == 1 && format!("{}{}", ran.out, ran.err).contains("certificate-expired"),
            "{}",
            ran.all()
        );
        assert_eq!(
            inspect(&["--format", format, "--now", NOW, "--exit-zero"]).code,
            0
        );
        assert_eq!(
            inspect(&["--format", format, "--now", "2025-06-01"]).code,
            0
        );
    }
}

#[test]
fn denied_warnings_are_errors_everywhere() {
    let folder = two_findings();
    let ran = trustc(folder.path(), &["check", "warning.yaml", "--deny-warnings"]);
    assert!(
        ran.code == 1 && ran.err.contains("error[broker-key-unusual]"),
        "{}",
        ran.all()
    );
    assert!(
        ran.err.ends_with("refused: 1 site, 1 error\n"),
        "{}",
        ran.err
    );
    let ran = trustc(
        folder.path(),
        &["render", "warning.yaml", "--deny-warnings"],
    );
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("nothing was rendered"),
        "{}",
        ran.all()
    );
    assert_eq!(trustc(folder.path(), &["render", "warning.yaml"]).code, 0);
}

#[test]
fn only_the_rules_asked_for_are_reported() {
    let folder = two_findings();
    let ids = |only: &str| {
        let ran = trustc(
            folder.path(),
            &["check", "trust.yaml", "--format", "json", "--only", only],
        );
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let ids = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["rule"].as_str().unwrap().to_owned());
        (ran.code, ids.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(ids("root-rotates-key"), (1, "root-rotates-key".to_owned()));
    assert_eq!(
        ids("broker-key-unusual"),
        (0, "broker-key-unusual".to_owned())
    );
    assert_eq!(
        ids("broker-key-unusual,root-rotates-key"),
        (1, "broker-key-unusual root-rotates-key".to_owned())
    );
    assert_eq!(ids("ca-expired"), (0, String::new()));
    // A file that could not be judged is not clean.
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("  bundel: {}\n"),
    )
    .unwrap();
    assert_eq!(ids("ca-expired"), (1, "unknown-field".to_owned()));
}

#[test]
fn a_rule_that_does_not_exist_is_a_usage_error() {
    let folder = two_findings();
    for (arguments, sentence) in [
        (
            &["check", "trust.yaml", "--only", "ca-expird"][..],
            "there is no rule `ca-expird`; did you mean `ca-expired`?",
        ),
        (
            &["check", "trust.yaml", "--only", "ca-expired,"],
            "there is no rule",
        ),
        (
            &["inspect", "trust.yaml", "--only", "x"],
            "there is no rule `x`",
        ),
        (
            &["explain", "ca-expird"],
            "there is no rule `ca-expird`; did you mean `ca-expired`?",
        ),
        (
            &["check", "trust.yaml", "--min-severity", "fatal"],
            "[possible values: error, warning, note]",
        ),
        (
            &["check", "trust.yaml", "--format", "xml"],
            "[possible values: human, json, sarif",
        ),
    ] {
        let ran = trustc(folder.path(), arguments);
        assert!(
            ran.code == 2 && ran.out.is_empty() && ran.err.contains(sentence),
            "{arguments:?}: {}",
            ran.all()
        );
    }
}

#[test]
fn milder_findings_are_left_out() {
    let folder = two_findings();
    let check = |more: &[&str]| trustc(folder.path(), &[&["check", "trust.yaml"], more].concat());
    let errors = check(&["--min-severity", "error"]);
    assert!(
        errors.code == 1 && errors.err.ends_with("refused: 1 site, 1 error\n"),
        "{}",
        errors.all()
    );
    assert!(!errors.err.contains("broker-key-unusual"));
    assert!(
        check(&["--min-severity", "warning"])
            .err
            .ends_with("1 error, 1 warning\n")
    );
    // What is denied is no longer mild.
    let denied = check(&["--min-severity", "error", "--deny-warnings"]);
    assert!(
        denied.err.ends_with("refused: 1 site, 2 errors\n"),
        "{}",
        denied.err
    );
}

#[test]
fn inspect_and_render_weigh_alike() {
    let pki = project().join("golden/pki");
    let inspect = |more: &[&str]| {
        let files = [
            "inspect",
            "root-rsa1024.pem",
            "root-expired.pem",
            "--now",
            NOW,
            "--format",
            "github",
        ];
        trustc(&pki, &[&files[..], more].concat())
    };
    let kinds = |ran: &crate::common::Ran| {
        let kinds = ran
            .out
            .lines()
            .map(|line| line.split(' ').next().unwrap().to_owned());
        (ran.code, kinds.collect::<Vec<_>>().join(" "))
    };
    assert_eq!(kinds(&inspect(&[])), (1, "::error ::warning".to_owned()));
    assert_eq!(
        kinds(&inspect(&["--deny-warnings"])),
        (1, "::error ::error".to_owned())
    );
    assert_eq!(
        kinds(&inspect(&["--min-severity", "error"])),
        (1, "::error".to_owned())
    );
    assert_eq!(
        kinds(&inspect(&["--only", "certificate-weak"])),
        (0, "::warning".to_owned())
    );
    assert_eq!(
        kinds(&inspect(&["--only", "certificate-weak", "--deny-warnings"])),
        (1, "::error".to_owned())
    );
    let folder = two_findings();
    let render =
        |more: &[&str]| trustc(folder.path(), &[&["render", "warning.yaml"], more].concat());
    let (all, errors) = (render(&[]), render(&["--min-severity", "error"]));
    assert!(
        all.code == 0 && all.err.contains("[broker-key-unusual]"),
        "{}",
        all.err
    );
    assert_eq!(
        (errors.code, errors.err.as_str(), &errors.out),
        (0, "", &all.out)
    );
    let github = render(&["--format", "github"]);
    assert!(
        github
            .err
            .starts_with("::warning file=warning.yaml,line=7,")
            && github.out == all.out,
        "{}",
        github.err
    );
}

#[test]
fn a_report_goes_to_a_file() {
    let folder = two_findings();
    for format in FORMATS {
        let ran = trustc(
            folder.path(),
            &[
                "check",
                "trust.yaml",
                "--format",
                format,
                "--output",
                "report",
            ],
        );
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (1, ""),
            "{format}: {}",
            ran.all()
        );
        assert!(
            ran.err.starts_with("refused: 1 site, 1 error, 1 warning\n"),
            "{format}: {}",
            ran.err
        );
        let written = fs::read_to_string(folder.path().join("report")).unwrap();
        let printed = trustc(folder.path(), &["check", "trust.yaml", "--format", format]);
        let printed = if format == "human" {
            printed.err.replace(&ran.err, "")
        } else {
            printed.out
        };
        assert_eq!(written, printed, "{format}");
    }
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "no temporary file stays: {names:?}");
    for verb in ["check", "inspect"] {
        let before = fs::read(folder.path().join("trust.yaml")).unwrap();
        let ran = trustc(
            folder.path(),
            &[verb, "trust.yaml", "--output", "./trust.yaml"],
        );
        assert!(
            ran.code == 2 && ran.err.contains("is an input of this run"),
            "{}",
            ran.all()
        );
        assert_eq!(fs::read(folder.path().join("trust.yaml")).unwrap(), before);
    }
    for target in ["missing/report", "."] {
        let ran = trustc(
            folder.path(),
            &["check", "trust.yaml", "--output", target, "--exit-zero"],
        );
        assert!(
            ran.code == 2 && ran.err.contains(&format!("cannot write {target}: ")),
            "{}",
            ran.all()
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_in_every_form() {
    let folder = two_findings();
    for format in FORMATS.into_iter().filter(|format| *format != "human") {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_trustc"))
            .args(["check", "trust.yaml", "--format", format])
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{format}: {said}");
        assert!(
            said.contains("error: cannot write the output: No space left on device"),
            "{format}: {said}"
        );
        let ran = trustc(
            folder.path(),
            &[
                "check",
                "trust.yaml",
                "--format",
                format,
                "--output",
                "/dev/full",
            ],
        );
        assert!(
            ran.code == 2 && ran.err.contains("cannot write /dev/full: No space left"),
            "{format}: {}",
            ran.all()
        );
    }
}

/// Who reads the first line of a report and goes away must not turn a refusal into a pass.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_silent_and_changes_no_verdict() {
    let folder = two_findings();
    let many: String = (0..3000).map(|n| format!("  field{n}: 1\n")).collect();
    fs::write(folder.path().join("many.yaml"), quickstart(&many)).unwrap();
    for (file, code) in [("many.yaml", 1), ("trust.yaml", 1), ("warning.yaml", 0)] {
        for format in FORMATS.into_iter().filter(|format| *format != "human") {
            let mut child = Command::new(env!("CARGO_BIN_EXE_trustc"))
                .args(["check", file, "--format", format])
                .current_dir(folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                !said.contains("error:") && !said.contains("panicked"),
                "{file} {format}: {said}"
            );
            assert_eq!(output.status.code(), Some(code), "{file} {format}: {said}");
        }
    }
}

/// People read the error stream, and it can be gone or full as well.
#[cfg(target_os = "linux")]
#[test]
fn findings_for_people_end_as_those_for_programs_do() {
    let folder = two_findings();
    let check = |errors: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trustc"));
        command
            .args(["check", "trust.yaml"])
            .current_dir(folder.path())
            .stderr(errors);
        command.spawn().unwrap()
    };
    let mut child = check(Stdio::piped());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    assert_eq!(check(full.into()).wait().unwrap().code(), Some(2));
}

/// Ten thousand findings, each with a place far down a long file and another at its top.
#[test]
fn ten_thousand_findings_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let one = |n: usize| {
        format!(
            "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web-{n}, namespace: edge}}\nspec: {{secretName: web-{n}, dnsNames: [a.edge], usages: [server auth], isCa: true, privateKey: {{rotationPolicy: Always}}, issuerRef: {{kind: ClusterIssuer, name: ca}}}}\n"
        )
    };
    let text: String = (0..5000).map(one).collect();
    fs::write(folder.path().join("web.yaml"), text).unwrap();
    let ran = trustc(folder.path(), &["check", "web.yaml"]);
    let found = ran.err.matches("\nerror[").count() + usize::from(ran.err.starts_with("error["));
    let warnings = ran.err.matches("\nwarning[").count();
    let last = ran.err.lines().last().unwrap();
    assert!(found + warnings >= 10_000, "{found} + {warnings}: {last}");
    assert_eq!(
        last,
        format!("refused: 5000 objects, {found} errors, {warnings} warnings")
    );
    for (format, marker) in [("sarif", "\"ruleId\":"), ("github", "::")] {
        let ran = trustc(folder.path(), &["check", "web.yaml", "--format", format]);
        assert!(
            ran.code == 1 && ran.out.matches(marker).count() >= found + warnings,
            "{format}"
        );
    }
}
