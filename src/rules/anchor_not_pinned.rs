//! House rule `policy.requireAnchorPins`.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-not-pinned",
    severity: Severity::Error,
    summary: "an anchor carries no fingerprint, and the policy asks for one",
    why: "without it nobody notices when the file is exchanged for another root",
    fix: "add `sha256:` with the fingerprint that the PKI team handed over by another channel",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    if !case.trust.policy.require_anchor_pins {
        return;
    }
    for anchor in case
        .trust
        .anchors
        .iter()
        .filter(|anchor| anchor.sha256.is_none())
    {
        let message = format!(
            "anchor `{}` has no sha256, and policy.requireAnchorPins is true",
            anchor.name.value
        );
        let finding = INFO.at(anchor.name.origin.clone(), message);
        found.push(match anchor.certificates.as_slice() {
            [only] => finding.help(format!(
                "compare with the PKI team, then write `sha256: {}`",
                only.fingerprint
            )),
            _ => finding,
        });
    }
}
