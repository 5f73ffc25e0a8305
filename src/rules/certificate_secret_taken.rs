//! Two Certificates with one Secret fight for ever; one over the CA's Secret destroys the CA (cert-manager `policies/checks.go`, `certificaterequests/sync.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeMap;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-secret-taken",
    severity: Severity::Error,
    summary: "the Secret of a certificate is somebody else's",
    why: "cert-manager issues both again and again, each overwriting the other; or the CA is overwritten with a leaf, and nothing can be issued any more",
    fix: "give each certificate a secretName of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken = BTreeMap::new();
    if let Some(secret) = case.trust.signing_secret() {
        taken.insert((case.trust.secret_namespace(), secret), None);
    }
    for leaf in &case.trust.certificates {
        let (namespace, secret) = (&leaf.namespace.value, &leaf.secret.value);
        match taken.get(&(namespace, secret)).copied() {
            None => drop(taken.insert((namespace, secret), Some(leaf))),
            Some(other) => {
                let whose = other.map_or("the CA that signs".to_owned(), |other| {
                    format!("certificate {}", other.name.value)
                });
                let message = format!(
                    "certificate {} would be written into the Secret of {whose}",
                    leaf.name.value
                );
                found.push(INFO.at(leaf.secret.origin.clone(), message));
            }
        }
    }
}
