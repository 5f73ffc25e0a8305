//! `--changed-since` reads git and runs nothing: not what a pull request can write, nor what it can select.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::changed::{append, changed, changed_with, git, repository};
use crate::common::write;

/// A program that leaves a trace if it is ever run, and fails.
struct Bait(TempDir);

impl Bait {
    fn new() -> Self {
        let bait = Self(tempfile::tempdir().unwrap());
        script(
            &bait.program(),
            &format!("touch {}", bait.trace().display()),
        );
        bait
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("bait")
    }

    fn trace(&self) -> PathBuf {
        self.0.path().join("RAN")
    }

    fn was_run(&self) -> bool {
        fs::remove_file(self.trace()).is_ok()
    }
}

fn script(path: &Path, line: &str) {
    write(Path::new("/"), path, format!("#!/bin/sh\n{line}\nexit 1\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A branch `pr` that has changed site a. What main holds is committed there, and no more.
fn pull_request() -> TempDir {
    let folder = repository();
    git(folder.path(), &["checkout", "--quiet", "-b", "pr"]);
    append(&folder.path().join("sites/a/trust.yaml"));
    git(folder.path(), &["commit", "--quiet", "-am", "pr"]);
    folder
}

/// A repository whose main holds just what the work tree of the pull request holds in `sites`.
fn repository_of_the_attacker(sites: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_into(sites, folder.path());
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "all is well"]);
    folder
}

fn config(bait: &Bait) -> String {
    format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {0}\n\thooksPath = {1}\n",
        bait.program().display(),
        bait.0.path().display()
    )
}

fn copy_into(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(copied.unwrap().success());
}

#[test]
fn what_looks_like_a_repository_in_the_given_folder_is_data() {
    let bait = Bait::new();
    for place in ["", ".git", "a", "a/.git", "file"] {
        let folder = pull_request();
        let sites = folder.path().join("sites");
        let other = repository_of_the_attacker(&sites);
        let (from, hidden) = (other.path().join(".git"), folder.path().join("hidden"));
        let to = match place {
            "file" => hidden.as_path(),
            place => &sites.join(place),
        };
        fs::create_dir_all(to).unwrap();
        copy_into(&from, to);
        fs::write(to.join("config"), config(&bait)).unwrap();
        if place == "file" {
            fs::write(sites.join(".git"), "gitdir: ../hidden\n").unwrap();
        }
        assert_eq!(changed(folder.path(), "main"), ["a"], "in {place:?}");
        for given in ["sites/a", "sites/a/trust.yaml"] {
            let found = changed_with(folder.path(), given, "main", &[]);
            assert_eq!(found, ["a"], "{given}, in {place:?}");
        }
        assert!(!bait.was_run(), "in {place:?}");
    }
}

#[test]
fn a_bare_repository_around_the_working_folder_is_data() {
    let (bait, folder) = (Bait::new(), pull_request());
    let sites = folder.path().join("sites");
    let other = repository_of_the_attacker(&sites);
    copy_into(&other.path().join(".git"), &sites);
    fs::write(sites.join("config"), config(&bait)).unwrap();
    assert_eq!(changed_with(&sites, ".", "main", &[]), ["a"]);
    assert_eq!(changed_with(&sites.join("a"), "..", "main", &[]), ["a"]);
    assert!(!bait.was_run());
}

#[test]
fn programs_that_the_repository_configures_are_not_run() {
    let (bait, folder) = (Bait::new(), pull_request());
    let program = bait.program();
    let program = program.to_str().unwrap();
    let configure = |key: &str, value: &str| git(folder.path(), &["config", key, value]);
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "credential.helper",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
        "pager.rev-parse",
        "pager.ls-tree",
        "pager.ls-files",
        "pager.check-ignore",
    ] {
        configure(key, program);
    }
    for verb in ["rev-parse", "ls-tree", "ls-files", "check-ignore"] {
        configure(&format!("alias.{verb}"), &format!("!{program}"));
    }
    configure("include.path", "../sites/more.config");
    write(folder.path(), "sites/more.config", config(&bait));
    for hook in [
        "post-index-change",
        "reference-transaction",
        "post-checkout",
    ] {
        fs::copy(program, bait.0.path().join(hook)).unwrap();
        fs::copy(program, folder.path().join(".git/hooks").join(hook)).unwrap();
    }
    write(
        folder.path(),
        ".gitattributes",
        "* filter=x diff=x merge=x\n",
    );
    // One that git would have to read, one that is new, and one that is gone.
    let root = folder.path().join("sites/d/trust.yaml");
    fs::write(&root, fs::read(&root).unwrap()).unwrap();
    let new = fs::read_to_string(&root)
        .unwrap()
        .replace("name: d", "name: e");
    write(folder.path(), "sites/e/trust.yaml", new);
    fs::remove_file(folder.path().join("sites/d/trust.yaml")).unwrap();
    assert_eq!(changed(folder.path(), "main"), ["a", "e"]);
    assert_eq!(changed(folder.path(), "HEAD"), ["e"]);
    assert!(!bait.was_run());
}

