//! Certificates in manifests, by the same rules as those in the files of a configuration.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Case;
use crate::diagnostic::{Diagnostic, Origin, Place, Severity};
use crate::json_pointer::Pointer;
use crate::k8s::Object;
use crate::pki::{Certificate, Found, NO_CERTIFICATE, Reading, holds_pem, is_certificate, read};
use crate::rules::{Terms, of_anchor, of_ca, of_chain};

/// Everything that is wrong with certificates in Bundles, ConfigMaps, Secrets and issuers. Each place is judged once, by
/// the strictest reader that it has.
pub(super) fn judge(case: &Case<'_>, terms: Terms, found: &mut Vec<Diagnostic>) {
    let mut read_by: BTreeMap<(usize, usize), &Object> = BTreeMap::new();
    for source in &case.trusted {
        let reading = &source.reading;
        let places = reading
            .certificates
            .iter()
            .map(|certificate| &certificate.found.text);
        places
            .chain(reading.findings.iter().map(|f| &f.primary.origin))
            .for_each(|origin| {
                read_by.entry(key(origin)).or_insert(source.bundle);
            });
        let by = |finding: Diagnostic| {
            finding.also(
                source.bundle.origin("/metadata/name"),
                "read by this Bundle",
            )
        };
        // A source without any PEM block is no error there; only a Bundle without any certificate is.
        let faults = reading
            .findings
            .iter()
            .filter(|f| f.severity == Severity::Error && f.rule.id != NO_CERTIFICATE.id);
        found.extend(faults.cloned().map(by));
        found.extend(
            reading
                .certificates
                .iter()
                .flat_map(|c| of_anchor(c, terms, true))
                .map(by),
        );
    }
    for object in &case.set.objects {
        match (object.group(), object.kind()) {
            ("", "ConfigMap") => config_map(object, terms, &read_by, found),
            ("", "Secret") => secret(case, object, terms, found),
            ("cert-manager.io", "Issuer" | "ClusterIssuer") => ca_bundles(object, terms, found),
            _ => {}
        }
    }
}

fn key(origin: &Origin) -> (usize, usize) {
    let start = match &origin.place {
        Place::Bytes(range) => range.start,
        Place::File | Place::Key(_) | Place::Value(_) => 0,
    };
    (origin.source.0, start)
}

/// What nobody here reads may be meant for anybody: roots, or intermediates.
fn config_map(
    map: &Object,
    terms: Terms,
    read_by: &BTreeMap<(usize, usize), &Object>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, text) in map.value["data"].as_object().into_iter().flatten() {
        let Some(text) = text
            .as_str()
            .filter(|text| text.contains("-----BEGIN CERTIFICATE"))
        else {
            continue;
        };
        let reading = reading(map, &Pointer::parse("/data").key(name), text.as_bytes());
        let own = reading
            .certificates
            .iter()
            .filter(|c| !read_by.contains_key(&key(&c.found.text)));
        found.extend(own.flat_map(|certificate| of_anchor(certificate, terms, false)));
    }
}

/// The chain of a CA, and what stands beside it to be trusted. Keys and server certificates are not looked at.
fn secret(case: &Case<'_>, secret: &Object, terms: Terms, found: &mut Vec<Diagnostic>) {
    let signs = case
        .signing_with(secret.name())
        .iter()
        .any(|issuer| case.secret_namespace(issuer) == secret.namespace());
    for name in ["tls.crt", "ca.crt"] {
        let Some((place, bytes)) = value(secret, name) else {
            continue;
        };
        let reading = reading(secret, &place, &bytes);
        let certificates: Vec<&Certificate> = reading.certificates.iter().collect();
        if name == "ca.crt" {
            found.extend(
                certificates
                    .iter()
                    .flat_map(|certificate| of_anchor(certificate, terms, false)),
            );
        } else if signs {
            found.extend(of_chain(&certificates, terms));
        }
    }
}

/// What an issuer trusts when it dials its server.
fn ca_bundles(issuer: &Object, terms: Terms, found: &mut Vec<Diagnostic>) {
    for field in [
        "/spec/vault/caBundle",
        "/spec/acme/caBundle",
        "/spec/venafi/tpp/caBundle",
    ] {
        let bytes = decoded(issuer.text(field));
        let reading = reading(issuer, &Pointer::parse(field), &bytes);
        found.extend(
            reading
                .certificates
                .iter()
                .filter(|c| c.is_ca)
                .flat_map(|certificate| of_ca(certificate, terms)),
        );
    }
}

fn reading(object: &Object, place: &Pointer, bytes: &[u8]) -> Reading {
    let here = object.key_origin(place);
    if holds_pem(bytes) || is_certificate(bytes) {
        return read(
            bytes,
            &Found {
                text: here.clone(),
                named: here,
            },
        );
    }
    Reading::default()
}

fn value(secret: &Object, key: &str) -> Option<(Pointer, Vec<u8>)> {
    let at = |field: &str| Pointer::root().key(field).key(key);
    let plain = secret.value["stringData"][key]
        .as_str()
        .map(|text| (at("stringData"), text.as_bytes().to_vec()));
    plain.or_else(|| {
        secret.value["data"][key]
            .as_str()
            .map(|text| (at("data"), decoded(text)))
    })
}

fn decoded(text: &str) -> Vec<u8> {
    let compact: String = text.split_whitespace().collect();
    STANDARD.decode(compact).unwrap_or_default()
}
