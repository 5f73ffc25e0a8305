//! An intermediate in the bundle: clients then trust it as if it were a root, for as long as they have it.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-is-intermediate",
    severity: Severity::Error,
    summary: "an anchor is an intermediate, not a root",
    why: "verifiers that want a self-signed root (OpenSSL without -partial_chain among them) reject every server; the others keep trusting the intermediate after its issuer has revoked it",
    fix: "put the root that issued it into the bundle, and the intermediate into the issuer's chain",
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
    if !certificate.is_ca || certificate.is_self_signed() {
        return None;
    }
    let described = described(certificate);
    let message = if certificate.names_as_issuer(certificate) {
        format!("{described} bears its issuer's name, but another key than its own signed it")
    } else {
        format!(
            "{described} is an intermediate issued by `{}`",
            certificate.issuer
        )
    };
    Some(at_certificate(&INFO, certificate, message))
}
