//! Hooks, the action and the snippets of the README: read as their programs read them, and run.
//!
//! `cargo install` is a stand-in everywhere: it puts the program under test where the real one would. Real pre-commit
//! (`pip install pre-commit`) runs where it is on the PATH; where it is not, that test says so and passes, unless
//! TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Ran, project, quickstart, shell, shell_with};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// A repository with one site and its fresh manifests.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sites/plant")).unwrap();
    set(&folder, "");
    let ran = shell(folder.path(), "trustc render sites --out deploy");
    assert_eq!(ran.code, 0, "{}", ran.all());
    folder
}

fn set(repository: &TempDir, spec: &str) {
    fs::write(
        repository.path().join("sites/plant/trust.yaml"),
        quickstart(spec),
    )
    .unwrap();
}

/// Three states of that site: fine, refused, and fine but not what is committed.
const STATES: [(&str, bool, bool); 3] = [
    ("", true, true),
    ("  bundel: {}\n", false, false),
    ("  bundle: {key: roots.pem}\n", true, false),
];

/// A folder for the PATH in which `cargo install` writes down its arguments, where it stands and what toolchain the environment
/// asks for, and installs the program under test.
fn stand_in_for_cargo() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "#!/bin/sh\nset -e\necho \"$@\" >> {0}/cargo.log\n\
         pwd -P > {0}/folder\necho \"$RUSTUP_TOOLCHAIN\" > {0}/toolchain\nroot={0}\n\
         while [ $# -gt 0 ]; do [ \"$1\" = --root ] && root=$2; shift; done\n\
         mkdir -p \"$root/bin\"\ncp {1} \"$root/bin/trustc\"\n",
        folder.path().display(),
        env!("CARGO_BIN_EXE_trustc")
    );
    let path = folder.path().join("cargo");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Asserts that cargo did not stand in the checkout: it would obey files of the pull request there.
fn assert_built_outside(checkout: &Path, cargo: &TempDir) {
    let folder = fs::read_to_string(cargo.path().join("folder")).unwrap();
    let checkout = checkout.canonicalize().unwrap();
    assert!(
        !Path::new(folder.trim_end()).starts_with(&checkout),
        "cargo ran in {folder}"
    );
}

/// Runs lines as a runner does: bash that stops at the first failure.
fn step(folder: &Path, script: &str, more: &[(&str, &str)]) -> Ran {
    shell_with(folder, "bash", &format!("set -eo pipefail\n{script}"), more)
}

fn steps(action: &Value) -> &Vec<Value> {
    action["runs"]["steps"].as_array().unwrap()
}

#[test]
fn the_action_hands_inputs_over_by_environment_only() {
    let action = yaml(&read("action.yml"));
    assert_eq!(action["runs"]["using"], "composite");
    let (mut used, mut ran) = (Vec::new(), 0);
    for step in steps(&action) {
        if let Some(script) = step["run"].as_str() {
            assert!(
                !script.contains("${{"),
                "an expression in a script runs what a pull request wrote: {script}"
            );
            assert_eq!(step["shell"], "bash");
            assert_eq!(unquoted(script), Vec::<&str>::new());
            for (word, why) in [
                (
                    "GITHUB_OUTPUT",
                    "a name with a line end would set more than one output",
                ),
                (
                    "GITHUB_ENV",
                    "a name with a line end would set more than one variable",
                ),
                ("GITHUB_PATH", "a later step would run what is found there"),
                ("eval ", "text of a pull request would run"),
            ] {
                assert!(!script.contains(word), "{word}: {why}");
            }
            let programs = script.lines().filter(|line| line.contains("bin/trustc"));
            for line in programs {
                assert!(
                    line.ends_with(r#" -- "${paths[@]}""#),
                    "a path that begins with a dash is a path: {line}"
                );
            }
            ran += 1;
        }
        if let Some(uses) = step["uses"].as_str() {
            let (_, commit) = uses.split_once('@').unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
                "{uses} is not pinned"
            );
        }
        for value in ["env", "with"]
            .iter()
            .flat_map(|key| step[key].as_object())
            .flat_map(|map| map.values())
        {
            used.extend(
                value
                    .as_str()
                    .unwrap()
                    .split("inputs.")
                    .skip(1)
                    .map(|rest| rest.trim_end_matches(" }}").to_owned()),
            );
        }
        used.extend(
            step["if"]
                .as_str()
                .into_iter()
                .flat_map(|test| test.strip_prefix("inputs."))
                .map(|test| test.split(' ').next().unwrap().to_owned()),
        );
    }
    assert!(ran >= 4);
    let inputs = action["inputs"].as_object().unwrap();
    for (name, input) in inputs {
        assert!(used.contains(name), "{name} is not used");
        assert!(
            input["description"].as_str().unwrap().len() > 10 && input["default"].is_string(),
            "{name}"
        );
    }
    assert!(
        used.iter().all(|name| inputs.contains_key(name)),
        "{used:?}"
    );
}

