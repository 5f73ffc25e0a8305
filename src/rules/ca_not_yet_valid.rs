//! A CA certificate from the future.

use super::{Case, Terms, at_certificate, described};
use crate::config::Phase;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;
use crate::trust::Anchor;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-not-yet-valid",
    severity: Severity::Error,
    summary: "a CA certificate is not valid yet",
    why: "clients reject everything under it until that day; a wrong clock on the site makes it worse",
    fix: "wait for the day, or check the clock of this machine; `--now` takes another day",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    // A root that a rotation brings may begin later: the switch waits for it.
    let coming = case
        .trust
        .rotation
        .as_ref()
        .filter(|rotation| rotation.phase.value < Phase::Switch);
    let comes =
        |anchor: &Anchor| coming.is_some_and(|rotation| rotation.to.value == anchor.name.value);
    let anchors = case
        .trust
        .anchor_certificates()
        .filter(|(anchor, _)| !comes(anchor))
        .map(|(_, certificate)| certificate);
    found.extend(
        anchors
            .chain(case.trust.chain())
            .filter_map(|certificate| judge(certificate, case.terms)),
    );
}

/// The fact itself, wherever the certificate stands.
pub(super) fn judge(certificate: &Certificate, terms: Terms) -> Option<Diagnostic> {
    let message = || {
        format!(
            "{} is valid only from {}",
            described(certificate),
            certificate.not_before.date()
        )
    };
    (terms.now < certificate.not_before).then(|| at_certificate(&INFO, certificate, message()))
}
