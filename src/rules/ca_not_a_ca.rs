//! cert-manager wants the CA flag on the first certificate of a CA Secret (`pkg/issuer/ca/setup.go`).

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-not-a-ca",
    severity: Severity::Error,
    summary: "a certificate of the issuer's chain is no CA",
    why: "the issuer never becomes ready if it is the first, and clients reject the chain if it is another",
    fix: "give the chain of the CA itself, issuing certificate first, without any server certificate",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(case.trust.chain().iter().filter_map(judge));
}

/// The fact itself, wherever a CA's chain stands.
pub(super) fn judge(certificate: &Certificate) -> Option<Diagnostic> {
    let message = || format!("{} has no CA flag", described(certificate));
    (!certificate.is_ca).then(|| at_certificate(&INFO, certificate, message()))
}
