//! RFC 5280 ub-common-name; cert-manager counts bytes (`internal/apis/certmanager/validation/certificate.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "common-name-too-long",
    severity: Severity::Error,
    summary: "a common name of more than 64 bytes",
    why: "cert-manager's webhook refuses the Certificate, so it is never issued",
    fix: "shorten the name; letters outside ASCII take two to four bytes each",
};

const LIMIT: usize = 64;

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let made = case.trust.made_ca().map(|ca| &ca.common_name);
    let leaves = case
        .trust
        .certificates
        .iter()
        .filter_map(|leaf| leaf.common_name.as_ref());
    for name in made
        .into_iter()
        .chain(leaves)
        .filter(|name| name.value.len() > LIMIT)
    {
        let length = name.value.len();
        found.push(INFO.at(
            name.origin.clone(),
            format!("the common name has {length} bytes and may have {LIMIT}"),
        ));
    }
}
