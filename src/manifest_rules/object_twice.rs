//! Two manifests of one object.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeMap;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "object-twice",
    severity: Severity::Warning,
    summary: "one object is written twice",
    why: "the last one applied wins, kustomize refuses both, and Argo CD warns with RepeatedResourceWarning",
    fix: "delete one of the two",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = BTreeMap::new();
    for object in &case.set.objects {
        let key = (
            object.group(),
            object.kind(),
            object.namespace(),
            object.name(),
        );
        match first.get(&key) {
            None => drop(first.insert(key, object)),
            Some(other) if object.name().is_empty() || std::ptr::eq(*other, object) => {}
            Some(other) => {
                let finding = INFO.at(
                    object.origin("/metadata/name"),
                    format!("{} is written twice", object.title()),
                );
                found.push(finding.also(other.origin("/metadata/name"), "first here"));
            }
        }
    }
}