#[test]
fn the_environment_names_no_repository_and_no_program() {
    let (bait, folder) = (Bait::new(), pull_request());
    let other = repository_of_the_attacker(&folder.path().join("sites"));
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let (program, other_git) = (text(bait.program()), text(other.path().join(".git")));
    for name in ["git", "git-rev-parse", "git-ls-tree"] {
        fs::copy(bait.program(), bait.0.path().join(name)).unwrap();
    }
    write(
        bait.0.path(),
        ".gitconfig",
        format!("[core]\n\tfsmonitor = {program}\n"),
    );
    let home = text(bait.0.path().to_path_buf());
    let trace = text(bait.trace());
    let global = text(bait.0.path().join(".gitconfig"));
    for environment in [
        &[("GIT_DIR", other_git.as_str())][..],
        &[("GIT_DIR", &other_git), ("GIT_WORK_TREE", "sites")],
        &[("GIT_DIR", "/nowhere")],
        &[("GIT_COMMON_DIR", &other_git)],
        &[("GIT_INDEX_FILE", "/nowhere")],
        &[("GIT_OBJECT_DIRECTORY", "/nowhere")],
        &[("GIT_NAMESPACE", "x")],
        &[("GIT_CEILING_DIRECTORIES", "/")],
        &[("GIT_EXEC_PATH", &home)],
        &[("GIT_EXTERNAL_DIFF", &program)],
        &[("GIT_PAGER", &program), ("PAGER", &program)],
        &[("GIT_TRACE", &trace)],
        &[("GIT_TRACE2", &trace)],
        &[("HOME", &home)],
        &[("XDG_CONFIG_HOME", &home)],
        &[("GIT_CONFIG_GLOBAL", &global)],
        &[("GIT_CONFIG_SYSTEM", &global)],
        &[
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
            ("GIT_CONFIG_VALUE_0", &program),
        ],
        &[(
            "GIT_CONFIG_PARAMETERS",
            &format!("'core.fsmonitor'='{program}'"),
        )],
    ] {
        let found = changed_with(folder.path(), "sites", "main", environment);
        assert_eq!(found, ["a"], "{environment:?}");
        assert!(!bait.was_run(), "{environment:?}");
    }
}

#[test]
fn a_git_in_the_work_tree_is_not_the_program() {
    let (bait, folder) = (Bait::new(), pull_request());
    let root = folder.path().canonicalize().unwrap();
    for place in ["git", "sites/git", "bin/git"] {
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::copy(bait.program(), root.join(place)).unwrap();
    }
    let outside = tempfile::tempdir().unwrap();
    symlink(root.join("bin"), outside.path().join("folder")).unwrap();
    fs::create_dir(outside.path().join("link")).unwrap();
    symlink(root.join("git"), outside.path().join("link/git")).unwrap();
    let path = std::env::var("PATH").unwrap();
    for first in [
        ".".to_owned(),
        String::new(),
        "sites".to_owned(),
        "./bin".to_owned(),
        format!("{}/bin", root.display()),
        format!("{}/sites/../bin", root.display()),
        format!("{}/folder", outside.path().display()),
        format!("{}/link", outside.path().display()),
    ] {
        let path = format!("{first}:{path}");
        let found = changed_with(folder.path(), "sites", "main", &[("PATH", &path)]);
        assert_eq!(found, ["a"], "{first}");
        assert!(!bait.was_run(), "{first}");
    }
}

#[test]
fn objects_are_neither_fetched_nor_replaced() {
    let (bait, folder) = (Bait::new(), pull_request());
    git(folder.path(), &["replace", "main", "pr"]);
    assert_eq!(changed(folder.path(), "main"), ["a"]);
    git(folder.path(), &["replace", "-d", "main"]);
    git(folder.path(), &["config", "uploadpack.allowFilter", "true"]);
    let (clones, source) = (
        tempfile::tempdir().unwrap(),
        format!("file://{}", folder.path().display()),
    );
    for (filter, works) in [("blob:none", true), ("tree:0", false)] {
        let clone = clones.path().join(filter.replace(':', "-"));
        let filter = format!("--filter={filter}");
        let to = clone.to_str().unwrap();
        git(clones.path(), &["clone", "--quiet", &filter, &source, to]);
        let program = bait.program();
        let program = program.to_str().unwrap();
        for (key, value) in [
            ("remote.origin.uploadpack", program.to_owned()),
            ("core.sshCommand", program.to_owned()),
            ("protocol.ext.allow", "always".to_owned()),
            ("protocol.file.allow", "always".to_owned()),
        ] {
            git(&clone, &["config", key, &value]);
        }
        for url in [
            source.clone(),
            format!("ext::{program}"),
            "git@example.invalid:x".to_owned(),
        ] {
            git(&clone, &["config", "remote.origin.url", &url]);
            if works {
                assert_eq!(changed(&clone, "origin/main"), ["a"]);
            } else {
                let ran =
                    crate::common::shell(&clone, "trustc check sites --changed-since origin/main");
                assert_eq!(ran.code, 2, "{}", ran.all());
                assert!(
                    ran.err.contains("git cannot list the files"),
                    "{}",
                    ran.all()
                );
            }
            assert!(!bait.was_run(), "{url}");
        }
    }
}

