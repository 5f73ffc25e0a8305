//! cert-manager wants the CA flag on the first certificate of a CA Secret (`pkg/issuer/ca/setup.go`).

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "ca-not-a-ca",
    severity: Severity::Error,
    summary: "a certificate of the issuer's chain is no CA",
    why: "the issuer never becomes ready if it is the first, and clients reject the chain if it is another",
    fix: "give the chain of the CA itself, issuing certificate first, without any server certificate",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.trust.chain().iter().filter(|c| !c.is_ca) {
        found.push(at_certificate(&INFO, certificate, format!("{} has no CA flag", described(certificate))));
    }
}
