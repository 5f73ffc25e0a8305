//! A rotation between roots that are not there, or not two.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-anchor-unknown",
    severity: Severity::Error,
    summary: "spec.rotation names an anchor that is not among spec.anchors",
    why: "the bundle would keep the old root for ever, or never get the new one",
    fix: "write the names of two anchors: both stay in spec.anchors until the rotation is over",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(rotation) = &case.trust.rotation else {
        return;
    };
    let known = |name: &str| {
        case.trust
            .anchors
            .iter()
            .chain(&rotation.absent)
            .any(|anchor| *anchor.name.value == *name)
    };
    for (which, anchor) in [("from", &rotation.from), ("to", &rotation.to)] {
        if !known(&anchor.value) {
            found.push(INFO.at(
                anchor.origin.clone(),
                format!("{which}: there is no anchor `{}`", anchor.value),
            ));
        }
    }
    if rotation.from.value == rotation.to.value {
        let message = format!("`{}` would be replaced by itself", rotation.to.value);
        found.push(INFO.at(rotation.to.origin.clone(), message));
    }
}
