//! A target may be left out since trust-manager 0.19.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-without-target",
    severity: Severity::Warning,
    summary: "a Bundle without a target",
    why: "it collects roots and writes them nowhere",
    fix: "add target.configMap with a key, and a namespaceSelector",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case
        .bundles()
        .filter(|bundle| bundle.object.value["spec"]["target"].is_null())
    {
        found.push(INFO.at(
            bundle.object.origin("/spec"),
            format!("{} writes nothing", bundle.object.title()),
        ));
    }
}
