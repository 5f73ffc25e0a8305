//! References: which commit one names, and what to say if it names none.

use super::{GitError, Repository};
use crate::source::shown;
use crate::text::Clean;

/// Longer than any name that git makes a file for.
const LONGEST: usize = 1000;

/// The commit that a reference names.
pub(super) fn commit(repository: &Repository, reference: &str) -> Result<String, GitError> {
    if let Some(what) = what_is_wrong(reference) {
        return Err(GitError(format!(
            "{} is not a git reference: {what}; write {EXAMPLES}",
            shown(reference)
        )));
    }
    let ran = resolve(repository, reference)?;
    if ran.said.contains("is ambiguous") {
        return Err(GitError(format!(
            "{} names more than one thing in {}: write the whole name, such as refs/heads/main, refs/remotes/origin/main or refs/tags/v1.2",
            shown(reference),
            Clean::path(&repository.root)
        )));
    }
    match String::from_utf8_lossy(&ran.output).trim_end() {
        id if ran.ok && is_id(id) => Ok(id.to_owned()),
        _ => Err(unknown(repository, reference)?),
    }
}

const EXAMPLES: &str =
    "a branch (main), one of a remote (origin/main), a tag (v1.2), a commit (1a2b3c4d) or HEAD~1";

fn what_is_wrong(reference: &str) -> Option<&'static str> {
    if reference.trim().is_empty() {
        Some("it is empty")
    } else if reference.starts_with('-') {
        Some("it begins like an option")
    } else if reference.starts_with('^') {
        Some("it begins with ^, which leaves commits out")
    } else if reference.chars().any(char::is_control) {
        Some("it has a control character")
    } else if reference.len() > LONGEST {
        Some("it is longer than 1000 bytes")
    } else {
        None
    }
}

fn resolve(repository: &Repository, reference: &str) -> Result<super::program::Ran, GitError> {
    let commit = format!("{reference}^{{commit}}");
    repository.program.run(&["rev-parse", "--verify", &commit])
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unknown(repository: &Repository, reference: &str) -> Result<GitError, GitError> {
    let (name, root) = (shown(reference), Clean::path(&repository.root));
    let remote = format!("origin/{reference}");
    if resolve(repository, &remote)?.ok {
        return Ok(GitError(format!(
            "git knows no commit {name} in {root}, and a branch of the remote: write {}",
            shown(&remote)
        )));
    }
    let shallow = repository
        .program
        .run(&["rev-parse", "--is-shallow-repository"])?;
    let why = if shallow.output.starts_with(b"true") {
        "the clone is shallow: fetch all commits (fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 in GitLab, fetchDepth: 0 in Azure Pipelines, git fetch --unshallow elsewhere)".to_owned()
    } else {
        format!("write {EXAMPLES}")
    };
    Ok(GitError(format!(
        "git knows no commit {name} in {root}: {why}"
    )))
}
