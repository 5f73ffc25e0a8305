//! An empty issuer name breaks strict verifiers (cert-manager `selfsigned.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "self-signed-without-subject",
    severity: Severity::Warning,
    summary: "a self-signed CA without a subject",
    why: "its issuer name is empty: cert-manager warns (BadConfig), and strict verifiers reject every chain under it",
    fix: "write commonName or subject",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let self_signed = case
            .issuer_of(certificate)
            .is_some_and(|issuer| issuer.value["spec"]["selfSigned"].is_object());
        let spec = &certificate.value["spec"];
        let named = ["commonName", "literalSubject"]
            .iter()
            .any(|key| spec[*key].as_str().is_some_and(|text| !text.is_empty()));
        if self_signed
            && !named
            && spec["subject"]
                .as_object()
                .is_none_or(|subject| subject.is_empty())
        {
            found.push(INFO.at(
                certificate.origin("/spec"),
                format!("{} has no subject and signs itself", certificate.title()),
            ));
        }
    }
}
