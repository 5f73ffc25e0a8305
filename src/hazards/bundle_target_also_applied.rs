//! trust-manager writes targets by server-side apply with force (`pkg/bundle/internal/target/target.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-target-also-applied",
    severity: Severity::Warning,
    summary: "a ConfigMap is applied that a Bundle also writes",
    why: "trust-manager and the GitOps tool overwrite each other for ever, and deleting the Bundle deletes the ConfigMap",
    fix: "apply one of the two",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles().filter(|bundle| bundle.object.value["spec"]["target"]["configMap"].is_object()) {
        let same = case.set.of_kind("", &["ConfigMap"]).filter(|map| map.name() == bundle.object.name());
        for map in same.filter(|map| bundle.selects(map.namespace()) != Some(false)) {
            let message = format!("{} is also written by {}", map.title(), bundle.object.title());
            found.push(
                INFO.at(map.origin("/metadata/name"), message)
                    .also(bundle.object.origin("/metadata/name"), "by this Bundle"),
            );
        }
    }
}
