//! `--changed-since`: which sites have an input that differs from a commit. Asks the user's own git, and changes nothing.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Stop;
use crate::source::shown;
use crate::text::Clean;

/// Files of a work tree that differ from a commit, that are new, or that are gone. Paths are absolute and real.
pub(super) struct Changed(BTreeSet<PathBuf>);

impl Changed {
    /// Everything that differs from `reference` in the work trees that hold `paths`.
    ///
    /// # Errors
    /// git is missing, a path is in no work tree, or the reference is none.
    pub(super) fn since(reference: &str, paths: &[PathBuf]) -> Result<Self, Stop> {
        let mut changed = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for path in paths {
            let folder = if path.is_dir() {
                path
            } else {
                path.parent().unwrap_or(path)
            };
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            let tree = text(&git(folder, &["rev-parse", "--show-toplevel"])?);
            let tree = Path::new(tree.trim_end_matches('\n')).to_path_buf();
            let tree = tree.canonicalize().unwrap_or(tree);
            if seen.insert(tree.clone()) {
                changed.extend(differing(reference, &tree)?);
            }
        }
        Ok(Self(changed))
    }

    /// Whether one of these files differs. Links count by where they lead, and as themselves.
    pub(super) fn any<'p>(&self, mut inputs: impl Iterator<Item = &'p Path>) -> bool {
        inputs.any(|input| {
            let real = input.canonicalize().ok();
            let parent = input.parent().map(|parent| {
                if parent.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    parent
                }
            });
            let itself = parent
                .and_then(|parent| Some(parent.canonicalize().ok()?.join(input.file_name()?)));
            real.into_iter()
                .chain(itself)
                .any(|path| self.0.contains(&path))
        })
    }
}

fn differing(reference: &str, tree: &Path) -> Result<Vec<PathBuf>, Stop> {
    // A reference that looks like an option is refused by git itself.
    let commit = format!("{reference}^{{commit}}");
    let known = git(
        tree,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
    );
    let Ok(commit) = known else {
        return Err(Stop::Failed(format!(
            "git knows no commit {} in {}",
            shown(reference),
            Clean::path(&tree)
        )));
    };
    let commit = text(&commit);
    let diff = git(
        tree,
        &[
            "diff",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            "-z",
            commit.trim_end(),
            "--",
        ],
    )?;
    let new = git(tree, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = diff
        .split(|byte| *byte == 0)
        .chain(new.split(|byte| *byte == 0));
    Ok(names
        .filter(|name| !name.is_empty())
        .map(|name| tree.join(as_name(name.to_vec())))
        .collect())
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// Runs git in `folder`. Never asks, never takes a lock.
fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Stop> {
    let run = Command::new("git")
        .arg("--no-optional-locks")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output();
    let output = run.map_err(|error| {
        Stop::Failed(format!(
            "--changed-since needs the program git, which cannot be started: {error}"
        ))
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = text(&output.stderr);
    let said = said.lines().next().unwrap_or("it failed");
    Err(Stop::Failed(format!(
        "--changed-since: git in {}: {said}",
        Clean::path(&folder)
    )))
}

#[cfg(unix)]
fn as_name(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn as_name(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
