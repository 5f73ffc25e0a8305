//! The webhook judges the mirror image of renewBeforePercentage (cert-manager `certificate.go` against `pkg/util/pki/renewaltime.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::types::Lifetime;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "renewal-too-late",
    severity: Severity::Warning,
    summary: "a renewBeforePercentage that leaves minutes",
    why: "the certificate is renewed in its last minutes: a short outage of the issuer and every handshake fails",
    fix: "write renewBefore with hours to spare instead",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let percent = certificate.value["spec"]["renewBeforePercentage"].as_u64();
        let duration = Lifetime::parse(certificate.text("/spec/duration")).ok();
        let (Some(percent), Some(duration)) = (percent.filter(|p| (1..100).contains(p)), duration)
        else {
            continue;
        };
        let left = Lifetime::seconds(duration) * percent / 100;
        if left < ENOUGH {
            let message = format!(
                "{} is renewed {} minutes before its end",
                certificate.title(),
                left / 60
            );
            found.push(INFO.at(certificate.origin("/spec/renewBeforePercentage"), message));
        }
    }
}

/// What cert-manager itself asks of `renewBefore`, in seconds.
const ENOUGH: u64 = 300;
