//! What a rotation says of the next issuer must be something that this type of issuer has.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-issuer-misfit",
    severity: Severity::Error,
    summary: "rotation.issuer says something that this type of issuer does not have",
    why: "it would be ignored, and the issuer would never be switched",
    fix: "secretName belongs to issuer.ca, path to issuer.vault; of every other type somebody else changes the issuer, and only chain is written",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(rotation) = &case.trust.rotation else {
        return;
    };
    for misfit in &rotation.misfits {
        found.push(INFO.at(
            misfit.origin.clone(),
            format!("{}, and the issuer has none", misfit.value),
        ));
    }
}
