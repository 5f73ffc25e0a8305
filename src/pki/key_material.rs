//! Recognises private keys by their outermost shape, without reading what is inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;
use x509_parser::der_parser::asn1_rs::{Any, FromDer, Integer, Oid, Sequence, Tag};

use crate::json_pointer::Pointer;

/// What kind of key `der` is, if it is one: PKCS#1 (RFC 8017 A.1.2), SEC 1 (RFC 5915), PKCS#8 (RFC 5208), encrypted
/// PKCS#8, PKCS#12 (RFC 7292). A certificate begins with a SEQUENCE in a SEQUENCE, none of these does but encrypted
/// PKCS#8, whose inner SEQUENCE is followed by an OCTET STRING.
pub(super) fn in_der(der: &[u8]) -> Option<&'static str> {
    let (_, outer) = Sequence::from_der(der).ok()?;
    if let Ok((rest, version)) = Integer::from_der(&outer.content) {
        let (_, next) = Any::from_der(rest).ok()?;
        return match (version.as_u32().ok()?, next.header.tag()) {
            (0 | 1, Tag::Integer) => Some("a PKCS#1 private key"),
            (0 | 1, Tag::Sequence) => Some("a PKCS#8 private key"),
            (1, Tag::OctetString) => Some("a SEC 1 (EC) private key"),
            (3, Tag::Sequence) => Some("a PKCS#12 key store"),
            _ => None,
        };
    }
    let (rest, inner) = Sequence::from_der(&outer.content).ok()?;
    let (rest, next) = Any::from_der(rest).ok()?;
    let encrypted = rest.is_empty()
        && next.header.tag() == Tag::OctetString
        && Oid::from_der(&inner.content).is_ok();
    encrypted.then_some("an encrypted PKCS#8 private key")
}

/// What follows the first DER element; none if there is none.
pub(super) fn behind_first(der: &[u8]) -> Option<&[u8]> {
    Any::from_der(der).ok().map(|(rest, _)| rest)
}

/// What kind of key a PEM label announces.
pub(super) fn in_label(label: &str) -> Option<&'static str> {
    if !label.contains("PRIVATE KEY") {
        return None;
    }
    Some(match label {
        "RSA PRIVATE KEY" => "an RSA private key",
        "EC PRIVATE KEY" => "an EC private key",
        "ENCRYPTED PRIVATE KEY" => "an encrypted private key",
        "OPENSSH PRIVATE KEY" => "an OpenSSH private key",
        _ => "a private key",
    })
}

/// No key is shorter: 32 bytes in base64.
const SHORTEST: usize = 43;

/// What kind of key a text is or holds, in any form that people paste: PEM, base64 or hexadecimal of DER, key stores,
/// OpenSSH, PuTTY, age.
pub(super) fn in_text(text: &str) -> Option<&'static str> {
    if text.len() < SHORTEST {
        return None;
    }
    for (at, _) in text.match_indices("-----BEGIN ") {
        let label = &text[at + "-----BEGIN ".len()..];
        let label = label.split("-----").next().unwrap_or_default();
        if let Some(kind) = in_label(label) {
            return Some(kind);
        }
    }
    if text.contains("PuTTY-User-Key-File-") {
        return Some("a PuTTY private key");
    }
    if text.contains("AGE-SECRET-KEY-1") {
        return Some("an age identity");
    }
    let dense: String = text.split_whitespace().collect();
    let hex: String = dense.chars().filter(|c| *c != ':').collect();
    let decoded = from_hex(&hex).or_else(|| from_base64(&dense))?;
    if let Ok(inner) = std::str::from_utf8(&decoded) {
        return inner.contains("-----BEGIN").then(|| in_text(inner))?;
    }
    in_key_store(&decoded).or_else(|| in_der(&decoded))
}

/// Java's key stores by their first bytes. One that holds certificates only looks the same.
fn in_key_store(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Some("a Java key store (JKS)"),
        [0xce, 0xce, 0xce, 0xce, ..] => Some("a Java key store (JCEKS)"),
        _ => None,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// With or without padding, in either alphabet (RFC 4648, sections 4 and 5).
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    STANDARD_NO_PAD.decode(plain).ok()
}

/// Every text and key of a value that holds a private key: its pointer, whether it is the key of a mapping, and what kind
/// of private key. Texts that are read as certificates are left out: reading them says more.
pub(crate) fn in_value(value: &Value) -> Vec<(Pointer, bool, &'static str)> {
    let mut found = Vec::new();
    if has_long_text(value) {
        search(value, &Pointer::root(), &mut found);
    }
    found
}

/// Whether any text or key is long enough to hold a key: in most configurations none is.
fn has_long_text(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() >= SHORTEST,
        Value::Array(items) => items.iter().any(has_long_text),
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key.len() >= SHORTEST || has_long_text(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn search(value: &Value, at: &Pointer, found: &mut Vec<(Pointer, bool, &'static str)>) {
    match value {
        Value::String(text) => {
            found.extend(in_text(text).map(|kind| (at.clone(), false, kind)));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                search(item, &at.index(n), found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                let here = at.key(key);
                found.extend(in_text(key).map(|kind| (here.clone(), true, kind)));
                if key != "inLine" {
                    search(value, &here, found);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

    #[test]
    fn keys_are_known_in_every_form_that_people_paste() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
            let key = KeyPair::generate_for(algorithm).expect("a key");
            let der = key.serialize_der();
            let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
            let pairs: Vec<&str> = (0..der.len()).map(|n| &hex[2 * n..2 * n + 2]).collect();
            for text in [
                STANDARD.encode(&der),
                URL_SAFE.encode(&der),
                STANDARD.encode(key.serialize_pem()),
                hex.clone(),
                hex.to_uppercase(),
                pairs.join(":"),
                pairs.join(" "),
                key.serialize_pem(),
                key.serialize_pem().replace('\n', " "),
            ] {
                assert!(in_text(&text).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn certificates_digests_and_words_are_no_keys() {
        let key = KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(vec![]).expect("parameters");
        let certificate = params.self_signed(&key).expect("a certificate");
        for text in [
            certificate.pem(),
            STANDARD.encode(certificate.der()),
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            "a sentence that is longer than any short key would be".to_owned(),
            "a".repeat(64),
        ] {
            assert_eq!(in_text(&text), None, "{text}");
        }
    }
}
