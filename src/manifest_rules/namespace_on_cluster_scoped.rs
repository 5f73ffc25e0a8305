//! The API server drops the field silently; tools do not.

use super::Case;
use crate::admission::Scope;
use crate::diagnostic::{Change, Diagnostic, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "namespace-on-cluster-scoped",
    severity: Severity::Warning,
    summary: "a namespace on an object that has none",
    why: "GitOps tools take it for part of the identity and see a difference for ever, or fail to find the object",
    fix: "delete metadata.namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for object in &case.set.objects {
        if case.scope(object) == Some(Scope::Cluster) && !object.namespace().is_empty() {
            let message = format!("{} is cluster-scoped and has a namespace", object.title());
            let at = Pointer::parse("/metadata/namespace");
            let fix = Fix::safe(
                "delete metadata.namespace",
                vec![object.edit(&at, Change::Remove)],
            );
            found.push(INFO.at(object.origin(at.as_str()), message).fix(fix));
        }
    }
}
