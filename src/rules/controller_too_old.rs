//! What the emitted fields need: each came with a release (cert-manager release notes; trust-manager `pkg/webhook/validation.go`
//! by tag). A release that is not said is taken for the oldest that is supported.

use super::Case;
use crate::config::BundleDelivery;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::{Located, Signing};
use crate::types::Version;
use serde_json::Value;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "controller-too-old",
    severity: Severity::Error,
    summary: "a controller on the cluster is older than what the manifests need",
    why: "the API server or the webhook refuses the object, or drops the field without a word",
    fix: "upgrade the controller, or correct the version here if it is newer",
};

/// The oldest releases that are supported: what the product is tested with, and the first whose selectors take expressions.
const CERT_MANAGER: Version = Version::new(1, 13);
const TRUST_MANAGER: Version = Version::new(0, 14);

/// Fields of issuers that are younger: a pointer into the issuer's `spec`, and the release that brought it.
const FIELDS: &[(&str, Version)] = &[
    ("/vault/clientCertSecretRef", Version::new(1, 15)),
    ("/vault/auth/clientCertificate", Version::new(1, 16)),
    ("/vault/serverName", Version::new(1, 18)),
    ("/vault/auth/aws", Version::new(1, 21)),
    ("/venafi/tpp/caBundleSecretRef", Version::new(1, 16)),
    ("/venafi/ngts", Version::new(1, 21)),
];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let trust = case.trust;
    judge(
        found,
        "cert-manager",
        trust.cert_manager.as_ref(),
        CERT_MANAGER,
    );
    if let Signing::Remote(remote) = &trust.issuer.signing {
        younger_fields(case, remote.kind, &remote.spec, found);
    }
    if trust.bundle.delivery == BundleDelivery::Bundle {
        judge(
            found,
            "trust-manager",
            trust.trust_manager.as_ref(),
            TRUST_MANAGER,
        );
        younger_profiles(case, found);
    }
}

fn younger_fields(case: &Case<'_>, kind: &str, spec: &Value, found: &mut Vec<Diagnostic>) {
    let installed = case.trust.cert_manager.as_ref();
    let version = installed.map_or(CERT_MANAGER, |installed| installed.value);
    for (field, needed) in FIELDS.iter().filter(|(_, needed)| version < *needed) {
        let Some(below) = field
            .strip_prefix('/')
            .and_then(|field| field.strip_prefix(kind))
        else {
            continue;
        };
        if spec.pointer(below).is_none() {
            continue;
        }
        let what = field.rsplit('/').next().unwrap_or_default();
        let message = match installed {
            Some(_) => format!("cert-manager {version} is too old: `{what}` came with {needed}"),
            None => format!(
                "`{what}` came with cert-manager {needed}, and no release is said: {version} is assumed"
            ),
        };
        let origin = case.trust.origin(&format!("/spec/issuer{field}"));
        let help =
            format!("upgrade, and write installation: {{certManager: {{version: \"{needed}\"}}}}");
        found.push(INFO.at(origin, message).help(help));
    }
}

/// PKCS#12 profiles came with trust-manager 0.17.
fn younger_profiles(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let needed = Version::new(0, 17);
    let version = case
        .trust
        .trust_manager
        .as_ref()
        .map_or(TRUST_MANAGER, |installed| installed.value);
    for (n, bundle) in case.trust.bundle.additional.iter().enumerate() {
        if version < needed
            && bundle
                .pkcs12
                .as_ref()
                .is_some_and(|pkcs12| pkcs12.profile.is_some())
        {
            let message = format!(
                "`profile` came with trust-manager {needed}, and {version} is on the site or assumed"
            );
            let origin = case
                .trust
                .origin(&format!("/spec/bundle/additional/{n}/pkcs12/profile"));
            let help = format!(
                "upgrade, and write installation: {{trustManager: {{version: \"{needed}\"}}}}"
            );
            found.push(INFO.at(origin, message).help(help));
        }
    }
}

fn judge(
    found: &mut Vec<Diagnostic>,
    product: &str,
    installed: Option<&Located<Version>>,
    oldest: Version,
) {
    if let Some(installed) = installed.filter(|installed| installed.value < oldest) {
        let message = format!(
            "{product} {} is too old: {oldest} is the oldest release that is supported",
            installed.value
        );
        found.push(INFO.at(installed.origin.clone(), message));
    }
}
