//! Findings of all sites of a run: printed as they come where the format can, and kept to the end where it is one document.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::buffered_report::BufferedReport;
use super::report::{Format, form};
use super::{Stop, Streams};
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{Counts, Findings, human};
use crate::source::Sources;

/// How many findings are drawn before they are printed: the text of all may be many times the file that they are about.
const AT_ONCE: usize = 500;

/// Prints findings as they come where the form can, and keeps them to the end where it is one document.
pub(super) struct Reporter {
    /// The report that is printed at the end. Without one, findings are printed as they come, as text for people.
    kept: Option<BufferedReport>,
    counts: Counts,
    worst: Option<(Severity, &'static str)>,
    /// Digests of what has been said: a fault in a file that ten thousand sites extend is one fault.
    said: HashSet<[u8; 16]>,
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
            said: HashSet::new(),
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
            kept: Some(BufferedReport::new(form(
                format,
                streams.rules_url.as_deref(),
            ))),
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
            if self.said.insert(identity(&sources, &diagnostic)) {
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
        for some in diagnostics.chunks(AT_ONCE) {
            if self.closed {
                break;
            }
            let diagnostics = some;
            let text = human(
                &Findings {
                    diagnostics,
                    ..findings
                },
                streams.style(),
            );
            match streams.errors.drawn(&text).map_err(Stop::from) {
                Err(Stop::Closed) => self.closed = true,
                other => other?,
            }
        }
        Ok(())
    }

    /// What was not printed at once.
    pub(super) fn kept(&mut self) -> Option<BufferedReport> {
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
            kept.write(&mut streams.errors, &Stop::from)?;
        }
        Ok(self.counts)
    }
}

/// The same for the same words at the same places, whichever site brought them up.
fn identity(sources: &Sources, diagnostic: &Diagnostic) -> [u8; 16] {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let places = labels.map(|label| (sources.get(label.origin.source).name(), &label.origin.place));
    let words = (
        diagnostic.rule.id,
        &diagnostic.message,
        &diagnostic.help,
        places.collect::<Vec<_>>(),
    );
    let digest = Sha256::digest(format!("{words:?}"));
    *digest.first_chunk().unwrap_or(&[0; 16])
}
