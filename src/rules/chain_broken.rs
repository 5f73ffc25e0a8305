//! Whether the issuer's chain leads to an anchor, by the names in it.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "chain-broken",
    severity: Severity::Error,
    summary: "the issuer's chain leads to no root in the bundle",
    why: "the issuer signs, all resources are healthy, and every client rejects every server: the bundle holds the wrong root",
    fix: "add the root that issued the chain to spec.anchors",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let chain = case.trust.chain();
    let anchors: Vec<_> = case.trust.anchor_certificates().map(|(_, certificate)| certificate).collect();
    let Some(top) = chain.iter().find(|c| chain.iter().all(|other| other.subject != c.issuer || c.is_self_issued))
    else {
        return;
    };
    let leads = |c: &crate::pki::Certificate| {
        anchors
            .iter()
            .any(|anchor| anchor.fingerprint == c.fingerprint || (anchor.subject == c.issuer && !c.is_self_issued))
    };
    if !anchors.is_empty() && !chain.iter().any(leads) {
        let message = format!("{} is issued by `{}`, which is not among the anchors", described(top), top.issuer);
        found.push(at_certificate(&INFO, top, message).also(case.trust.origin("/spec/anchors"), "none of these"));
    }
}
