//! `--changed-since`: the jobs whose files differ from a commit.

use std::path::PathBuf;

use rayon::prelude::*;

use super::Stop;
use super::changed::Changed;
use crate::batch::Job;
use crate::compile::Options;

/// The jobs that have changed, if only those are wanted. What cannot be told is compiled.
pub(super) fn only_changed(
    jobs: Vec<Job>,
    since: Option<&str>,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Vec<Job>, Stop> {
    let Some(reference) = since else {
        return Ok(jobs);
    };
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Stop::Failed(
            "--changed-since compares files, and standard input is none".to_owned(),
        ));
    }
    let changed = Changed::since(reference, paths)?;
    let judge = |job: Job| {
        let inputs = job.inputs(options)?;
        let is_wanted =
            inputs.is_none_or(|inputs| changed.any(inputs.iter().map(PathBuf::as_path)));
        Ok(is_wanted.then_some(job))
    };
    let judged: Result<Vec<Option<Job>>, Stop> = jobs.into_par_iter().map(judge).collect();
    Ok(judged?.into_iter().flatten().collect())
}
