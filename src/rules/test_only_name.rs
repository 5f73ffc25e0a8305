//! Names of releases before 0.7, still found in samples.

use super::Case;
use crate::diagnostic::Origin;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "test-only-name",
    severity: Severity::Error,
    summary: "a name from the product's old test setup",
    why: "current releases neither make nor read objects of that name, so nothing would be signed or trusted",
    fix: "leave the name out to get the current one",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    let mut judge = |name: &str, origin: &Origin| {
        if name.ends_with("-test-only") {
            found.push(INFO.at(
                origin.clone(),
                format!("`{name}` is a fossil: releases before 0.7 used it for tests"),
            ));
        }
    };
    judge(&trust.bundle.name.value, &trust.bundle.name.origin);
    judge(&trust.issuer.name.value, &trust.issuer.name.origin);
    match &trust.issuer.signing {
        Signing::SelfSignedRoot(root) => judge(&root.secret.value, &root.secret.origin),
        Signing::CaSecret(ca) => judge(&ca.secret.value, &ca.secret.origin),
        Signing::Existing { .. } | Signing::Remote(_) | Signing::Intermediate(_) => {}
    }
}
