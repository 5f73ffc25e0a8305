//! `--changed-since`: which sites have an input that differs from a commit.

use std::env;
use std::path::{Path, PathBuf};

use super::Stop;
use crate::git::{GitError, Repository, WorkTree, resolve};
use crate::text::Clean;

/// The work tree of the repository that holds the working folder, against a commit.
pub(super) struct Changed {
    working_folder: PathBuf,
    tree: WorkTree,
}

impl Changed {
    /// # Errors
    /// git is missing, the working folder is in no work tree, one of the paths is in another one, or the reference is none.
    pub(super) fn since(reference: &str, paths: &[PathBuf]) -> Result<Self, Stop> {
        let working_folder = env::current_dir()
            .map_err(|error| Stop::Failed(format!("cannot tell the working folder: {error}")))?;
        let search = env::var_os("PATH").unwrap_or_default();
        let repository = Repository::discover(&working_folder, &search).map_err(failed)?;
        for path in paths {
            let real = resolve(&working_folder.join(path), &mut |_| {});
            if !real.is_some_and(|real| real.starts_with(repository.root())) {
                return Err(Stop::Failed(format!(
                    "--changed-since: {} is not in {}, the repository of the working folder: change to a folder of its repository first (cd REPOSITORY)",
                    Clean::path(&path),
                    Clean::path(repository.root())
                )));
            }
        }
        Ok(Self {
            working_folder,
            tree: WorkTree::since(repository, reference).map_err(failed)?,
        })
    }

    /// Whether one of these files differs.
    pub(super) fn any<'p>(&self, mut inputs: impl Iterator<Item = &'p Path>) -> bool {
        inputs.any(|input| self.tree.differs(&self.working_folder.join(input)))
    }
}

fn failed(error: GitError) -> Stop {
    Stop::Failed(format!("--changed-since: {error}"))
}
