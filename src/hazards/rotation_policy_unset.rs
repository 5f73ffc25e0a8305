//! The default changed from Never to Always in cert-manager 1.18.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-policy-unset",
    severity: Severity::Warning,
    summary: "a CA whose rotationPolicy is not written",
    why: "since cert-manager 1.18 it gets a new key at each renewal: whatever trusts the old certificate rejects everything signed after",
    fix: "write privateKey.rotationPolicy: Never, or Always once its roots are handed out from copies",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates().filter(|certificate| certificate.value["spec"]["isCA"] == true) {
        if certificate.text("/spec/privateKey/rotationPolicy").is_empty() {
            let message = format!("{} leaves its rotationPolicy to the release of cert-manager", certificate.title());
            found.push(INFO.at(certificate.origin("/spec/privateKey"), message));
        }
    }
}
