//! Git, which is only ever asked: what a commit holds, and whether a file of the work tree is still the same.
//!
//! Files below a work tree come from people who may not run anything here. So the repository is the one of the working folder, and
//! its `.git` is passed to git by name: what else looks like a repository is data. Only plumbing commands run, with an
//! environment and a configuration of their own ([`program`]); files are compared here, so no filter or diff driver that
//! attributes select ever runs.
//!
//! The git program, not a library: gix compiles 60 more crates in 110 CPU seconds, and cannot read repositories with reftables.

mod ignored;
mod listing;
mod program;
mod reference;
mod resolve;
mod work_tree;

use crate::text::Clean;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use resolve::resolve;
pub(crate) use work_tree::WorkTree;

use listing::Listing;
use program::Program;

/// What git could not do, and what to type, in one sentence.
#[derive(Debug)]
pub(crate) struct GitError(String);

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A repository with a work tree.
pub(crate) struct Repository {
    /// The folder that holds `.git`, without links in its path.
    root: PathBuf,
    program: Program,
}

impl Repository {
    /// The repository that holds a folder. Environment variables such as GIT_DIR do not count, and neither does `core.worktree`:
    /// a bare repository is none, and the folder that holds `.git` is the work tree.
    ///
    /// # Errors
    /// There is no repository, or no git.
    pub(crate) fn discover(folder: &Path, search: &OsStr) -> Result<Self, GitError> {
        let real = resolve(folder, &mut |_| {}).unwrap_or_else(|| folder.to_path_buf());
        let Some(root) = real.ancestors().find(|folder| is_root(folder)) else {
            return Err(GitError(format!(
                "no git repository holds the working folder {}: change to a folder of the repository first (cd REPOSITORY); GIT_DIR does not count",
                Clean::path(&real)
            )));
        };
        Ok(Self {
            root: root.to_path_buf(),
            program: Program::find(search, root)?,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The id of the commit that a reference names.
    ///
    /// # Errors
    /// It names none, or more than one.
    fn commit(&self, reference: &str) -> Result<String, GitError> {
        reference::commit(self, reference)
    }

    /// Every file of a commit.
    fn files(&self, commit: &str) -> Result<Listing, GitError> {
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", commit];
        let output = self.program.output(&arguments)?.map_err(|said| {
            GitError(format!(
                "git cannot list the files of commit {commit} in {}: {said}; fetch its trees (git fetch --refetch --filter=blob:none, or a full clone)",
                Clean::path(&self.root)
            ))
        })?;
        Ok(Listing::new(output))
    }

    /// The files of the index that a sparse checkout leaves out of the work tree.
    fn left_out(&self) -> Result<Listing, GitError> {
        let output = self.program.output(&["ls-files", "-z", "-t", "--stage"])?;
        Ok(Listing::of_tagged(&output.unwrap_or_default(), b"S "))
    }
}

/// Whether git would take a folder for the top of a work tree: with a repository in `.git`, or a file that names it.
fn is_root(folder: &Path) -> bool {
    let git = folder.join(".git");
    git.is_file() || git.join("HEAD").symlink_metadata().is_ok()
}
