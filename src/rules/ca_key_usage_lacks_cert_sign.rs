//! keyUsage without keyCertSign (RFC 5280 4.2.1.3).

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-key-usage-lacks-cert-sign",
    severity: Severity::Error,
    summary: "a CA certificate may not sign certificates",
    why: "cert-manager signs with it all the same, and every client rejects what it signed",
    fix: "ask the PKI team for a CA certificate with key usage keyCertSign",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let anchors = case
        .trust
        .anchor_certificates()
        .map(|(_, certificate)| certificate);
    found.extend(anchors.chain(case.trust.chain()).filter_map(judge));
}

/// The fact itself, wherever the certificate stands.
pub(super) fn judge(certificate: &Certificate) -> Option<Diagnostic> {
    let message = || {
        format!(
            "the key usage of {} lacks keyCertSign",
            described(certificate)
        )
    };
    let lacks = certificate.is_ca && certificate.cert_sign == Some(false);
    lacks.then(|| at_certificate(&INFO, certificate, message()))
}
