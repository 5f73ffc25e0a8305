//! Two Certificates fight for one Secret (cert-manager `policies/checks.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeMap;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "secret-shared",
    severity: Severity::Warning,
    summary: "two Certificates share one Secret",
    why: "cert-manager issues both again and again, each overwriting the other, and servers change their certificate every few minutes",
    fix: "give each Certificate its own secretName",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = BTreeMap::new();
    for certificate in case.certificates() {
        let key = (
            certificate.namespace(),
            certificate.text("/spec/secretName"),
        );
        if key.1.is_empty() {
            continue;
        }
        match first.get(&key) {
            None => drop(first.insert(key, certificate)),
            Some(other) if other.name() == certificate.name() => {}
            Some(other) => {
                let message = format!(
                    "{} and {} share Secret `{}`",
                    other.title(),
                    certificate.title(),
                    key.1
                );
                let finding = INFO.at(certificate.origin("/spec/secretName"), message);
                found.push(finding.also(other.origin("/spec/secretName"), "the other one"));
            }
        }
    }
}
