//! Whoever may commit a link or a special file must not choose what is read or written with the rights of who runs a check.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::common::{Ran, quickstart, shell, shell_with, trustc, write};

const SECRET: &str = "correct-horse";

/// A folder `repo`, and beside it a folder with something that is nobody's business.
fn beside() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("repo")).unwrap();
    let cred = format!("password: {SECRET}: battery\n");
    write(folder.path(), "outside/cred", cred);
    write(folder.path(), "outside/trust.yaml", quickstart(""));
    write(folder.path(), "repo/sites/a/trust.yaml", quickstart(""));
    folder
}

fn check(repo: &Path, more: &[&str]) -> Ran {
    trustc(repo, &[&["check", "."], more].concat())
}

#[test]
fn a_link_that_leads_out_is_named_and_not_read() {
    for (target, name) in [
        ("../outside/cred", "trust.yaml"),
        ("../outside/cred", "m.yaml"),
        ("../outside/cred", "all.fleet.yaml"),
        ("sites/../../outside/cred", "x.trust.yaml"),
        ("hop", "x.trust.yaml"),
        ("/proc/self/environ", "x.trust.yaml"),
        ("/dev/zero", "x.trust.yaml"),
        (".git/config", "m.yaml"),
    ] {
        let folder = beside();
        let repo = folder.path().join("repo");
        write(&repo, ".git/config", format!("password: {SECRET}: x\n"));
        symlink("../outside/cred", repo.join("hop")).unwrap();
        symlink(target, repo.join(name)).unwrap();
        for format in ["human", "json", "sarif", "github", "junit"] {
            let ran = check(&repo, &["--format", format]);
            assert!(!ran.all().contains(SECRET), "{target}: {}", ran.all());
            assert!(
                ran.code == 1
                    && ran.all().contains("file-outside-tree")
                    && ran.all().contains(name),
                "{target} as {name}, {format}: {}",
                ran.all()
            );
        }
    }
}

#[test]
fn a_link_inside_the_folder_or_its_repository_is_read() {
    let folder = beside();
    let repo = folder.path().join("repo");
    fs::create_dir(repo.join(".git")).unwrap();
    let config =
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, namespace: b}\ndata: {a: 1}\n";
    write(&repo, "shared/m.yaml", config);
    symlink("../shared/m.yaml", repo.join("sites/m.yaml")).unwrap();
    let ran = trustc(&repo, &["check", "sites"]);
    assert!(ran.err.contains("sites/m.yaml"), "{}", ran.all());
    // Without a repository the folder is all there is; what is allowed may be read.
    fs::remove_dir(repo.join(".git")).unwrap();
    let ran = trustc(&repo, &["check", "sites"]);
    assert!(ran.err.contains("file-outside-tree"), "{}", ran.all());
    let ran = trustc(&repo, &["check", "sites", "--allow-root", "shared"]);
    assert!(!ran.err.contains("file-outside-tree"), "{}", ran.all());
}

#[test]
fn links_in_a_circle_end() {
    let folder = beside();
    let repo = folder.path().join("repo");
    symlink("b.yaml", repo.join("a.yaml")).unwrap();
    symlink("a.yaml", repo.join("b.yaml")).unwrap();
    symlink(".", repo.join("sites/again")).unwrap();
    symlink("..", repo.join("sites/up.yaml")).unwrap();
    let ran = check(&repo, &[]);
    assert!(ran.code == 0 && ran.err.contains("a.yaml"), "{}", ran.all());
    assert!(ran.err.contains("ok: 1 site"), "{}", ran.all());
}

#[test]
fn what_is_no_regular_file_is_named_and_never_waited_for() {
    let folder = beside();
    let repo = folder.path().join("repo");
    shell(&repo, "mkfifo m.yaml sites/x.trust.yaml .gitignore");
    let ran = shell(&repo, "timeout 20 trustc check .");
    assert!(
        ran.err.contains("m.yaml") && ran.err.contains("x.trust.yaml"),
        "{}",
        ran.all()
    );
    assert_eq!(shell(&repo, "timeout 20 trustc render . --out out").code, 2);
    assert!(!repo.join("out").exists());
    fs::create_dir(repo.join(".git")).unwrap();
    assert_ne!(shell(&repo, "timeout 20 trustc check .").code, 124);
}

#[test]
fn what_the_kernel_says_of_itself_is_no_file() {
    let folder = beside();
    let repo = folder.path().join("repo");
    symlink("/proc/self", repo.join("self")).unwrap();
    for path in [
        "/proc/self/environ",
        "/proc/self",
        "/sys",
        "self/environ",
        "/dev/zero",
    ] {
        for verb in ["check", "inspect", "render"] {
            let ran = trustc(&repo, &[verb, path]);
            assert_eq!(ran.code, 2, "{verb} {path}: {}", ran.all());
        }
    }
    let site = "sites/a/trust.yaml";
    for arguments in [
        ["rehearse", site, "--assume", "/proc/self/environ"],
        ["check", site, "--crds", "/proc/self/environ"],
        ["check", site, "--crds", "/proc/self"],
    ] {
        let ran = trustc(&repo, &arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.all());
    }
    let named =
        "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: a, file: FILE}]\n";
    let config = quickstart("").replace("  profile: quickstart\n", named);
    write(&repo, "trust.yaml", config.replace("FILE", "self/environ"));
    let ran = trustc(&repo, &["check", "trust.yaml", "--allow-root", "/"]);
    assert!(ran.err.contains("file-outside-tree"), "{}", ran.all());
}

