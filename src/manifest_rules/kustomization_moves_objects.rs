//! kustomize's `namespace:` overwrites metadata.namespace of everything below it, whatever is written there.

use super::Case;
use crate::admission::Scope;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "kustomization-moves-objects",
    severity: Severity::Warning,
    summary: "a kustomization moves objects into another namespace than they were written for",
    why: "the CA's Certificate and the roots leave the namespace where cert-manager and trust-manager look for them: the issuer never becomes ready, the Bundle finds no source",
    fix: "take `namespace:` out of this kustomization and write metadata.namespace in each object, or keep the trust objects in a kustomization of their own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for kustomized in &case.set.kustomized {
        let namespace = kustomized.kustomization.text("/namespace");
        let moved: Vec<_> = case
            .changed_by(kustomized)
            .filter(|object| case.scope(object) == Some(Scope::Namespaced))
            .filter(|object| !object.namespace().is_empty() && object.namespace() != namespace)
            .collect();
        let Some(first) = moved.first().filter(|_| !namespace.is_empty()) else {
            continue;
        };
        let more = if moved.len() > 1 {
            format!(" and {} more", moved.len() - 1)
        } else {
            String::new()
        };
        let message = format!(
            "{}{more} would be moved into {}",
            first.title(),
            shown(namespace)
        );
        let finding = INFO.at(kustomized.kustomization.origin("/namespace"), message);
        let written = format!("written for {}", shown(first.namespace()));
        found.push(finding.also(first.origin("/metadata/namespace"), written));
    }
}
