//! An anchor that should have left the bundle.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-past-retirement",
    severity: Severity::Warning,
    summary: "an anchor is still there after its last day",
    why: "a root that is no longer needed can still vouch for any server, and its key may be guarded less by now",
    fix: "delete the anchor once no living certificate chains to it, or move retireAfter",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for anchor in &case.trust.anchors {
        if let Some(day) = anchor
            .retire_after
            .as_ref()
            .filter(|day| case.terms.is_over(day.value))
        {
            let message = format!(
                "anchor `{}` was to leave after {}",
                anchor.name.value, day.value
            );
            found.push(INFO.at(day.origin.clone(), message));
        }
    }
}
