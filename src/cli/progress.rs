//! How far a long run is, on a terminal. A line of our own: one number in one line needs no crate.

use std::time::{Duration, Instant};

use super::{Stop, Streams};
use crate::text::Clean;

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
        Self {
            total,
            done: 0,
            next,
            shown: false,
        }
    }

    /// One more site is done.
    pub(super) fn step(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        self.done += 1;
        let now = Instant::now();
        if let Some(next) = self.next.filter(|next| now >= *next) {
            let line = format!("{} of {} sites", self.done, self.total);
            streams.errors.progress(&Clean::line(&line))?;
            self.next = Some(next.max(now) + EVERY);
            self.shown = true;
        }
        Ok(())
    }

    /// Makes room for other lines.
    pub(super) fn clear(&mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        if std::mem::take(&mut self.shown) {
            streams.errors.progress(&Clean::default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Printer, Terminal};

    /// What is shown of a run of some steps that began so long ago.
    fn shown(interactive: bool, began: Duration, steps: usize) -> String {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let terminal = Terminal {
            interactive,
            ..Terminal::default()
        };
        let mut streams = Streams {
            input: &mut std::io::empty(),
            output: Printer::new(&mut output),
            errors: Printer::new(&mut errors),
            terminal,
            rules_url: None,
        };
        let mut progress = Progress::new(1000, &streams);
        progress.next = progress.next.and_then(|next| next.checked_sub(began));
        for _ in 0..steps {
            assert!(progress.step(&mut streams).is_ok());
        }
        assert!(progress.clear(&mut streams).is_ok());
        String::from_utf8(errors).expect("text")
    }

    #[test]
    fn a_long_run_says_how_far_it_is_and_takes_that_back() {
        let text = shown(true, Duration::from_secs(2), 3);
        assert!(
            text.starts_with("\r1 of 1000 sites\x1b[K") && text.ends_with("\r\x1b[K"),
            "{text:?}"
        );
        assert_eq!(
            text.matches("sites").count(),
            1,
            "not at every step: {text:?}"
        );
    }

    #[test]
    fn short_runs_and_files_see_nothing_of_it() {
        assert_eq!(shown(true, Duration::ZERO, 3), "");
        assert_eq!(shown(false, Duration::from_secs(2), 3), "");
    }
}
