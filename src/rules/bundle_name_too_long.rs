//! Every target carries the Bundle's name as a label value, so 63 bytes (`pkg/bundle/internal/target/target.go`).

use super::Case;
use crate::config::BundleDelivery;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-name-too-long",
    severity: Severity::Error,
    summary: "the name of the bundle is longer than 63 characters",
    why: "the Bundle is admitted and then writes nothing: no namespace ever gets the ConfigMap",
    fix: "shorten the name",
};

const LIMIT: usize = 63;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for (n, bundle) in case.trust.bundle.additional.iter().enumerate() {
        let length = bundle.name.len();
        if length > LIMIT {
            let at = case
                .trust
                .origin(&format!("/spec/bundle/additional/{n}/name"));
            let message = format!("the name has {length} characters and may have {LIMIT}");
            found.push(INFO.at(at, message));
        }
    }
    let (name, instance) = (&case.trust.bundle.name, &case.trust.instance.name);
    let length = name.value.len();
    if length <= LIMIT || case.trust.bundle.delivery == BundleDelivery::ConfigMap {
        return;
    }
    let suffix = name
        .value
        .strip_prefix(&*instance.value)
        .filter(|rest| *rest == "-aio-ca-trust-bundle");
    found.push(match suffix {
        Some(suffix) => {
            let message = format!(
                "the bundle's name `{}` has {length} characters and may have {LIMIT}",
                name.value
            );
            let help = format!(
                "shorten the namespace to {} characters, or set spec.bundle.name",
                LIMIT - suffix.len()
            );
            INFO.at(instance.origin.clone(), message)
                .label("the name derives from this")
                .help(help)
        }
        None => INFO.at(
            name.origin.clone(),
            format!("the name has {length} characters and may have {LIMIT}"),
        ),
    });
}
