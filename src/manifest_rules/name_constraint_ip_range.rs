//! `ipRanges` are parsed when the request is made (cert-manager `pkg/util/pki/nameconstraints.go`), not in admission (1.21).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;
use std::net::IpAddr;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "name-constraint-ip-range",
    severity: Severity::Warning,
    summary: "a range of addresses that is no CIDR",
    why: "the request is never made, and the CA certificate never issued",
    fix: "write the range with its prefix length: 10.0.0.0/8",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        for part in ["permitted", "excluded"] {
            let ranges = certificate.value["spec"]["nameConstraints"][part]["ipRanges"].as_array();
            for (n, range) in ranges.into_iter().flatten().enumerate() {
                let text = range.as_str().unwrap_or_default();
                if !is_cidr(text) {
                    let origin =
                        certificate.origin(&format!("/spec/nameConstraints/{part}/ipRanges/{n}"));
                    found
                        .push(INFO.at(origin, format!("{} is no range of addresses", shown(text))));
                }
            }
        }
    }
}

/// As Go's `net.ParseCIDR` reads it.
fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else {
        return false;
    };
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    prefix.bytes().all(|b| b.is_ascii_digit())
        && prefix.parse::<u8>().is_ok_and(|prefix| prefix <= longest)
}
