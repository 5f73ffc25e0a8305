//! Keys that other tools, or trustc itself, write.

use super::Case;
use crate::diagnostic::Origin;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "reserved-metadata-key",
    severity: Severity::Error,
    summary: "a label or annotation key that belongs to somebody else",
    why: "the owner of the key overwrites it, or believes it: Argo CD would adopt or delete the objects, GitOps would see a difference for ever",
    fix: "delete the key, or use a prefix of your own, such as example.com/",
};

const KEYS: &[&str] = &[
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/instance",
    "kubernetes.io/metadata.name",
    "kubectl.kubernetes.io/last-applied-configuration",
    "argocd.argoproj.io/instance",
    "argocd.argoproj.io/tracking-id",
];
const PREFIXES: &[&str] = &[
    "trustc.dev/",
    "config.kubernetes.io/",
    "internal.config.kubernetes.io/",
    "config.k8s.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "pod-security.kubernetes.io/",
    "trust.cert-manager.io/",
    "trust-manager.io/",
];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let labels = case.trust.labels.keys().map(|key| ("labels", key));
    let annotations = case
        .trust
        .annotations
        .keys()
        .map(|key| ("annotations", key));
    for (field, key) in labels.chain(annotations) {
        if KEYS.contains(&key.as_str()) || PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
            let origin = Origin::key(
                case.trust.source,
                Pointer::parse("/spec").key(field).key(key),
            );
            found.push(INFO.at(
                origin,
                format!("{} in spec.{field} belongs to another tool", shown(key)),
            ));
        }
    }
}
