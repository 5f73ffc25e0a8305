//! Compiling many sites: in parallel, a bounded number at a time, and handed on in the order of the paths.

use std::collections::VecDeque;
use std::sync::mpsc;

use super::{Failure, Job, SiteNames};
use crate::compile::{Options, Site};

/// Sites in one task of a thread: fewer, and threads wait for each other; more, and too much is in memory.
const BATCH: usize = 16;
/// Tasks of each thread that are begun and not yet handed on.
const BATCHES_PER_THREAD: usize = 2;

/// Compiles sites and does `work` on each, both in parallel; then hands site and result to `take`, one after the other in the
/// order of the jobs.
///
/// # Errors
/// The first job that could not be done, or what `take` fails with.
pub(crate) fn compile_each<T: Send, E: From<Failure> + Send>(
    jobs: Vec<Job>,
    options: &Options,
    work: impl Fn(&mut Site) -> T + Sync,
    mut take: impl FnMut(Site, T) -> Result<(), E>,
) -> Result<(), E> {
    let one = |job: Job| {
        let mut site = job.compile(options)?;
        let result = work(&mut site);
        Ok((site, result))
    };
    let mut names = SiteNames::default();
    ordered_parallel(jobs, one, |(mut site, result)| {
        names.claim(&mut site);
        take(site, result)
    })
}

/// Does `work` on everything that is `given`, in parallel and some at a time; and hands what comes of it to `take`, one after
/// the other.
///
/// # Errors
/// The first one in order, of `work` or of `take`.
pub(crate) fn ordered_parallel<G: Send, R: Send, E: Send>(
    given: Vec<G>,
    work: impl Fn(G) -> Result<R, E> + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting = given.into_iter();
    // A pool of threads costs more than one site.
    if waiting.len() <= 1 {
        return waiting.try_for_each(|given| take(work(given)?));
    }
    let at_once = BATCHES_PER_THREAD * rayon::current_num_threads();
    let size = waiting.len().div_ceil(at_once).min(BATCH);
    let work_on = |batch: Vec<G>| batch.into_iter().map(&work).collect::<Vec<Result<R, E>>>();
    rayon::in_place_scope_fifo(|scope| {
        let (work_on, mut begun) = (&work_on, VecDeque::with_capacity(at_once));
        loop {
            while begun.len() < at_once && waiting.len() > 0 {
                let batch: Vec<G> = waiting.by_ref().take(size).collect();
                let (done, result) = mpsc::sync_channel(1);
                // Nobody waits for it once something has gone wrong.
                scope.spawn_fifo(move |_| drop(done.send(work_on(batch))));
                begun.push_back(result);
            }
            // A task without a result has panicked, and so will this scope.
            let Some(Ok(done)) = begun.pop_front().map(|result| result.recv()) else {
                return Ok(());
            };
            done.into_iter().try_for_each(|done| take(done?))?;
        }
    })
}

/// Compiles sites and keeps what was found, for those who need all of it. A site that is alone is kept whole, and of several
/// those in which nothing was found are not kept.
///
/// # Errors
/// The first job that could not be done.
pub(crate) fn compile_all(jobs: Vec<Job>, options: &Options) -> Result<Vec<Site>, Failure> {
    let (mut sites, several) = (Vec::new(), jobs.len() > 1);
    let release = |site: &mut Site| {
        if several {
            site.release();
        }
    };
    let keep = |site: Site, ()| {
        if !several || !site.diagnostics.is_empty() {
            sites.push(site);
        }
        Ok::<(), Failure>(())
    };
    compile_each(jobs, options, release, keep)?;
    Ok(sites)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_is_given_is_handed_on_in_order_and_some_at_a_time() {
        for given in [0, 1, 2, 17, 1000] {
            let (begun, mut taken) = (AtomicUsize::new(0), Vec::new());
            let work = |n: usize| {
                begun.fetch_add(1, Ordering::SeqCst);
                // Later ones are done sooner.
                std::thread::sleep(std::time::Duration::from_micros(100 - n as u64 % 100));
                Ok(2 * n)
            };
            let take = |n| {
                taken.push(n);
                let ahead = begun.load(Ordering::SeqCst) - taken.len();
                assert!(
                    ahead <= BATCH * BATCHES_PER_THREAD * rayon::current_num_threads(),
                    "{ahead} are in memory"
                );
                Ok::<(), Failure>(())
            };
            assert!(ordered_parallel((0..given).collect(), work, take).is_ok());
            assert_eq!(taken, (0..given).map(|n| 2 * n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_fault_in_order_ends_it() {
        for (at_work, at_take, ends, handed_on) in [(300, 999, 300, 300), (700, 300, 300, 301)] {
            let mut taken = 0;
            let end = ordered_parallel(
                (0..1000).collect(),
                |n: usize| if n >= at_work { Err(n) } else { Ok(n) },
                |n| {
                    taken += 1;
                    if n >= at_take { Err(n) } else { Ok(()) }
                },
            );
            assert_eq!((end, taken), (Err(ends), handed_on));
        }
    }
}
