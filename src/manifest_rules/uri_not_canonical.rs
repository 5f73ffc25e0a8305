//! URIs must survive Go's `url.Parse` and `String` unchanged (cert-manager `pkg/util/pki/sans.go`, `match.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "uri-not-canonical",
    severity: Severity::Warning,
    summary: "a URI that does not come back as it was written",
    why: "the request never matches the Certificate, which is issued again and again; or it is never made at all",
    fix: "write the scheme in lower case, and everything outside ASCII percent-encoded",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let uris = certificate.value["spec"]["uris"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate();
        for (n, uri) in uris {
            let text = uri.as_str().unwrap_or_default();
            if let Some(reason) = changes(text) {
                found.push(INFO.at(
                    certificate.origin(&format!("/spec/uris/{n}")),
                    format!("{}: {reason}", shown(text)),
                ));
            }
        }
    }
}

/// Why Go would print another URI than it read, or none.
fn changes(uri: &str) -> Option<&'static str> {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    if !uri.is_ascii() || uri.chars().any(|c| c.is_ascii_control() || c == ' ') {
        return Some("it holds characters that must be percent-encoded");
    }
    if scheme.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some("its scheme is not in lower case");
    }
    let escapes = uri.split('%').skip(1);
    let broken =
        |rest: &str| rest.len() < 2 || !rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    escapes
        .into_iter()
        .any(broken)
        .then_some("a percent sign without two hexadecimal digits")
}
