//! What the emitted fields need: cert-manager 1.13 is the oldest release the product is tested with; target expressions came
//! with trust-manager 0.14 (`pkg/webhook/validation.go` by tag).

use super::Case;
use crate::config::BundleDelivery;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Located;
use crate::values::Version;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "controller-too-old",
    severity: Severity::Error,
    summary: "a controller on the cluster is older than what the manifests need",
    why: "the API server or the webhook refuses the object, or drops the field without a word",
    fix: "upgrade the controller, or correct the version here if it is newer",
};

const CERT_MANAGER: Version = Version::new(1, 13);
const TRUST_MANAGER: Version = Version::new(0, 7);
const TRUST_MANAGER_EXPRESSIONS: Version = Version::new(0, 14);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    judge(found, "cert-manager", trust.cert_manager.as_ref(), CERT_MANAGER, "the oldest release that is supported");
    if trust.bundle.delivery == BundleDelivery::ConfigMap {
        return;
    }
    let (needed, what) = if trust.bundle.readers.len() > 1 {
        (TRUST_MANAGER_EXPRESSIONS, "a bundle for several namespaces")
    } else {
        (TRUST_MANAGER, "the oldest release that is supported")
    };
    judge(found, "trust-manager", trust.trust_manager.as_ref(), needed, what);
}

fn judge(
    found: &mut Vec<Diagnostic>,
    product: &str,
    installed: Option<&Located<Version>>,
    needed: Version,
    what: &str,
) {
    if let Some(installed) = installed.filter(|installed| installed.value < needed) {
        let message = format!("{product} {} is too old: {needed} is needed ({what})", installed.value);
        found.push(INFO.at(installed.origin.clone(), message));
    }
}
