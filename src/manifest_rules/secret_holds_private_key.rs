//! A Secret with its key among manifests.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::json_pointer::Pointer;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "secret-holds-private-key",
    severity: Severity::Warning,
    summary: "a private key among the manifests",
    why: "what is in git is copied, mirrored and kept for ever: whoever reads the repository can sign as this CA or server",
    fix: "let cert-manager make the Secret, or bring it by External Secrets, the secret store or SOPS; replace the key",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for secret in case.set.of_kind("", &["Secret"]) {
        for field in ["data", "stringData"] {
            let values = secret.value[field].as_object().into_iter().flatten();
            let keys = values.filter(|(key, value)| {
                value
                    .as_str()
                    .is_some_and(|text| !text.is_empty() && is_key(key, text))
            });
            for (key, _) in keys {
                let at = Pointer::root().key(field).key(key);
                found.push(INFO.at(
                    secret.key_origin(&at),
                    format!("{} holds a private key", secret.title()),
                ));
            }
        }
    }
}

/// By its name, or by what its first line says; SOPS leaves its own mark in place of the value.
fn is_key(name: &str, text: &str) -> bool {
    let encrypted = text.starts_with("ENC[");
    !encrypted
        && (name == "tls.key"
            || text.contains("PRIVATE KEY")
            || text.starts_with("LS0tLS1CRUdJTiBQUklWQVRFIEtFW"))
}
