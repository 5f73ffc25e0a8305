//! An immutable ConfigMap can only be deleted (kubernetes `pkg/apis/core/validation/validation.go`).

use super::{BundleView, Case};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "config-map-immutable",
    severity: Severity::Warning,
    summary: "a ConfigMap with roots is immutable",
    why: "a root that is to be added or taken out is refused by the API server, on the day of the rotation",
    fix: "leave `immutable` out",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let frozen = case
        .set
        .of_kind("", &["ConfigMap"])
        .filter(|map| map.value["immutable"] == true);
    for map in frozen {
        let reads = |bundle: &BundleView<'_>| {
            bundle
                .sources()
                .iter()
                .any(|source| source.value["configMap"]["name"] == map.name())
        };
        let writes = |bundle: &BundleView<'_>| bundle.object.name() == map.name();
        if let Some(bundle) = case
            .bundles()
            .find(|bundle| reads(bundle) || writes(bundle))
        {
            let message = format!(
                "{} is immutable, and {} depends on it",
                map.title(),
                bundle.object.title()
            );
            found.push(INFO.at(map.origin("/immutable"), message));
        }
    }
}
