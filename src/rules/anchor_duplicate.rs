//! The same root twice: trust-manager merges duplicates by their SHA-256 (`pkg/util/cert_pool.go`), a plain ConfigMap keeps both.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeMap;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-duplicate",
    severity: Severity::Warning,
    summary: "one root is listed twice",
    why: "nothing breaks, but whoever removes one of the two later believes that the root is gone",
    fix: "keep one of the two",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::new();
    for (_, certificate) in case.trust.anchor_certificates() {
        if let Some(first) = seen.insert(&certificate.fingerprint, certificate) {
            let message = format!("{} is listed twice", described(certificate));
            found.push(at_certificate(&INFO, certificate, message).also(first.found.text.clone(), "first here"));
        }
    }
}
