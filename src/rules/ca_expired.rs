//! cert-manager and trust-manager ask nobody whether a CA still lives; every client does.

use super::{Case, Terms, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-expired",
    severity: Severity::Error,
    summary: "a CA certificate has expired",
    why: "no certificate verifies under it any more: every client rejects the servers that chain to it, while all resources look healthy",
    fix: "take the new certificate from the PKI team; of an old root beside a new one, delete the old",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let anchors = case
        .trust
        .anchor_certificates()
        .map(|(_, certificate)| certificate);
    found.extend(
        anchors
            .chain(case.trust.chain())
            .filter_map(|certificate| judge(certificate, case.terms)),
    );
}

/// The fact itself, wherever the certificate stands.
pub(super) fn judge(certificate: &Certificate, terms: Terms) -> Option<Diagnostic> {
    let message = || {
        format!(
            "{} expired on {}",
            described(certificate),
            certificate.not_after.date()
        )
    };
    (terms.now > certificate.not_after).then(|| at_certificate(&INFO, certificate, message()))
}
