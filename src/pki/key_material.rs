//! Recognises private keys by their outermost shape, without reading what is inside.

use x509_parser::der_parser::asn1_rs::{Any, FromDer, Integer, Oid, Sequence, Tag};

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