/// The lines in which a shell would split what a variable holds, and take stars in it for names of files.
fn unquoted(script: &str) -> Vec<&str> {
    let is_split = |line: &&str| {
        let mut quote = None;
        line.chars().any(|c| {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), _) if open == c => quote = None,
                _ => {}
            }
            c == '$' && quote.is_none()
        })
    };
    script.lines().filter(is_split).collect()
}

#[test]
fn variables_outside_quotes_are_seen() {
    let fine = r#"mapfile -t paths < <(grep -v '^ *$' <<<"$PATHS")"#;
    assert_eq!(
        unquoted(&format!("{fine}\nrun $OUT\nrun \"a\"$OUT")).len(),
        2
    );
    assert!(unquoted(fine).is_empty());
}

/// Runs the steps of the action with inputs, as a runner would, in the folder of a checkout. The upload is left out.
fn act(checkout: &Path, with: &[(&str, &str)]) -> (Vec<(String, Ran)>, TempDir) {
    let action = yaml(&read("action.yml"));
    let (temporary, cargo) = (tempfile::tempdir().unwrap(), stand_in_for_cargo());
    let defaults = action["inputs"].as_object().unwrap();
    let input = |name: &str| {
        let given = with
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value);
        given
            .unwrap_or_else(|| defaults[name]["default"].as_str().unwrap())
            .to_owned()
    };
    let path = format!(
        "{}:{}",
        cargo.path().display(),
        std::env::var("PATH").unwrap()
    );
    let project = project();
    let mut ran = Vec::new();
    for step in steps(&action) {
        let holds =
            step["if"]
                .as_str()
                .is_none_or(|test| match *test.split(' ').collect::<Vec<_>>() {
                    [name, "==", value] => {
                        input(&name["inputs.".len()..]) == value.trim_matches('\'')
                    }
                    [name, "!=", value] => {
                        input(&name["inputs.".len()..]) != value.trim_matches('\'')
                    }
                    _ => panic!("what is {test}?"),
                });
        let Some(script) = step["run"].as_str().filter(|_| holds) else {
            continue;
        };
        let mut environment = BTreeMap::from([
            ("PATH", path.clone()),
            (
                "RUNNER_TEMP",
                temporary.path().to_string_lossy().into_owned(),
            ),
            ("GITHUB_ACTION_PATH", project.to_string_lossy().into_owned()),
        ]);
        for (key, value) in step["env"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            let name = value
                .strip_prefix("${{ inputs.")
                .and_then(|name| name.strip_suffix(" }}"));
            environment.insert(key, name.map_or_else(|| value.to_owned(), input));
        }
        let folder = match step["working-directory"].as_str() {
            None => checkout,
            Some("${{ github.action_path }}") => &project,
            Some(other) => panic!("where is {other}?"),
        };
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let done = self::step(folder, script, &environment);
        let failed = done.code != 0;
        let name = step["name"].as_str().unwrap().to_owned();
        if name == "Build" {
            assert_built_outside(checkout, &cargo);
            // rustup obeys a file in its working folder or above it unless the environment says which toolchain.
            let toolchain = fs::read_to_string(cargo.path().join("toolchain")).unwrap();
            assert_eq!(toolchain, "stable\n");
        }
        ran.push((name, done));
        if failed {
            break;
        }
    }
    (ran, temporary)
}

#[test]
fn the_action_builds_checks_and_compares() {
    for (spec, checks, fresh) in STATES {
        let repository = repository();
        set(&repository, spec);
        let (ran, temporary) = act(
            repository.path(),
            &[("paths", "sites\n\n"), ("out", "deploy"), ("sarif", "true")],
        );
        let names: Vec<&str> = ran.iter().map(|(name, _)| name.as_str()).collect();
        let expected: &[&str] = if checks {
            &["Build", "Findings for code scanning", "Check", "Compare"]
        } else {
            &["Build", "Findings for code scanning", "Check"]
        };
        assert_eq!(names, expected, "{spec}");
        let (_, last) = ran.last().unwrap();
        assert_eq!(
            last.code,
            i32::from(!(checks && fresh)),
            "{spec}: {}",
            last.all()
        );
        if !checks {
            assert!(
                last.out
                    .starts_with("::error file=sites/plant/trust.yaml,line=7,"),
                "{}",
                last.all()
            );
        }
        // The report is there for the upload before the job fails.
        let log: Value = serde_json::from_str(
            &fs::read_to_string(temporary.path().join("trustc.sarif")).unwrap(),
        )
        .unwrap();
        assert_eq!(
            log["runs"][0]["results"].as_array().unwrap().is_empty(),
            spec.is_empty(),
            "{log}"
        );
    }
}

