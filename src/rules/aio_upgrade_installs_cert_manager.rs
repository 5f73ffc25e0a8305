//! An upgrade of Azure IoT Operations over 1.2 brings its own cert-manager unless told not to
//! (azure-iot-ops-cli-extension, `upgrade2.py`).

use super::Case;
use crate::config::Ownership;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::types::Version;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "aio-upgrade-installs-cert-manager",
    severity: Severity::Note,
    summary: "the next upgrade of Azure IoT Operations would install a second cert-manager",
    why: "crossing 1.2 the upgrade installs the extension microsoft.certmanagement on top of your own cert-manager; the two fight over every certificate",
    fix: "when the time comes: az iot ops upgrade --no-cm-install",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(aio) = &case.trust.aio else { return };
    if case.trust.ownership.value == Ownership::UserManaged && aio.value < Version::new(1, 2) {
        let message = format!(
            "Azure IoT Operations {} becomes 1.2 or later one day",
            aio.value
        );
        found.push(INFO.at(aio.origin.clone(), message));
    }
}
