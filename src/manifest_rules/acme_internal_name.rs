//! Public CAs sign no internal names (CA/Browser Forum Baseline Requirements 4.2.2).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::k8s::Object;
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "acme-internal-name",
    severity: Severity::Warning,
    summary: "a public ACME server is asked for a name inside the cluster",
    why: "no public CA may sign it and no challenge can prove it: the order fails, and cert-manager tries again for ever",
    fix: "take an issuer of your own for names in the cluster; an ACME server of your own is one with a caBundle",
};

/// Endings that nobody owns outside (RFC 6761, RFC 6762, RFC 8375, and those of Kubernetes).
const INTERNAL: &[&str] = &[
    ".svc",
    ".local",
    ".internal",
    ".localhost",
    ".home.arpa",
    ".lan",
    ".corp",
    ".test",
    ".invalid",
];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let Some(issuer) = case
            .issuer_of(certificate)
            .filter(|issuer| is_public(issuer))
        else {
            continue;
        };
        for (field, test) in [
            ("dnsNames", is_internal as fn(&str) -> bool),
            ("ipAddresses", |_: &str| true),
        ] {
            let names = certificate.value["spec"][field]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate();
            let internal =
                names.filter_map(|(n, name)| Some((n, name.as_str().filter(|name| test(name))?)));
            found.extend(internal.map(|(n, name)| {
                let message = format!(
                    "{} asks {} for {}",
                    certificate.title(),
                    issuer.title(),
                    shown(name)
                );
                let finding = INFO.at(certificate.origin(&format!("/spec/{field}/{n}")), message);
                finding.also(
                    issuer.origin("/spec/acme/server"),
                    "a server that the public web trusts",
                )
            }));
        }
    }
}

/// A server of one's own has a certificate of one's own, and so a caBundle.
fn is_public(issuer: &Object) -> bool {
    let acme = &issuer.value["spec"]["acme"];
    acme["server"].is_string() && acme["caBundle"].is_null() && acme["skipTLSVerify"] != true
}

fn is_internal(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.') || INTERNAL.iter().any(|ending| name.ends_with(ending))
}
