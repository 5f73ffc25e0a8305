//! Leaf lifetimes are not capped by the CA's (cert-manager `pkg/util/pki/certificatetemplate.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::k8s::Object;
use crate::types::Lifetime;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "leaf-outlives-its-ca",
    severity: Severity::Warning,
    summary: "a certificate may live longer than the CA that signed it",
    why: "a leaf issued just before its CA is renewed outlives the CA certificate in its chain, and is rejected while it still looks valid",
    fix: "make the CA's renewBefore at least as long as the duration of what it signs",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let Some(ca) = case
            .issuer_of(certificate)
            .and_then(|issuer| case.ca_of(issuer))
        else {
            continue;
        };
        let (Some(leaf), Some(left)) = (duration(certificate), renew_before(ca)) else {
            continue;
        };
        if left < leaf {
            let message = format!(
                "{} lives {leaf}, and its CA is renewed only {left} before its end",
                certificate.title()
            );
            let finding = INFO.at(certificate.origin("/spec/duration"), message);
            found.push(finding.also(ca.origin("/spec/renewBefore"), "the CA"));
        }
    }
}

/// 90 days unless said otherwise (cert-manager `pkg/apis/certmanager/v1/const.go`).
fn duration(certificate: &Object) -> Option<Lifetime> {
    match certificate.text("/spec/duration") {
        "" => Some(Lifetime::hours(2160)),
        text => Lifetime::parse(text).ok(),
    }
}

/// A third of the life unless said otherwise; percentages are left out.
fn renew_before(ca: &Object) -> Option<Lifetime> {
    match ca.text("/spec/renewBefore") {
        "" if ca.value["spec"]["renewBeforePercentage"].is_null() => {
            duration(ca).map(Lifetime::third)
        }
        text => Lifetime::parse(text).ok(),
    }
}