#[test]
fn the_action_takes_paths_as_they_are() {
    let repository = repository();
    let odd = repository.path().join("a b; touch pwned $(touch pwned)");
    fs::create_dir_all(&odd).unwrap();
    fs::write(
        odd.join("trust.yaml"),
        quickstart("  broker: {certificate: {privateKeyAlgorithm: Ec521}}\n")
            .replace("site", "odd"),
    )
    .unwrap();
    let paths = "sites\na b; touch pwned $(touch pwned)";
    let program = ("program", env!("CARGO_BIN_EXE_trustc"));
    let (ran, _) = act(repository.path(), &[("paths", paths), program]);
    assert_eq!(ran.len(), 1, "nothing is built, uploaded or compared");
    assert!(
        ran[0].1.code == 0 && ran[0].1.out.contains("::warning file=a b; touch pwned"),
        "{}",
        ran[0].1.all()
    );
    let (ran, _) = act(
        repository.path(),
        &[("paths", paths), program, ("deny-warnings", "true")],
    );
    assert_eq!(ran[0].1.code, 1, "{}", ran[0].1.all());
    let (ran, _) = act(repository.path(), &[("paths", "--help"), program]);
    assert_eq!(
        ran[0].1.code,
        2,
        "a path that looks like an option is a path: {}",
        ran[0].1.all()
    );
    assert!(!repository.path().join("pwned").exists());
}

/// A snippet of the README by the file that its first line names.
fn snippet(file: &str) -> Value {
    let text = read("README.md");
    let head = format!("```yaml\n# {file}\n");
    yaml(
        text.split(&head)
            .nth(1)
            .unwrap_or_else(|| panic!("no {file}"))
            .split("```")
            .next()
            .unwrap(),
    )
}

/// Runs the lines of a pipeline up to the first that fails, as every one of these systems does.
fn pipeline(checkout: &Path, lines: &[&str], variables: &Value) -> Ran {
    let cargo = stand_in_for_cargo();
    let path = format!(
        "{0}:{0}/bin:{1}",
        cargo.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut environment = vec![("PATH", path.as_str())];
    environment.extend(
        variables
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str().unwrap())),
    );
    let mut all = Ran {
        code: 0,
        out: String::new(),
        err: String::new(),
    };
    for line in lines {
        let ran = step(checkout, line, &environment);
        all = Ran {
            code: ran.code,
            out: all.out + &ran.out,
            err: all.err + &ran.err,
        };
        if ran.code != 0 {
            break;
        }
    }
    let log = fs::read_to_string(cargo.path().join("cargo.log")).unwrap();
    assert_eq!(
        log,
        "install --locked --git https://git.example/trustc --rev COMMIT\n"
    );
    assert_built_outside(checkout, &cargo);
    all
}

#[test]
fn the_snippet_for_azure_pipelines_runs() {
    let snippet = snippet("azure-pipelines.yml");
    let lines: Vec<&str> = snippet["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["script"].as_str().unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    for (spec, checks, fresh) in STATES {
        let repository = repository();
        set(&repository, spec);
        let ran = pipeline(repository.path(), &lines, &snippet["variables"]);
        assert_eq!(
            ran.code,
            i32::from(!(checks && fresh)),
            "{spec}: {}",
            ran.all()
        );
        let issue =
            "##vso[task.logissue type=error;sourcepath=sites/plant/trust.yaml;linenumber=7;";
        assert_eq!(ran.out.contains(issue), !checks, "{}", ran.all());
        assert_eq!(
            ran.err
                .contains("repair with: trustc render sites --out deploy"),
            checks && !fresh,
            "{}",
            ran.all()
        );
    }
}

