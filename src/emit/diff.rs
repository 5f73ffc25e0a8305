//! Changes as a unified diff, as git prints it.

use similar::TextDiff;

use super::plan::{Action, Change};

/// The diff of one change, with file names as headers; empty if nothing changes.
pub(crate) fn diff(change: &Change) -> String {
    let path = change.path.to_string_lossy().replace('\\', "/");
    let (old, from, to) = match &change.action {
        Action::Keep => return String::new(),
        Action::Create => ("", "/dev/null".to_owned(), format!("b/{path}")),
        Action::Update { old } => (old.as_str(), format!("a/{path}"), format!("b/{path}")),
        Action::Remove { old } => (old.as_str(), format!("a/{path}"), "/dev/null".to_owned()),
    };
    TextDiff::from_lines(old, change.text.as_str()).unified_diff().context_radius(3).header(&from, &to).to_string()
}
