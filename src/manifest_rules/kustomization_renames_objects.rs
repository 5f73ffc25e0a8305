//! kustomize renames objects, and knows no references of cert-manager and trust-manager (kustomize `api/internal/konfig/builtinpluginconsts`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "kustomization-renames-objects",
    severity: Severity::Warning,
    summary: "a kustomization renames issuers, certificates or bundles, and not what refers to them",
    why: "issuerRef, secretName and the sources of Bundles still say the old names: nothing is issued, no client gets roots, and the installer was told other names",
    fix: "take namePrefix and nameSuffix out of this kustomization, or name the references in `configurations:`",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for kustomized in &case.set.kustomized {
        let kustomization = &kustomized.kustomization;
        if kustomization.value["configurations"].is_array() {
            continue;
        }
        let ours = |group: &str| matches!(group, "cert-manager.io" | "trust.cert-manager.io");
        let Some(first) = case
            .changed_by(kustomized)
            .find(|object| ours(object.group()))
        else {
            continue;
        };
        for field in ["/namePrefix", "/nameSuffix"] {
            let affix = kustomization.text(field);
            if !affix.is_empty() {
                let message = format!("{} is renamed with {}", first.title(), shown(affix));
                let finding = INFO.at(kustomization.origin(field), message);
                found.push(finding.also(
                    first.origin("/metadata/name"),
                    "what refers to it keeps the old name",
                ));
            }
        }
    }
}
