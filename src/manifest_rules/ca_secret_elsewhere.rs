//! Where issuers look for Secrets: the cluster resource namespace, or the Issuer's own (cert-manager `pkg/controller/helper.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-secret-elsewhere",
    severity: Severity::Warning,
    summary: "the CA Certificate is in another namespace than its issuer looks in",
    why: "the issuer never becomes ready: its Secret exists, but elsewhere",
    fix: "put the Certificate into cert-manager's namespace for a ClusterIssuer, into the Issuer's own for an Issuer",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in case.issuers() {
        let Some(name) = issuer.value["spec"]["ca"]["secretName"].as_str() else {
            continue;
        };
        let wanted = case.secret_namespace(issuer);
        let places = case.namespaces_providing("Secret", name);
        if !places.is_empty() && !places.contains(&wanted) && !places.contains(&"") {
            let message = format!(
                "{} looks for Secret `{name}` in `{wanted}`, and it is made in `{}`",
                issuer.title(),
                places.join("`, `")
            );
            found.push(INFO.at(issuer.origin("/spec/ca/secretName"), message));
        }
    }
}
