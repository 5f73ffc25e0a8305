//! `check --fix` mends what has one right answer, and nothing else of a file moves.

use std::fs;

use crate::common::{NOW, project, quickstart, trustc, trustc_with, write};

/// Runs `check --fix` over one file and gives back the run and the file.
fn fixed(name: &str, text: &str, more: &[&str]) -> (crate::common::Ran, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    let root = project().join("golden/pki").to_string_lossy().into_owned();
    let ran = trustc(
        folder.path(),
        &[
            &["check", "--fix", name, "--now", NOW, "--allow-root", &root],
            more,
        ]
        .concat(),
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, [name], "nothing is left beside the file");
    (ran, fs::read_to_string(file).unwrap())
}

#[test]
fn slips_in_a_configuration_are_mended_in_place() {
    let text = "# ü\r\napiVersion: trustc.dev/v1alpha1\r\nkind: TrustConfig\r\nmetadata: {name: lab}   # name\r\nspec:\r\n  profle: \
                'quickstrat'\r\n  installation: {aio: {version: 1.20}}\r\n  root:\r\n    privatKey: {rotationPolicy: always} # why\r\n  \
                allow:\r\n  - {rule: bundle-key-unusual, reason: old}\r\n";
    let expected = text
        .replace("profle: 'quickstrat'", "profile: 'quickstart'")
        .replace("1.20", "\"1.20\"")
        .replace("privatKey", "privateKey")
        .replace("always", "Never")
        .replace(
            "  allow:\r\n  - {rule: bundle-key-unusual, reason: old}\r\n",
            "",
        );
    let (ran, after) = fixed("trust.yaml", text, &[]);
    assert_eq!(after, expected, "{}", ran.all());
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(
        ran.out.starts_with("--- a/trust.yaml\n+++ b/trust.yaml\n"),
        "{}",
        ran.out
    );
    let (again, same) = fixed("trust.yaml", &after, &[]);
    assert_eq!((again.out.as_str(), same), ("", after));
}

#[test]
fn slips_in_manifests_are_mended_in_place() {
    let text = "# a stream\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: edge, labels: \
                {a: yes, \"b\": 1.20}}\nspec:\n  secretName: web\n  isCa: true   # ca\n  duration: 90d\n  dnsNames: [web.edge]\n  \
                usages: [server auth]\n  issuerRef: {kind: ClusterIssuer, name: plant}\n  privateKey: {algorithm: rsa, \
                rotationPolicy: never}\n---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata:\n  name: plant\n  \
                namespace: edge\nspec: {ca: {secretName: plant}}\n";
    let (ran, after) = fixed("web.yaml", text, &[]);
    let expected = text
        .replace("a: yes, \"b\": 1.20", "a: \"yes\", \"b\": \"1.20\"")
        .replace("isCa", "isCA")
        .replace("90d", "2160h0m0s")
        .replace("algorithm: rsa", "algorithm: RSA")
        .replace(": never", ": Never")
        .replace("  namespace: edge\nspec: {ca", "spec: {ca");
    assert_eq!(after, expected, "{}", ran.all());
    assert_eq!(ran.code, 0, "{}", ran.all());
}

#[test]
fn what_changes_the_meaning_wants_a_word_more() {
    let text = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: edge}\nspec:\n  secretName: \
                web\n  dnsNames: [web.edge]\n  issuerRef: {kind: ClusterIssuer, name: plant}\n";
    let (ran, after) = fixed("web.yaml", text, &[]);
    assert_eq!(after, text);
    assert!(
        ran.err
            .contains("= fix: trustc check --fix --unsafe-fixes: add usages"),
        "{}",
        ran.err
    );
    let (ran, after) = fixed("web.yaml", text, &["--unsafe-fixes"]);
    let added = "  usages: [digital signature, key encipherment, server auth, client auth]\n";
    assert_eq!(after, format!("{text}{added}"), "{}", ran.all());
    let alone = trustc(&project(), &["check", "--unsafe-fixes", "x.yaml"]);
    assert_eq!(alone.code, 2, "{}", alone.all());
}

#[test]
fn a_root_that_is_listed_twice_goes_unless_it_says_more() {
    let root = "file: ROOT/corp-root-2026.pem";
    let root = root.replace("ROOT", &project().join("golden/pki").to_string_lossy());
    let text = |second: &str| {
        format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: s}}\nspec:\n  profile: byo-issuer\n  issuer: \
             {{existing: {{}}}}\n  anchors:\n  - name: one\n    {root}\n  # again\n{second}"
        )
    };
    let second = format!("  - name: two\n    {root}\n");
    let (ran, after) = fixed("trust.yaml", &text(&second), &[]);
    assert_eq!(after, text(""), "{}", ran.all());
    let telling = text(&format!("{second}    retireAfter: \"2030-01-01\"\n"));
    assert_eq!(fixed("trust.yaml", &telling, &[]).1, telling);
}

#[test]
fn files_with_nothing_to_mend_are_not_touched() {
    for text in [
        quickstart("  # fine\n"),
        quickstart("  bundle: {nmae: x"),
        "\u{0}".to_owned(),
        String::new(),
        // The value stands elsewhere: changing it would change both.
        quickstart("  root:\n    privateKey: &k {rotationPolicy: &p always}\n  labels: {x: *p}\n"),
    ] {
        assert_eq!(fixed("trust.yaml", &text, &["--unsafe-fixes"]).1, text);
    }
    let stdin = trustc_with(
        &project(),
        &["check", "--fix", "-"],
        quickstart("").as_bytes(),
    );
    assert_eq!(stdin.code, 2, "{}", stdin.all());
}

