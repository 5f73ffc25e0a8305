//! cert-manager links all of `tls.crt` and the first of `ca.crt` into one chain (`pkg/util/pki/parse_certificate_chain.go`).

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "chain-stray-certificate",
    severity: Severity::Error,
    summary: "a certificate that does not belong to the issuer's chain",
    why: "cert-manager cannot link the Secret's certificates into one chain (\"certificate chain is malformed or broken\") and never signs anything",
    fix: "take it out of the chain; further roots belong into spec.anchors",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(issuing) = case.linked.first() else { return };
    for certificate in case.trust.chain() {
        if case.linked.iter().any(|one| one.fingerprint == certificate.fingerprint) {
            continue;
        }
        let message = format!("{} is not in the chain above {}", described(certificate), described(issuing));
        let finding = at_certificate(&INFO, certificate, message);
        found.push(match case.trust.issuer.signing {
            Signing::CaSecret(_) => finding,
            _ => finding.severity(Severity::Warning).breaks("nothing, if the issuer sends another chain than this"),
        });
    }
}
