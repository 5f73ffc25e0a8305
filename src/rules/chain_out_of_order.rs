//! cert-manager signs with the first certificate of `tls.crt` (`pkg/util/kube/pki.go`); the rest it sorts itself.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "chain-out-of-order",
    severity: Severity::Error,
    summary: "the issuing certificate is not the first of the chain",
    why: "cert-manager takes the first certificate of tls.crt for the issuing one: its key does not fit, and every signing fails",
    fix: "put the issuing certificate first, then the one that issued it, the root last",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let chain: Vec<&Certificate> = case.trust.chain().iter().collect();
    let Some(finding) = judge(&chain, &case.linked) else {
        return;
    };
    found.push(match case.trust.issuer.signing {
        Signing::CaSecret(_) => finding,
        _ => finding
            .severity(Severity::Warning)
            .breaks("if the issuer's own chain stands like this, servers send it so, and strict clients reject it"),
    });
}

/// The fact itself: `linked` is what hangs together in `chain`, the issuing certificate first.
pub(super) fn judge(chain: &[&Certificate], linked: &[&Certificate]) -> Option<Diagnostic> {
    let (first, issuing) = (chain.first()?, linked.first()?);
    if first.fingerprint == issuing.fingerprint {
        return None;
    }
    let message = format!(
        "{} comes first, but {} is the issuing certificate",
        described(first),
        described(issuing)
    );
    Some(at_certificate(&INFO, first, message))
}
