//! A leaf issued just before its CA is renewed lives on under the old certificate of the CA.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "leaf-outlives-ca",
    severity: Severity::Warning,
    summary: "a server certificate may live longer than the CA that signed it",
    why: "between the end of the old root and the renewal of the server certificate, clients that still hold the old root reject the broker",
    fix: "make the CA's renewBefore at least as long as the duration of what it signs",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(ca) = case.trust.made_ca() else {
        return;
    };
    let what = if case.trust.root().is_some() {
        "root"
    } else {
        "intermediate"
    };
    let broker = (
        case.trust.broker.certificate.duration,
        "the broker's certificate".to_owned(),
    );
    let broker = (
        broker,
        case.trust.origin("/spec/broker/certificate/duration"),
    );
    let leaves = case.trust.certificates.iter().map(|leaf| {
        (
            (
                leaf.duration.value,
                format!("certificate {}", leaf.name.value),
            ),
            leaf.duration.origin.clone(),
        )
    });
    for ((life, whose), origin) in std::iter::once(broker).chain(leaves) {
        let left = ca.renew_before.value;
        if left < life {
            let message =
                format!("the {what} is renewed {left} before its end, and {whose} lives {life}");
            found.push(
                INFO.at(ca.renew_before.origin.clone(), message)
                    .also(origin, "longer than that"),
            );
        }
    }
}
