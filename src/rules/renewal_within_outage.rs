//! Sites are made for up to 72 hours without a connection (Azure IoT Operations production guidelines).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;
use crate::types::Lifetime;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "renewal-within-outage",
    severity: Severity::Warning,
    summary: "a certificate is renewed too late for a site that loses its connection",
    why: "what signs is outside the site: if the connection is gone for three days when a renewal is due, the certificate ends and every handshake fails",
    fix: "make renewBefore longer than 72h",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let outage = Lifetime::hours(72);
    let (life, renew, at) = match &case.trust.issuer.signing {
        Signing::Remote(_) => {
            let broker = &case.trust.broker.certificate;
            (
                broker.duration,
                broker
                    .renew_before
                    .unwrap_or_else(|| broker.duration.third()),
                "/spec/broker/certificate/renewBefore",
            )
        }
        Signing::Intermediate(intermediate) => {
            let made = &intermediate.certificate;
            (
                made.duration.value,
                made.renew_before.value,
                "/spec/issuer/external/intermediate/renewBefore",
            )
        }
        _ => return,
    };
    if renew <= outage {
        let message = format!(
            "of {life} only {renew} are left when it is renewed, and a site may be offline for {outage}"
        );
        found.push(INFO.at(case.trust.origin(at), message));
    }
}
