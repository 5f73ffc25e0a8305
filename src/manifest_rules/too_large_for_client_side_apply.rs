//! Client-side apply copies an object into an annotation, and annotations have 256 KiB (`TotalAnnotationSizeLimitB`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "too-large-for-client-side-apply",
    severity: Severity::Warning,
    summary: "an object that client-side apply cannot write",
    why: "kubectl apply and Argo CD by default fail: metadata.annotations: Too long",
    fix: "apply with --server-side (Flux does; Argo CD: syncOptions ServerSideApply=true), or keep fewer roots in one object",
};

/// A little less than the limit: other annotations need room as well.
const ROOM: usize = 256 * 1024 - 1024;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for object in &case.set.objects {
        let size = object.value.to_string().len();
        if size > ROOM && case.scope(object).is_some() {
            let message = format!("{} has {size} bytes as JSON", object.title());
            found.push(INFO.at(object.origin("/metadata/name"), message));
        }
    }
}
