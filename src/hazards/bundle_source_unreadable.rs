//! One bad block fails the whole Bundle, on purpose (trust-manager `pkg/util/cert_pool.go` AddCertsFromPEM).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::NO_CERTIFICATE;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-source-unreadable",
    severity: Severity::Warning,
    summary: "a source of a Bundle holds something that is no certificate",
    why: "the whole Bundle fails with SourceBuildError: clients keep what they had, or never get anything",
    fix: "keep only CERTIFICATE blocks without headers: trustc inspect FILE shows which are none",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for source in &case.trusted {
        // A source without any PEM block is no error there; only a Bundle without any certificate is.
        let faults = source.reading.findings.iter().filter(|f| f.severity == Severity::Error);
        for fault in faults.filter(|fault| fault.rule.id != NO_CERTIFICATE.id) {
            let message = format!("{}, which {} reads", fault.message, source.bundle.title());
            found.push(INFO.at(fault.primary.origin.clone(), message));
        }
    }
}
