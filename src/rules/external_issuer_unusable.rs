//! Which external issuers sign a CA: step-issuer refuses isCA (its README); groups of cert-manager have types of their own.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "external-issuer-unusable",
    severity: Severity::Error,
    summary: "an external issuer that cannot sign the intermediate",
    why: "the intermediate is never issued, and so nothing else",
    fix: "use one that signs CAs (AWS Private CA, Google CAS with a fitting template, EJBCA), or bring the CA as a Secret",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::Intermediate(intermediate) = &case.trust.issuer.signing else {
        return;
    };
    let group = &*intermediate.issuer.group;
    let message = match group {
        "cert-manager.io" => "issuers of cert-manager's own group have types of their own here",
        "certmanager.step.sm" => "step-issuer refuses certificates with isCA",
        _ => return,
    };
    found.push(INFO.at(
        case.trust.origin("/spec/issuer/external/issuerRef/group"),
        message,
    ));
}
