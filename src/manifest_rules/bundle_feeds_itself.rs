//! A source with all keys of the ConfigMap that the Bundle itself writes; the webhook does not see it.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-feeds-itself",
    severity: Severity::Warning,
    summary: "a Bundle reads what it has written",
    why: "in the trust namespace the target is its own source: a root that was in it once never leaves",
    fix: "give the source another name than the Bundle",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        for source in bundle.sources() {
            for kind in ["configMap", "secret"] {
                let reference = &source.value[kind];
                let own = reference["name"] == bundle.object.value["metadata"]["name"]
                    && reference["name"].is_string();
                if own
                    && reference["includeAllKeys"] == true
                    && bundle.object.value["spec"]["target"][kind].is_object()
                {
                    let message = format!(
                        "{} reads all keys of the {kind} that it writes",
                        bundle.object.title()
                    );
                    found.push(INFO.at(
                        bundle.object.origin(&format!("{}/{kind}/name", source.at)),
                        message,
                    ));
                }
            }
        }
    }
}
