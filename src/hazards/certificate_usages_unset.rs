//! Without `usages` a certificate gets digital signature and key encipherment only (cert-manager `pkg/util/pki/csr.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-usages-unset",
    severity: Severity::Warning,
    summary: "a server or client certificate that does not say what it is for",
    why: "the certificate has no extended key usage; strict peers refuse it as a server or client certificate",
    fix: "add usages: server auth and, or, client auth, with digital signature",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let spec = &certificate.value["spec"];
        if spec["isCA"] != true && spec["usages"].as_array().is_none_or(|usages| usages.is_empty()) {
            found.push(INFO.at(certificate.origin("/spec"), format!("{} has no usages", certificate.title())));
        }
    }
}
