//! What a certificate says, read once and kept as plain values.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

use super::{Found, to_pem};
use crate::text::Clean;

/// Upstream's limit for one certificate (cert-manager `internal/pem/decode.go`).
const MAX_BYTES: usize = 36_500;

/// One X.509 certificate: where it was found, and what it says. Cheap to clone: the sites of a fleet share their CAs.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    facts: Arc<Facts>,
    pub(crate) found: Found,
    /// Which PEM block of its file, counted from one; none for DER.
    pub(crate) block: Option<usize>,
}

impl Deref for Certificate {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

/// What a certificate says, wherever it stands.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) der: Vec<u8>,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Both names as encoded: names are compared byte by byte, as Go and OpenSSL do (RFC 5280 7.1 allows more).
    pub(crate) subject_der: Vec<u8>,
    pub(crate) issuer_der: Vec<u8>,
    /// Lower-case hex without leading zeros; a minus before a negative number, which RFC 5280 4.1.2.2 forbids.
    pub(crate) serial: String,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    /// Whether it is X.509 version 3; older versions cannot say that they are a CA.
    pub(crate) is_v3: bool,
    /// The CA flag of basicConstraints (RFC 5280 4.2.1.9).
    pub(crate) is_ca: bool,
    /// How many intermediates may stand below it (RFC 5280 4.2.1.9); none without a limit.
    pub(crate) path_length: Option<u32>,
    /// keyCertSign (RFC 5280 4.2.1.3); none without the extension.
    pub(crate) cert_sign: Option<bool>,
    /// The bytes of the name constraints extension (RFC 5280 4.2.1.10), if there is one.
    pub(crate) name_constraints: Option<Vec<u8>>,
    /// Subject and issuer are the same name, and key identifiers, where there are any, agree.
    pub(crate) is_self_issued: bool,
    pub(crate) key: Key,
    /// The digest of its signature, if it is a broken one.
    pub(crate) weak_digest: Option<&'static str>,
    /// SHA-256 of the DER, 64 lower-case hex digits.
    pub(crate) fingerprint: String,
    pem: OnceLock<String>,
}

/// A public key: what kind, and how many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) kind: KeyKind,
    pub(crate) bits: usize,
}

/// Kinds of public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    Ecdsa,
    Ed25519,
    Other,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            KeyKind::Rsa => write!(f, "RSA {}", self.bits),
            KeyKind::Ecdsa => write!(f, "ECDSA P-{}", self.bits),
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Other => f.write_str("a key of unknown kind"),
        }
    }
}

impl Certificate {
    /// Parses one DER certificate and nothing behind it. The error says what is wrong, without repeating any bytes.
    pub(super) fn parse(der: &[u8], found: Found, block: Option<usize>) -> Result<Self, String> {
        if der.len() > MAX_BYTES {
            return Err(format!(
                "it has {} bytes, and cert-manager reads at most {MAX_BYTES}",
                der.len()
            ));
        }
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| "its structure is broken".to_owned())?;
        if !rest.is_empty() {
            return Err(format!("{} bytes follow the certificate", rest.len()));
        }
        let constraints = certificate
            .basic_constraints()
            .map_err(|_| "basicConstraints appear twice or are broken")?;
        let usage = certificate
            .key_usage()
            .map_err(|_| "keyUsage appears twice or is broken")?;
        let facts = Facts {
            subject: name(certificate.subject()),
            issuer: name(certificate.issuer()),
            subject_der: certificate.subject().as_raw().to_vec(),
            issuer_der: certificate.issuer().as_raw().to_vec(),
            serial: serial(certificate.raw_serial()),
            not_before: certificate.validity().not_before.to_datetime(),
            not_after: certificate.validity().not_after.to_datetime(),
            is_v3: certificate.version() == X509Version::V3,
            is_ca: constraints.as_ref().is_some_and(|c| c.value.ca),
            path_length: constraints.and_then(|c| c.value.path_len_constraint),
            cert_sign: usage.map(|u| u.value.key_cert_sign()),
            name_constraints: name_constraints(&certificate),
            is_self_issued: is_self_issued(&certificate),
            key: key(certificate.public_key()),
            weak_digest: weak_digest(&certificate.signature_algorithm.algorithm),
            fingerprint: hex(&Sha256::digest(der)),
            der: der.to_vec(),
            pem: OnceLock::new(),
        };
        Ok(Self {
            facts: Arc::new(facts),
            found,
            block,
        })
    }
}

