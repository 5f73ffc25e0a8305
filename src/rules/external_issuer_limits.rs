//! What is known of external issuers: aws-privateca-issuer issues 427 and 428; Google CAS issuance policies.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "external-issuer-limits",
    severity: Severity::Note,
    summary: "an external issuer with known limits",
    why: "the intermediate may come out other than asked for",
    fix: "look at what it signed: kubectl get secret -o yaml | trustc inspect -",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::Intermediate(intermediate) = &case.trust.issuer.signing else {
        return;
    };
    let known = match &*intermediate.issuer.group {
        "awspca.cert-manager.io" => {
            "AWS Private CA signs CAs with path length 0 since issuer 1.1, ignores name constraints, and signs none from a CA shared by RAM; "
        }
        "cas-issuer.jetstack.io" => {
            "Google CAS signs a CA only if the pool's issuance policy allows it; "
        }
        _ => "",
    };
    let message = format!(
        "{known}what comes as ca.crt is up to the issuer, so clients get the roots of spec.anchors"
    );
    found.push(INFO.at(
        case.trust.origin("/spec/issuer/external/issuerRef/group"),
        message,
    ));
}
