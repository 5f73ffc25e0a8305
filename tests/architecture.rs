//! The corridor is a line: a room uses only the rooms before it. And the documents name what exists.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::project;

/// The rooms in the order in which data passes through them.
const ROOMS: &[&str] = &[
    "testing",
    "json_pointer",
    "text",
    "diagnostic",
    "yaml",
    "source",
    "git",
    "types",
    "config",
    "pki",
    "trust",
    "rules",
    "rehearsal",
    "objects",
    "render",
    "delivery",
    "admission",
    "params",
    "k8s",
    "manifest_rules",
    "output",
    "fix",
    "report",
    "inspect",
    "registry",
    "compile",
    "krm",
    "cluster",
    "lsp",
    "batch",
    "cli",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// The rooms that a source names behind `crate::`, in `use` groups too.
fn uses(text: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with("pub(") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.push(word(rest)),
            Some(group) => {
                let group = &group[..group.find('}').unwrap()];
                rooms.extend(
                    group
                        .split(',')
                        .map(|item| word(item.trim()))
                        .filter(|item| !item.is_empty()),
                );
            }
        }
    }
    rooms
}

#[test]
fn no_room_reaches_back() {
    let root = project().join("src");
    let mut judged = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let room = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .replace(".rs", "");
        if room == "lib" || room == "main" {
            continue;
        }
        let here = ROOMS
            .iter()
            .position(|known| *known == room)
            .unwrap_or_else(|| panic!("{room} has no place in the corridor"));
        for used in uses(&fs::read_to_string(&path).unwrap()) {
            let there = ROOMS
                .iter()
                .position(|known| *known == used)
                .unwrap_or_else(|| panic!("{}: what is crate::{used}?", inside.display()));
            assert!(
                there <= here,
                "{} reaches back (or ahead) into {used}",
                inside.display()
            );
            judged += 1;
        }
    }
    assert!(judged > 50, "the law must have something to judge");
}

#[test]
fn only_one_room_knows_each_of_these() {
    let root = project().join("src");
    for (word, rooms) in [
        ("minijinja::", &["render"][..]),
        ("libyaml_safer", &["yaml"]),
        ("annotate_snippets", &["report"]),
        ("serde_sarif", &["report"]),
        ("quick_junit", &["report"]),
        ("x509_parser", &["pki"]),
        ("similar::", &["output"]),
        ("walkdir::", &["batch"]),
        ("ignore::", &["batch"]),
        ("clap::", &["cli"]),
        ("clap_complete", &["cli"]),
        ("clap_mangen", &["cli"]),
        ("now_utc", &["cli"]),
        ("std::fs", &["source", "git", "output", "cli"]),
        ("std::env", &["main.rs", "git", "cli"]),
        ("process::Command", &["git"]),
        ("process::{", &["git"]),
        ("supports_", &["main.rs"]),
    ] {
        for path in sources(&root) {
            let inside = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            // Tests in a file of their own are no part of the room.
            let tests = inside.ends_with("tests.rs") || inside == "testing.rs";
            let known = tests || rooms.iter().any(|room| inside.starts_with(room));
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            assert!(known || !code.contains(word), "{inside} knows {word}");
        }
    }
}

#[test]
fn paths_in_documents_exist() {
    let mut judged = 0;
    for document in ["README.md", ".github/CONTRIBUTING.md"] {
        let text = fs::read_to_string(project().join(document)).unwrap();
        for quoted in text.split('`').skip(1).step_by(2) {
            let top = [
                "src/",
                "templates/",
                "schemas/",
                "profiles/",
                "golden/",
                "tests/",
                ".ci/",
                ".github/",
                "docs/",
                "action.yml",
            ];
            if top.iter().any(|top| quoted.starts_with(top))
                && !quoted.contains(['<', ' ', '*', '$'])
            {
                assert!(project().join(quoted).exists(), "{document} names {quoted}");
                judged += 1;
            }
        }
    }
    assert!(judged > 5);
}
