//! The commands in the README do what it says they do.

use std::fs;
use std::path::Path;

use crate::common::{project, shell, trustc};

fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

fn readme() -> String {
    fs::read_to_string(project().join("README.md")).unwrap()
}

/// A command with the output that the README shows for it.
struct Step<'t> {
    command: String,
    code: i32,
    shown: Vec<&'t str>,
}

fn steps(block: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for line in block.lines() {
        if let Some(more) = line.strip_prefix("> ") {
            // The rest of a here document.
            let step = steps.last_mut().unwrap();
            step.command = format!("{}\n{more}", step.command);
        } else if let Some(command) = line.strip_prefix("$ ") {
            let (command, code) = command
                .split_once("  # exit ")
                .map_or((command, 0), |(c, n)| (c, n.parse().unwrap()));
            steps.push(Step {
                command: command.to_owned(),
                code,
                shown: Vec::new(),
            });
        } else {
            steps.last_mut().unwrap().shown.push(line);
        }
    }
    steps
}

fn run(folder: &Path, command: &str) -> (i32, String) {
    let ran = shell(folder, command);
    (ran.code, ran.out + &ran.err)
}

#[cfg(unix)]
#[test]
fn transcripts_are_true() {
    let folder = tempfile::tempdir().unwrap();
    for place in ["golden", "profiles"] {
        std::os::unix::fs::symlink(project().join(place), folder.path().join(place)).unwrap();
    }
    let text = readme();
    let mut ran = 0;
    for step in blocks(&text, "console").into_iter().flat_map(steps) {
        let foreign = ["kubectl", "git", "flux"]
            .iter()
            .any(|program| step.command.starts_with(program));
        if foreign {
            // kubectl is judged where it is installed (tests/kustomize.rs); the others need a cluster or a server.
            continue;
        }
        let (code, output) = run(folder.path(), &step.command);
        assert_eq!(code, step.code, "{}: {output}", step.command);
        let mut lines = output.lines();
        for shown in step.shown.iter().filter(|line| **line != "...") {
            assert!(
                lines.any(|line| line == *shown),
                "{}: no line {shown:?} in\n{output}",
                step.command
            );
        }
        ran += 1;
    }
    assert!(ran >= 8);
}

#[test]
fn the_commands_for_a_pull_request_pass_on_fresh_output_and_fail_on_stale() {
    let text = readme();
    let commands = blocks(&text, "sh")
        .into_iter()
        .find(|block| block.starts_with("trustc check"))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sites/plant")).unwrap();
    fs::write(
        folder.path().join("sites/plant/trust.yaml"),
        crate::common::quickstart(""),
    )
    .unwrap();
    let (_, output) = run(folder.path(), "trustc render sites --out deploy");
    assert!(output.contains("6 written"), "{output}");
    let (code, output) = run(folder.path(), commands);
    assert_eq!(code, 0, "{output}");
    fs::write(
        folder.path().join("sites/plant/trust.yaml"),
        crate::common::quickstart("  bundle: {key: a}\n"),
    )
    .unwrap();
    let (code, output) = run(folder.path(), commands);
    assert_eq!(code, 1, "{output}");
}

#[test]
fn configurations_compile() {
    let text = readme();
    let whole: Vec<&str> = blocks(&text, "yaml")
        .into_iter()
        .filter(|block| block.starts_with("apiVersion"))
        .collect();
    assert_eq!(whole.len(), 2);
    for config in whole {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pki")).unwrap();
        for root in [
            "corp-root-2019.pem",
            "corp-root-2026.der",
            "hamburg-chain.pem",
        ] {
            fs::copy(
                project().join("golden/pki").join(root),
                folder.path().join("pki").join(root),
            )
            .unwrap();
        }
        fs::write(folder.path().join("trust.yaml"), config).unwrap();
        let ran = trustc(
            folder.path(),
            &["check", "trust.yaml", "--now", crate::common::NOW],
        );
        assert_eq!(
            (ran.code, ran.err.as_str()),
            (0, "ok: 1 site, no findings\n"),
            "{config}"
        );
    }
}

#[test]
fn the_two_commands_are_those_of_the_gate() {
    let text = readme();
    let commands: Vec<&str> = blocks(&text, "sh")[0].lines().collect();
    assert_eq!(commands.len(), 2);
    let arguments = commands[0].strip_prefix("cargo run --release -- ").unwrap();
    let ran = trustc(&project(), &arguments.split(' ').collect::<Vec<_>>());
    assert!(
        ran.code == 0 && ran.out.contains("kind: Bundle"),
        "{}",
        ran.all()
    );
    let gate = fs::read_to_string(project().join(".ci/run")).unwrap();
    assert!(
        gate.lines().any(|line| line == commands[1]),
        ".ci/run does not run `{}`",
        commands[1]
    );
}

#[test]
fn what_is_said_of_charts_is_what_is_rendered() {
    let text = readme();
    let lines = blocks(&text, "sh")
        .into_iter()
        .find(|block| block.starts_with("helm "))
        .unwrap();
    let block = blocks(&text, "yaml")
        .into_iter()
        .find(|block| block.starts_with("  delivery:"))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("trust.yaml"),
        crate::common::quickstart(block),
    )
    .unwrap();
    let ran = trustc(
        folder.path(),
        &["render", "trust.yaml", "--out", "out", "--engine", "none"],
    );
    assert_eq!(ran.code, 0, "{}", ran.all());
    for (line, chart) in lines.lines().zip(["cert-manager", "trust-manager"]) {
        let values = folder
            .path()
            .join(format!("out/site/controllers/{chart}.values"));
        assert!(fs::read_to_string(values).unwrap().contains(line), "{line}");
    }
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        ran.code == 0
            && folder
                .path()
                .join("out/site/controllers/releases.yaml")
                .exists(),
        "{}",
        ran.all()
    );
}
