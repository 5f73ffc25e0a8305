//! The API server overwrites the label with the name (kubernetes `pkg/apis/core/v1/defaults.go`).

use super::Case;
use crate::diagnostic::{Change, Diagnostic, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "namespace-label-differs",
    severity: Severity::Warning,
    summary: "kubernetes.io/metadata.name says another name than the Namespace has",
    why: "the server overwrites the value, and a GitOps tool sees a difference for ever",
    fix: "delete the label: the server sets it",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for namespace in case.set.of_kind("", &["Namespace"]) {
        let at = "/metadata/labels/kubernetes.io~1metadata.name";
        let label = namespace.text(at);
        if !label.is_empty() && label != namespace.name() {
            let fix = Fix::safe(
                "delete the label",
                vec![namespace.edit(&Pointer::parse(at), Change::Remove)],
            );
            let message = format!(
                "{} calls itself {} in its label",
                namespace.title(),
                shown(label)
            );
            found.push(INFO.at(namespace.origin(at), message).fix(fix));
        }
    }
}
