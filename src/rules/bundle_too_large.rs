//! Limits of a ConfigMap (kubernetes `pkg/apis/core/validation/validation.go`) and of client-side apply.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-too-large",
    severity: Severity::Error,
    summary: "the roots do not fit into a ConfigMap",
    why: "the API server refuses a ConfigMap of more than 1 MiB, and client-side apply (Argo CD by default) one of more than 256 KiB",
    fix: "keep only the roots that this site needs",
};

const CONFIG_MAP: usize = 1024 * 1024;
/// What fits beside the rest of an object into the annotation of client-side apply.
const CLIENT_SIDE: usize = 240 * 1024;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let size: usize = case
        .trust
        .anchor_certificates()
        .map(|(_, certificate)| certificate.pem().len())
        .sum();
    if size <= CLIENT_SIDE {
        return;
    }
    let message = format!("the roots have {size} bytes in PEM");
    let finding = INFO.at(case.trust.origin("/spec/anchors"), message);
    if size > CONFIG_MAP {
        found.push(finding);
    } else {
        let help = "apply with --server-side (Flux does; Argo CD: syncOptions ServerSideApply=true), or keep fewer roots";
        found.push(finding.severity(Severity::Warning).help(help));
    }
}
