//! One site to compile: a file, a row of a fleet, or a file that was refused before it could be read.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::compile::{Given, Options, Site, compile, compile_row, inputs, inputs_of_row};
use crate::config::Fleet;
use crate::source::{Limit, Source, read_named, without_detours};
use crate::text::Clean;

/// A site to compile.
pub(crate) enum Job {
    /// A file: where it is, and, if it has been read already, what it holds.
    File {
        path: Box<Path>,
        source: Option<Box<Source>>,
        /// The folder on the command line that it was found in.
        within: Option<Arc<Path>>,
        /// The fleet whose glob found it.
        fleet: Option<Arc<Fleet>>,
    },
    /// A row of a fleet.
    Row {
        fleet: Arc<Fleet>,
        row: usize,
        within: Option<Arc<Path>>,
    },
    /// A file that could not be read.
    Refused(Box<Site>),
}

impl Job {
    pub(crate) fn file(path: PathBuf, source: Option<Source>, within: Option<Arc<Path>>) -> Self {
        Self::File {
            path: path.into(),
            source: source.map(Box::new),
            within,
            fleet: None,
        }
    }

    /// The files that the site depends on. None if that cannot be told.
    pub(crate) fn inputs(&self, options: &Options) -> Result<Option<Vec<PathBuf>>, Failure> {
        Ok(match self {
            Self::File {
                path,
                source: _,
                within,
                fleet,
            } => {
                let source = read_named(path, Limit::Configuration)?;
                let given = Given {
                    path,
                    source,
                    within: within.as_deref(),
                    fleet: fleet.as_deref(),
                };
                inputs(given, options)
            }
            Self::Row { fleet, row, within } => {
                inputs_of_row(fleet, *row, within.as_deref(), options)
            }
            Self::Refused(_) => None,
        })
    }

    pub(crate) fn compile(self, options: &Options) -> Result<Site, Failure> {
        match self {
            Self::File {
                path,
                source,
                within,
                fleet,
            } => {
                let source = match source {
                    Some(source) => *source,
                    None => read_named(&path, Limit::Configuration)?,
                };
                let given = Given {
                    path: &path,
                    source,
                    within: within.as_deref(),
                    fleet: fleet.as_deref(),
                };
                Ok(compile(given, options)?)
            }
            Self::Row { fleet, row, within } => {
                Ok(compile_row(&fleet, row, within.as_deref(), options)?)
            }
            Self::Refused(site) => Ok(*site),
        }
    }
}

/// Each job once, by the text of its path. What a fleet's glob has found is a site of the fleet, wherever else it was found.
///
/// # Errors
/// The globs of two fleets with different bases find the same file: what it extends must not depend on their order.
pub(super) fn each_once(jobs: Vec<Job>) -> Result<Vec<Job>, Failure> {
    let mut by_glob: BTreeMap<&Path, &Fleet> = BTreeMap::new();
    for job in &jobs {
        if let Job::File {
            path,
            fleet: Some(fleet),
            ..
        } = job
            && let Some(other) = by_glob.insert(path, fleet)
            && base(other) != base(fleet)
        {
            return Err(Failure(format!(
                "{} is found by the globs of two fleets that extend different files, one of them {}: narrow one of the two",
                Clean::path(&path),
                Clean::path(&fleet.path())
            )));
        }
    }
    let mut seen = HashSet::new();
    let is_new: Vec<bool> = jobs
        .iter()
        .map(|job| match job {
            Job::File {
                path, fleet: None, ..
            } if by_glob.contains_key(&**path) => false,
            Job::File { path, .. } => seen.insert((&**path, None)),
            Job::Row { fleet, row, .. } => seen.insert((fleet.path(), Some(*row))),
            Job::Refused(_) => true,
        })
        .collect();
    drop((by_glob, seen));
    let once = jobs.into_iter().zip(is_new);
    Ok(once
        .filter_map(|(job, is_new)| is_new.then_some(job))
        .collect())
}

/// The file that the sites of a fleet extend.
fn base(fleet: &Fleet) -> Option<PathBuf> {
    let (base, file) = fleet.base()?;
    Some(without_detours(&file.with_file_name(base)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_twice_is_there_once() {
        for (given, once) in [
            (&["a", "b", "c"][..], &["a", "b", "c"][..]),
            (&["b", "a", "b", "c", "a"], &["b", "a", "c"]),
            (&["a", "a"], &["a"]),
            (&["sites/a", "./sites/a"], &["sites/a", "./sites/a"]),
        ] {
            let jobs = given.iter().map(|path| Job::file(path.into(), None, None));
            let jobs = each_once(jobs.collect()).expect("no fleets");
            let paths = jobs.iter().map(|job| match job {
                Job::File { path, .. } => path.to_path_buf(),
                Job::Row { .. } | Job::Refused(_) => panic!("a file"),
            });
            assert_eq!(
                paths.collect::<Vec<_>>(),
                once.iter().map(PathBuf::from).collect::<Vec<_>>()
            );
        }
    }
}
