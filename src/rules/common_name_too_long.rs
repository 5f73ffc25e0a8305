//! RFC 5280 ub-common-name; cert-manager counts bytes (`internal/apis/certmanager/validation/certificate.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "common-name-too-long",
    severity: Severity::Error,
    summary: "a common name of more than 64 bytes",
    why: "cert-manager's webhook refuses the Certificate, so no root is ever made",
    fix: "shorten the name; letters outside ASCII take two to four bytes each",
};

const LIMIT: usize = 64;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = case.trust.root() else { return };
    let length = root.common_name.value.len();
    if length > LIMIT {
        found.push(
            INFO.at(
                root.common_name.origin.clone(),
                format!("the common name has {length} bytes and may have {LIMIT}"),
            ),
        );
    }
}
