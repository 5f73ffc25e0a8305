//! An Issuer signs in its own namespace only (cert-manager `pkg/controller/helper.go`).

use super::Case;
use crate::config::IssuerKind;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-out-of-reach",
    severity: Severity::Error,
    summary: "a certificate is outside the namespace of its Issuer",
    why: "it is never issued: an Issuer of that name is looked for in the namespace of the Certificate",
    fix: "use `issuer.kind: ClusterIssuer`, or put the certificate into the instance's namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    if case.trust.issuer.kind != IssuerKind::Issuer {
        return;
    }
    let home = &case.trust.instance.name.value;
    for leaf in case
        .trust
        .certificates
        .iter()
        .filter(|leaf| leaf.namespace.value != *home)
    {
        let message = format!(
            "certificate {} is in `{}`, and the Issuer signs in `{home}` only",
            leaf.name.value, leaf.namespace.value
        );
        found.push(INFO.at(leaf.namespace.origin.clone(), message));
    }
}
