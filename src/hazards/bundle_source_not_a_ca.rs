//! Leaves are kept unless trust-manager runs with `--filter-non-ca-certs` (`pkg/util/cert_pool.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-source-not-a-ca",
    severity: Severity::Warning,
    summary: "a Bundle hands out a certificate that is no CA",
    why: "no server certificate verifies under it: clients that trust only this reject every server",
    fix: "put the root CA that issued it in its place",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for source in &case.trusted {
        for certificate in source.reading.certificates.iter().filter(|certificate| !certificate.is_ca) {
            let message = format!("{} hands out `{}`, which is no CA", source.bundle.title(), certificate.title());
            found.push(INFO.at(certificate.found.text.clone(), message));
        }
    }
}
