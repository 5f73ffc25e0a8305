//! The same root twice: trust-manager merges duplicates by their SHA-256 (`pkg/util/cert_pool.go`), a plain ConfigMap keeps both.

use std::collections::BTreeMap;

use super::{Case, at_certificate, described};
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::trust::Anchor;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "anchor-duplicate",
    severity: Severity::Warning,
    summary: "one root is listed twice",
    why: "nothing breaks, but whoever removes one of the two later believes that the root is gone",
    fix: "keep one of the two",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeMap::new();
    for (n, anchor) in case.trust.anchors.iter().enumerate() {
        for certificate in &anchor.certificates {
            if let Some(first) = seen.insert(&certificate.fingerprint, certificate) {
                let message = format!("{} is listed twice", described(certificate));
                let finding = at_certificate(&INFO, certificate, message)
                    .also(first.found.text.clone(), "first here");
                found.push(finding.fix(removal(case, n, anchor)));
            }
        }
    }
}

/// The second entry goes if it holds nothing else, and says nothing that the first may not.
fn removal(case: &Case<'_>, n: usize, anchor: &Anchor) -> Option<Fix> {
    let bare =
        anchor.certificates.len() == 1 && anchor.sha256.is_none() && anchor.retire_after.is_none();
    let at = Pointer::parse("/spec/anchors").index(n);
    let edits = vec![Edit::new(case.trust.source, at, Change::Remove)];
    bare.then(|| Fix::safe(format!("delete anchor `{}`", anchor.name.value), edits))
}
