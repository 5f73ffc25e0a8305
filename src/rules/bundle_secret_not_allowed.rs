//! trust-manager writes no Secrets unless it was told so (chart `secretTargets`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-secret-not-allowed",
    severity: Severity::Warning,
    summary: "a bundle is to write Secrets",
    why: "if trust-manager was not told so, the whole Bundle fails with SecretTargetsDisabled, and not even the ConfigMap is written",
    fix: "set secretTargets.enabled and authorizedSecrets in trust-manager's chart, and allow this finding",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    if case.trust.delivery.controllers.is_some() {
        // The values of the chart say so.
        return;
    }
    let bundle = &case.trust.bundle;
    let main = bundle
        .secret
        .then(|| ("/spec/bundle/secret".to_owned(), &bundle.name.value));
    let additional = bundle
        .additional
        .iter()
        .enumerate()
        .filter(|(_, one)| one.secret);
    let additional =
        additional.map(|(n, one)| (format!("/spec/bundle/additional/{n}/secret"), &one.name));
    for (at, name) in main.into_iter().chain(additional) {
        let message = format!("trust-manager must be allowed to write Secret `{name}`");
        let help = format!(
            "helm: --set secretTargets.enabled=true --set 'secretTargets.authorizedSecrets={{{name}}}'"
        );
        found.push(INFO.at(case.trust.origin(&at), message).help(help));
    }
}
