//! A finding as it may be shown: clean, and without confidential values of the files that it is about.

use crate::diagnostic::{Diagnostic, Label};
use crate::source::Sources;
use crate::text::{Clean, Untrusted};

/// The text of a finding.
pub(crate) struct Shown {
    /// One sentence.
    pub(crate) message: Clean,
    /// What will break: this finding's own text, else the rule's.
    pub(crate) consequence: Clean,
    /// What to type: this finding's own text, else the rule's.
    pub(crate) remedies: Vec<Clean>,
    /// The text at the primary place.
    pub(crate) primary: Clean,
    /// The texts at the other places.
    pub(crate) secondary: Vec<Clean>,
    /// What the fix does, if there is one.
    pub(crate) fix: Option<Clean>,
}

impl Shown {
    pub(crate) fn new(sources: &Sources, diagnostic: &Diagnostic) -> Self {
        let clean = |text: &Untrusted| sources.clean(diagnostic, text);
        let rule = diagnostic.rule;
        let remedies: Vec<Clean> = diagnostic.help.iter().map(clean).collect();
        Self {
            message: clean(&diagnostic.message),
            consequence: diagnostic
                .breaks
                .as_ref()
                .map_or_else(|| Clean::line(rule.why), clean),
            remedies: if remedies.is_empty() {
                vec![Clean::line(rule.fix)]
            } else {
                remedies
            },
            primary: clean(&diagnostic.primary.text),
            secondary: diagnostic
                .secondary
                .iter()
                .map(|label| clean(&label.text))
                .collect(),
            fix: diagnostic.fix.as_ref().map(|fix| clean(&fix.title)),
        }
    }

    /// Every place of the finding and the text at it, the primary one first.
    pub(crate) fn labels<'s>(
        &'s self,
        diagnostic: &'s Diagnostic,
    ) -> impl Iterator<Item = (&'s Label, &'s Clean)> {
        std::iter::once((&diagnostic.primary, &self.primary))
            .chain(diagnostic.secondary.iter().zip(&self.secondary))
    }
}
