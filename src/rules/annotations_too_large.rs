//! Kubernetes takes 256 KiB of annotations (apimachinery `pkg/api/validation/objectmeta.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "annotations-too-large",
    severity: Severity::Error,
    summary: "annotations of more than 256 KiB",
    why: "the API server refuses every object that carries them",
    fix: "shorten spec.annotations",
};

/// Room left for our own annotations and those of GitOps engines.
const LIMIT: usize = 256 * 1024 - 4096;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let size: usize = case
        .trust
        .annotations
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if size > LIMIT {
        let message =
            format!("spec.annotations has {size} bytes, and {LIMIT} are left beside trustc's own");
        found.push(INFO.at(case.trust.origin("/spec/annotations"), message));
    }
}
