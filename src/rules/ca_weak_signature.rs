//! SHA-1 and MD5 signatures. On a root nobody verifies the signature; on an intermediate everybody does.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-weak-signature",
    severity: Severity::Error,
    summary: "a CA certificate is signed with a broken digest",
    why: "current TLS libraries reject the chain; the digest can be forged",
    fix: "ask the PKI team for a certificate signed with SHA-256",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let anchors = case.trust.anchor_certificates().map(|(_, certificate)| certificate);
    for certificate in anchors.chain(case.trust.chain()) {
        let Some(digest) = certificate.weak_digest else { continue };
        let message = format!("{} is signed with {digest}", described(certificate));
        let finding = at_certificate(&INFO, certificate, message);
        found.push(if certificate.is_self_issued {
            finding
                .severity(Severity::Warning)
                .breaks("a root's own signature is not verified, but scanners and auditors will ask")
        } else {
            finding
        });
    }
}
