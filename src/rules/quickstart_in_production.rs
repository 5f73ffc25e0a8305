//! The root of a quickstart is made in the cluster, and its key lies in a Secret there.

use super::Case;
use crate::config::Environment;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "quickstart-in-production",
    severity: Severity::Error,
    summary: "a self-signed root of the cluster on a production site",
    why: "nobody outside knows the root, its key lies in a Secret of the cluster, and it says of itself that it is not for production: auditors refuse it, and a lost cluster is a lost root",
    fix: "write `profile: byo-issuer` with an issuer of your own PKI: trustc init --profile byo-issuer",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(environment) = &case.trust.environment else {
        return;
    };
    if environment.value == Environment::Production && case.trust.root().is_some() {
        let message = "profile quickstart is not for production, and this site says that it is";
        let finding = INFO.at(environment.origin.clone(), message);
        found.push(finding.also(
            case.trust.origin("/spec/profile"),
            "a self-signed root in the cluster",
        ));
    }
}
