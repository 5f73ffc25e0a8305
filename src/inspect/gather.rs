//! From files to groups of certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Group, Holder, Inspection};
use crate::diagnostic::{Origin, SourceId};
use crate::json_pointer::Pointer;
use crate::k8s::{self, Object};
use crate::pki::{self, Found, NO_CERTIFICATE, Reading};

/// Adds what the file holds to the inspection.
pub(super) fn gather(id: SourceId, inspection: &mut Inspection) {
    let source = inspection.sources.get(id);
    let name = source.name().to_owned();
    let is_manifest = source
        .text()
        .is_some_and(|text| text.contains("apiVersion") && text.contains("kind"));
    if !is_manifest {
        let here = Origin::file(id);
        let found = Found {
            text: here.clone(),
            named: here,
        };
        let reading = match pki::unpack_pkcs7(source.bytes()) {
            Some(der) => pki::read(&der, &found),
            None => pki::read(source.bytes(), &found),
        };
        return inspection.add(name, Holder::Chain, reading);
    }
    let read = k8s::read(id, source);
    inspection.diagnostics.extend(read.diagnostics);
    let before = (inspection.groups.len(), inspection.diagnostics.len());
    for object in &read.objects {
        for (place, holder, bytes) in places(object) {
            let here = object.key_origin(&place);
            let title = format!(
                "{name}: {} {}",
                object.title(),
                place.last().unwrap_or_default()
            );
            let reading = pki::read(
                &bytes,
                &Found {
                    text: here.clone(),
                    named: here,
                },
            );
            inspection.add(title, holder, reading);
        }
    }
    if before == (inspection.groups.len(), inspection.diagnostics.len()) {
        let message = "no object here holds certificates: ConfigMap, Bundle (inLine), Secret (tls.crt, ca.crt) and the caBundle of issuers are looked into";
        let finding = NO_CERTIFICATE
            .at(Origin::file(id), message)
            .breaks("there is nothing to show");
        inspection
            .diagnostics
            .push(finding.help("name a file with certificates, or manifests with one of these"));
    }
}

impl Inspection {
    fn add(&mut self, title: String, holder: Holder, reading: Reading) {
        self.diagnostics.extend(reading.findings);
        if !reading.certificates.is_empty() {
            let links = pki::links(&reading.certificates.iter().collect::<Vec<_>>());
            self.groups.push(Group {
                title,
                holder,
                certificates: reading.certificates,
                links,
            });
        }
    }
}

/// Every place of an object that holds certificates. A private key's place is none.
fn places(object: &Object) -> Vec<(Pointer, Holder, Vec<u8>)> {
    match object.kind() {
        "ConfigMap" => [
            texts(object, "data", |_| true),
            encoded(object, "binaryData", |_| true),
        ]
        .concat(),
        "Secret" => {
            let public = |key: &str| matches!(key, "tls.crt" | "ca.crt");
            [
                encoded(object, "data", public),
                texts(object, "stringData", public),
            ]
            .concat()
        }
        "Bundle" => {
            let sources = object.value["spec"]["sources"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate();
            let inline = sources.filter_map(|(n, source)| Some((n, source["inLine"].as_str()?)));
            let at = |n: usize| Pointer::parse("/spec/sources").index(n).key("inLine");
            inline
                .map(|(n, text)| (at(n), Holder::Trust, text.as_bytes().to_vec()))
                .collect()
        }
        "Issuer" | "ClusterIssuer" => {
            let fields = [
                "/spec/vault/caBundle",
                "/spec/acme/caBundle",
                "/spec/venafi/tpp/caBundle",
            ];
            let set = fields
                .iter()
                .map(|field| (*field, object.text(field)))
                .filter(|(_, text)| !text.is_empty());
            set.map(|(field, text)| (Pointer::parse(field), Holder::Trust, decoded(text)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn texts(object: &Object, field: &str, take: fn(&str) -> bool) -> Vec<(Pointer, Holder, Vec<u8>)> {
    let entries = object.value[field]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| take(key));
    let texts = entries.filter_map(|(key, value)| Some((key, value.as_str()?)));
    let pem = texts.filter(|(_, text)| text.contains("-----BEGIN"));
    pem.map(|(key, text)| {
        (
            Pointer::root().key(field).key(key),
            holder(key),
            text.as_bytes().to_vec(),
        )
    })
    .collect()
}

/// Of values in base64 those that hold PEM, or one certificate in DER: Java's key stores do not.
fn encoded(
    object: &Object,
    field: &str,
    take: fn(&str) -> bool,
) -> Vec<(Pointer, Holder, Vec<u8>)> {
    let entries = object.value[field]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| take(key));
    let bytes = entries.map(|(key, value)| (key, decoded(value.as_str().unwrap_or_default())));
    let held = bytes.filter(|(_, bytes)| pki::holds_pem(bytes) || pki::is_certificate(bytes));
    held.map(|(key, bytes)| (Pointer::root().key(field).key(key), holder(key), bytes))
        .collect()
}

/// The key under which cert-manager and kubernetes.io/tls put a server's own chain; anything else is there to be trusted.
fn holder(key: &str) -> Holder {
    if key == "tls.crt" {
        Holder::Chain
    } else {
        Holder::Trust
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let compact: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD.decode(compact).unwrap_or_default()
}
