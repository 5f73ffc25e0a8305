//! Every certificate of a self-signed issuer is its own root.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "self-signed-leaf",
    severity: Severity::Warning,
    summary: "a server or client certificate signs itself",
    why: "no bundle can hold its root before it exists, and after each renewal it is another one: peers reject it or turn verification off",
    fix: "let a self-signed issuer make a CA only, and sign with a CA issuer over that",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case
        .certificates()
        .filter(|certificate| certificate.value["spec"]["isCA"] != true)
    {
        if let Some(issuer) = case
            .issuer_of(certificate)
            .filter(|issuer| issuer.value["spec"]["selfSigned"].is_object())
        {
            let message = format!("{} would be signed by itself", certificate.title());
            let finding = INFO.at(certificate.origin("/spec/issuerRef"), message);
            found.push(finding.also(issuer.origin("/spec/selfSigned"), "a self-signed issuer"));
        }
    }
}
