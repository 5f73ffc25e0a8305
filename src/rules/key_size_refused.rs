//! Sizes that cert-manager's webhook takes (`internal/apis/certmanager/validation/certificate.go`).

use super::Case;
use crate::config::KeyAlgorithm;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "key-size-refused",
    severity: Severity::Error,
    summary: "a key size that its algorithm does not have",
    why: "cert-manager's webhook refuses the Certificate, so no root is ever made",
    fix: "RSA: 2048 to 8192; ECDSA: 256, 384 or 521 (not 512); Ed25519: no size",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = case.trust.root() else { return };
    let Some(size) = root.private_key.size else { return };
    let minimum = case.trust.policy.min_rsa_bits;
    let (fits, message) = match root.private_key.algorithm {
        KeyAlgorithm::Rsa => (
            (minimum..=8192).contains(&size),
            format!("an RSA key of {size} bits is refused: {minimum} to 8192 are taken here"),
        ),
        KeyAlgorithm::Ecdsa => {
            ([256, 384, 521].contains(&size), format!("there is no NIST curve of {size} bits: 256, 384 or 521"))
        }
        KeyAlgorithm::Ed25519 => (false, "an Ed25519 key has one size only: delete this".to_owned()),
    };
    if !fits {
        found.push(INFO.at(case.trust.origin("/spec/root/privateKey/size"), message));
    }
}
