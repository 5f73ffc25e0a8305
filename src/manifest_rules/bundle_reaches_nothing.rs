//! Targets are written into the namespaces that the selector takes (trust-manager `pkg/bundle/bundle.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-reaches-nothing",
    severity: Severity::Warning,
    summary: "a Bundle whose selector takes none of the namespaces here",
    why: "trust-manager writes the roots nowhere, without any error: clients find no ConfigMap, and their pods never start",
    fix: "put the label of the selector on the Namespace, or select by kubernetes.io/metadata.name",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let namespaces = case.named_namespaces();
    for bundle in case
        .bundles()
        .filter(|bundle| bundle.object.value["spec"]["target"].is_object())
    {
        // Without any Namespace at hand nobody can tell what labels there are.
        let none =
            !namespaces.is_empty() && namespaces.iter().all(|namespace| !bundle.takes(namespace));
        if !none || !bundle.has_selector() || bundle.selects_by_name() {
            continue;
        }
        let message = format!(
            "{} selects none of {}",
            bundle.object.title(),
            listed(&namespaces)
        );
        let origin = bundle.object.origin("/spec/target/namespaceSelector");
        found.push(
            INFO.at(origin, message)
                .also(namespaces[0].origin("/metadata"), "not taken"),
        );
    }
}

fn listed(namespaces: &[&crate::k8s::Object]) -> String {
    let names: Vec<String> = namespaces
        .iter()
        .take(5)
        .map(|namespace| format!("`{}`", namespace.name()))
        .collect();
    let more = namespaces.len().saturating_sub(5);
    format!(
        "{}{}",
        names.join(", "),
        if more == 0 {
            String::new()
        } else {
            format!(" and {more} more namespaces")
        }
    )
}
