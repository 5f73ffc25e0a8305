//! A Certificate that is written into the Secret of the CA that signs it.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-overwrites-ca",
    severity: Severity::Warning,
    summary: "a Certificate overwrites the CA that signs it",
    why: "the CA's Secret holds a leaf from then on, and nothing more can be issued",
    fix: "give the Certificate a Secret of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let Some(issuer) = case.issuer_of(certificate) else {
            continue;
        };
        let same =
            issuer.value["spec"]["ca"]["secretName"] == certificate.value["spec"]["secretName"];
        if same
            && issuer.value["spec"]["ca"].is_object()
            && case.secret_namespace(issuer) == certificate.namespace()
        {
            let message = format!(
                "{} is written into the Secret of {}, which signs it",
                certificate.title(),
                issuer.title()
            );
            let finding = INFO.at(certificate.origin("/spec/secretName"), message);
            found.push(finding.also(issuer.origin("/spec/ca/secretName"), "the CA's Secret"));
        }
    }
}
