//! Leaves are not capped by the life of their CA (cert-manager `pkg/util/pki/certificatetemplate.go`).

use time::Duration;

use super::{Case, Terms, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;
use crate::types::Lifetime;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-expires-soon",
    severity: Severity::Warning,
    summary: "a CA certificate ends before a server certificate issued now",
    why: "the server certificate still looks valid on the day its CA ends, is not renewed, and is rejected by every client",
    fix: "bring the next root into the bundle now, beside this one",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let leaf = case.trust.broker.certificate.duration;
    let anchors = case
        .trust
        .anchor_certificates()
        .map(|(_, certificate)| certificate);
    found.extend(
        anchors
            .chain(case.trust.chain())
            .filter_map(|certificate| judge(certificate, case.terms, leaf)),
    );
}

/// The fact itself, wherever the certificate stands; `leaf` is how long what it signs may live.
pub(super) fn judge(certificate: &Certificate, terms: Terms, leaf: Lifetime) -> Option<Diagnostic> {
    if terms.now > certificate.not_after {
        return None;
    }
    let within = |limit: Lifetime| {
        let limit = Duration::seconds(i64::try_from(limit.seconds()).unwrap_or(i64::MAX));
        terms.now > certificate.not_after.saturating_sub(limit)
    };
    let (described, day) = (|| described(certificate), certificate.not_after.date());
    if let Some(limit) = terms.fail_if_expires_within.filter(|limit| within(*limit)) {
        let message = format!(
            "{} ends on {day}, in {} days: within {limit}",
            described(),
            (certificate.not_after - terms.now).whole_days()
        );
        return Some(at_certificate(&INFO, certificate, message).severity(Severity::Error));
    }
    let message = || {
        format!(
            "{} ends on {day}, before a broker certificate issued now ({leaf})",
            described()
        )
    };
    within(leaf).then(|| at_certificate(&INFO, certificate, message()))
}
