//! Samples and applications hard-code `ca.crt`.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-key-unusual",
    severity: Severity::Note,
    summary: "the key in the trust ConfigMap is not ca.crt",
    why: "manifests copied from samples mount /var/run/certs/ca.crt and find nothing there",
    fix: "leave `key` out unless something on this site needs the other name",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let key = &case.trust.bundle.key;
    if &*key.value != "ca.crt" {
        found.push(INFO.at(
            key.origin.clone(),
            format!("clients must look for `{}`, not for `ca.crt`", key.value),
        ));
    }
}
