//! The fingerprint that was handed over is not that of the file.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-pin-mismatch",
    severity: Severity::Error,
    summary: "an anchor is another certificate than the one that was agreed on",
    why: "either the file or the fingerprint is wrong; with the wrong root every client rejects the right servers and trusts wrong ones",
    fix: "compare both with the PKI team: openssl x509 -in FILE -noout -fingerprint -sha256",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for anchor in &case.trust.anchors {
        let Some(pin) = &anchor.sha256 else { continue };
        match anchor.certificates.as_slice() {
            [] => {}
            [only] if only.fingerprint == pin.value.hex() => {}
            [only] => {
                let message = format!(
                    "the certificate of anchor `{}` has another SHA-256 fingerprint",
                    anchor.name.value
                );
                let finding = INFO.at(pin.origin.clone(), message).label("agreed on");
                found.push(
                    finding.also(only.found.text.clone(), format!("has {}", only.fingerprint)),
                );
            }
            several => {
                let message = format!(
                    "anchor `{}` has one sha256 and {} certificates",
                    anchor.name.value,
                    several.len()
                );
                found.push(
                    INFO.at(pin.origin.clone(), message)
                        .help("give each certificate an anchor of its own"),
                );
            }
        }
    }
}
