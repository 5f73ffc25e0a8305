//! cert-manager approves only requests for its own issuers by default (chart value `approveSignerNames`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "external-issuer-needs-approval",
    severity: Severity::Warning,
    summary: "requests to an external issuer need somebody who approves them",
    why: "the request for the intermediate waits for ever, without an error anywhere",
    fix: "set approveSignerNames for the group, or write `approverPolicy: {}` if approver-policy is installed; then allow this finding",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::Intermediate(intermediate) = &case.trust.issuer.signing else {
        return;
    };
    if case.trust.approver_policy.is_some() {
        return;
    }
    let external = &intermediate.issuer;
    let message = format!(
        "cert-manager does not approve requests for {} of group {} by itself",
        external.kind, external.group
    );
    let help = format!(
        "cert-manager chart: approveSignerNames: [issuers.cert-manager.io/*, clusterissuers.cert-manager.io/*, {}s.{}/*]",
        external.kind.to_lowercase(),
        external.group
    );
    found.push(
        INFO.at(
            case.trust.origin("/spec/issuer/external/issuerRef"),
            message,
        )
        .help(help),
    );
}