#[cfg(unix)]
#[test]
fn a_link_is_not_mended_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.yaml");
    fs::write(
        &real,
        quickstart("  root: {privateKey: {rotationPolicy: always}}\n"),
    )
    .unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.yaml", folder.path().join("trust.yaml")).unwrap();
    let ran = trustc(folder.path(), &["check", "--fix", "trust.yaml"]);
    assert!(
        ran.code == 1 && ran.err.contains("trust.yaml was not mended"),
        "{}",
        ran.all()
    );
    assert!(
        fs::symlink_metadata(folder.path().join("trust.yaml"))
            .unwrap()
            .file_type()
            .is_symlink()
    );
    let ran = trustc(folder.path(), &["check", "--fix", "real.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(
        fs::read_to_string(&real)
            .unwrap()
            .contains("rotationPolicy: Never")
    );
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn json_says_what_would_be_changed() {
    let input = quickstart("  root: {privateKey: {rotationPolicy: always}}\n");
    let ran = trustc_with(
        &project(),
        &["check", "-", "--format", "json"],
        input.as_bytes(),
    );
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let fix = &report["findings"][0]["fix"];
    assert_eq!(fix["title"], "write `Always`", "{report:#}");
    assert_eq!(fix["safety"], "safe");
    let edit = &fix["edits"][0];
    let place = ["line", "column", "endLine", "endColumn"].map(|key| edit[key].as_u64().unwrap());
    assert_eq!(
        (place, edit["text"].as_str()),
        ([7, 39, 7, 45], Some("Always"))
    );
}

/// A tree of faults in one file: every fix that is offered can be made, and the file never gets worse.
#[test]
fn many_faults_are_mended_in_few_rounds() {
    let entry = |n: usize| format!("  - {{rule: bundle-key-unusual, reason: r{n}}}\n");
    let text = quickstart(&format!(
        "  allow:\n{}",
        (0..200).map(entry).collect::<String>()
    ));
    let (ran, after) = fixed("trust.yaml", &text, &[]);
    assert_eq!(after, quickstart(""), "{}", ran.all());
}

/// A value that comes from a file which others extend as well is not changed through one of them.
#[test]
fn what_is_inherited_is_left_to_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let base = "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec:\n  profile: quickstart\n  root: {privateKey: {rotationPolicy: Always}}\n";
    let site = "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: a}\nspec:\n  extends: org.yaml\n";
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    fs::write(folder.path().join("org.yaml"), base).unwrap();
    fs::write(folder.path().join("trust.yaml"), site).unwrap();
    let mend = || {
        trustc(
            folder.path(),
            &["check", "trust.yaml", "--fix", "--unsafe-fixes"],
        )
    };
    let ran = mend();
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("org.yaml:5"),
        "{}",
        ran.all()
    );
    assert_eq!(
        (read("org.yaml").as_str(), read("trust.yaml").as_str()),
        (base, site)
    );
    // What the file says itself is changed where it says it.
    let own = format!("{site}  root: {{privateKey: {{rotationPolicy: Always}}}} # why\n");
    fs::write(folder.path().join("trust.yaml"), &own).unwrap();
    assert_eq!(mend().code, 0);
    assert_eq!(
        (read("org.yaml").as_str(), read("trust.yaml")),
        (base, own.replace("Always", "Never"))
    );
}

#[test]
fn a_fleet_is_mended_site_by_site_and_judged_as_it_is_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let sound = |name: &str| {
        quickstart("  extends: ../org.yaml\n").replace("name: site", &format!("name: {name}"))
    };
    let beside = |policy: &str| {
        format!(
            "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web, namespace: edge}}\nspec:\n  secretName: web\n  \
             dnsNames: [web.edge]\n  issuerRef: {{kind: ClusterIssuer, name: plant}}\n  usages: [server auth]\n  \
             privateKey: {{rotationPolicy: {policy}}}\n"
        )
    };
    let files = [
        ("a/trust.yaml", sound("a"), sound("a")),
        (
            "b/trust.yaml",
            sound("b").replace("profile", "profle"),
            sound("b"),
        ),
        (
            "c/trust.yaml",
            sound("c")
                .replace("profile", "profil")
                .replace("quickstart", "quickstrat"),
            sound("c"),
        ),
        ("d/web.yaml", beside("never"), beside("Never")),
        (
            "org.yaml",
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {}\n".to_owned(),
            String::new(),
        ),
    ];
    for (name, text, _) in &files {
        write(folder.path(), format!("sites/{name}"), text);
    }
    let ran = trustc(folder.path(), &["check", "--fix", "sites", "--now", NOW]);
    for (name, _, mended) in &files[..4] {
        assert_eq!(
            fs::read_to_string(path(&format!("sites/{name}"))).unwrap(),
            *mended,
            "{}",
            ran.all()
        );
    }
    assert_eq!(
        ran.out.matches("\n+++ b/sites/").count(),
        3,
        "{}",
        ran.all()
    );
    let again = trustc(folder.path(), &["check", "sites", "--now", NOW]);
    assert_eq!(
        (ran.code, ran.err),
        (again.code, again.err),
        "what is left is what a run over it finds"
    );
}
