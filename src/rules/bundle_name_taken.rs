//! trust-manager takes over a ConfigMap of the Bundle's name, key by key (`pkg/bundle/internal/target/target.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-name-taken",
    severity: Severity::Error,
    summary: "the bundle has the name of a ConfigMap that belongs to somebody else",
    why: "Kubernetes writes kube-root-ca.crt into every namespace: trust-manager and the API server would overwrite each other for ever, and pods could lose the API server's own CA",
    fix: "choose another name, or leave it out for <namespace>-aio-ca-trust-bundle",
};

/// ConfigMaps that a cluster makes by itself in every namespace.
const TAKEN: &[&str] = &[
    "kube-root-ca.crt",
    "openshift-service-ca.crt",
    "istio-ca-root-cert",
];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let name = &case.trust.bundle.name;
    if TAKEN.contains(&&*name.value) {
        found.push(INFO.at(
            name.origin.clone(),
            format!(
                "`{}` is a ConfigMap that the cluster makes itself",
                name.value
            ),
        ));
    }
}