#[test]
fn a_stream_that_a_shell_has_opened_is_read() {
    let folder = beside();
    let repo = folder.path().join("repo");
    for line in [
        "trustc check <(cat sites/a/trust.yaml)",
        "trustc render <(cat sites/a/trust.yaml)",
        "trustc check /dev/stdin < sites/a/trust.yaml",
    ] {
        let ran = shell_with(&repo, "bash", line, &[]);
        assert_eq!(ran.code, 0, "{line}: {}", ran.all());
    }
}

#[test]
fn nothing_is_mended_through_a_link() {
    let manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {a: 1}\n";
    for (target, link, named) in [
        ("../outside/m.yaml", "m.yaml", "."),
        ("m", "m.yaml", "."),
        ("../outside/m.yaml", "m.yaml", "m.yaml"),
        ("../outside", "manifests", "manifests"),
        ("../outside", "manifests", "manifests/m.yaml"),
    ] {
        let folder = beside();
        let repo = folder.path().join("repo");
        write(folder.path(), "outside/m.yaml", manifest);
        write(&repo, "m", manifest);
        symlink(target, repo.join(link)).unwrap();
        let ran = trustc(&repo, &["check", named, "--fix"]);
        for file in ["outside/m.yaml", "repo/m"] {
            let now = fs::read_to_string(folder.path().join(file)).unwrap();
            assert_eq!(now, manifest, "{named}, {target}: {}", ran.all());
        }
        assert!(repo.join(link).is_symlink());
    }
    // What a link leads to is mended by its own name.
    let folder = beside();
    let repo = folder.path().join("repo");
    write(&repo, "z.yaml", manifest);
    symlink("z.yaml", repo.join("a.yaml")).unwrap();
    let ran = check(&repo, &["--fix"]);
    let now = fs::read_to_string(repo.join("z.yaml")).unwrap();
    assert!(now.contains("\"1\""), "{}", ran.all());
    assert!(!ran.err.contains("was not mended"), "{}", ran.all());
}

#[test]
fn render_and_fleets_follow_no_link_that_leads_out() {
    let folder = beside();
    let repo = folder.path().join("repo");
    symlink("../outside/trust.yaml", repo.join("b.trust.yaml")).unwrap();
    let ran = trustc(&repo, &["render", ".", "--out", "out"]);
    assert!(
        ran.code == 2 && ran.err.contains("b.trust.yaml"),
        "{}",
        ran.all()
    );
    assert!(!repo.join("out").exists());
    fs::remove_file(repo.join("b.trust.yaml")).unwrap();
    let fleet = "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {name: f}\nspec: {sites: SITES}\n";
    write(
        &repo,
        "f/fleet.yaml",
        fleet.replace("SITES", "{glob: 'p/*.yaml'}"),
    );
    fs::create_dir(repo.join("f/p")).unwrap();
    symlink("../../../outside/trust.yaml", repo.join("f/p/x.yaml")).unwrap();
    let ran = trustc(&repo, &["check", "f/fleet.yaml"]);
    assert!(
        ran.code == 2 && ran.err.contains("f/p/x.yaml"),
        "{}",
        ran.all()
    );
    symlink("../../outside/cred", repo.join("f/t.csv")).unwrap();
    write(
        &repo,
        "f/fleet.yaml",
        fleet.replace("SITES", "{csv: t.csv}"),
    );
    let ran = trustc(&repo, &["check", "f/fleet.yaml"]);
    assert!(
        ran.err.contains("file-outside-tree") && !ran.all().contains(SECRET),
        "{}",
        ran.all()
    );
    symlink("../outside", repo.join("linked")).unwrap();
    let line = "P=linked/trust.yaml trustc render nothing --path-from-env P";
    assert_eq!(shell(&repo, line).code, 2);
}

