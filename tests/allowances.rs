//! `spec.allow` silences what somebody decided to live with, and nothing else.

use std::fs;

use crate::common::{NOW, project, quickstart, trustc};

fn allow(rule: &str) -> String {
    format!("  allow:\n  - {{rule: {rule}, reason: decided on Monday}}\n")
}

/// Allows each rule in its own failing example: the finding goes, or the allowance is refused. Never is anything rendered
/// that this program itself would call a fault, and never does it stay in silence.
#[test]
fn an_allowed_rule_is_silent_or_refused() {
    let (mut silent, mut refused) = (0, 0);
    for rule in fs::read_dir(project().join("golden/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let id = rule.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(rule.join("fail.yaml")) else {
            continue;
        };
        if !text.contains("\nspec:\n") || text.contains("\n  allow:") || text.contains("\n---") {
            continue;
        }
        let folder = tempfile::tempdir_in(&rule).unwrap();
        let relative = text.replace("../../pki", "../../../pki");
        fs::write(
            folder.path().join("trust.yaml"),
            format!("{}\n{}", relative.trim_end(), allow(&id)),
        )
        .unwrap();
        let ran = trustc(
            folder.path(),
            &[
                "check",
                "trust.yaml",
                "--now",
                NOW,
                "--allow-root",
                "../../../pki",
            ],
        );
        assert_ne!(ran.code, 2, "{id}: {}", ran.all());
        let found = ran.err.contains(&format!("[{id}]"));
        if ran.err.contains("[allow-refused]") {
            assert!(ran.code == 1, "{id}: {}", ran.all());
            refused += 1;
        } else if !found {
            assert!(!ran.err.contains("[allow-"), "{id}: {}", ran.all());
            silent += 1;
        } else {
            // Only what ended the reading before any allowance was read may still speak.
            assert!(
                ran.code == 1 && !ran.err.contains("[allow-"),
                "{id}: {}",
                ran.all()
            );
        }
    }
    assert!(
        silent > 30 && refused > 10,
        "{silent} silent, {refused} refused"
    );
}

#[test]
fn a_note_of_reading_can_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        project().join("golden/pki/described-root.pem"),
        folder.path().join("root.pem"),
    )
    .unwrap();
    let spec = "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";
    let text = quickstart(&allow("text-outside-pem")).replace("  profile: quickstart\n", spec);
    fs::write(folder.path().join("trust.yaml"), &text).unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml", "--now", NOW]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, "ok: 1 site, no findings\n")
    );
}

#[test]
fn the_last_day_is_a_day_of_grace() {
    let folder = tempfile::tempdir().unwrap();
    let until = "  allow:\n  - {rule: bundle-key-unusual, reason: x, until: \"2026-07-01\"}\n";
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart(&format!("  bundle: {{key: a.pem}}\n{until}")),
    )
    .unwrap();
    for (now, text) in [
        ("2026-06-30", "ok: 1 site, no findings\n"),
        ("2026-07-01T23:59:59Z", "ok: 1 site, no findings\n"),
        ("2026-07-02", "ok: 1 site, 1 warning, 1 note\n"),
    ] {
        let ran = trustc(folder.path(), &["check", "trust.yaml", "--now", now]);
        assert!(
            ran.code == 0 && ran.err.ends_with(text),
            "{now}: {}",
            ran.all()
        );
    }
}

#[test]
fn an_allowance_is_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let twice = format!(
        "{}  - {{rule: bundle-key-unusual, reason: y}}\n",
        allow("bundle-key-unusual")
    );
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart(&format!("  bundle: {{key: a.pem}}\n{twice}")),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml"]);
    assert!(
        ran.err.contains("warning[allow-unused]") && ran.err.contains("trust.yaml:10:12"),
        "{}",
        ran.err
    );
}

/// Hazards of manifests are found beside the configuration, so that is where they are allowed.
#[test]
fn a_configuration_allows_hazards_of_the_manifests_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: edge}\nspec:\n  secretName: web\n  dnsNames: [web.edge]\n  usages: [server auth]\n  privateKey: {rotationPolicy: Always}\n  issuerRef: {group: cert-manager.io, kind: ClusterIssuer, name: plant-issuer}\n";
    fs::write(folder.path().join("web.yaml"), manifest).unwrap();
    let check = |config: &str, files: &[&str]| {
        fs::write(folder.path().join("trust.yaml"), config).unwrap();
        trustc(folder.path(), &[&["check", "trust.yaml"], files].concat())
    };
    let found = check(&quickstart(""), &["web.yaml"]);
    assert!(found.err.contains("[issuer-missing]"), "{}", found.all());
    let allowed = check(&quickstart(&allow("issuer-missing")), &["web.yaml"]);
    assert_eq!(
        (allowed.code, allowed.err.as_str()),
        (0, "ok: 1 site, 1 object, no findings\n")
    );
    let unused = check(&quickstart(&allow("object-twice")), &["web.yaml"]);
    assert!(
        unused.err.contains("[allow-unused]") && unused.err.contains("[issuer-missing]"),
        "{}",
        unused.all()
    );
    // Where no manifests are judged, nobody can say that they hold no such hazard.
    let alone = check(&quickstart(&allow("issuer-missing")), &[]);
    assert_eq!(alone.err, "ok: 1 site, no findings\n");
    let over =
        quickstart("  allow:\n  - {rule: issuer-missing, reason: x, until: \"2026-01-31\"}\n");
    let over = check(&over, &["web.yaml", "--now", "2026-02-01"]);
    assert!(
        over.err.contains("[allow-expired]") && over.err.contains("[issuer-missing]"),
        "{}",
        over.all()
    );
}

#[test]
fn what_the_cluster_refuses_stays_refused() {
    let folder = tempfile::tempdir().unwrap();
    for rule in [
        "manifest-refused",
        "not-a-manifest",
        "certificate-expired",
        "crd-unusable",
        "product-owns-trust",
    ] {
        fs::write(folder.path().join("trust.yaml"), quickstart(&allow(rule))).unwrap();
        let ran = trustc(folder.path(), &["check", "trust.yaml"]);
        assert!(
            ran.code == 1 && ran.err.contains("error[allow-refused]"),
            "{rule}: {}",
            ran.all()
        );
    }
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart(&allow("object-twise")),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml"]);
    assert!(
        ran.code == 1 && ran.err.contains("did you mean `object-twice`?"),
        "{}",
        ran.all()
    );
}
