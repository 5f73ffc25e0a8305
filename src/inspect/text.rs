//! In the shape of `openssl x509 -text`, which everybody can read.

use time::OffsetDateTime;
use time::macros::format_description;

use super::Inspection;
use crate::pki::{Certificate, Details, KeyKind, colons};

/// Every certificate in its order.
pub(crate) fn text(inspection: &Inspection) -> String {
    let mut out = String::new();
    for group in &inspection.groups {
        for certificate in &group.certificates {
            let block = certificate
                .block
                .map(|block| format!(", block {block}"))
                .unwrap_or_default();
            out.push_str(&format!("# {}{block}\n", group.title));
            out.push_str(&dump(certificate));
        }
    }
    out
}

fn dump(certificate: &Certificate) -> String {
    let details = certificate.details();
    let mut lines = vec![
        "Certificate:".to_owned(),
        "    Data:".to_owned(),
        format!(
            "        Version: {} (0x{:x})",
            details.version,
            details.version.saturating_sub(1)
        ),
    ];
    lines.extend(serial(&certificate.serial));
    lines.extend([
        format!(
            "        Signature Algorithm: {}",
            details.signature_algorithm
        ),
        format!("        Issuer: {}", certificate.issuer),
        "        Validity".to_owned(),
        format!("            Not Before: {}", moment(certificate.not_before)),
        format!("            Not After : {}", moment(certificate.not_after)),
        format!("        Subject: {}", certificate.subject),
        "        Subject Public Key Info:".to_owned(),
        format!(
            "            Public Key Algorithm: {}",
            details.key_algorithm
        ),
        format!("                {}", key(certificate)),
    ]);
    lines.extend(extensions(&details));
    lines.push(format!(
        "    Signature Algorithm: {}",
        details.signature_algorithm
    ));
    lines.push(format!(
        "    SHA-256 Fingerprint: {}",
        colons(&fingerprint(certificate))
    ));
    lines.join("\n") + "\n"
}

/// Small numbers as numbers, others as bytes.
fn serial(hex: &str) -> Vec<String> {
    let (sign, digits) = hex
        .strip_prefix('-')
        .map_or(("", hex), |digits| ("-", digits));
    if let Ok(number) = u64::from_str_radix(digits, 16) {
        return vec![format!(
            "        Serial Number: {sign}{number} ({sign}0x{number:x})"
        )];
    }
    let even = if digits.len().is_multiple_of(2) {
        digits.to_owned()
    } else {
        format!("0{digits}")
    };
    let pairs: Vec<String> = even
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    let negative = if sign.is_empty() { "" } else { " (Negative)" };
    vec![
        "        Serial Number:".to_owned(),
        format!("           {negative} {}", pairs.join(":")),
    ]
}

fn key(certificate: &Certificate) -> String {
    match certificate.key.kind {
        KeyKind::Ed25519 => "ED25519 Public-Key:".to_owned(),
        KeyKind::Other => "Unable to load Public Key".to_owned(),
        KeyKind::Rsa | KeyKind::Ecdsa => format!("Public-Key: ({} bit)", certificate.key.bits),
    }
}

fn extensions(details: &Details) -> Vec<String> {
    if details.extensions.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["        X509v3 extensions:".to_owned()];
    for extension in &details.extensions {
        let critical = if extension.critical { " critical" } else { "" };
        lines.push(format!("            {}:{critical}", extension.title));
        lines.extend(
            extension
                .lines
                .iter()
                .map(|line| format!("                {line}")),
        );
    }
    lines
}

fn moment(time: OffsetDateTime) -> String {
    let form = format_description!(
        "[month repr:short] [day padding:space] [hour]:[minute]:[second] [year] GMT"
    );
    time.format(form).unwrap_or_else(|_| time.to_string())
}

fn fingerprint(certificate: &Certificate) -> Vec<u8> {
    let digits: Vec<u32> = certificate
        .fingerprint
        .chars()
        .filter_map(|c| c.to_digit(16))
        .collect();
    digits
        .chunks(2)
        .filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}
