//! Name constraints (RFC 5280 4.2.1.10) against the names of the broker's certificate. cert-manager does not look at them.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::{Certificate, forbidden_names};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "name-constraint-violated",
    severity: Severity::Error,
    summary: "a CA must not sign for the names of the broker or of a workload",
    why: "cert-manager issues the certificate all the same, and every client rejects it: permitted subtree violation",
    fix: "ask the PKI team for a CA whose name constraints permit these names",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    match &case.path {
        Some(Ok(path)) => found.extend(judge(case, path)),
        Some(Err(_)) => {}
        None => {
            // Without a chain every anchor may be the one that signs: one that permits the names is enough.
            let anchors = case
                .trust
                .anchor_certificates()
                .map(|(_, anchor)| judge(case, &[anchor]));
            let judged: Vec<_> = anchors.collect();
            if judged.iter().all(Option::is_some) {
                found.extend(judged.into_iter().flatten().take(1));
            }
        }
    }
}

/// The finding against a path, at the first certificate in it that makes the names forbidden.
fn judge(case: &Case<'_>, path: &[&Certificate]) -> Option<Diagnostic> {
    let names = case.trust.planned_names();
    let forbidden = forbidden_names(path, &names);
    if forbidden.is_empty() {
        return None;
    }
    let culprit = path
        .iter()
        .find(|certificate| !forbidden_names(&[certificate], &names).is_empty())?;
    let details = culprit.details();
    let list = |title: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{title} {}", names.join(", ")))
    };
    let limits = [
        list("permits", &details.permitted),
        list("excludes", &details.excluded),
    ];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    let message = format!(
        "{} forbids {}: it {}",
        described(culprit),
        forbidden.join(", "),
        limits.join(" and ")
    );
    Some(at_certificate(&INFO, culprit, message))
}
