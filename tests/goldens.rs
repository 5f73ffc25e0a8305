//! Whole output trees per case, and a failing and a passing configuration per rule with its expected text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{NOW, golden, project, shell, trustc};

fn folders(under: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(project().join("golden").join(under))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Every file below a folder, relative to it.
fn files(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|inside| format!("{}/{inside}", name(&path))),
            );
        } else {
            found.insert(name(&path));
        }
    }
    found
}

#[test]
fn every_case_yields_its_tree_and_its_stream() {
    let cases = folders("cases");
    assert!(cases.len() >= 6);
    for case in cases {
        let arguments = ["trust.yaml", "--now", NOW, "--allow-root", "../../pki"];
        let stream = trustc(&case, &[&["render"], &arguments[..]].concat());
        assert_eq!(stream.code, 0, "{}: {}", name(&case), stream.all());
        golden(&case.join("stream.yaml"), &stream.out);
        golden(&case.join("findings.txt"), &stream.err);

        for engine in ENGINES {
            let out = tempfile::tempdir().unwrap();
            let into = ["--engine", engine, "--out", out.path().to_str().unwrap()];
            let written = trustc(&case, &[&["render"], &arguments[..], &into].concat());
            assert_eq!(written.code, 0, "{}: {}", name(&case), written.all());
            golden_tree(&case.join(engine), out.path());
        }
    }
}

/// One tree each for every case.
const ENGINES: [&str; 3] = ["none", "flux", "argocd"];

/// Holds a folder against the committed one: the same files, the same bytes.
fn golden_tree(expected: &Path, out: &Path) {
    let made = files(out);
    for file in &made {
        golden(
            &expected.join(file),
            &fs::read_to_string(out.join(file)).unwrap(),
        );
    }
    let committed = files(expected);
    let left_over: Vec<_> = committed.difference(&made).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        left_over
            .iter()
            .for_each(|file| fs::remove_file(expected.join(file)).unwrap());
    } else {
        assert!(
            left_over.is_empty(),
            "{}: no longer made: {left_over:?}",
            expected.display()
        );
    }
}

#[test]
fn every_rule_finds_its_failing_example_and_not_its_passing_one() {
    for rule in folders("rules") {
        let id = name(&rule);
        let check = |file: &str| {
            trustc(
                &rule,
                &["check", file, "--now", NOW, "--allow-root", "../../pki"],
            )
        };
        let (failing, passing) = (check("fail.yaml"), check("pass.yaml"));
        let marker = format!("[{id}]");
        assert!(
            failing.err.contains(&marker),
            "{id} finds nothing: {}",
            failing.all()
        );
        assert!(
            !passing.err.contains(&marker),
            "{id} finds something: {}",
            passing.all()
        );
        assert_eq!(
            failing.code,
            i32::from(failing.err.contains("error[")),
            "{id}: {}",
            failing.all()
        );
        assert_eq!(
            passing.code,
            0,
            "{id}: the passing example fails: {}",
            passing.all()
        );
        golden(&rule.join("fail.txt"), &failing.err);
    }
}

#[test]
fn every_hazard_finds_its_failing_manifests_and_not_its_passing_ones() {
    for hazard in folders("manifest_rules") {
        let id = name(&hazard);
        // Some hazards are differences from a configuration, which is then beside them.
        let beside: &[&str] = if hazard.join("trust.yaml").exists() {
            &["trust.yaml"]
        } else {
            &[]
        };
        let arguments = ["--now", NOW, "--allow-root", "../../pki"];
        let check = |file: &str| trustc(&hazard, &[&["check", file], beside, &arguments].concat());
        let (failing, passing) = (check("fail.yaml"), check("pass.yaml"));
        let marker = format!("[{id}]");
        assert!(
            failing.err.contains(&marker),
            "{id} finds nothing: {}",
            failing.all()
        );
        assert!(
            !passing.err.contains(&marker),
            "{id} finds something: {}",
            passing.all()
        );
        assert_eq!(
            passing.code,
            0,
            "{id}: the passing example fails: {}",
            passing.all()
        );
        golden(&hazard.join("fail.txt"), &failing.err);
    }
}

/// Rules that need more than one file, a file too large to keep, or single certificates: examples of them are commands.
#[cfg(unix)]
#[test]
fn every_rule_of_commands_finds_its_failing_example_and_not_its_passing_one() {
    for rule in folders("commands") {
        let id = name(&rule);
        let run = |script: &str| {
            let folder = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(project().join("golden/pki"), folder.path().join("pki"))
                .unwrap();
            shell(
                folder.path(),
                &fs::read_to_string(rule.join(script)).unwrap(),
            )
        };
        let (failing, passing) = (run("fail.sh"), run("pass.sh"));
        let marker = format!("[{id}]");
        assert!(
            failing.err.contains(&marker),
            "{id} finds nothing: {}",
            failing.all()
        );
        assert!(
            !passing.err.contains(&marker),
            "{id} finds something: {}",
            passing.all()
        );
        assert_eq!(
            passing.code,
            0,
            "{id}: the passing example fails: {}",
            passing.all()
        );
    }
}

#[test]
fn every_rule_has_its_pair() {
    let list = trustc(&project(), &["explain"]).out;
    let known: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let have: Vec<String> = ["rules", "manifest_rules", "commands"]
        .iter()
        .flat_map(|kind| folders(kind))
        .map(|f| name(&f))
        .collect();
    let have: BTreeSet<&str> = have.iter().map(String::as_str).collect();
    assert_eq!(known, have);
}

#[test]
fn trees_of_engines_differ_in_annotations_only() {
    for case in folders("cases") {
        let objects = |engine: &str| {
            let arguments = [
                "render",
                "trust.yaml",
                "--now",
                NOW,
                "--allow-root",
                "../../pki",
                "--engine",
                engine,
            ];
            let mut objects = documents(&trustc(&case, &arguments).out);
            for object in &mut objects {
                let annotations = object
                    .pointer_mut("/metadata/annotations")
                    .unwrap()
                    .as_object_mut()
                    .unwrap();
                annotations.retain(|key, _| {
                    !key.contains("fluxcd.io/") && !key.starts_with("argocd.argoproj.io/")
                });
            }
            objects
        };
        let plain = objects("none");
        assert!(!plain.is_empty());
        assert_eq!(plain, objects("flux"), "{}", name(&case));
        assert_eq!(plain, objects("argocd"), "{}", name(&case));
    }
}

fn documents(text: &str) -> Vec<serde_json::Value> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_json::Value::deserialize(document).unwrap())
        .filter(|value| !value.is_null())
        .collect()
}
