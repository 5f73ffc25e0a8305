//! What is emitted for Flux needs a release (release notes of Flux 2.6; kustomize-controller 1.6).

use super::Case;
use crate::config::{DeletionPolicy, Engine};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::types::Version;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "flux-too-old",
    severity: Severity::Error,
    summary: "Flux on the site is older than what is emitted for it",
    why: "Flux applies its own objects strictly: one unknown field or version, and nothing of the site is applied",
    fix: "upgrade Flux, or leave out what the older one does not know",
};

/// The first release with CEL health checks.
const OLDEST: Version = Version::new(2, 5);
/// The first with OCIRepository in version v1, and with WaitForTermination.
const NEWER: Version = Version::new(2, 6);

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let delivery = &case.trust.delivery;
    let Some(version) = delivery
        .flux
        .version
        .filter(|_| case.trust.engine == Engine::Flux)
    else {
        return;
    };
    let mut judge = |needs: bool, since: Version, at: &str, what: &str| {
        if needs && version < since {
            let message = format!("{what} with Flux {since}, and {version} is on the site");
            found.push(INFO.at(case.trust.origin(at), message));
        }
    };
    judge(
        delivery.flux.health_expressions,
        OLDEST,
        "/spec/delivery/flux/version",
        "`healthExpressions: false` leaves out what came",
    );
    judge(
        delivery.controllers.is_some(),
        NEWER,
        "/spec/delivery/controllers",
        "the charts' OCIRepository came",
    );
    let waits = delivery.flux.deletion_policy == Some(DeletionPolicy::WaitForTermination);
    judge(
        waits,
        NEWER,
        "/spec/delivery/flux/deletionPolicy",
        "`WaitForTermination` came",
    );
}
