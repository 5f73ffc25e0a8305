//! SHA-1 and MD5 signatures. On a root nobody verifies the signature; on an intermediate everybody does.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-weak-signature",
    severity: Severity::Error,
    summary: "a CA certificate is signed with a broken digest",
    why: "current TLS libraries reject the chain; the digest can be forged",
    fix: "ask the PKI team for a certificate signed with SHA-256",
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
    let digest = certificate.weak_digest?;
    let message = format!("{} is signed with {digest}", described(certificate));
    let finding = at_certificate(&INFO, certificate, message);
    if !certificate.is_self_issued {
        return Some(finding);
    }
    let breaks = "a root's own signature is not verified, but scanners and auditors will ask";
    Some(finding.severity(Severity::Warning).breaks(breaks))
}
