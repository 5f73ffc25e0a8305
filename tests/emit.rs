//! Output folders: idempotent, checked, never clobbering, never half.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{quickstart, trustc};
use tempfile::TempDir;

fn site(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), config).unwrap();
    folder
}

fn rendered(config: &str) -> TempDir {
    let folder = site(config);
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    folder
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap_or_default(),
            )
        })
        .collect()
}

const BYO: &str =
    "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";

#[test]
fn a_second_run_touches_nothing() {
    let folder = rendered(&quickstart(""));
    let out = folder.path().join("out/site");
    let modified = |name: &str| fs::metadata(out.join(name)).unwrap().modified().unwrap();
    let before: Vec<_> = contents(&out).keys().map(|name| modified(name)).collect();
    let again = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        again.err.contains("0 written, 6 unchanged, 0 removed"),
        "{}",
        again.all()
    );
    let after: Vec<_> = contents(&out).keys().map(|name| modified(name)).collect();
    assert_eq!(before, after);
    let check = trustc(
        folder.path(),
        &["render", "trust.yaml", "--out", "out", "--check"],
    );
    assert_eq!(
        (check.code, check.out.as_str(), check.err.as_str()),
        (0, "", "")
    );
}

#[test]
fn check_finds_stale_missing_and_left_over_files_and_says_how_to_repair() {
    let folder = rendered(&quickstart(""));
    let out = folder.path().join("out/site");
    let bundle = fs::read_to_string(out.join("bundle.yaml")).unwrap();
    fs::write(
        out.join("bundle.yaml"),
        bundle.replace("key: ca.crt", "key: other"),
    )
    .unwrap();
    fs::remove_file(out.join("issuers.yaml")).unwrap();
    fs::copy(out.join("certificates.yaml"), out.join("anchors.yaml")).unwrap();
    let before = contents(&out);
    let check = trustc(
        folder.path(),
        &["render", "trust.yaml", "--out", "out", "--check"],
    );
    assert_eq!(check.code, 1, "{}", check.all());
    assert_eq!(contents(&out), before, "--check writes nothing");
    for line in [
        "--- a/out/site/bundle.yaml",
        "-      key: other",
        "+      key: ca.crt",
        "--- /dev/null",
        "+++ b/out/site/issuers.yaml",
        "--- a/out/site/anchors.yaml",
        "+++ /dev/null",
    ] {
        assert!(
            check.out.lines().any(|l| l == line),
            "{line:?} in {}",
            check.all()
        );
    }
    let repair = check
        .err
        .lines()
        .find_map(|line| line.strip_prefix("repair with: trustc "))
        .unwrap();
    assert_eq!(
        trustc(folder.path(), &repair.split(' ').collect::<Vec<_>>()).code,
        0
    );
    assert_eq!(
        trustc(
            folder.path(),
            &["render", "trust.yaml", "--out", "out", "--check"]
        )
        .code,
        0
    );
    assert!(!out.join("anchors.yaml").exists());
}

#[test]
fn diff_shows_and_writes_nothing() {
    let folder = site(&quickstart(""));
    let diff = trustc(
        folder.path(),
        &["render", "trust.yaml", "--out", "out", "--diff"],
    );
    assert!(
        diff.code == 0 && diff.out.contains("+++ b/out/site/kustomization.yaml"),
        "{}",
        diff.all()
    );
    assert!(!folder.path().join("out").exists());
}

#[test]
fn changing_the_profile_removes_what_is_no_longer_made() {
    let folder = rendered(&quickstart(""));
    let root = crate::common::project().join("golden/pki/corp-root-2026.pem");
    fs::copy(root, folder.path().join("root.pem")).unwrap();
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("").replace("  profile: quickstart\n", BYO),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        ran.code == 0 && ran.err.contains("4 written, 1 unchanged, 2 removed"),
        "{}",
        ran.all()
    );
    let names: Vec<_> = contents(&folder.path().join("out/site"))
        .into_keys()
        .collect();
    assert_eq!(
        names,
        [
            "anchors.yaml",
            "bundle.yaml",
            "kustomization.yaml",
            "namespaces.yaml",
            "trust-names.conf"
        ]
    );
}

