//! Which issuer a listener names, against the configuration that is judged beside it.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "broker-issuer-differs",
    severity: Severity::Warning,
    summary: "a BrokerListener names another issuer than the configuration",
    why: "its certificate is signed by another CA, or never: clients that trust the bundle reject the listener",
    fix: "write group, kind and name of the configuration's issuer: trustc params prints them",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(expected) = case.expected else {
        return;
    };
    for (listener, at) in case.listener_certificates() {
        let reference = |key: &str| listener.text(&format!("{at}/issuerRef/{key}"));
        let group = if reference("group").is_empty() {
            "cert-manager.io"
        } else {
            reference("group")
        };
        let (kind, name) = (reference("kind"), reference("name"));
        let fits = group == "cert-manager.io"
            && kind == expected.issuer_kind.as_str()
            && name == expected.issuer_name;
        if !fits {
            let message = format!(
                "{} names {kind} `{name}` ({group}), and site {} has {} `{}`",
                listener.title(),
                expected.site,
                expected.issuer_kind.as_str(),
                expected.issuer_name
            );
            found.push(INFO.at(listener.origin(&format!("{at}/issuerRef")), message));
        }
    }
}
