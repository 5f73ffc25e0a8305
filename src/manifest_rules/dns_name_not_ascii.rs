//! DNS names in certificates are IA5 strings (cert-manager `pkg/util/pki/sans.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "dns-name-not-ascii",
    severity: Severity::Warning,
    summary: "a DNS name with letters outside ASCII",
    why: "the request is never made, and the certificate never issued",
    fix: "write the name in punycode: xn--...",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let names = certificate.value["spec"]["dnsNames"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate();
        for (n, name) in
            names.filter(|(_, name)| name.as_str().is_some_and(|name| !name.is_ascii()))
        {
            let message = format!("{} is no ASCII", shown(name.as_str().unwrap_or_default()));
            found.push(INFO.at(certificate.origin(&format!("/spec/dnsNames/{n}")), message));
        }
    }
}
