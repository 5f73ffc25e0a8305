//! Compiling many configurations: in parallel, a bounded number at a time, and handed on in the order of the paths.

use std::collections::VecDeque;
use std::sync::mpsc;

use sha2::{Digest as _, Sha256};

use super::configuration::{Configuration, Configurations};
use super::kept::Kept;
use super::names::Names;
use super::report::{Format, form};
use super::sorted::Sorted;
use super::{Stop, Streams};
use crate::compile::{Options, Site};
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{Counts, Findings, human};
use crate::source::Sources;

/// So many sites are one task of a thread: the program stays in the caches of the processor while they are compiled, and the
/// file system while they are written. A site is some 50 kB.
const BATCH: usize = 16;
/// So many tasks for each thread are begun and not yet handed on.
const BATCHES_PER_THREAD: usize = 2;

/// Compiles configurations and does `work` on each, both in parallel; then hands site and result to `take`, one after the
/// other in the order of the paths. What `take` does not keep is gone: memory does not grow with the number of sites.
pub(super) fn compile_each<T: Send>(
    configurations: Configurations,
    options: &Options,
    work: impl Fn(&mut Site) -> T + Sync,
    mut take: impl FnMut(Site, T) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let one = |configuration: Result<Configuration, Stop>| {
        let mut site = configuration?.compile(options)?;
        let result = work(&mut site);
        Ok((site, result))
    };
    let mut names = Names::default();
    in_order(configurations.each()?, one, Ok, |(mut site, result)| {
        names.refuse_if_taken(&mut site)?;
        take(site, result)
    })
}

