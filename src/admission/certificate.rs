//! Certificate: the validating webhook of cert-manager (`internal/apis/certmanager/validation/certificate.go`).

use serde_json::Value;

use super::distinguished_name;
use super::field::Field;
use super::refusal::Refusals;
use super::{cron, go, metadata, names};
use crate::diagnostic::Change;
use crate::source::shown;
use crate::types::Lifetime;

const MINUTE: i128 = 60_000_000_000;
/// The shortest lifetime, and the shortest time between renewal and end (`pkg/apis/certmanager/v1/const.go`).
const MINIMUM_DURATION: i128 = 60 * MINUTE;
const MINIMUM_RENEW_BEFORE: i128 = 5 * MINUTE;
/// What an absent `duration` means.
const DEFAULT_DURATION: i128 = 2160 * 60 * MINUTE;

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let spec = Field::root(manifest).get("spec");
    secret(&spec, refusals);
    issuer_ref(&spec.get("issuerRef"), refusals);
    let common_name = subject(&spec, refusals);
    alternative_names(&spec, !common_name.is_empty(), refusals);
    private_key(&spec, refusals);
    lifetime(&spec, refusals);
    renewal(&spec.get("renewal"), refusals);
    name_constraints(&spec, refusals);
    output_formats(&spec.get("additionalOutputFormats"), refusals);
    for store in spec.get("keystores").set_among(&["jks", "pkcs12"]) {
        keystore(&store, refusals);
    }
    let history = spec.get("revisionHistoryLimit");
    if history.value.as_i64().is_some_and(|limit| limit < 1) {
        refusals.at(&history.at, "must be at least 1");
    }
}

fn secret(spec: &Field<'_>, refusals: &mut Refusals<'_>) {
    let name = spec.get("secretName");
    match name.some_text() {
        None => refusals.at(&name.at, "must be specified"),
        Some(text) => {
            if let Some(reason) = names::dns_subdomain(text) {
                refusals.at(&name.at, format!("{}: {reason}", shown(text)));
            }
        }
    }
    let template = spec.get("secretTemplate");
    let (labels, annotations) = (template.get("labels"), template.get("annotations"));
    metadata::labels(&labels, refusals);
    metadata::annotations(&annotations, refusals);
    for (key, entry) in annotations.entries() {
        if key.starts_with("cert-manager.io/") && key != "cert-manager.io/allow-direct-injection" {
            refusals
                .at(&entry.at, "cert-manager.io/* annotations are cert-manager's own, but for allow-direct-injection");
        }
    }
}

fn issuer_ref(reference: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (name, kind, group) = (
        reference.get("name"),
        reference.get("kind"),
        reference.get("group"),
    );
    if name.some_text().is_none() {
        refusals.at(&name.at, "must be specified");
    }
    let own_group = matches!(group.text(), "" | "cert-manager.io");
    if own_group && !matches!(kind.text(), "" | "Issuer" | "ClusterIssuer") {
        refusals.at(
            &kind.at,
            format!("{}: must be Issuer or ClusterIssuer", shown(kind.text())),
        );
    }
}

/// The subject's common name, wherever it is written.
fn subject(spec: &Field<'_>, refusals: &mut Refusals<'_>) -> String {
    let (common, literal) = (spec.get("commonName"), spec.get("literalSubject"));
    let Some(text) = literal.some_text() else {
        common_name_length(&common, common.text(), refusals);
        return common.text().to_owned();
    };
    if common.some_text().is_some() {
        refusals.at(&common.at, "may not be set together with literalSubject");
    }
    for (_, field) in spec.get("subject").entries() {
        if field.some_text().is_some() || field.items().next().is_some() {
            refusals.at(&field.at, "may not be set together with literalSubject");
        }
    }
    match distinguished_name::parse(text) {
        Err(reason) => {
            refusals.at(&literal.at, reason);
            // Nothing more is said about a name that nobody can read.
            text.to_owned()
        }
        Ok(attributes) => {
            let named = attributes
                .iter()
                .find(|attribute| attribute.key == "CN" || attribute.key == "2.5.4.3");
            let name = named
                .map(|attribute| String::from_utf8_lossy(&attribute.value).into_owned())
                .unwrap_or_default();
            common_name_length(&literal, &name, refusals);
            name
        }
    }
}

