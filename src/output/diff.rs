//! Changes as a unified diff, as git prints it.

use std::fs;
use std::path::Path;

use similar::TextDiff;

use super::plan::{Action, Change};

/// The diff of one change of the file at `path`, with file names as headers; empty if nothing changes.
pub(crate) fn diff(path: &Path, change: &Change<'_>) -> String {
    let removed = match change.action {
        // What cannot be read any more differs in everything.
        Action::Remove => fs::read_to_string(path).unwrap_or_default(),
        _ => String::new(),
    };
    let path = path.to_string_lossy().replace('\\', "/");
    let (old, from, to) = match &change.action {
        Action::Keep => return String::new(),
        Action::Create => ("", "/dev/null".to_owned(), format!("b/{path}")),
        Action::Update { old } => (old.as_str(), format!("a/{path}"), format!("b/{path}")),
        Action::Remove => (
            removed.as_str(),
            format!("a/{path}"),
            "/dev/null".to_owned(),
        ),
    };
    unified(old, change.text, &from, &to)
}

/// The diff of a file of the user.
pub(crate) fn diff_of(name: &str, old: &str, new: &str) -> String {
    unified(old, new, &format!("a/{name}"), &format!("b/{name}"))
}

fn unified(old: &str, new: &str, from: &str, to: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(from, to)
        .to_string()
}
