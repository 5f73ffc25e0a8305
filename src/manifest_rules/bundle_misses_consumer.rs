//! A pod that mounts a ConfigMap which is not in its namespace does not start.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-misses-consumer",
    severity: Severity::Warning,
    summary: "a namespace whose clients read a bundle is not selected by it",
    why: "the pods wait for a ConfigMap that is never written there; or somebody copies it by hand, and it is stale at the next rotation",
    fix: "add the namespace to the selector of the Bundle",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for (consumer, pointer, name) in case.config_map_readers() {
        let Some(bundle) = case
            .bundle(name)
            .filter(|b| b.object.value["spec"]["target"]["configMap"].is_object())
        else {
            continue;
        };
        let namespace = consumer.namespace();
        let written = case
            .named("ConfigMap", name)
            .iter()
            .any(|map| map.namespace() == namespace);
        if namespace.is_empty() || written || case.reaches(&bundle, namespace) != Some(false) {
            continue;
        }
        let message = format!(
            "{} in `{namespace}` reads `{name}`, which is not written there",
            consumer.title()
        );
        let selector = bundle.object.origin("/spec/target/namespaceSelector");
        found.push(
            INFO.at(consumer.origin(&pointer), message)
                .also(selector, "does not select it"),
        );
    }
}
