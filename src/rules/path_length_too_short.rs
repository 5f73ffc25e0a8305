//! pathLenConstraint (RFC 5280 4.2.1.9): how many intermediates may stand below a CA. Nobody checks it before clients do.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
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
    // Certificates that issued themselves do not count (RFC 5280 6.1.4 (l)); an intermediate that is still to be made does.
    let mut below = u32::from(matches!(case.trust.issuer.signing, Signing::Intermediate(_)));
    for certificate in path {
        if let Some(limit) = certificate.path_length.filter(|limit| *limit < below) {
            let message = format!(
                "{} allows {limit} below it, and there {} {below}",
                described(certificate),
                if below == 1 { "is" } else { "are" }
            );
            found.push(at_certificate(&INFO, certificate, message));
        }
        if !certificate.names_as_issuer(certificate) {
            below += 1;
        }
    }
}
