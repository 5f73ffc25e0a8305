//! Expired roots are kept unless trust-manager runs with `--filter-expired-certificates`.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-source-expired",
    severity: Severity::Warning,
    summary: "a Bundle hands out a root that has ended",
    why: "clients that trust only this reject every server",
    fix: "take it out, and bring the root that follows it",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for source in &case.trusted {
        for certificate in source.reading.certificates.iter().filter(|certificate| certificate.not_after < case.now) {
            let (bundle, day) = (source.bundle.title(), certificate.not_after.date());
            let message = format!("{bundle} hands out `{}`, which ended on {day}", certificate.title());
            found.push(INFO.at(certificate.found.text.clone(), message));
        }
    }
}
