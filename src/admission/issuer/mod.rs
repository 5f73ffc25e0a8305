//! Issuer and ClusterIssuer, which share their `spec`: the validating webhook of cert-manager
//! (`internal/apis/certmanager/validation/issuer.go`).

mod acme;
mod dns01;
mod vault;
mod venafi;

use serde_json::Value;

use super::base64;
use super::field::Field;
use super::refusal::Refusals;
use crate::pki;

type Check = fn(&Field<'_>, &mut Refusals<'_>);

/// The types of issuer, in the order in which the webhook asks for them.
const TYPES: &[(&str, Check)] = &[
    ("acme", acme::review),
    ("ca", ca),
    ("selfSigned", |_, _| {}),
    ("vault", vault::review),
    ("venafi", venafi::review),
];

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let spec = Field::root(manifest).get("spec");
    let mut configured = 0;
    for (name, check) in TYPES {
        let field = spec.get(name);
        if !field.is_set() {
            continue;
        }
        if configured > 0 {
            refusals.at(&field.at, "may not specify more than one issuer type");
        } else {
            check(&field, refusals);
        }
        configured += 1;
    }
    if configured == 0 {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        refusals.at(
            &spec.at,
            format!(
                "at least one issuer must be configured: {}",
                names.join(", ")
            ),
        );
    }
}

fn ca(ca: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&ca.get("secretName"), refusals);
    for list in ["ocspServers", "issuingCertificateURLs"] {
        for url in ca.get(list).items().filter(|url| url.some_text().is_none()) {
            refusals.at(&url.at, "must be a valid URL, not empty");
        }
    }
}

/// A text that must not be empty.
fn required(field: &Field<'_>, refusals: &mut Refusals<'_>) {
    if field.some_text().is_none() {
        refusals.at(&field.at, "must be specified");
    }
}

/// A reference to a key of a Secret, both parts written.
fn secret_key(reference: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&reference.get("name"), refusals);
    required(&reference.get("key"), refusals);
}

/// A `caBundle` in which Go finds no certificate; one good one among rubbish is enough (`x509.AppendCertsFromPEM`).
fn bundle_of_cas(bundle: &Field<'_>, refusals: &mut Refusals<'_>) {
    let Some(text) = bundle.some_text() else {
        return;
    };
    if !base64::decode(text).is_some_and(|pem| pki::holds_a_certificate(&pem)) {
        refusals.at(&bundle.at, "holds no certificate in PEM that can be parsed");
    }
}

#[cfg(test)]
mod tests;
