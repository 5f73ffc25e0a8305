//! Who installs the controllers: one of many (`delivery.controllers`), and only one.

use super::Case;
use crate::config::{CertManagerBy, Ownership};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "controllers-installed-twice",
    severity: Severity::Error,
    summary: "the charts of cert-manager and trust-manager on a cluster that has them already",
    why: "two releases fight for the same definitions and webhooks, and every certificate stops being renewed",
    fix: "leave out delivery.controllers, or remove the other installation and correct installation.certManager.by",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    if trust.delivery.controllers.is_none() {
        return;
    }
    let other = match (trust.ownership.value, trust.cert_manager_by.value) {
        (Ownership::ProductManaged, _) => {
            Some((&trust.ownership.origin, "the product's own installation"))
        }
        (_, CertManagerBy::ArcExtension) => Some((
            &trust.cert_manager_by.origin,
            "the Azure Arc extension microsoft.certmanagement",
        )),
        _ => None,
    };
    if let Some((origin, who)) = other {
        let message =
            format!("{who} installs cert-manager, and `controllers` would install it again");
        found.push(
            INFO.at(trust.origin("/spec/delivery/controllers"), message)
                .also(origin.clone(), "said here"),
        );
    }
}
