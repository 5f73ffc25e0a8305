//! What the installer is told has the names of the manifests.

use std::fs;

use crate::common::{NOW, golden, project, quickstart, trustc};
use serde_json::Value;

const FORMATS: [(&str, &str); 4] = [
    ("az", "params.sh"),
    ("bicepparam", "params.bicepparam"),
    ("tfvars", "params.tfvars"),
    ("json", "params.json"),
];

fn params(case: &str, format: &str) -> String {
    let folder = project().join("golden/cases").join(case);
    let ran = trustc(
        &folder,
        &[
            "params",
            "trust.yaml",
            "--format",
            format,
            "--now",
            NOW,
            "--allow-root",
            "../../pki",
        ],
    );
    assert_eq!(ran.code, 0, "{case} {format}: {}", ran.all());
    ran.out
}

#[test]
fn every_form_of_some_cases() {
    for case in [
        "quickstart",
        "byo-key-vault",
        "byo-broker",
        "byo-vault-token",
    ] {
        for (format, file) in FORMATS {
            golden(
                &project().join("golden/params").join(case).join(file),
                &params(case, format),
            );
        }
    }
}

#[test]
fn every_case_has_the_names_of_its_own_output() {
    for case in fs::read_dir(project().join("golden/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let told: Value = serde_json::from_str(&params(&name, "json")).unwrap();
        let settings = &told["trustConfig"]["settings"];
        let text = |key: &str| settings[key].as_str().unwrap();
        let stream = fs::read_to_string(case.join("stream.yaml")).unwrap();
        let line = format!(
            "issuerName={} issuerKind={} configMapName={} configMapKey={}",
            text("issuerName"),
            text("issuerKind"),
            text("configMapName"),
            text("configMapKey")
        );
        assert!(stream.contains(&line), "{name}: {line}");
        assert!(params(&name, "az").contains(&line), "{name}: {line}");
    }
}

#[test]
fn combinations_that_the_installer_refuses_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |spec: &str| fs::write(folder.path().join("trust.yaml"), quickstart(spec)).unwrap();
    write("  installation: {certManager: {by: arc-extension}}\n");
    let ran = trustc(folder.path(), &["params", "trust.yaml"]);
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("az iot ops create refuses"),
        "{}",
        ran.all()
    );
    assert_eq!(
        trustc(
            folder.path(),
            &["params", "trust.yaml", "--format", "bicepparam"]
        )
        .code,
        0
    );
    write("  installation: {trust: productManaged}\n");
    let ran = trustc(folder.path(), &["params", "trust.yaml"]);
    assert!(
        ran.code == 0 && !ran.out.contains("--trust-settings") && !ran.out.contains("--user-trust"),
        "{}",
        ran.all()
    );
    let ran = trustc(
        folder.path(),
        &["params", "trust.yaml", "--format", "bicepparam"],
    );
    assert!(ran.out.contains("source: 'SelfSigned'"), "{}", ran.all());
}
