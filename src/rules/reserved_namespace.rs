//! Namespaces that Kubernetes keeps for itself.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Located;
use crate::types::DnsLabel;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "reserved-namespace",
    severity: Severity::Error,
    summary: "a namespace that belongs to Kubernetes",
    why: "an emitted Namespace would adopt it, and pruning it one day would delete what the cluster runs on; roots in kube-* reach system pods",
    fix: "use a namespace of your own; the product's default is azure-iot-operations",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    judge(found, &trust.instance.name, true);
    judge(
        found,
        &trust.trust_namespace.name,
        trust.trust_namespace.create,
    );
    // The first reader is the instance's namespace, judged above.
    trust
        .bundle
        .readers
        .iter()
        .skip(1)
        .for_each(|reader| judge(found, reader, false));
}

/// `default` may be read from, but neither be made nor hold the instance.
fn judge(found: &mut Vec<Diagnostic>, namespace: &Located<DnsLabel>, owned: bool) {
    let name: &str = &namespace.value;
    if name.starts_with("kube-") || (owned && name == "default") {
        found.push(INFO.at(
            namespace.origin.clone(),
            format!("`{name}` belongs to Kubernetes"),
        ));
    }
}
