//! JKS is deprecated since trust-manager 0.20.3 and gone in its next API.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-jks",
    severity: Severity::Warning,
    summary: "a Bundle writes a JKS key store",
    why: "the format is deprecated and will be removed; a second key beside the PEM also breaks readers that take the first file they find",
    fix: "Java reads PKCS#12: write it from a Bundle of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        if bundle.object.value["spec"]["target"]["additionalFormats"]["jks"].is_object() {
            let message = format!("{} writes a JKS key store", bundle.object.title());
            found.push(INFO.at(
                bundle.object.origin("/spec/target/additionalFormats/jks"),
                message,
            ));
        }
    }
}
