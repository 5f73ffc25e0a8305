//! Both sides of limits whose examples are too large to keep, and names across files.

use std::fs;

use crate::common::{NOW, project, quickstart, trustc};

/// Findings of a configuration, by rule.
fn found(config: &str, rule: &str) -> (bool, i32) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), config).unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml", "--now", NOW]);
    (ran.err.contains(&format!("[{rule}]")), ran.code)
}

#[test]
fn annotations_have_room_for_our_own() {
    let with = |length: usize| {
        quickstart(&format!(
            "  annotations: {{example.com/a: \"{}\"}}\n",
            "x".repeat(length)
        ))
    };
    let limit = 256 * 1024 - 4096 - "example.com/a".len();
    assert_eq!(found(&with(limit), "annotations-too-large"), (false, 0));
    assert_eq!(found(&with(limit + 1), "annotations-too-large"), (true, 1));
}

#[test]
fn a_configuration_has_a_megabyte() {
    let folder = tempfile::tempdir().unwrap();
    let text = quickstart("");
    let padded = |length: usize| format!("{text}#{}", "x".repeat(length - text.len() - 1));
    fs::write(folder.path().join("trust.yaml"), padded(1024 * 1024)).unwrap();
    assert_eq!(trustc(folder.path(), &["check", "trust.yaml"]).code, 0);
    fs::write(folder.path().join("trust.yaml"), padded(1024 * 1024 + 1)).unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml"]);
    assert!(
        ran.code == 2 && ran.err.contains("larger than 1 MiB"),
        "{}",
        ran.all()
    );
}

#[test]
fn a_certificate_file_has_what_cert_manager_reads() {
    let root = fs::read_to_string(project().join("golden/pki/corp-root-2026.pem")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spec = "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("").replace("  profile: quickstart\n", spec),
    )
    .unwrap();
    for (length, rule) in [
        (330_000, "no findings"),
        (330_001, "[certificates-too-large]"),
        (1024 * 1024, "[certificates-too-large]"),
        (1024 * 1024 + 1, "[file-too-large]"),
    ] {
        fs::write(
            folder.path().join("root.pem"),
            format!("{root}{}", "\n".repeat(length - root.len())),
        )
        .unwrap();
        let ran = trustc(folder.path(), &["check", "trust.yaml", "--now", NOW]);
        assert!(ran.err.contains(rule), "{length}: {}", ran.all());
    }
}

#[test]
fn roots_must_fit_into_a_config_map() {
    let root = fs::read_to_string(project().join("golden/pki/corp-root-2019.pem")).unwrap();
    for (count, severity, code) in [(100, "", 0), (140, "warning", 0), (560, "error", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let files = count / 20;
        let entries: String = (0..files)
            .map(|n| format!("  - {{name: r{n}, file: r{n}.pem}}\n"))
            .collect();
        let spec =
            format!("  profile: byo-issuer\n  issuer: {{existing: {{}}}}\n  anchors:\n{entries}");
        fs::write(
            folder.path().join("trust.yaml"),
            quickstart("").replace("  profile: quickstart\n", &spec),
        )
        .unwrap();
        (0..files).for_each(|n| {
            fs::write(folder.path().join(format!("r{n}.pem")), root.repeat(20)).unwrap()
        });
        let ran = trustc(folder.path(), &["check", "trust.yaml", "--now", NOW]);
        assert_eq!(ran.code, code, "{count}: {}", ran.all());
        assert_eq!(
            ran.err.contains(&format!("{severity}[bundle-too-large]")),
            !severity.is_empty(),
            "{count}"
        );
    }
}

#[test]
fn a_number_that_no_field_can_hold_is_a_finding_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let text = quickstart("  root:\n    privateKey: {algorithm: RSA, size: 5000000000}\n");
    fs::write(folder.path().join("trust.yaml"), text).unwrap();
    let ran = trustc(folder.path(), &["check", "trust.yaml"]);
    assert!(
        ran.code == 1 && ran.err.contains("trust.yaml:8:40") && !ran.err.contains("fault of"),
        "{}",
        ran.all()
    );
}

#[test]
fn two_sites_of_one_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (site, name) in [("a", "plant"), ("b", "plant"), ("c", "other")] {
        fs::create_dir(folder.path().join(site)).unwrap();
        let text = quickstart("").replace("name: site", &format!("name: {name}"));
        fs::write(folder.path().join(site).join("trust.yaml"), text).unwrap();
    }
    let ran = trustc(folder.path(), &["render", ".", "--out", "out"]);
    assert!(
        ran.code == 1 && ran.err.contains("error[site-name-taken]"),
        "{}",
        ran.all()
    );
    assert!(
        ran.err.contains("b/trust.yaml:4:9") && ran.err.contains("a/trust.yaml"),
        "{}",
        ran.all()
    );
    assert!(!folder.path().join("out").exists());
    // What is found late stands where it belongs.
    let text = quickstart("  allow:\n  - {rule: ca-expired, reason: none}\n")
        .replace("name: site", "name: plant");
    fs::write(folder.path().join("b/trust.yaml"), text).unwrap();
    for verb in [&["check", "."][..], &["render", ".", "--out", "out"]] {
        let ran = trustc(folder.path(), verb);
        let places: Vec<&str> = ran
            .err
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--> b/"))
            .collect();
        assert!(
            places.len() == 2 && places[0].starts_with("trust.yaml:4:"),
            "{}",
            ran.all()
        );
    }
}
