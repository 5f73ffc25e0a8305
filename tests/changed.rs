//! `--changed-since`: only sites one of whose files differs from a commit.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{project, quickstart};
use tempfile::TempDir;

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let identity = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ];
    let output = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs the program with this PATH.
fn trustc_on(path: &str, folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let program = env!("CARGO_BIN_EXE_trustc");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn trustc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    trustc_on(&std::env::var("PATH").unwrap(), folder, arguments)
}

const BYO: &str =
    "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";

/// Sites a (its own roots), b and c (which extend org.yaml) and d, all committed.
pub(crate) fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str, spec: &str| {
        quickstart("")
            .replace("name: site", &format!("name: {name}"))
            .replace("  profile: quickstart\n", spec)
    };
    let extends = "  extends: ../org.yaml\n";
    for (name, spec) in [
        ("a", BYO),
        ("b", extends),
        ("c", extends),
        ("d", "  profile: quickstart\n"),
    ] {
        fs::create_dir_all(folder.path().join("sites").join(name)).unwrap();
        fs::write(
            folder.path().join(format!("sites/{name}/trust.yaml")),
            named(name, spec),
        )
        .unwrap();
    }
    fs::copy(
        project().join("golden/pki/corp-root-2026.pem"),
        folder.path().join("sites/a/root.pem"),
    )
    .unwrap();
    let org =
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec:\n  profile: quickstart\n";
    fs::write(folder.path().join("sites/org.yaml"), org).unwrap();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "all"]);
    folder
}

/// The sites that count as changed.
pub(crate) fn changed(folder: &Path, since: &str) -> Vec<String> {
    changed_with(folder, "sites", since, &[])
}

/// The same of sites in another folder, with more in the environment.
pub(crate) fn changed_with(
    folder: &Path,
    sites: &str,
    since: &str,
    environment: &[(&str, &str)],
) -> Vec<String> {
    let arguments = [
        "render",
        sites,
        "--explain-value",
        "metadata.name",
        "--changed-since",
        since,
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_trustc"))
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let out = String::from_utf8(output.stdout).unwrap();
    out.lines()
        .filter_map(|line| line.strip_prefix("metadata.name: "))
        .map(|line| line[..1].to_owned())
        .collect()
}

pub(crate) fn append(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, text + "# changed\n").unwrap();
}

#[test]
fn a_site_counts_if_one_of_its_files_changed() {
    let folder = repository();
    let file = |name: &str| folder.path().join("sites").join(name);
    assert!(changed(folder.path(), "HEAD").is_empty());
    let (code, _, errors) = trustc(
        folder.path(),
        &["check", "sites", "--changed-since", "HEAD"],
    );
    assert_eq!(
        (code, errors.as_str()),
        (Some(0), "ok: no site has changed since HEAD\n")
    );
    append(&file("a/root.pem"));
    assert_eq!(changed(folder.path(), "HEAD"), ["a"]);
    append(&file("d/trust.yaml"));
    assert_eq!(changed(folder.path(), "HEAD"), ["a", "d"]);
    append(&file("org.yaml"));
    assert_eq!(changed(folder.path(), "HEAD"), ["a", "b", "c", "d"]);
    git(folder.path(), &["add", "."]);
    assert_eq!(changed(folder.path(), "HEAD").len(), 4, "staged counts");
    git(folder.path(), &["commit", "--quiet", "-m", "more"]);
    assert!(changed(folder.path(), "HEAD").is_empty());
    assert_eq!(
        changed(folder.path(), "HEAD~1").len(),
        4,
        "committed counts"
    );
}

#[test]
fn new_files_and_files_that_are_gone_count() {
    let folder = repository();
    let site = folder.path().join("sites/e");
    fs::create_dir(&site).unwrap();
    fs::write(
        site.join("trust.yaml"),
        quickstart("").replace("name: site", "name: e"),
    )
    .unwrap();
    assert_eq!(changed(folder.path(), "HEAD"), ["e"]);
    fs::remove_file(folder.path().join("sites/a/root.pem")).unwrap();
    let (code, _, errors) = trustc(
        folder.path(),
        &["check", "sites", "--changed-since", "HEAD"],
    );
    assert!(
        code == Some(1) && errors.contains("sites/a/trust.yaml:"),
        "{errors}"
    );
    assert!(errors.contains("refused: 2 sites, 1 error"), "{errors}");
    fs::remove_file(folder.path().join("sites/org.yaml")).unwrap();
    let (_, _, errors) = trustc(
        folder.path(),
        &["check", "sites", "--changed-since", "HEAD"],
    );
    assert!(errors.contains("refused: 4 sites, 3 errors"), "{errors}");
}

