//! Sizes that cert-manager's webhook takes (`internal/apis/certmanager/validation/certificate.go`).

use super::Case;
use crate::config::{KeyAlgorithm, PrivateKey};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "key-size-refused",
    severity: Severity::Error,
    summary: "a key size that its algorithm does not have",
    why: "cert-manager's webhook refuses the Certificate, so it is never issued",
    fix: "RSA: 2048 to 8192; ECDSA: 256, 384 or 521 (not 512); Ed25519: no size",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let made = case.trust.made_ca().map(|ca| (&ca.private_key, ca.at));
    let leaves = case
        .trust
        .certificates
        .iter()
        .map(|leaf| (&leaf.private_key, leaf.at.as_str()));
    for (key, at) in made.into_iter().chain(leaves) {
        let Some(size) = key.size else { continue };
        if let Some(message) = refused(case.trust.policy.min_rsa_bits, key, size) {
            found.push(INFO.at(case.trust.origin(&format!("{at}/privateKey/size")), message));
        }
    }
}

fn refused(minimum: u32, key: &PrivateKey, size: u32) -> Option<String> {
    let (fits, message) = match key.algorithm {
        KeyAlgorithm::Rsa => (
            (minimum..=8192).contains(&size),
            format!("an RSA key of {size} bits is refused: {minimum} to 8192 are taken here"),
        ),
        KeyAlgorithm::Ecdsa => (
            [256, 384, 521].contains(&size),
            format!("there is no NIST curve of {size} bits: 256, 384 or 521"),
        ),
        KeyAlgorithm::Ed25519 => (
            false,
            "an Ed25519 key has one size only: delete this".to_owned(),
        ),
    };
    (!fits).then_some(message)
}
