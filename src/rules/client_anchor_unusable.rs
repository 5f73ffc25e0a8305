//! What the broker trusts to issue client certificates: all keys of a ConfigMap (X.509 authentication).

use super::Case;
use super::{at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "client-anchor-unusable",
    severity: Severity::Error,
    summary: "a root of client certificates that verifies nothing",
    why: "the broker refuses every client whose certificate it issued, or is said to have issued",
    fix: "give the certificate of the CA that issues client certificates",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let clients = case
        .trust
        .client_trust
        .iter()
        .flat_map(|clients| &clients.anchors);
    for certificate in clients.flat_map(|anchor| &anchor.certificates) {
        let what = match certificate {
            c if !c.is_ca => "is no CA".to_owned(),
            c if case.terms.now > c.not_after => format!("ended on {}", c.not_after.date()),
            _ => continue,
        };
        found.push(at_certificate(
            &INFO,
            certificate,
            format!("{} {what}", described(certificate)),
        ));
    }
}