#[test]
fn names_with_spaces_and_letters_of_all_kinds_are_found() {
    let folder = repository();
    fs::rename(
        folder.path().join("sites/d"),
        folder.path().join("sites/d \u{fc}\"x"),
    )
    .unwrap();
    assert_eq!(changed(folder.path(), "HEAD"), ["d"]);
}

#[test]
fn what_git_cannot_answer_is_said() {
    let folder = repository();
    for (input, since, path, expected) in [
        ("sites", "nonsense", None, "git knows no commit `nonsense`"),
        (
            "sites",
            "--output=x",
            None,
            "`--output=x` is not a git reference: it begins like an option",
        ),
        ("sites", "", None, "it is empty"),
        ("sites", "^HEAD", None, "it begins with ^"),
        ("sites", "a\nb", None, "it has a control character"),
        ("sites", &"x".repeat(2000), None, "it is longer than"),
        ("sites", "HEAD:sites", None, "git knows no commit"),
        ("sites", "HEAD", Some("/nowhere"), "needs the program git"),
        ("-", "HEAD", None, "standard input"),
    ] {
        let since = format!("--changed-since={since}");
        let arguments = ["check", input, &since];
        let path = path.map_or_else(|| std::env::var("PATH").unwrap(), str::to_owned);
        let (code, _, errors) = trustc_on(&path, folder.path(), &arguments);
        assert!(
            code == Some(2) && errors.contains(expected),
            "{arguments:?}: {errors}"
        );
    }
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("trust.yaml"), quickstart("")).unwrap();
    let (code, _, errors) = trustc(
        outside.path(),
        &["check", "trust.yaml", "--changed-since", "HEAD"],
    );
    assert!(
        code == Some(2) && errors.contains("no git repository holds the working folder"),
        "{errors}"
    );
    let elsewhere = outside.path().to_str().unwrap();
    let (code, _, errors) = trustc(
        folder.path(),
        &["check", elsewhere, "--changed-since", "HEAD"],
    );
    assert!(
        code == Some(2)
            && errors.contains("the repository of the working folder: change to a folder"),
        "{errors}"
    );
}

#[test]
fn a_reference_that_is_not_here_is_answered_with_what_to_type() {
    let folder = repository();
    let says = |folder: &Path, since: &str, expected: &str| {
        let (code, _, errors) = trustc(folder, &["check", "sites", "--changed-since", since]);
        assert!(
            code == Some(2) && errors.contains(expected),
            "{since}: {errors}"
        );
    };
    says(folder.path(), "nonsense", "a tag (v1.2)");
    git(
        folder.path(),
        &["update-ref", "refs/remotes/origin/dev", "HEAD"],
    );
    says(folder.path(), "dev", "write `origin/dev`");
    git(folder.path(), &["tag", "main"]);
    says(folder.path(), "main", "write the whole name");
    git(
        folder.path(),
        &["commit", "--quiet", "--allow-empty", "-m", "more"],
    );
    let (clones, source) = (
        tempfile::tempdir().unwrap(),
        format!("file://{}", folder.path().display()),
    );
    git(
        clones.path(),
        &["clone", "--quiet", "--depth=1", &source, "clone"],
    );
    let shallow = clones.path().join("clone");
    assert!(changed(&shallow, "HEAD").is_empty());
    for word in ["fetch-depth: 0", "GIT_DEPTH: 0", "fetchDepth: 0"] {
        says(&shallow, "HEAD~1", word);
    }
}

#[test]
fn what_a_fleet_says_counts_for_the_sites_of_its_glob() {
    let folder = repository();
    let fleet = |extends: &str, glob: &str| {
        let text = format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: {extends}\n  sites: {{glob: '{glob}'}}\n"
        );
        fs::write(folder.path().join("sites/fleet.yaml"), text).unwrap();
    };
    fs::copy(
        folder.path().join("sites/org.yaml"),
        folder.path().join("sites/other.yaml"),
    )
    .unwrap();
    fleet("org.yaml", "b/*.yaml");
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "a fleet"]);
    assert!(changed(folder.path(), "HEAD").is_empty());
    fleet("other.yaml", "b/*.yaml");
    assert_eq!(changed(folder.path(), "HEAD"), ["b"], "another base");
    fleet("org.yaml", "[bc]/*.yaml");
    assert_eq!(changed(folder.path(), "HEAD"), ["b", "c"], "a wider glob");
}

#[test]
fn defaults_that_are_gone_count_for_who_extended_them() {
    let folder = repository();
    let defaults = folder.path().join("sites/d/trust.defaults.yaml");
    fs::copy(folder.path().join("sites/org.yaml"), &defaults).unwrap();
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "defaults"]);
    fs::remove_file(defaults).unwrap();
    assert_eq!(changed(folder.path(), "HEAD"), ["d"]);
}
