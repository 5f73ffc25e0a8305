//! For programs: every certificate with its facts, and every finding, in one JSON object (`version` as in reports).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

use super::{Inspection, role};
use crate::pki::{Certificate, Details, KeyKind, Link};
use crate::report::{Findings, Report, derive};

#[derive(Serialize, JsonSchema)]
#[schemars(title = "trustc inspection")]
struct Inspected<'i> {
    #[serde(flatten)]
    report: Report<'i>,
    /// In the order of files and places.
    certificates: Vec<Entry<'i>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Entry<'i> {
    /// The file, and the key of the object in it.
    place: &'i str,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[schemars(extend("enum" = ["root", "intermediate", "leaf"]))]
    role: &'static str,
    self_signed: bool,
    /// Fingerprint of the certificate beside it that issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_by: Option<&'i str>,
    subject: &'i str,
    issuer: &'i str,
    /// Hexadecimal.
    serial: &'i str,
    version: u32,
    not_before: String,
    not_after: String,
    /// Whole days from `--now` to the end; negative behind it.
    days_left: i64,
    key: Key,
    signature_algorithm: String,
    #[serde(rename = "isCA")]
    is_ca: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_length: Option<u32>,
    usages: Vec<String>,
    extended_usages: Vec<String>,
    names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_constraints: Option<Constraints>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority_key_id: Option<String>,
    sha256: &'i str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Key {
    algorithm: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Constraints {
    permitted: Vec<String>,
    excluded: Vec<String>,
}

/// The schema of [`json`].
pub(crate) fn json_schema() -> Value {
    derive::<Inspected<'_>>()
}

/// The whole inspection, ending in a line feed.
pub(crate) fn json(inspection: &Inspection) -> String {
    let findings = [Findings {
        sources: &inspection.sources,
        diagnostics: &inspection.diagnostics,
    }];
    let entries = inspection.groups.iter().flat_map(|group| {
        let pairs = group.certificates.iter().zip(&group.links);
        pairs.map(|(certificate, link)| {
            let issuer = match link {
                Link::IssuedBy(issuer) => group.certificates.get(*issuer),
                _ => None,
            };
            entry(inspection, &group.title, certificate, *link, issuer)
        })
    });
    let inspected = Inspected {
        report: Report::of(&findings),
        certificates: entries.collect(),
    };
    serde_json::to_string_pretty(&inspected).expect("text and numbers are JSON") + "\n"
}

fn entry<'i>(
    inspection: &'i Inspection,
    place: &'i str,
    certificate: &'i Certificate,
    link: Link,
    issuer: Option<&'i Certificate>,
) -> Entry<'i> {
    let details: Details = certificate.details();
    let constrained = !details.permitted.is_empty() || !details.excluded.is_empty();
    let moment = |time: time::OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    Entry {
        place,
        block: certificate.block,
        line: inspection
            .sources
            .locate(&certificate.found.text)
            .map(|location| location.line),
        role: role(certificate, link),
        self_signed: link == Link::SelfSigned,
        issued_by: issuer.map(|issuer| issuer.fingerprint.as_str()),
        subject: &certificate.subject,
        issuer: &certificate.issuer,
        serial: &certificate.serial,
        version: details.version,
        not_before: moment(certificate.not_before),
        not_after: moment(certificate.not_after),
        days_left: (certificate.not_after - inspection.terms.now).whole_days(),
        key: key(certificate),
        signature_algorithm: details.signature_algorithm,
        is_ca: certificate.is_ca,
        path_length: certificate.path_length,
        usages: details.usages,
        extended_usages: details.extended_usages,
        names: details.alternative_names,
        name_constraints: constrained.then_some(Constraints {
            permitted: details.permitted,
            excluded: details.excluded,
        }),
        subject_key_id: details.subject_key_id,
        authority_key_id: details.authority_key_id,
        sha256: &certificate.fingerprint,
    }
}

fn key(certificate: &Certificate) -> Key {
    let (algorithm, bits) = match certificate.key.kind {
        KeyKind::Rsa => ("RSA", Some(certificate.key.bits)),
        KeyKind::Ecdsa => ("ECDSA", Some(certificate.key.bits)),
        KeyKind::Ed25519 => ("Ed25519", None),
        KeyKind::Other => ("unknown", None),
    };
    Key { algorithm, bits }
}
