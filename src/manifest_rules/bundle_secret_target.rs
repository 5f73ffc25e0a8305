//! Secret targets are off by default (trust-manager chart, `secretTargets.enabled`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-secret-target",
    severity: Severity::Warning,
    summary: "a Bundle writes Secrets",
    why: "unless trust-manager runs with secret targets enabled, nothing at all is written, not even the ConfigMap (SecretTargetsDisabled)",
    fix: "write a ConfigMap: roots are public; or set secretTargets.enabled and authorizedSecrets in trust-manager's chart",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        if bundle.object.value["spec"]["target"]["secret"].is_object() {
            let message = format!("{} writes Secrets", bundle.object.title());
            found.push(INFO.at(bundle.object.origin("/spec/target/secret"), message));
        }
    }
}
