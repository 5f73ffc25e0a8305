//! With the default installation the product's own Helm release makes the issuer and the bundle.

use super::Case;
use crate::config::Ownership;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "product-owns-trust",
    severity: Severity::Note,
    summary: "the product's own installation owns issuer and bundle, so nothing is rendered",
    why: "applied beside the product's Helm release the same objects would be fought over: Helm refuses to install over ours, or GitOps reverts Helm's",
    fix: "nothing to do on such a site; to own the objects write `trust: userManaged` and install with --user-trust and --trust-settings",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let ownership = &case.trust.ownership;
    if ownership.value != Ownership::ProductManaged {
        return;
    }
    found.push(match case.trust.issuer.signing {
        Signing::SelfSignedRoot(_) => {
            let message = "the product's Helm release makes issuer and bundle here: there is nothing to render";
            INFO.at(ownership.origin.clone(), message)
        }
        _ => {
            let message = "an issuer of your own and product-managed trust exclude each other";
            let breaks = "the product would ignore this issuer and these roots, and sign with its own self-signed root";
            let help = "write `trust: userManaged`, or `profile: quickstart` if the product's own root is good enough";
            INFO.at(ownership.origin.clone(), message).severity(Severity::Error).breaks(breaks).help(help)
        }
    });
}
