//! pathLenConstraint (RFC 5280 4.2.1.9): how many intermediates may stand below a CA. Nobody checks it before clients do.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "path-length-too-short",
    severity: Severity::Error,
    summary: "a CA allows fewer intermediates below it than there are",
    why: "cert-manager signs, and every client rejects every server: path length constraint exceeded",
    fix: "issue from a CA that stands directly below, or ask the PKI team for a CA with a longer path",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(Ok(path)) = &case.path else { return };
    // An intermediate that is still to be made counts as well.
    let below = u32::from(matches!(
        case.trust.issuer.signing,
        Signing::Intermediate(_)
    ));
    found.extend(judge(path, below));
}

/// The fact itself, over a path from the issuing certificate up; `below` intermediates stand under it.
pub(super) fn judge(path: &[&Certificate], mut below: u32) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for certificate in path {
        if let Some(limit) = certificate.path_length.filter(|limit| *limit < below) {
            let message = format!(
                "{} allows {limit} below it, and there {} {below}",
                described(certificate),
                if below == 1 { "is" } else { "are" }
            );
            found.push(at_certificate(&INFO, certificate, message));
        }
        // Certificates that issued themselves do not count (RFC 5280 6.1.4 (l)).
        if !certificate.names_as_issuer(certificate) {
            below += 1;
        }
    }
    found
}
