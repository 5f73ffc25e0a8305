//! `kubectl create configmap --from-file` puts DER into binaryData; nobody reads it there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::pki::is_certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "config-map-holds-der",
    severity: Severity::Warning,
    summary: "a certificate in DER where PEM is read",
    why: "trust-manager and clients of the broker read PEM only: the Bundle finds no certificate, or pods crash while they load it",
    fix: "convert it: openssl x509 -inform der -in root.der -out root.pem, and put the text into data",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for map in case.set.of_kind("", &["ConfigMap"]) {
        for (key, value) in map.value["binaryData"].as_object().into_iter().flatten() {
            let text: String = value
                .as_str()
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            if STANDARD
                .decode(text)
                .is_ok_and(|bytes| is_certificate(&bytes))
            {
                let message = format!("{} holds a certificate in DER under `{key}`", map.title());
                let at = Pointer::parse("/binaryData").key(key);
                found.push(INFO.at(map.key_origin(&at), message));
            }
        }
    }
}
