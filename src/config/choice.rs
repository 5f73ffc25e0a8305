//! Fields that exclude or need each other.

use super::faults::{self, MISSING_FIELD};
use super::load::CONFLICTING_FIELDS;
use crate::diagnostic::{Diagnostic, Origin, SourceId};
use crate::json_pointer::Pointer;

/// Several fields of one object, of which only some combinations mean anything.
pub(super) struct Choice {
    at: Pointer,
    /// Each field, and whether it is written.
    ways: Vec<(&'static str, bool)>,
    law: Law,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Law {
    OneOf,
    AtMostOneOf,
    AllOrNone,
}

impl Choice {
    pub(super) fn one_of<const N: usize>(at: Pointer, ways: [(&'static str, bool); N]) -> Self {
        Self {
            at,
            ways: ways.to_vec(),
            law: Law::OneOf,
        }
    }

    pub(super) fn at_most_one_of<const N: usize>(
        at: Pointer,
        ways: [(&'static str, bool); N],
    ) -> Self {
        Self {
            at,
            ways: ways.to_vec(),
            law: Law::AtMostOneOf,
        }
    }

    pub(super) fn all_or_none<const N: usize>(
        at: Pointer,
        ways: [(&'static str, bool); N],
    ) -> Self {
        Self {
            at,
            ways: ways.to_vec(),
            law: Law::AllOrNone,
        }
    }

    /// What is wrong with the combination that is written.
    pub(super) fn fault(&self, id: SourceId) -> Option<Diagnostic> {
        let (written, missing): (Vec<_>, Vec<_>) =
            self.ways.iter().partition(|(_, is_there)| *is_there);
        let place = || faults::place(&self.at);
        match (self.law, written.as_slice(), missing.as_slice()) {
            (Law::OneOf, [], _) => {
                let all: Vec<String> = self
                    .ways
                    .iter()
                    .map(|(way, _)| format!("`{way}`"))
                    .collect();
                let message = format!("one of {} is missing in {}", all.join(" and "), place());
                let fault = MISSING_FIELD.at(Origin::value(id, self.at.clone()), message);
                Some(fault.help(format!("add one of {}", all.join(", "))))
            }
            (Law::OneOf | Law::AtMostOneOf, [(first, _), .., (last, _)], _) => {
                let message = format!("`{first}` and `{last}` exclude each other in {}", place());
                let fault = CONFLICTING_FIELDS.at(Origin::key(id, self.at.key(last)), message);
                Some(fault.also(Origin::key(id, self.at.key(first)), "also written"))
            }
            (Law::AllOrNone, [(first, _), ..], [(other, _), ..]) => {
                let message = format!("`{first}` needs `{other}` in {}", place());
                let fault = MISSING_FIELD.at(Origin::key(id, self.at.key(first)), message);
                Some(fault.help(format!("add `{other}` beside `{first}`")))
            }
            _ => None,
        }
    }
}
