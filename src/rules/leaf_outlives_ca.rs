//! A leaf issued just before its CA is renewed lives on under the old certificate of the CA.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "leaf-outlives-ca",
    severity: Severity::Warning,
    summary: "a server certificate may live longer than the CA that signed it",
    why: "between the end of the old root and the renewal of the server certificate, clients that still hold the old root reject the broker",
    fix: "make root.renewBefore at least as long as broker.certificate.duration",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = case.trust.root() else { return };
    let leaf = case.trust.broker.certificate.duration;
    if root.renew_before.value < leaf {
        let message = format!(
            "the root is renewed {} before its end, and the broker's certificate lives {leaf}",
            root.renew_before.value
        );
        let finding = INFO.at(root.renew_before.origin.clone(), message);
        found.push(finding.also(case.trust.origin("/spec/broker/certificate/duration"), "longer than that"));
    }
}
