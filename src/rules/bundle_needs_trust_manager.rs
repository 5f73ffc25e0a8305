//! A plain ConfigMap has one namespace, one key and no other form.

use super::Case;
use crate::config::BundleDelivery;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-needs-trust-manager",
    severity: Severity::Error,
    summary: "a wish that only trust-manager can fulfil",
    why: "nothing would write what is asked for: with `delivery: configMap` there is no Bundle",
    fix: "use `delivery: bundle`, or delete the field",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let bundle = &case.trust.bundle;
    if bundle.delivery != BundleDelivery::ConfigMap {
        return;
    }
    let wishes = [
        ("selector", bundle.selector.is_some()),
        ("secret", bundle.secret),
        ("useDefaultCAs", bundle.default_cas),
        ("additional", !bundle.additional.is_empty()),
    ];
    for (field, _) in wishes.iter().filter(|(_, wished)| *wished) {
        let message = format!("`{field}` needs a Bundle, and `delivery: configMap` makes none");
        found.push(INFO.at(case.trust.origin(&format!("/spec/bundle/{field}")), message));
    }
}