#[test]
fn files_of_others_stay() {
    let folder = rendered(&quickstart(""));
    let out = folder.path().join("out/site");
    fs::write(out.join("README.md"), "ours").unwrap();
    fs::write(out.join("extra.yaml"), "kind: ConfigMap\n").unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        ran.code == 0 && ran.err.contains("extra.yaml") && ran.err.contains("README.md"),
        "{}",
        ran.all()
    );
    assert!(out.join("README.md").exists() && out.join("extra.yaml").exists());
}

#[test]
fn nothing_is_overwritten_that_is_not_ours() {
    for (name, text) in [
        ("bundle.yaml", "kind: Bundle\n"),
        ("kustomization.yaml", "resources: []\n"),
        ("kustomization.yml", "resources: []\n"),
        ("Kustomization", "resources: []\n"),
        (
            "bundle.yaml",
            "# Generated by trustc from other.yaml (TrustConfig site). DO NOT EDIT.\n",
        ),
        ("bundle.yaml", "\u{0}\n"),
        (".git", "gitdir: elsewhere\n"),
    ] {
        let folder = site(&quickstart(""));
        let out = folder.path().join("out/site");
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join(name), text).unwrap();
        let before = contents(&out);
        let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
        assert!(
            ran.code == 2 && ran.err.contains("site"),
            "{name}: {}",
            ran.all()
        );
        assert_eq!(
            contents(&out),
            before,
            "{name}: nothing else was written either"
        );
    }
}

#[test]
fn folders_where_files_should_be_are_refused() {
    let folder = site(&quickstart(""));
    fs::create_dir_all(folder.path().join("out/site/bundle.yaml")).unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        ran.code == 2 && ran.err.contains("bundle.yaml"),
        "{}",
        ran.all()
    );
    fs::write(folder.path().join("file"), "x").unwrap();
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "file"]).code,
        2
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links() {
    use std::os::unix::fs::symlink;
    let folder = site(&quickstart(""));
    fs::create_dir_all(folder.path().join("out")).unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    symlink("../elsewhere", folder.path().join("out/site")).unwrap();
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]).code,
        2
    );
    assert!(contents(&folder.path().join("elsewhere")).is_empty());
    fs::remove_file(folder.path().join("out/site")).unwrap();
    fs::create_dir(folder.path().join("out/site")).unwrap();
    fs::write(folder.path().join("victim"), "precious").unwrap();
    symlink("../../victim", folder.path().join("out/site/bundle.yaml")).unwrap();
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]).code,
        2
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("victim")).unwrap(),
        "precious"
    );
}

#[test]
fn line_ends_of_a_checkout_are_no_change() {
    let folder = rendered(&quickstart(""));
    let out = folder.path().join("out/site");
    for (name, bytes) in contents(&out) {
        fs::write(
            out.join(name),
            String::from_utf8(bytes).unwrap().replace('\n', "\r\n"),
        )
        .unwrap();
    }
    assert_eq!(
        trustc(
            folder.path(),
            &["render", "trust.yaml", "--out", "out", "--check"]
        )
        .code,
        0
    );
}

#[test]
fn no_temporary_file_stays_and_everybody_may_read() {
    let folder = rendered(&quickstart(""));
    for name in contents(&folder.path().join("out/site")).keys() {
        assert!(
            name.ends_with(".yaml") || name == "trust-names.conf",
            "{name}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join("out/site").join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o644, "{name}");
        }
    }
}

#[test]
fn what_the_product_took_over_is_not_removed() {
    let folder = rendered(&quickstart(""));
    let other = quickstart("").replace("name: site", "name: other");
    fs::write(folder.path().join("other.trust.yaml"), other).unwrap();
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("  installation: {trust: productManaged}\n"),
    )
    .unwrap();
    let before = contents(&folder.path().join("out/site"));
    let ran = trustc(folder.path(), &["render", ".", "--out", "out"]);
    assert!(
        ran.code == 0 && ran.err.contains("out/site"),
        "{}",
        ran.all()
    );
    assert_eq!(contents(&folder.path().join("out/site")), before);
    assert_eq!(
        trustc(folder.path(), &["render", ".", "--out", "out", "--check"]).code,
        1
    );
}
