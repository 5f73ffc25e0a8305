//! How far a long run is, on a terminal. A line of our own: one number in one line needs no crate.

use std::time::{Duration, Instant};

use super::{Stop, Streams};

/// A run that is shorter than this shows nothing.
const QUIET: Duration = Duration::from_secs(1);
/// How often the line changes at most.
const EVERY: Duration = Duration::from_millis(100);

/// A line such as `1200 of 10000 sites`, which is gone before anything else is printed.
pub(super) struct Progress {
    total: usize,
    done: usize,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// For `total` sites. Without a terminal on the error stream it never shows anything.
    pub(super) fn new(total: usize, streams: &Streams<'_>) -> Self {
        let next = streams.terminal.interactive.then(|| Instant::now() + QUIET);
        Self { total, done: 0, next, shown: false }
    }

    /// One more site is done.
    pub(super) fn step(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        self.done += 1;
        let now = Instant::now();
        if let Some(next) = self.next.filter(|next| now >= *next) {
            write!(streams.errors, "\r{} of {} sites\x1b[K", self.done, self.total)?;
            streams.errors.flush()?;
            self.next = Some(next.max(now) + EVERY);
            self.shown = true;
        }
        Ok(())
    }

    /// Makes room for other lines.
    pub(super) fn clear(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        if std::mem::take(&mut self.shown) {
            write!(streams.errors, "\r\x1b[K")?;
        }
        Ok(())
    }
}