#[test]
fn nothing_is_rendered_through_a_link() {
    for (link, out) in [
        ("deploy", "deploy"),
        ("deploy", "deploy/"),
        ("deploy", "./deploy/."),
        ("gitops", "gitops/deploy"),
        ("gitops", "gitops/a/b"),
    ] {
        for target in ["../outside", "sites", "nowhere"] {
            let folder = beside();
            let repo = folder.path().join("repo");
            symlink(target, repo.join(link)).unwrap();
            let before = shell(folder.path(), "find . | sort").out;
            for more in [&[][..], &["--check"], &["--diff"]] {
                let render = ["render", "sites/a/trust.yaml", "--out", out];
                let ran = trustc(&repo, &[&render[..], more].concat());
                assert!(
                    ran.code == 2 && ran.err.contains("this is a link"),
                    "{out}: {}",
                    ran.all()
                );
            }
            assert_eq!(shell(folder.path(), "find . | sort").out, before);
        }
    }
    // A link that neither the current folder nor a repository holds is the system's own.
    let folder = beside();
    let (repo, out) = (
        folder.path().join("repo"),
        folder.path().join("link/deploy"),
    );
    symlink("outside", folder.path().join("link")).unwrap();
    let out = out.to_str().unwrap();
    let ran = trustc(&repo, &["render", "sites/a/trust.yaml", "--out", out]);
    assert_eq!(ran.code, 0, "{}", ran.all());
}

#[test]
fn a_folder_of_others_where_a_new_output_folder_would_wait_stays() {
    let folder = beside();
    let repo = folder.path().join("repo");
    write(&repo, ".o.trustc/mine/file", "x");
    let render = ["render", "sites/a/trust.yaml", "--out", "o"];
    let ran = trustc(&repo, &render);
    assert!(
        ran.code == 2 && ran.err.contains(".o.trustc"),
        "{}",
        ran.all()
    );
    assert!(repo.join(".o.trustc/mine/file").exists() && !repo.join("o").exists());
    fs::remove_dir_all(repo.join(".o.trustc")).unwrap();
    assert_eq!(trustc(&repo, &render).code, 0);
    assert!(!repo.join(".o.trustc").exists());
}

#[test]
fn a_report_is_as_private_as_asked_and_goes_through_no_link() {
    let folder = beside();
    let repo = folder.path().join("repo");
    let check = "trustc check sites/a/trust.yaml --format json --output";
    let mode = |name: &str| repo.join(name).metadata().unwrap().permissions().mode() & 0o777;
    for (umask, existing, wanted) in [
        ("077", None, 0o600),
        ("022", None, 0o644),
        ("027", None, 0o640),
        ("022", Some(0o600), 0o600),
    ] {
        let _ = fs::remove_file(repo.join("r.json"));
        if let Some(existing) = existing {
            write(&repo, "r.json", "old");
            fs::set_permissions(repo.join("r.json"), fs::Permissions::from_mode(existing)).unwrap();
        }
        assert_eq!(
            shell(&repo, &format!("umask {umask}; {check} r.json")).code,
            0
        );
        assert_eq!(mode("r.json"), wanted, "umask {umask}, {existing:?}");
    }
    symlink("../outside", repo.join("linked")).unwrap();
    symlink("../outside/cred", repo.join("link.json")).unwrap();
    symlink("../outside/new", repo.join("broken.json")).unwrap();
    for file in ["link.json", "broken.json", "linked/r.json", "linked/cred"] {
        let ran = shell(&repo, &format!("{check} {file}"));
        assert!(
            ran.code == 2 && ran.err.contains("this is a link"),
            "{file}: {}",
            ran.all()
        );
    }
    let cred = fs::read_to_string(folder.path().join("outside/cred")).unwrap();
    assert!(cred.contains(SECRET) && !folder.path().join("outside/r.json").exists());
    assert!(!folder.path().join("outside/new").exists());
    let ran = shell(&repo, &format!("{check} /dev/stdout | cat"));
    assert!(ran.out.contains("\"summary\""), "{}", ran.all());
    assert_eq!(shell(&repo, "trustc init linked/new.yaml").code, 2);
    assert!(!folder.path().join("outside/new.yaml").exists());
}

#[test]
fn what_git_ignores_is_left_out_in_a_repository() {
    let folder = beside();
    let repo = folder.path().join("repo");
    for path in [
        "build/trust.yaml",
        "sites/skip/trust.yaml",
        "sites/keep/trust.yaml",
        "sites/x/x.trust.yaml",
    ] {
        write(&repo, path, "no: configuration\n");
    }
    write(&repo, ".gitignore", "/build/\nskip\n*.trust.yaml\n");
    write(&repo, "sites/.gitignore", "keep/\n");
    let ran = trustc(&repo, &["check", "."]);
    assert_eq!(ran.code, 1, "outside of a repository: {}", ran.all());
    fs::create_dir(repo.join(".git")).unwrap();
    for path in [".", "sites"] {
        let ran = trustc(&repo, &["check", path]);
        assert!(ran.err.contains("ok: 1 site"), "{path}: {}", ran.all());
    }
    write(&repo, "sites/.gitignore", "keep/\n!skip\n");
    let ran = trustc(&repo, &["check", "sites"]);
    assert!(
        ran.code == 1 && ran.err.contains("sites/skip"),
        "{}",
        ran.all()
    );
    // A list that is a link is none, as for git.
    fs::remove_file(repo.join("sites/.gitignore")).unwrap();
    symlink("/dev/zero", repo.join("sites/.gitignore")).unwrap();
    let ran = trustc(&repo, &["check", "sites"]);
    assert!(ran.err.contains("sites/keep"), "{}", ran.all());
}