fn common_name_length(field: &Field<'_>, name: &str, refusals: &mut Refusals<'_>) {
    if name.len() > 64 {
        refusals.at(
            &field.at,
            format!(
                "too long: {} bytes, and a common name has at most 64",
                name.len()
            ),
        );
    }
}

fn alternative_names(spec: &Field<'_>, has_common_name: bool, refusals: &mut Refusals<'_>) {
    const LISTS: &[&str] = &[
        "dnsNames",
        "uris",
        "emailAddresses",
        "ipAddresses",
        "otherNames",
    ];
    if !has_common_name
        && LISTS
            .iter()
            .all(|list| spec.get(list).items().next().is_none())
    {
        let reason = format!(
            "at least one of commonName (or of literalSubject), {} must be set",
            LISTS.join(", ")
        );
        refusals.at(&spec.at, reason);
    }
    for address in spec
        .get("ipAddresses")
        .items()
        .filter(|address| !go::is_ip(address.text()))
    {
        refusals.at(
            &address.at,
            format!("{}: invalid IP address", shown(address.text())),
        );
    }
    for address in spec
        .get("emailAddresses")
        .items()
        .filter(|address| !go::is_bare_address(address.text()))
    {
        refusals.at(
            &address.at,
            format!(
                "{}: must be a bare email address, such as a@example.com",
                shown(address.text())
            ),
        );
    }
    for other in spec.get("otherNames").items() {
        let (oid, value) = (other.get("oid"), other.get("utf8Value"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !oid.text().split('.').all(is_number) {
            refusals.at(
                &oid.at,
                format!(
                    "{}: must be an object identifier, numbers and dots",
                    shown(oid.text())
                ),
            );
        }
        if value.some_text().is_none() {
            refusals.at(&value.at, "must be set to a non-empty text");
        }
    }
}

fn private_key(spec: &Field<'_>, refusals: &mut Refusals<'_>) {
    let algorithm = spec
        .get("privateKey")
        .get("algorithm")
        .some_text()
        .unwrap_or("RSA");
    let size = spec.get("privateKey").get("size");
    let bits = size.value.as_i64().unwrap_or_default();
    match algorithm {
        "RSA" if bits != 0 && !(2048..=8192).contains(&bits) => {
            refusals.at(
                &size.at,
                format!("{bits}: an RSA key has between 2048 and 8192 bits"),
            );
        }
        "ECDSA" if !matches!(bits, 0 | 256 | 384 | 521) => {
            refusals.at(
                &size.at,
                format!("{bits}: an ECDSA key has 256, 384 or 521 bits"),
            );
        }
        _ => {}
    }
    let signature = spec.get("signatureAlgorithm");
    let fits = match algorithm {
        "RSA" => signature.text().ends_with("WithRSA"),
        "ECDSA" => signature.text().starts_with("ECDSAWith"),
        _ => signature.text() == "PureEd25519",
    };
    if signature.some_text().is_some() && !fits {
        refusals.at(
            &signature.at,
            format!(
                "{} does not fit a private key of algorithm {algorithm}",
                shown(signature.text())
            ),
        );
    }
}

/// A Go duration; what does not parse is refused as the webhook's decoder refuses it: for the whole object.
fn duration(field: &Field<'_>, refusals: &mut Refusals<'_>) -> Option<i128> {
    let text = field.value.as_str()?;
    let nanos = go::duration(text);
    if nanos.is_none() {
        let reason = format!(
            "{}: not a Go duration: use h, m and s, such as 2160h (there are no days)",
            shown(text)
        );
        // Days, and nothing else that Go does not know: what was meant is plain.
        let meant = Lifetime::parse(text)
            .ok()
            .map(|lifetime| lifetime.to_string());
        let help = meant.as_ref().map(|meant| format!("write {meant}"));
        refusals.with_change(
            &field.at,
            reason,
            help,
            meant.map(|meant| Change::Replace(meant.into())),
        );
    }
    nanos
}

/// What is checked only if `duration` or `renewBefore` is set: a percentage alone passes whatever it is.
fn lifetime(spec: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (long, before) = (spec.get("duration"), spec.get("renewBefore"));
    let percentage = spec.get("renewBeforePercentage");
    if !long.is_set() && !before.is_set() {
        return;
    }
    let total = if long.is_set() {
        duration(&long, refusals)
    } else {
        Some(DEFAULT_DURATION)
    };
    if total.is_some_and(|total| total < MINIMUM_DURATION) {
        refusals.at(&long.at, "must be at least 1h");
    }
    if before.is_set() && percentage.is_set() {
        refusals.at(
            &before.at,
            "renewBefore and renewBeforePercentage exclude each other",
        );
    }
    let renew_before = duration(&before, refusals);
    for (field, nanos) in [
        (&before, renew_before),
        (&percentage, mirrored(&percentage, total)),
    ] {
        let Some(nanos) = nanos else { continue };
        if nanos < MINIMUM_RENEW_BEFORE {
            refusals.at(&field.at, "must leave at least 5m");
        }
        if total.is_some_and(|total| nanos >= total) {
            refusals.at(&field.at, "must be less than the duration");
        }
    }
}

/// The webhook's reading of the percentage, which is not the controller's: it takes the part of the lifetime *before*
/// the renewal, so 95 % of 1h is judged as 3 minutes though it means 57.
fn mirrored(percentage: &Field<'_>, total: Option<i128>) -> Option<i128> {
    let percent = i128::from(percentage.value.as_i64()?);
    Some(total? * (100 - percent) / 100)
}

fn renewal(renewal: &Field<'_>, refusals: &mut Refusals<'_>) {
    if !renewal.is_set() {
        return;
    }
    let (policy, windows) = (renewal.get("policy"), renewal.get("windows"));
    if policy.some_text().is_none() {
        refusals.at(&policy.at, "must be RenewBefore or Disabled");
    }
    if policy.text() == "Disabled" && windows.items().next().is_some() {
        refusals.at(&windows.at, "may not be set when the policy is Disabled");
    }
    for window in windows.items() {
        let (expression, zone) = (window.get("cron"), window.get("timezone"));
        if !cron::is_standard(expression.text()) {
            let reason = format!(
                "{}: must be five cron fields, or a descriptor such as @daily",
                shown(expression.text())
            );
            refusals.at(&expression.at, reason);
        }
        if zone.some_text().is_some_and(|name| !go::is_time_zone(name)) {
            refusals.at(
                &zone.at,
                format!("{}: unknown time zone", shown(zone.text())),
            );
        }
    }
}

fn name_constraints(spec: &Field<'_>, refusals: &mut Refusals<'_>) {
    let constraints = spec.get("nameConstraints");
    if !constraints.is_set() {
        return;
    }
    if !spec.get("isCA").is_true() {
        refusals.at(
            &constraints.at,
            "isCA must be true when nameConstraints is set",
        );
    }
    if constraints.set_among(&["permitted", "excluded"]).is_empty() {
        refusals.at(&constraints.at, "either permitted or excluded must be set");
    }
}

fn output_formats(formats: &Field<'_>, refusals: &mut Refusals<'_>) {
    let mut seen = Vec::new();
    for format in formats.items() {
        let kind = format.get("type");
        if seen.contains(&kind.text()) {
            refusals.at(&kind.at, format!("duplicate value {}", shown(kind.text())));
        }
        seen.push(kind.text());
    }
}

fn keystore(store: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (password, reference) = (
        store.get("password"),
        store.get("passwordSecretRef").get("name"),
    );
    if password.value.as_str().is_some_and(str::is_empty) {
        return refusals.at(&password.at, "must not be empty");
    }
    if password.is_set() == reference.some_text().is_some() {
        refusals.at(
            &store.at,
            "exactly one of password and passwordSecretRef must be set",
        );
    }
}

#[cfg(test)]
mod tests;
