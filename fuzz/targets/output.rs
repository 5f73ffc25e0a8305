//! Any text through every verb and form of output, and as the name of a file: nothing that is printed can be obeyed.

#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

/// Command lines over standard input. The form stands last.
const LINES: &[&[&str]] = &[
    &["check", "-", "--format", "human"],
    &["check", "-", "--format", "json"],
    &["check", "-", "--format", "sarif"],
    &["check", "-", "--format", "github"],
    &["check", "-", "--format", "gitlab"],
    &["check", "-", "--format", "azure"],
    &["check", "-", "--format", "junit"],
    &["render", "-"],
    &["render", "-", "--explain-value", "spec"],
    &["rehearse", "-", "--format", "human"],
    &["rehearse", "-", "--format", "json"],
    &["rehearse", "-", "--format", "svg"],
    &["params", "-", "--format", "json"],
    &["params", "-", "--format", "az"],
    &["inspect", "-", "--format", "json"],
    &["inspect", "-", "--format", "text"],
    &["fn"],
];

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let line = LINES[usize::from(*choice) % LINES.len()];
    common::promise(line, rest);
    // The first line as a word of the command line, and as the name of a file.
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let word = text.split(['\n', '\0']).next().unwrap_or_default();
    common::promise(&["explain", "--", word], b"");
    if word.is_empty() || word.contains('/') || word.len() > 200 || matches!(word, "." | "..") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("trustc-fuzz-{}", std::process::id()));
    let file = folder.join(word);
    if std::fs::create_dir_all(&folder).is_ok() && std::fs::write(&file, rest).is_ok() {
        let path = file.to_string_lossy().into_owned();
        common::promise(&["check", "--format", line[line.len() - 1].trim_start_matches('-'), "--", &path], b"");
        common::promise(&["check", "--", &path], b"");
        let _ = std::fs::remove_file(&file);
    }
});