#[test]
fn the_snippet_for_gitlab_runs() {
    let snippet = &snippet(".gitlab-ci.yml")["trust"];
    let lines: Vec<&str> = snippet["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let report = snippet["artifacts"]["reports"]["codequality"]
        .as_str()
        .unwrap();
    assert_eq!(
        snippet["artifacts"]["when"], "always",
        "a report of a job that failed is the one that is wanted"
    );
    for (spec, checks, fresh) in STATES {
        let repository = repository();
        set(&repository, spec);
        let ran = pipeline(repository.path(), &lines, &snippet["variables"]);
        assert_eq!(
            ran.code,
            i32::from(!(checks && fresh)),
            "{spec}: {}",
            ran.all()
        );
        let issues: Value =
            serde_json::from_str(&fs::read_to_string(repository.path().join(report)).unwrap())
                .unwrap();
        assert_eq!(
            issues.as_array().unwrap().is_empty(),
            spec.is_empty(),
            "{issues}"
        );
    }
}

#[test]
fn the_snippet_for_github_gives_inputs_that_there_are() {
    let inputs = yaml(&read("action.yml"))["inputs"]
        .as_object()
        .unwrap()
        .clone();
    let snippet = snippet(".github/workflows/trust.yml");
    let job = &snippet["jobs"]["trust"];
    let given = job["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["with"].is_object())
        .unwrap();
    assert!(
        given["with"]
            .as_object()
            .unwrap()
            .keys()
            .all(|key| inputs.contains_key(key))
    );
    assert_eq!(
        snippet["permissions"]["security-events"], "write",
        "the upload needs it"
    );
}

/// The hooks file in a repository of its own. `language: rust` would build for minutes: here the program is there already,
/// and everything else is as pre-commit will read it.
fn hooks() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = read(".pre-commit-hooks.yaml");
    assert_eq!(text.matches("  language: rust\n").count(), 2);
    fs::write(
        folder.path().join(".pre-commit-hooks.yaml"),
        text.replace("language: rust", "language: system"),
    )
    .unwrap();
    git(&folder);
    folder
}

fn git(folder: &TempDir) {
    let commit =
        "git init -q && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm x";
    let ran = shell(folder.path(), commit);
    assert_eq!(ran.code, 0, "{}", ran.all());
}

#[test]
fn hooks_are_found_by_pre_commit_and_judge_what_is_committed() {
    if Command::new("pre-commit")
        .arg("--version")
        .output()
        .is_err()
    {
        assert!(
            std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(),
            "pre-commit is not on the PATH"
        );
        eprintln!("skipped: pre-commit is not on the PATH");
        return;
    }
    let (hooks, home) = (hooks(), tempfile::tempdir().unwrap());
    let ran = shell(
        hooks.path(),
        "pre-commit validate-manifest .pre-commit-hooks.yaml && git rev-parse HEAD",
    );
    assert_eq!(ran.code, 0, "{}", ran.all());
    let mut config = snippet(".pre-commit-config.yaml");
    config["repos"][0]["repo"] = format!("file://{}", hooks.path().display()).into();
    config["repos"][0]["rev"] = ran.out.lines().last().unwrap().into();
    for (spec, checks, fresh) in STATES {
        let repository = repository();
        set(&repository, spec);
        fs::write(
            repository.path().join(".pre-commit-config.yaml"),
            config.to_string(),
        )
        .unwrap();
        git(&repository);
        let home = home.path().to_str().unwrap();
        let run = |hook: &str| {
            shell_with(
                repository.path(),
                "sh",
                &format!("pre-commit run {hook} --all-files --verbose"),
                &[("PRE_COMMIT_HOME", home)],
            )
        };
        let (check, compare) = (run("trustc-check"), run("trustc-fresh"));
        assert_eq!(check.code, i32::from(!checks), "{spec}: {}", check.all());
        assert!(
            !check.out.contains("(no files to check)"),
            "{}",
            check.all()
        );
        assert_eq!(
            check.out.contains("unknown-field"),
            !checks,
            "{}",
            check.all()
        );
        assert_eq!(compare.code, i32::from(!fresh), "{spec}: {}", compare.all());
    }
}

#[test]
fn hooks_look_at_the_files_that_count() {
    let hooks = yaml(&read(".pre-commit-hooks.yaml"));
    let pattern = hooks[0]["files"].as_str().unwrap();
    for (path, counts) in [
        ("trust.yaml", true),
        ("sites/plant/trust.yml", true),
        ("line-1.trust.yaml", true),
        ("sites/mistrust.yaml", false),
        ("trust.yaml.bak", false),
        ("trust.json", false),
    ] {
        let found = shell(
            Path::new("/"),
            &format!("echo '{path}' | grep -Eq '{pattern}'"),
        )
        .code
            == 0;
        assert_eq!(found, counts, "{path}");
    }
    let entries: Vec<&str> = hooks
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| hook["entry"].as_str().unwrap())
        .collect();
    assert_eq!(entries, ["trustc check", "trustc render --check"]);
    assert_eq!(
        hooks[0]["args"].as_array().unwrap().last().unwrap(),
        "--",
        "names of files follow"
    );
    for hook in hooks.as_array().unwrap() {
        assert_eq!(
            hook["language"], "rust",
            "built in pre-commit's own clone, not in the repository that is checked"
        );
    }
}
