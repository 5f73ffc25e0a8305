//! A plain ConfigMap lives in one namespace.

use super::Case;
use crate::config::BundleDelivery;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-misses-namespace",
    severity: Severity::Error,
    summary: "a namespace that needs the roots does not get them",
    why: "clients there find no roots: they reject the broker, or somebody turns verification off",
    fix: "write `delivery: bundle`, so that trust-manager writes the ConfigMap into every namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let bundle = &case.trust.bundle;
    if bundle.delivery != BundleDelivery::ConfigMap {
        return;
    }
    for reader in bundle.readers.iter().skip(1) {
        let message = format!(
            "namespace `{}` gets no roots: a plain ConfigMap is only in `{}`",
            reader.value, case.trust.instance.name.value
        );
        let also = case.trust.origin("/spec/bundle/delivery");
        found.push(
            INFO.at(reader.origin.clone(), message)
                .also(also, "one ConfigMap, one namespace"),
        );
    }
}
