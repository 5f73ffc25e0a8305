//! cert-manager links all of `tls.crt` and the first of `ca.crt` into one chain (`pkg/util/pki/parse_certificate_chain.go`).

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Certificate;
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "chain-stray-certificate",
    severity: Severity::Error,
    summary: "a certificate that does not belong to the issuer's chain",
    why: "cert-manager cannot link the Secret's certificates into one chain (\"certificate chain is malformed or broken\") and never signs anything",
    fix: "take it out of the chain; further roots belong into the bundle: spec.anchors of a configuration",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let chain: Vec<&Certificate> = case.trust.chain().iter().collect();
    found.extend(judge(&chain, &case.linked).map(|finding| {
        match case.trust.issuer.signing {
            Signing::CaSecret(_) => finding,
            _ => finding
                .severity(Severity::Warning)
                .breaks("nothing, if the issuer sends another chain than this"),
        }
    }));
}

/// The fact itself: `linked` is what hangs together in `chain`, the issuing certificate first.
pub(super) fn judge(
    chain: &[&Certificate],
    linked: &[&Certificate],
) -> impl Iterator<Item = Diagnostic> {
    let astray = |certificate: &&&Certificate| {
        !linked
            .iter()
            .any(|one| one.fingerprint == certificate.fingerprint)
    };
    let found = linked.first().into_iter().flat_map(|issuing| {
        chain.iter().filter(astray).map(|certificate| {
            let message = format!(
                "{} is not in the chain above {}",
                described(certificate),
                described(issuing)
            );
            at_certificate(&INFO, certificate, message)
        })
    });
    found.collect::<Vec<_>>().into_iter()
}
