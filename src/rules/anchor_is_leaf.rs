//! A certificate without the CA flag (RFC 5280 4.2.1.9) in the bundle. trust-manager keeps it by default.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-is-leaf",
    severity: Severity::Error,
    summary: "an anchor is no CA",
    why: "no certificate that it is said to have signed verifies under it: every client rejects every server",
    fix: "put the root CA's certificate here: the last one that `openssl s_client -showcerts` names as issuer",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(
        case.trust
            .anchor_certificates()
            .filter_map(|(_, certificate)| judge(certificate)),
    );
}

/// The fact itself, wherever clients look for what to trust.
pub(super) fn judge(certificate: &Certificate) -> Option<Diagnostic> {
    if certificate.is_ca {
        return None;
    }
    let why = if certificate.is_v3 {
        "it has no CA flag"
    } else {
        "X.509 version 1 knows no CA flag"
    };
    let message = format!("{} is no CA certificate: {why}", described(certificate));
    Some(at_certificate(&INFO, certificate, message))
}
