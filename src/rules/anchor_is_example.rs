//! The root in the starter that `trustc init` prints: its key was thrown away when it was made.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-is-example",
    severity: Severity::Warning,
    summary: "the example root of the starter is still there",
    why: "nobody has the key of that root, so it signs nothing: clients that trust only it reject every server",
    fix: "replace it with the public root of your own PKI: trustc init --profile byo-issuer --anchors root.pem",
};

/// SHA-256 of the certificate in `profiles/byo-issuer.yaml`.
const EXAMPLE: &str = "4efcd3febe6c0c0d4db8a6b6102fa30b35c8694e0a37515456aef65a6b6cbcb5";

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for (_, certificate) in case
        .trust
        .anchor_certificates()
        .filter(|(_, c)| c.fingerprint == EXAMPLE)
    {
        found.push(at_certificate(
            &INFO,
            certificate,
            format!("{} is only an example", described(certificate)),
        ));
    }
}
