//! trust-manager writes targets by server-side apply with force (`pkg/bundle/internal/target/target.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-target-also-applied",
    severity: Severity::Warning,
    summary: "a ConfigMap that a Bundle writes is somebody else's",
    why: "trust-manager and its owner overwrite each other for ever, and deleting the Bundle deletes the ConfigMap",
    fix: "apply one of the two, or give the Bundle another name",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case
        .bundles()
        .filter(|bundle| bundle.object.value["spec"]["target"]["configMap"].is_object())
    {
        if bundle.object.name() == "kube-root-ca.crt" {
            let message = "Kubernetes itself keeps a ConfigMap kube-root-ca.crt in every namespace";
            found.push(
                INFO.at(bundle.object.origin("/metadata/name"), message)
                    .help("give the Bundle another name"),
            );
        }
        let same = case.named("ConfigMap", bundle.object.name()).iter();
        for map in same.filter(|map| bundle.selects(map.namespace()) != Some(false)) {
            let message = format!(
                "{} is also written by {}",
                map.title(),
                bundle.object.title()
            );
            found.push(
                INFO.at(map.origin("/metadata/name"), message)
                    .also(bundle.object.origin("/metadata/name"), "by this Bundle"),
            );
        }
    }
}
