//! The name becomes a label value on every target (trust-manager `pkg/bundle/internal/target/target.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-name-not-a-label",
    severity: Severity::Warning,
    summary: "the name of a Bundle is longer than 63 characters",
    why: "the Bundle is admitted and then writes nothing: no namespace ever gets the roots",
    fix: "shorten the name to 63 characters",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        let length = bundle.object.name().len();
        if length > 63 {
            found.push(INFO.at(
                bundle.object.origin("/metadata/name"),
                format!("the Bundle's name has {length} characters"),
            ));
        }
    }
}
