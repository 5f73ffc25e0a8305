//! Data passes through the modules in one direction: a module uses only those before it. And the documents name what exists.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::project;

/// The modules in the order in which data passes through them.
const MODULES: &[&str] = &[
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

/// The modules that a source names behind `crate::`, in `use` groups too.
fn uses(text: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut modules = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with("pub(") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => modules.push(word(rest)),
            Some(group) => {
                let group = &group[..group.find('}').unwrap()];
                modules.extend(
                    group
                        .split(',')
                        .map(|item| word(item.trim()))
                        .filter(|item| !item.is_empty()),
                );
            }
        }
    }
    modules
}

#[test]
fn no_module_uses_a_later_one() {
    let root = project().join("src");
    let mut judged = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let module = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .replace(".rs", "");
        if module == "lib" || module == "main" {
            continue;
        }
        let here = MODULES
            .iter()
            .position(|known| *known == module)
            .unwrap_or_else(|| panic!("{module} has no place among the modules"));
        for used in uses(&fs::read_to_string(&path).unwrap()) {
            let there = MODULES
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
    assert!(judged > 50, "there must be something to check");
}

#[test]
fn only_these_modules_know_these_words() {
    let root = project().join("src");
    for (word, modules) in [
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
        ("io::stdout", &["main.rs"]),
        ("io::stderr", &["main.rs"]),
    ] {
        for path in sources(&root) {
            let inside = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            // Tests in a file of their own are no part of the module.
            let tests = inside.ends_with("tests.rs") || inside == "testing.rs";
            let known = tests || modules.iter().any(|module| inside.starts_with(module));
            let text = fs::read_to_string(&path).unwrap();
            let code = without_tests(&text);
            assert!(known || !code.contains(word), "{inside} knows {word}");
        }
    }
}

/// A source without the module of tests at its end. What else is compiled for tests only is code like any other.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests")
        .map_or(text, |at| &text[..at])
}

#[test]
fn paths_in_documents_exist() {
    let mut judged = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
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
