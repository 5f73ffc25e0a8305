//! Every rule has a page, an example on either side, and a place in `docs/rules.md`.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::common::{golden, project, trustc};

fn rules() -> Vec<Value> {
    let ran = trustc(&project(), &["explain", "--format", "json"]);
    let all: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(all["version"], 1);
    all["rules"].as_array().unwrap().clone()
}

fn text<'r>(rule: &'r Value, key: &str) -> &'r str {
    rule[key].as_str().unwrap()
}

/// The example of a rule that fails or passes: a configuration, manifests or commands.
fn example(id: &str, which: &str) -> PathBuf {
    let places = [
        ("rules", "yaml"),
        ("manifest_rules", "yaml"),
        ("commands", "sh"),
    ];
    let paths = places
        .map(|(folder, ending)| project().join(format!("golden/{folder}/{id}/{which}.{ending}")));
    paths
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{id} has no {which} example"))
}

/// An example as a code block; what nobody would read, as a link to its file.
fn shown(id: &str, which: &str) -> String {
    let path = example(id, which);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let readable = text.lines().count() <= 40
        && text.lines().all(|line| line.len() <= 200)
        && !text.trim().is_empty();
    // Nobody should take a key for one that is allowed to be published, were it only a reader of secrets.
    if !readable
        || text.contains("PRIVATE KEY")
        || text.chars().any(|c| c.is_control() && c != '\n')
    {
        let relative = path
            .strip_prefix(project())
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        return format!("[{relative}](../{relative})\n");
    }
    let language = path.extension().unwrap().to_string_lossy().into_owned();
    format!("```{language}\n{}\n```\n", text.trim_end())
}

#[test]
fn the_document_of_rules_is_fresh() {
    let rules = rules();
    let row = |rule: &Value| {
        let id = text(rule, "id");
        format!(
            "| [{id}](#{id}) | {} | {} |\n",
            text(rule, "severity"),
            text(rule, "summary").replace('|', "\\|")
        )
    };
    let section = |rule: &Value| {
        let id = text(rule, "id");
        let page = trustc(&project(), &["explain", id, "--format", "markdown"]).out;
        format!(
            "{page}\nFound in:\n\n{}\nNot in:\n\n{}\n",
            shown(id, "fail"),
            shown(id, "pass")
        )
    };
    let head = format!(
        "# Rules\n\n<!-- Made by UPDATE_GOLDEN=1 cargo test from the rules and their examples, which are tests. -->\n\n\
         {} rules. `trustc explain RULE` prints the same page offline. The examples are judged on 2026-07-01; `pki/` is `golden/pki/`.\n\n\
         | rule | severity | finds |\n|---|---|---|\n",
        rules.len()
    );
    let document = head
        + &rules.iter().map(row).collect::<String>()
        + "\n"
        + &rules.iter().map(section).collect::<String>();
    golden(
        &project().join("docs/rules.md"),
        &(document.trim_end().to_owned() + "\n"),
    );
}

#[test]
fn the_forms_of_an_explanation_agree() {
    let list = trustc(&project(), &["explain"]).out;
    let rules = rules();
    assert_eq!(list.lines().count(), rules.len());
    let whole = trustc(&project(), &["explain", "--format", "markdown"]).out;
    for (line, rule) in list.lines().zip(&rules) {
        let words = [
            text(rule, "id"),
            text(rule, "severity"),
            text(rule, "summary"),
        ];
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
        assert!(whole.contains(&format!("## {}\n", text(rule, "id"))));
    }
    for id in [
        "ca-expired",
        "issuer-missing",
        "yaml-syntax",
        "certificate-expired",
        "manifest-refused",
    ] {
        let rule = rules.iter().find(|rule| rule["id"] == id).unwrap();
        let one: Value =
            serde_json::from_str(&trustc(&project(), &["explain", id, "--format", "json"]).out)
                .unwrap();
        assert_eq!(one["rules"].as_array().unwrap(), std::slice::from_ref(rule));
        let markdown = trustc(&project(), &["explain", id, "--format", "markdown"])
            .out
            .replace('\\', "");
        let plain = trustc(&project(), &["explain", id]).out;
        assert!(
            markdown.starts_with(&format!("## {id}\n\n")) && plain.starts_with(&format!("{id} (")),
            "{plain}"
        );
        for key in ["summary", "why", "fix"] {
            assert!(
                markdown.contains(text(rule, key)) && plain.contains(text(rule, key)),
                "{id}: {key}"
            );
        }
    }
}

#[test]
fn a_rule_that_does_not_exist_is_said_in_every_form() {
    for format in ["text", "json", "markdown"] {
        let ran = trustc(&project(), &["explain", "ca-expierd", "--format", format]);
        assert!(ran.code == 2 && ran.out.is_empty(), "{}", ran.all());
        assert_eq!(
            ran.err,
            "error: there is no rule `ca-expierd`; did you mean `ca-expired`?\n"
        );
    }
}

#[test]
fn shells_and_manuals_know_every_verb() {
    let help = trustc(&project(), &["--help"]).out;
    let verbs = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    let verbs = verbs.filter(|line| !line.starts_with("   "));
    let verbs: Vec<&str> = verbs
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.contains(&"check") && verbs.len() >= 9, "{verbs:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = trustc(&project(), &["completions", shell]);
        assert!(
            ran.code == 0 && verbs.iter().all(|verb| ran.out.contains(verb)),
            "{shell}"
        );
        assert!(ran.out.contains("deny-warnings"), "{shell}");
    }
    let page = trustc(&project(), &["man"]).out;
    assert!(
        page.contains(".TH trustc 1") && verbs.iter().all(|verb| page.contains(verb)),
        "{page}"
    );
    for verb in verbs {
        let page = trustc(&project(), &["man", verb]);
        assert!(
            page.code == 0 && page.out.contains(".SH NAME"),
            "{verb}: {}",
            page.all()
        );
    }
    assert!(
        trustc(&project(), &["man", "check"])
            .out
            .contains("\\-\\-deny\\-warnings")
    );
    assert_eq!(trustc(&project(), &["man", "chekc"]).code, 2);
    assert_eq!(trustc(&project(), &["completions", "cmd"]).code, 2);
}