/// Does `first` on everything that is `given` and `then` on what came of it, in parallel and some at a time; and hands what
/// comes of that to `take`, one after the other.
pub(super) fn in_order<G: Send, S, R: Send>(
    given: impl IntoIterator<Item = G, IntoIter: ExactSizeIterator>,
    first: impl Fn(G) -> Result<S, Stop> + Sync,
    then: impl Fn(S) -> Result<R, Stop> + Sync,
    mut take: impl FnMut(R) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut waiting = given.into_iter();
    // A pool of threads costs more than one site.
    if waiting.len() <= 1 {
        return waiting.try_for_each(|given| take(then(first(given)?)?));
    }
    let at_once = BATCHES_PER_THREAD * rayon::current_num_threads();
    let size = waiting.len().div_ceil(at_once).min(BATCH);
    let work = |batch: Vec<G>| -> Vec<Result<R, Stop>> {
        let begun: Vec<Result<S, Stop>> = batch.into_iter().map(&first).collect();
        begun.into_iter().map(|begun| then(begun?)).collect()
    };
    rayon::in_place_scope_fifo(|scope| {
        let (work, mut begun) = (&work, VecDeque::with_capacity(at_once));
        loop {
            while begun.len() < at_once && waiting.len() > 0 {
                let batch: Vec<G> = waiting.by_ref().take(size).collect();
                let (done, result) = mpsc::sync_channel(1);
                // Nobody waits for it once something has gone wrong.
                scope.spawn_fifo(move |_| drop(done.send(work(batch))));
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

/// Compiles configurations and keeps what was found, for those who need all of it. A site that is alone is kept whole, and
/// of several those in which nothing was found are not kept.
pub(super) fn compile_all(
    configurations: Configurations,
    options: &Options,
) -> Result<Vec<Site>, Stop> {
    let (mut sites, several) = (Vec::new(), configurations.len() > 1);
    let release = |site: &mut Site| {
        if several {
            site.release();
        }
    };
    let keep = |site: Site, ()| {
        if !several || !site.diagnostics.is_empty() {
            sites.push(site);
        }
        Ok(())
    };
    compile_each(configurations, options, release, keep)?;
    Ok(sites)
}

/// Prints findings as they come where the form can, and keeps them to the end where it is one document.
pub(super) struct Reporter {
    /// The report that is printed at the end. Without one, findings are printed as they come, as text for people.
    kept: Option<Kept>,
    counts: Counts,
    worst: Option<(Severity, &'static str)>,
    /// Digests of what has been said: a fault in a file that ten thousand sites extend is one fault.
    said: Sorted,
    /// Nobody reads on. That changes nothing about what is found.
    closed: bool,
}

impl Reporter {
    /// Prints findings as they come.
    pub(super) fn at_once() -> Self {
        Self {
            kept: None,
            counts: Counts::default(),
            worst: None,
            said: Sorted::default(),
            closed: false,
        }
    }

    /// Prints text for people as it comes, and a report of any other form at the end.
    pub(super) fn new(format: Format, streams: &Streams<'_>) -> Self {
        if format == Format::Human {
            Self::at_once()
        } else {
            Self::of_one(format, streams)
        }
    }

    /// Prints a report at the end.
    pub(super) fn of_one(format: Format, streams: &Streams<'_>) -> Self {
        Self {
            kept: Some(Kept::new(form(format, streams.rules_url.as_deref()))),
            ..Self::at_once()
        }
    }

    /// The findings of one configuration or cluster.
    pub(super) fn take(
        &mut self,
        sources: Sources,
        mut diagnostics: Vec<Diagnostic>,
        streams: &mut Streams<'_>,
    ) -> Result<(), Stop> {
        for diagnostic in std::mem::take(&mut diagnostics) {
            let identity = identity(&sources, &diagnostic);
            if self.said.get(&identity)?.is_none() {
                self.said.insert(&identity, b"")?;
                diagnostics.push(diagnostic);
            }
        }
        self.counts += Counts::of(&diagnostics);
        for diagnostic in &diagnostics {
            if self
                .worst
                .is_none_or(|(severity, _)| diagnostic.severity < severity)
            {
                self.worst = Some((diagnostic.severity, diagnostic.rule.id));
            }
        }
        let findings = Findings {
            sources: &sources,
            diagnostics: &diagnostics,
        };
        if let Some(kept) = &mut self.kept {
            return kept.add(&findings);
        }
        let text = human(&findings, streams.style());
        if self.closed || text.is_empty() {
            return Ok(());
        }
        match streams
            .errors
            .write_all(text.as_bytes())
            .map_err(Stop::from)
        {
            Err(Stop::Closed) => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }

    /// What was not printed at once.
    pub(super) fn kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// The rule of the first of the worst findings.
    pub(super) fn worst(&self) -> Option<&'static str> {
        self.worst.map(|(_, rule)| rule)
    }

    /// That nobody reads on, if it is so.
    pub(super) fn written(&self) -> Result<(), Stop> {
        if self.closed {
            Err(Stop::Closed)
        } else {
            Ok(())
        }
    }

    /// Prints what is left, where it is not the result. Returns the counts of everything.
    pub(super) fn finish(self, streams: &mut Streams<'_>) -> Result<Counts, Stop> {
        if let Some(kept) = self.kept {
            kept.write(streams.errors, &Stop::from)?;
        }
        Ok(self.counts)
    }
}

/// The same for the same words at the same places, whichever site brought them up.
fn identity(sources: &Sources, diagnostic: &Diagnostic) -> [u8; 32] {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let places = labels.map(|label| (sources.get(label.origin.source).name(), &label.origin.place));
    let words = (
        diagnostic.rule.id,
        &diagnostic.message,
        &diagnostic.help,
        places.collect::<Vec<_>>(),
    );
    Sha256::digest(format!("{words:?}")).into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_is_given_is_handed_on_in_order_and_some_at_a_time() {
        for given in [0, 1, 2, 17, 1000] {
            let (begun, mut taken) = (AtomicUsize::new(0), Vec::new());
            let first = |n: usize| {
                begun.fetch_add(1, Ordering::SeqCst);
                // Later ones are done sooner.
                std::thread::sleep(std::time::Duration::from_micros(100 - n as u64 % 100));
                Ok(n)
            };
            let take = |n| {
                taken.push(n);
                let ahead = begun.load(Ordering::SeqCst) - taken.len();
                assert!(
                    ahead <= BATCH * BATCHES_PER_THREAD * rayon::current_num_threads(),
                    "{ahead} are in memory"
                );
                Ok(())
            };
            assert!(in_order(0..given, first, |n| Ok(2 * n), take).is_ok());
            assert_eq!(taken, (0..given).map(|n| 2 * n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_fault_in_order_ends_it() {
        let fault = |n: usize| Err::<usize, _>(Stop::Failed(n.to_string()));
        let ended = |at_first: usize, at_then: usize, at_take: usize| {
            let mut taken = 0;
            let end = in_order(
                0..1000,
                |n| if n >= at_first { fault(n) } else { Ok(n) },
                |n| if n >= at_then { fault(n) } else { Ok(n) },
                |n| {
                    taken += 1;
                    if n >= at_take {
                        fault(n).map(drop)
                    } else {
                        Ok(())
                    }
                },
            );
            let Err(Stop::Failed(message)) = end else {
                panic!("it goes on")
            };
            (message, taken)
        };
        assert_eq!(ended(300, 700, 999), ("300".to_owned(), 300));
        assert_eq!(ended(700, 300, 999), ("300".to_owned(), 300));
        assert_eq!(ended(700, 800, 300), ("300".to_owned(), 301));
    }
}
