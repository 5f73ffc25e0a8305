//! Without a namespace the client's own is taken.

use super::Case;
use crate::admission::Scope;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "namespace-unset",
    severity: Severity::Warning,
    summary: "a namespaced object without a namespace",
    why: "kubectl takes the context's, Flux fails unless it has a targetNamespace: the object lands in `default` or nowhere",
    fix: "write metadata.namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for object in &case.set.objects {
        if case.scope(object) == Some(Scope::Namespaced) && object.namespace().is_empty() {
            found.push(INFO.at(
                object.origin("/metadata"),
                format!("{} has no namespace", object.title()),
            ));
        }
    }
}
