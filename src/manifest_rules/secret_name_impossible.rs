//! cert-manager does not check the name of a CA Secret.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;
use crate::types::refusal;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "secret-name-impossible",
    severity: Severity::Warning,
    summary: "an issuer names a Secret that cannot exist",
    why: "the issuer is admitted and never becomes ready",
    fix: "Secret names are DNS subdomains: a-z, 0-9, '-' and '.'",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in case.issuers() {
        let name = issuer.text("/spec/ca/secretName");
        if let Some(refusal) = refusal("dns-subdomain", name).filter(|_| !name.is_empty()) {
            let message = format!(
                "no Secret can be called {}: {}",
                shown(name),
                refusal.reason
            );
            found.push(INFO.at(issuer.origin("/spec/ca/secretName"), message));
        }
    }
}
