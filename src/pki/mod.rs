//! Certificates: strict reading of PEM and DER, and the facts that rules and reports need.
//!
//! Bytes come in; out come [`Certificate`]s that know where they were found, or findings. Private keys in any form are
//! refused, and nothing of them is ever repeated. Parsing itself is x509-parser's and pem's.

mod chain;
mod details;
mod facts;
mod key_material;
mod pkcs7;
mod read;

use crate::diagnostic::{Origin, RuleInfo};

pub(crate) use chain::{Broken, Link, forbidden_names, links, path};
pub(crate) use details::{Details, colons};
pub(crate) use facts::{Certificate, KeyKind, is_certificate};
pub(crate) use key_material::in_value as private_keys_in;
pub(crate) use pkcs7::unpack as unpack_pkcs7;
pub(crate) use read::{
    NO_CERTIFICATE, PRIVATE_KEY_IN_INPUT, Reading, Readings, holds_a_certificate, holds_pem, read,
};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[
    &read::PRIVATE_KEY_IN_INPUT,
    &read::PEM_UNREADABLE,
    &read::NOT_A_CERTIFICATE,
    &read::CERTIFICATE_UNREADABLE,
    &read::NO_CERTIFICATE,
    &read::CERTIFICATES_TOO_LARGE,
    &read::TEXT_OUTSIDE_PEM,
];

/// Where certificates were found: which file, and what in the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Found {
    /// The text of the certificates: a file of its own, or the configuration that holds them.
    pub(crate) text: Origin,
    /// The place in the configuration that brought them in.
    pub(crate) named: Origin,
}

/// A certificate as PEM: 64 columns, line feeds (RFC 7468), one newline at the end.
pub(crate) fn to_pem(der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), config)
}

#[cfg(test)]
pub(crate) mod testing {
    use base64::Engine as _;

    /// A root made by openssl.
    pub(crate) const ROOT_PEM: &str = include_str!("../../golden/pki/corp-root-2026.pem");

    pub(crate) fn as_base64(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }
}
