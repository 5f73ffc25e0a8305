//! The issuer's chain on the other side of the switch, judged before it is there.

use super::{Case, at_certificate, described, linked};
use crate::config::Phase;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::{Certificate, path};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-chain-elsewhere",
    severity: Severity::Error,
    summary: "the chain of the next issuer does not lead to the anchor that comes",
    why: "from the switch on servers present certificates under a root that no client gets: each renewal is an outage",
    fix: "name in rotation.to the root that issued the chain of rotation.issuer, or give the right chain",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(rotation) = &case.trust.rotation else {
        return;
    };
    // From the switch on the chain in force is the new one, and judged as such.
    if rotation.phase.value >= Phase::Switch {
        return;
    }
    let anchors = case.trust.anchors.iter().chain(&rotation.absent);
    let to: Vec<&Certificate> = anchors
        .filter(|anchor| anchor.name.value == rotation.to.value)
        .flat_map(|anchor| &anchor.certificates)
        .collect();
    let chain: Vec<&Certificate> = rotation.other.chain().iter().collect();
    let Some(issuing) = linked(&chain).first().copied().filter(|_| !to.is_empty()) else {
        return;
    };
    if path(issuing, &chain, &to).is_err() {
        let message = format!(
            "{} does not lead to anchor `{}`",
            described(issuing),
            rotation.to.value
        );
        found.push(
            at_certificate(&INFO, issuing, message)
                .also(rotation.to.origin.clone(), "the root that comes"),
        );
    }
}
