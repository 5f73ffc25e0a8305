//! cert-manager's bounds: duration at least 1h, renewBefore at least 5m and less than duration
//! (`internal/apis/certmanager/validation/certificate.go`, ValidateDuration).

use super::Case;
use crate::diagnostic::Origin;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::types::Lifetime;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "lifetime-out-of-range",
    severity: Severity::Error,
    summary: "a lifetime that cert-manager refuses",
    why: "cert-manager's webhook refuses the Certificate, so it is never issued",
    fix: "duration: at least 1h; renewBefore: at least 5m and less than duration",
};

const SHORTEST: Lifetime = Lifetime::hours(1);
const SHORTEST_RENEWAL: Lifetime = Lifetime::minutes(5);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(ca) = case.trust.made_ca() {
        let origins = (ca.duration.origin.clone(), ca.renew_before.origin.clone());
        let what = if case.trust.root().is_some() {
            "the root"
        } else {
            "the intermediate"
        };
        judge(
            found,
            what,
            origins,
            ca.duration.value,
            Some(ca.renew_before.value),
        );
    }
    for leaf in &case.trust.certificates {
        let origins = (
            leaf.duration.origin.clone(),
            leaf.renew_before.origin.clone(),
        );
        let what = format!("certificate {}", leaf.name.value);
        judge(
            found,
            &what,
            origins,
            leaf.duration.value,
            Some(leaf.renew_before.value),
        );
    }
    let broker = &case.trust.broker.certificate;
    let at = |key: &str| {
        case.trust
            .origin(&format!("/spec/broker/certificate/{key}"))
    };
    judge(
        found,
        "the broker's certificate",
        (at("duration"), at("renewBefore")),
        broker.duration,
        broker.renew_before,
    );
}

fn judge(
    found: &mut Vec<Diagnostic>,
    what: &str,
    at: (Origin, Origin),
    duration: Lifetime,
    renew_before: Option<Lifetime>,
) {
    if duration < SHORTEST {
        found.push(INFO.at(
            at.0.clone(),
            format!("{what} would live {duration}, and cert-manager takes at least {SHORTEST}"),
        ));
    }
    let Some(renew_before) = renew_before else {
        return;
    };
    if renew_before < SHORTEST_RENEWAL {
        let message = format!(
            "{what} would be renewed {renew_before} before its end, and cert-manager takes at least {SHORTEST_RENEWAL}"
        );
        found.push(INFO.at(at.1.clone(), message));
    }
    if renew_before >= duration {
        let message = format!(
            "{what} would be renewed {renew_before} before its end, but lives only {duration}"
        );
        found.push(INFO.at(at.1, message).also(at.0, "lives this long"));
    }
}
