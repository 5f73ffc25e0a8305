//! Changes as a unified diff, as git prints it.

use std::fs;
use std::path::Path;

use similar::{ChangeTag, DiffOp, DiffableStr as _, TextDiff};

use super::plan::{Action, Change};
use crate::text::mask_file;

/// How many unchanged lines are shown around changes.
const CONTEXT: usize = 3;

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

/// Compares the texts as they are, and shows their lines masked: a change of a secret is a change, and is not shown.
fn unified(old: &str, new: &str, from: &str, to: &str) -> String {
    let (shown_old, shown_new) = (mask_file(old), mask_file(new));
    let (shown_old, shown_new) = (shown_old.tokenize_lines(), shown_new.tokenize_lines());
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        if text.is_empty() {
            text = format!("--- {from}\n+++ {to}\n");
        }
        text.push_str(&header(&group));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, line) = match (change.tag(), change.old_index(), change.new_index()) {
                (ChangeTag::Delete, Some(at), _) => ('-', shown_old.get(at)),
                (ChangeTag::Insert, _, Some(at)) => ('+', shown_new.get(at)),
                (_, Some(at), _) => (' ', shown_old.get(at)),
                _ => (' ', None),
            };
            let line = line.copied().unwrap_or_default();
            text.push(sign);
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

/// The line before a group of changes: `@@ -1,7 +1,9 @@`, where a length of one is left out.
fn header(group: &[DiffOp]) -> String {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return String::new();
    };
    let range = |from: usize, to: usize| match to - from {
        // An empty range is named by the line before it.
        0 => format!("{from},0"),
        1 => format!("{}", from + 1),
        length => format!("{},{length}", from + 1),
    };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_changed_secret_is_a_change_that_is_not_shown() {
        let text = |password| format!("kind: Secret\nstringData:\n  a: {password}\n");
        let diff = unified(&text("correct"), &text("battery"), "a/x", "b/x");
        assert!(
            !diff.contains("correct") && !diff.contains("battery"),
            "{diff}"
        );
        assert!(diff.contains("-  a: *******\n+  a: *******\n"), "{diff}");
    }

    proptest! {
        /// Without secrets it is what the library prints.
        #[test]
        fn it_is_a_unified_diff(
            old in "([a-d]{0,2}\r?\n){0,20}[ab]?",
            new in "([a-d]{0,2}\n){0,20}[ab]?",
        ) {
            let diff = TextDiff::from_lines(&old, &new);
            let known = diff.unified_diff().context_radius(CONTEXT).header("a/x", "b/x").to_string();
            prop_assert_eq!(unified(&old, &new, "a/x", "b/x"), known);
        }
    }
}
