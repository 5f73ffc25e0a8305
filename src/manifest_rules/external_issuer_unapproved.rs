//! The built-in approver approves cert-manager's own issuers only (chart value `approveSignerNames`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "external-issuer-unapproved",
    severity: Severity::Warning,
    summary: "an issuer of another group signs, and nothing here lets its requests be approved",
    why: "requests wait unapproved for ever unless RBAC or approver-policy allows that group; what lands in ca.crt is up to the issuer",
    fix: "add the signer to approveSignerNames of cert-manager's chart, and take the roots from files, not from ca.crt",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let group = certificate.text("/spec/issuerRef/group");
        if !group.is_empty() && group != "cert-manager.io" {
            let message = format!(
                "{} is signed by an issuer of {}",
                certificate.title(),
                shown(group)
            );
            found.push(INFO.at(certificate.origin("/spec/issuerRef/group"), message));
        }
    }
}
