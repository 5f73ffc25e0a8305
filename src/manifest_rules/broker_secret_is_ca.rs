//! "Any existing data will be overwritten" (help of `az iot ops broker listener port add`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "broker-secret-is-ca",
    severity: Severity::Warning,
    summary: "a BrokerListener writes its certificate into the Secret of the CA",
    why: "the CA is overwritten with a leaf: nothing can be issued any more, and no listener can be renewed",
    fix: "delete secretName, or name one that nobody else uses",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some((secret, namespace)) = case
        .expected
        .and_then(|expected| expected.signing_secret.as_ref())
    else {
        return;
    };
    for (listener, at) in case.listener_certificates() {
        let written = listener.text(&format!("{at}/secretName"));
        if written == secret && listener.namespace() == namespace {
            let message = format!(
                "{} would overwrite Secret `{secret}`, with which the issuer signs",
                listener.title()
            );
            found.push(INFO.at(listener.origin(&format!("{at}/secretName")), message));
        }
    }
}
