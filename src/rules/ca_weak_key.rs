//! RSA below the policy; keys of kinds that Go and OpenSSL clients do not take.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::{Certificate, KeyKind};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-weak-key",
    severity: Severity::Error,
    summary: "a CA key that is too short",
    why: "clients with current defaults reject it, and whoever factors it can speak for every server of the site",
    fix: "ask the PKI team for a CA with RSA 3072 or longer, or ECDSA P-256 or longer",
};

/// What current guidance asks of a new CA; shorter is worth a note.
const ADVISED: usize = 3072;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let minimum = case.trust.policy.min_rsa_bits as usize;
    let anchors = case
        .trust
        .anchor_certificates()
        .map(|(_, certificate)| certificate);
    found.extend(
        anchors
            .chain(case.trust.chain())
            .filter_map(|certificate| judge(certificate, minimum)),
    );
}

/// The fact itself, wherever the certificate stands.
pub(super) fn judge(certificate: &Certificate, minimum: usize) -> Option<Diagnostic> {
    let bits = certificate.key.bits;
    let finding = || {
        let message = format!(
            "the key of {} is {}",
            described(certificate),
            certificate.key
        );
        at_certificate(&INFO, certificate, message)
    };
    match certificate.key.kind {
        KeyKind::Rsa if bits < minimum => {
            Some(finding().help(format!("policy.minRsaBits asks for {minimum}")))
        }
        KeyKind::Rsa if bits < ADVISED => {
            let breaks = "nothing today; guidance for CAs that live beyond 2030 asks for 3072 bits";
            let help = "plan RSA 3072 or ECDSA P-384 for the next root";
            Some(finding().severity(Severity::Note).breaks(breaks).help(help))
        }
        KeyKind::Ecdsa if bits < 256 => Some(finding()),
        KeyKind::Other => {
            Some(finding().breaks("clients written in Go or with OpenSSL's defaults cannot use it"))
        }
        _ => None,
    }
}
