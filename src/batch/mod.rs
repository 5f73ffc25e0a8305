//! Many sites: which jobs the paths on a command line are, compiled in parallel and handed on in their order, each under a
//! name of its own.

mod discover;
mod job;
mod parallel;
mod site_names;
mod walk;

use crate::diagnostic::Bug;
use crate::source::ReadFault;

pub(crate) use discover::{Manifests, configurations, discover, files, manifests_beside};
pub(crate) use job::Job;
pub(crate) use parallel::{compile_all, compile_each, ordered_parallel};
pub(crate) use site_names::SiteNames;
pub(crate) use walk::files_below;

/// Why the job as a whole could not be done, in one sentence.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl From<Bug> for Failure {
    fn from(bug: Bug) -> Self {
        Self(bug.to_string())
    }
}

impl From<ReadFault> for Failure {
    fn from(fault: ReadFault) -> Self {
        Self(fault.to_string())
    }
}
