//! The schema has no pattern for target keys; the API server has one for ConfigMap keys.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;
use crate::types::refusal;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-target-key",
    severity: Severity::Warning,
    summary: "a target key of a Bundle that no ConfigMap can have",
    why: "the Bundle is admitted, and every write of its targets is refused",
    fix: "use letters, digits, '-', '_' and '.' only, such as ca.crt",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        for field in [
            "configMap/key",
            "secret/key",
            "additionalFormats/jks/key",
            "additionalFormats/pkcs12/key",
        ] {
            let at = format!("/spec/target/{field}");
            let key = bundle.object.text(&at);
            if let Some(refusal) = refusal("config-map-key", key).filter(|_| !key.is_empty()) {
                let message = format!("{} cannot be a key: {}", shown(key), refusal.reason);
                found.push(INFO.at(bundle.object.origin(&at), message));
            }
        }
    }
}
