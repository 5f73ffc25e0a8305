//! Sources are read in the trust namespace only (trust-manager flag `--trust-namespace`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-source-missing",
    severity: Severity::Warning,
    summary: "a source of a Bundle, or its key, is not in the trust namespace",
    why: "the whole Bundle fails with SourceNotFound, and clients keep what they had, or nothing",
    fix: "correct name and key, or move the object into the trust namespace (cert-manager unless trust-manager was told otherwise)",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        for source in bundle.sources() {
            for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                let Some(name) = source.value[field]["name"].as_str() else {
                    continue;
                };
                let at = |end: &str| {
                    bundle
                        .object
                        .origin(&format!("{}/{field}/{end}", source.at))
                };
                let reads = format!("{} reads {kind} `{name}`", bundle.object.title());
                let places = case.namespaces_providing(kind, name);
                if !places.is_empty()
                    && places
                        .iter()
                        .all(|place| !place.is_empty() && *place != case.trust_namespace)
                {
                    let message = format!(
                        "{reads}, which is only in namespace `{}`",
                        places.join("`, `")
                    );
                    found.push(INFO.at(at("name"), message));
                }
                if let Some(key) = source.value[field]["key"]
                    .as_str()
                    .filter(|key| case.lacks_key(kind, name, key))
                {
                    found.push(INFO.at(at("key"), format!("{reads}, which has no key `{key}`")));
                }
            }
        }
    }
}
