//! No selector, or an empty one, selects every namespace (trust-manager `pkg/bundle/bundle.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-every-namespace",
    severity: Severity::Warning,
    summary: "a Bundle writes into every namespace of the cluster",
    why: "every namespace, kube-system and tenants of others included, gets and keeps a ConfigMap of these roots; upstream has announced to change what an absent selector means",
    fix: "select the readers: namespaceSelector with kubernetes.io/metadata.name In [...]",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        let target = &bundle.object.value["spec"]["target"];
        let selector = &target["namespaceSelector"];
        let empty = |key: &str| {
            selector[key].as_object().is_none_or(|m| m.is_empty())
                && selector[key].as_array().is_none_or(|a| a.is_empty())
        };
        let writes = target["configMap"].is_object() || target["secret"].is_object();
        if writes && empty("matchLabels") && empty("matchExpressions") {
            let message = format!("{} selects every namespace", bundle.object.title());
            found.push(INFO.at(
                bundle.object.origin("/spec/target/namespaceSelector"),
                message,
            ));
        }
    }
}
