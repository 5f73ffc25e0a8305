//! Labels are put only on namespaces that are emitted.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-selector-misses-instance",
    severity: Severity::Warning,
    summary: "the selector may not take the namespace of the instance",
    why: "without the bundle the instance's pods do not start: their volume does not exist",
    fix: "let the Namespace be emitted (namespaces.instance.create), or label it: kubectl label namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    if let Some(labels) = trust
        .bundle
        .selector
        .as_ref()
        .filter(|_| !trust.instance.create)
    {
        let labels: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let name = &trust.instance.name.value;
        let message = format!("namespace `{name}` is not emitted, and so not labelled");
        let finding = INFO.at(trust.origin("/spec/bundle/selector"), message);
        found.push(finding.help(format!(
            "kubectl label namespace {name} {}",
            labels.join(" ")
        )));
    }
}
