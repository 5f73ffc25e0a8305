//! Checked only with duration or renewBefore, and there as its mirror image (cert-manager `certificate.go` against `renewaltime.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "renewal-percentage-ignored",
    severity: Severity::Warning,
    summary: "a renewBeforePercentage that nobody checks",
    why: "without a duration the webhook does not look at it, and a value that makes no sense is ignored at run time: a third of the life is used",
    fix: "write renewBefore instead",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let spec = &certificate.value["spec"];
        let Some(percentage) = spec["renewBeforePercentage"].as_i64() else {
            continue;
        };
        if spec["duration"].is_null() && !(1..100).contains(&percentage) {
            let message = format!(
                "{} renews {percentage} percent before its end",
                certificate.title()
            );
            found.push(INFO.at(certificate.origin("/spec/renewBeforePercentage"), message));
        }
    }
}
