//! The release that is said to be on the site, and the one that is installed there.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "controllers-version-differs",
    severity: Severity::Error,
    summary: "the release of a controller is said twice, and differently",
    why: "the manifests are judged by one release and applied to another, which may refuse their fields or drop them",
    fix: "leave out the version under installation: the chart's is taken",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(charts) = &case.trust.delivery.controllers else {
        return;
    };
    let both = [
        (
            "certManager",
            &case.trust.cert_manager,
            &charts.cert_manager,
        ),
        (
            "trustManager",
            &case.trust.trust_manager,
            &charts.trust_manager,
        ),
    ];
    for (key, said, chart) in both {
        let installed = chart.version.release();
        if let Some(said) = said.as_ref().filter(|said| said.value != installed) {
            let message = format!(
                "{} is said to be on the site, and {} is installed",
                said.value, chart.version
            );
            let chart = case
                .trust
                .origin(&format!("/spec/delivery/controllers/{key}/version"));
            found.push(
                INFO.at(said.origin.clone(), message)
                    .also(chart, "installed by this"),
            );
        }
    }
}
