//! Without `usages` a certificate gets digital signature and key encipherment only (cert-manager `pkg/util/pki/csr.go`).

use serde_json::json;

use super::Case;
use crate::diagnostic::{Change, Diagnostic, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;

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
        if spec["isCA"] != true
            && spec["usages"]
                .as_array()
                .is_none_or(|usages| usages.is_empty())
        {
            let usages = json!([
                "digital signature",
                "key encipherment",
                "server auth",
                "client auth"
            ]);
            let change = Change::Insert("usages".to_owned(), usages);
            let fix = Fix::risky(
                "add usages",
                vec![certificate.edit(&Pointer::parse("/spec"), change)],
            );
            let message = format!("{} has no usages", certificate.title());
            found.push(INFO.at(certificate.origin("/spec"), message).fix(fix));
        }
    }
}
