//! A Bundle over the Secret of a CA that cert-manager renews (trust-manager issue 560).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "trust-from-issuing-secret",
    severity: Severity::Warning,
    summary: "a Bundle reads the Secret of the CA that signs",
    why: "the minute the CA is renewed with a new key the old root leaves the bundle, and every living certificate under it is rejected",
    fix: "copy the roots into a ConfigMap in git, old and new side by side; or keep the CA's key with rotationPolicy: Never",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        for source in bundle.sources() {
            let Some(name) = source.value["secret"]["name"].as_str() else {
                continue;
            };
            let issuing = case.signing_with(name).first();
            let maker = case
                .issued_into(name)
                .iter()
                .find(|c| c.namespace() == case.trust_namespace);
            let keeps =
                maker.is_some_and(|maker| maker.text("/spec/privateKey/rotationPolicy") == "Never");
            if (issuing.is_none() && maker.is_none()) || keeps {
                continue;
            }
            let message = format!(
                "{} reads Secret `{name}`, which is replaced when the CA is renewed",
                bundle.object.title()
            );
            let finding = INFO.at(
                bundle.object.origin(&format!("{}/secret/name", source.at)),
                message,
            );
            found.push(match (maker, issuing) {
                (Some(maker), _) => finding.also(maker.origin("/spec/secretName"), "made here"),
                (None, Some(issuer)) => {
                    finding.also(issuer.origin("/spec/ca/secretName"), "signed with here")
                }
                (None, None) => finding,
            });
        }
    }
}
