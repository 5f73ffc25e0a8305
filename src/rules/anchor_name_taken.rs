//! Two anchors of one name.

use std::collections::BTreeMap;

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-name-taken",
    severity: Severity::Error,
    summary: "two anchors have one name",
    why: "reviews and reports name roots by it: with two of one name somebody retires the wrong one",
    fix: "give each anchor a name of its own, such as corp-root-2026",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = BTreeMap::new();
    for anchor in &case.trust.anchors {
        match first.get(&anchor.name.value) {
            None => drop(first.insert(&anchor.name.value, &anchor.name.origin)),
            Some(other) => {
                let message = format!("there is an anchor `{}` already", anchor.name.value);
                found.push(
                    INFO.at(anchor.name.origin.clone(), message)
                        .also((*other).clone(), "first here"),
                );
            }
        }
    }
}
