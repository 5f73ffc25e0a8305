//! The installer tells system trust from user trust by the extension on the cluster (CLI 2.x `work.py`).

use super::Case;
use crate::config::{CertManagerBy, Ownership};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "arc-extension-with-user-trust",
    severity: Severity::Warning,
    summary: "user-managed trust on a cluster whose cert-manager is the Arc extension",
    why: "az iot ops create (2.x) refuses --trust-settings there: \"Cluster was enabled with system cert-manager\"",
    fix: "install the open-source cert-manager and trust-manager and write `by: helm`, or deploy the instance by Bicep or Terraform, which do not check",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let by = &case.trust.cert_manager_by;
    if by.value == CertManagerBy::ArcExtension
        && case.trust.ownership.value == Ownership::UserManaged
    {
        let message = "the Arc extension's cert-manager and user-managed trust do not go together";
        found.push(INFO.at(by.origin.clone(), message));
    }
}
