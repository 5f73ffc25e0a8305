//! The certificates of a PKCS#7 file (RFC 2315, now CMS, RFC 5652), as `openssl crl2pkcs7` and Windows make it. Only the
//! way to them is walked, with asn1-rs: re-encoding by a CMS crate would change fingerprints.

use x509_parser::der_parser::asn1_rs::{Any, Class, FromDer, Oid, Sequence, Tag};
use x509_parser::der_parser::oid;

/// The certificates in DER, one behind the other; none if it is no signed-data with certificates.
///
/// `bytes` may be DER, or PEM with the label PKCS7 or CMS.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let begin = bytes.trim_ascii_start();
    if [b"-----BEGIN PKCS7-----".as_slice(), b"-----BEGIN CMS-----"]
        .iter()
        .any(|label| begin.starts_with(label))
    {
        return certificates(pem::parse(begin).ok()?.contents());
    }
    certificates(bytes)
}

fn certificates(der: &[u8]) -> Option<Vec<u8>> {
    let (_, content_info) = Sequence::from_der(der).ok()?;
    let (rest, kind) = Oid::from_der(&content_info.content).ok()?;
    if kind != oid!(1.2.840.113549.1.7.2) {
        return None;
    }
    let (_, content) = Any::from_der(rest).ok()?;
    let (_, signed_data) = Sequence::from_der(content.data).ok()?;
    let mut rest = signed_data.content.as_ref();
    while !rest.is_empty() {
        let (behind, field) = Any::from_der(rest).ok()?;
        if field.class() == Class::ContextSpecific && field.tag() == Tag(0) {
            return Some(field.data.to_vec());
        }
        rest = behind;
    }
    None
}