impl Facts {
    /// [`to_pem`] of it, once for all who ask.
    pub(crate) fn pem(&self) -> &str {
        self.pem.get_or_init(|| to_pem(&self.der))
    }

    /// What people call it: the subject, or the fingerprint's beginning if there is none.
    pub(crate) fn title(&self) -> String {
        if self.subject.is_empty() {
            format!("sha256 {}…", &self.fingerprint[..16])
        } else {
            Clean::line(&self.subject).into_string()
        }
    }
}

fn name_constraints(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    let is_it = |extension: &&X509Extension<'_>| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::NameConstraints(_)
        )
    };
    certificate
        .extensions()
        .iter()
        .find(is_it)
        .map(|extension| extension.value.to_vec())
}

/// Whether the bytes are one certificate and nothing else.
pub(crate) fn is_certificate(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(rest, _)| rest.is_empty())
}

/// A name as people write it, on one line whatever it holds; most significant part first, as in the certificate.
pub(super) fn name(name: &X509Name<'_>) -> String {
    name.to_string()
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A two's complement number as hex.
fn serial(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let mut magnitude = bytes.to_vec();
    if negative {
        // The negative of a number is its complement plus one.
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, over);
        }
    }
    let digits = hex(&magnitude);
    let digits = digits.trim_start_matches('0');
    format!(
        "{}{}",
        if negative { "-" } else { "" },
        if digits.is_empty() { "0" } else { digits }
    )
}

fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    if certificate.subject().as_raw() != certificate.issuer().as_raw() {
        return false;
    }
    let mut subject_key = None;
    let mut authority_key = None;
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => subject_key = Some(id.0),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                authority_key = id.key_identifier.as_ref().map(|id| id.0)
            }
            _ => {}
        }
    }
    match (subject_key, authority_key) {
        (Some(subject), Some(authority)) => subject == authority,
        _ => true,
    }
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> Key {
    if info.algorithm.algorithm == oid_registry::OID_SIG_ED25519 {
        return Key {
            kind: KeyKind::Ed25519,
            bits: 256,
        };
    }
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => Key {
            kind: KeyKind::Rsa,
            bits: rsa.key_size(),
        },
        Ok(PublicKey::EC(point)) => Key {
            kind: KeyKind::Ecdsa,
            bits: curve_bits(info, point.key_size()),
        },
        _ => Key {
            kind: KeyKind::Other,
            bits: 0,
        },
    }
}

/// Points of P-521 have 66 bytes a coordinate, so the curve's name is asked first.
fn curve_bits(info: &SubjectPublicKeyInfo<'_>, from_point: usize) -> usize {
    let curve = info
        .algorithm
        .parameters
        .as_ref()
        .and_then(|p| p.as_oid().ok());
    match curve {
        Some(oid) if oid == oid_registry::OID_NIST_EC_P521 => 521,
        _ => from_point,
    }
}

fn weak_digest(algorithm: &Oid<'_>) -> Option<&'static str> {
    let ecdsa_with_sha1 = oid!(1.2.840.10045.4.1);
    let sha1 = [
        &oid_registry::OID_PKCS1_SHA1WITHRSA,
        &oid_registry::OID_SIG_DSA_WITH_SHA1,
        &ecdsa_with_sha1,
    ];
    let older = [
        &oid_registry::OID_PKCS1_MD5WITHRSAENC,
        &oid_registry::OID_PKCS1_MD4WITHRSAENC,
        &oid_registry::OID_PKCS1_MD2WITHRSAENC,
    ];
    if sha1.contains(&algorithm) {
        return Some("SHA-1");
    }
    older.contains(&algorithm).then_some("MD5 or older")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::serial;

    #[test]
    fn serial_numbers_of_every_sign() {
        for (bytes, text) in [
            (&[][..], "0"),
            (&[0], "0"),
            (&[1], "1"),
            (&[0, 0x80], "80"),
            (&[0x7f, 0xff], "7fff"),
            (&[0xff], "-1"),
            (&[0x80], "-80"),
            (&[0xff, 0], "-100"),
            (&[0x80, 0, 0], "-800000"),
        ] {
            assert_eq!(serial(bytes), text, "{bytes:?}");
        }
    }
}