#[test]
fn worktrees_submodules_and_sparse_checkouts_work() {
    let folder = pull_request();
    let (others, root) = (tempfile::tempdir().unwrap(), folder.path());
    let linked = others.path().join("linked");
    git(
        root,
        &[
            "worktree",
            "add",
            "--quiet",
            "--detach",
            linked.to_str().unwrap(),
            "pr",
        ],
    );
    assert_eq!(changed(&linked, "main"), ["a"]);

    let holder = others.path().join("holder");
    fs::create_dir(&holder).unwrap();
    git(&holder, &["init", "--quiet"]);
    let from = root.to_str().unwrap();
    git(
        &holder,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            from,
            "sub",
        ],
    );
    git(&holder, &["commit", "--quiet", "-m", "with a submodule"]);
    assert_eq!(changed(&holder.join("sub"), "origin/main"), ["a"], "in it");
    let all = changed_with(&holder, "sub/sites", "HEAD", &[]);
    assert_eq!(all, ["a", "b", "c", "d"], "what cannot be told counts");

    let sparse = others.path().join("sparse");
    git(others.path(), &["clone", "--quiet", from, "sparse"]);
    git(
        &sparse,
        &[
            "sparse-checkout",
            "set",
            "--no-cone",
            "/sites/b",
            "/sites/org.yaml",
        ],
    );
    assert!(!sparse.join("sites/a").exists());
    assert_eq!(changed(&sparse, "HEAD"), Vec::<String>::new());
    git(
        &sparse,
        &["sparse-checkout", "set", "--no-cone", "/sites/a/trust.yaml"],
    );
    let ran = crate::common::shell(&sparse, "trustc check sites --changed-since HEAD");
    assert!(ran.err.contains("no site has changed"), "{}", ran.all());
    fs::remove_file(sparse.join("sites/a/trust.yaml")).unwrap();
}

#[test]
fn new_files_count_unless_git_ignores_them() {
    let folder = repository();
    let site = |name: &str| {
        let text = fs::read_to_string(folder.path().join("sites/d/trust.yaml")).unwrap();
        let text = text.replace(
            "name: d",
            &format!("name: {}", name.trim_start_matches(":(top)")),
        );
        write(folder.path(), format!("sites/{name}/trust.yaml"), text);
    };
    for name in ["e", "f", "g", "h", ":(top)i", ":(top)j"] {
        site(name);
    }
    write(
        folder.path(),
        ".gitignore",
        "sites/e\nsites/:(top)i\nsites/f\nsites/h/*\n!sites/h/trust.yaml\n",
    );
    git(folder.path(), &["add", "--force", "sites/f"]);
    // A repository of its own: nobody knows what of it is new.
    git(&folder.path().join("sites/g"), &["init", "--quiet"]);
    assert_eq!(changed(folder.path(), "HEAD"), ["j", "g", "h"]);
}

#[test]
fn a_link_on_the_way_to_a_file_counts() {
    let folder = repository();
    let path = |name: &str| folder.path().join(name);
    for name in ["one", "two"] {
        write(
            folder.path(),
            format!("pki/{name}/root.pem"),
            fs::read(path("sites/a/root.pem")).unwrap(),
        );
    }
    fs::remove_file(path("sites/a/root.pem")).unwrap();
    symlink("one", path("pki/now")).unwrap();
    symlink("../../pki/now/root.pem", path("sites/a/root.pem")).unwrap();
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "links"]);
    let count = || {
        let root = folder.path().to_str().unwrap();
        let ran = crate::common::shell(
            folder.path(),
            &format!(
                "trustc render sites --allow-root {root} --explain-value metadata.name --changed-since HEAD"
            ),
        );
        ran.out
            .lines()
            .filter(|line| line.starts_with("metadata.name: "))
            .count()
    };
    assert_eq!(count(), 0);
    fs::remove_file(path("pki/now")).unwrap();
    symlink("two", path("pki/now")).unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn line_ends_of_windows_and_names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = repository();
    let file = folder.path().join("sites/a/trust.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(changed(folder.path(), "HEAD"), Vec::<String>::new());
    fs::write(&file, text.replacen('\n', "\r\n", 1)).unwrap();
    assert_eq!(changed(folder.path(), "HEAD"), ["a"]);
    fs::write(&file, text).unwrap();

    let name = std::ffi::OsStr::from_bytes(b"\xff\n\"\t");
    if fs::rename(
        folder.path().join("sites/d"),
        folder.path().join("sites").join(name),
    )
    .is_err()
    {
        return; // This file system has no such names.
    }
    assert_eq!(changed(folder.path(), "HEAD"), ["d"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "odd"]);
    assert_eq!(changed(folder.path(), "HEAD"), Vec::<String>::new());
}
