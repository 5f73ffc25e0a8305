//! cert-manager posts a request to be signed (`pkg/issuer/vault`); other endpoints make a key of their own.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "vault-path-not-sign",
    severity: Severity::Error,
    summary: "a Vault path that is no sign endpoint",
    why: "every request fails: Vault answers with another thing than a signed certificate, or not at all",
    fix: "write the sign endpoint of the role: <mount>/sign/<role>",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::Remote(remote) = &case.trust.issuer.signing else {
        return;
    };
    let path = remote.spec["path"].as_str().unwrap_or_default();
    if remote.kind == "vault"
        && !path
            .split('/')
            .any(|segment| matches!(segment, "sign" | "sign-verbatim"))
    {
        let message = format!("{} has no `sign` in it", shown(path));
        found.push(INFO.at(case.trust.origin("/spec/issuer/vault/path"), message));
    }
}
