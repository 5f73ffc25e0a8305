//! Several are admitted, and the first one wins.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "vault-auth-ambiguous",
    severity: Severity::Warning,
    summary: "a Vault issuer with several ways to log in",
    why: "only one of them is used, in an order that the manifest does not show; the others mislead whoever rotates credentials",
    fix: "keep one of the methods under auth",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in case.issuers() {
        let methods: Vec<&str> = issuer.value["spec"]["vault"]["auth"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, method)| method.is_object())
            .map(|(name, _)| name.as_str())
            .collect();
        if methods.len() > 1 {
            let message = format!(
                "{} logs in by {}, and only one counts",
                issuer.title(),
                methods.join(" and ")
            );
            found.push(INFO.at(issuer.origin("/spec/vault/auth"), message));
        }
    }
}
