//! A Vault role caps what it signs, silently.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "leaf-exceeds-max-ttl",
    severity: Severity::Error,
    summary: "a certificate is to live longer than the CA grants",
    why: "Vault signs for max_ttl only: cert-manager sees a certificate that ends too early, and renews it again and again",
    fix: "ask for a longer max_ttl, or make the duration at most as long",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let crate::trust::Signing::Remote(remote) = &case.trust.issuer.signing else {
        return;
    };
    let Some(limit) = &remote.max_ttl else { return };
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
    for ((life, whose), origin) in std::iter::once(broker)
        .chain(leaves)
        .filter(|((life, _), _)| *life > limit.value)
    {
        let message = format!(
            "{whose} is to live {life}, and the role grants {}",
            limit.value
        );
        found.push(
            INFO.at(origin, message)
                .also(limit.origin.clone(), "the role's limit"),
        );
    }
}
