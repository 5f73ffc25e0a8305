//! What only people and reports ask of a certificate: every extension in words.

use std::net::{Ipv4Addr, Ipv6Addr};

use x509_parser::extensions::{
    DistributionPointName, ExtendedKeyUsage, GeneralName, GeneralSubtree, KeyUsage,
    ParsedExtension, X509Extension,
};
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Certificate;
use super::facts::{hex, name};

/// Everything beyond what rules judge, in the words that OpenSSL prints and cert-manager's `usages` use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// 1 to 3.
    pub(crate) version: u32,
    pub(crate) signature_algorithm: String,
    pub(crate) key_algorithm: String,
    /// cert-manager's words: `cert sign`, `digital signature`.
    pub(crate) usages: Vec<String>,
    /// cert-manager's words: `server auth`.
    pub(crate) extended_usages: Vec<String>,
    /// `DNS:aio-broker`, `IP:10.0.0.1`, `URI:…`, `email:…`.
    pub(crate) alternative_names: Vec<String>,
    pub(crate) subject_key_id: Option<String>,
    pub(crate) authority_key_id: Option<String>,
    /// Subtrees in which names must be, and must not be (RFC 5280 4.2.1.10).
    pub(crate) permitted: Vec<String>,
    pub(crate) excluded: Vec<String>,
    /// All extensions in their order.
    pub(crate) extensions: Vec<Extension>,
}

/// One extension as OpenSSL prints it.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) title: String,
    pub(crate) critical: bool,
    pub(crate) lines: Vec<String>,
}

impl Certificate {
    /// Reads the details. The bytes have been parsed before, so nothing can be missing.
    pub(crate) fn details(&self) -> Details {
        let Ok((_, certificate)) = X509Certificate::from_der(&self.der) else {
            return Details::default();
        };
        let mut details = Details {
            version: certificate.version().0 + 1,
            signature_algorithm: algorithm(&certificate.signature_algorithm.algorithm),
            key_algorithm: algorithm(&certificate.public_key().algorithm.algorithm),
            ..Details::default()
        };
        for extension in certificate.extensions() {
            details.add(extension);
        }
        details
    }

    /// The public key as encoded: two certificates with the same bytes are over one key.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        let parsed = X509Certificate::from_der(&self.der);
        parsed
            .map(|(_, certificate)| certificate.public_key().raw.to_vec())
            .unwrap_or_default()
    }
}

impl Details {
    fn add(&mut self, extension: &X509Extension<'_>) {
        let (title, lines) = match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                let flag = if basic.ca { "CA:TRUE" } else { "CA:FALSE" };
                let limit = basic
                    .path_len_constraint
                    .map(|limit| format!(", pathlen:{limit}"));
                (
                    "X509v3 Basic Constraints",
                    vec![format!("{flag}{}", limit.unwrap_or_default())],
                )
            }
            ParsedExtension::KeyUsage(usage) => {
                let (words, titles) = key_usages(usage);
                self.usages = words;
                ("X509v3 Key Usage", vec![titles.join(", ")])
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let (words, titles) = extended_key_usages(usage);
                self.extended_usages = words;
                ("X509v3 Extended Key Usage", vec![titles.join(", ")])
            }
            ParsedExtension::SubjectKeyIdentifier(id) => {
                self.subject_key_id = Some(hex(id.0));
                ("X509v3 Subject Key Identifier", vec![colons(id.0)])
            }
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| hex(id.0));
                let key = id.key_identifier.as_ref().map(|id| colons(id.0));
                let serial = id
                    .authority_cert_serial
                    .map(|serial| format!("serial:{}", colons(serial)));
                (
                    "X509v3 Authority Key Identifier",
                    key.into_iter().chain(serial).collect(),
                )
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.alternative_names = names.general_names.iter().map(general_name).collect();
                (
                    "X509v3 Subject Alternative Name",
                    vec![self.alternative_names.join(", ")],
                )
            }
            ParsedExtension::IssuerAlternativeName(names) => {
                let names: Vec<_> = names.general_names.iter().map(general_name).collect();
                ("X509v3 Issuer Alternative Name", vec![names.join(", ")])
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.permitted = subtrees(constraints.permitted_subtrees.as_deref());
                self.excluded = subtrees(constraints.excluded_subtrees.as_deref());
                ("X509v3 Name Constraints", self.constraint_lines())
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names =
                    points
                        .points
                        .iter()
                        .filter_map(|point| match &point.distribution_point {
                            Some(DistributionPointName::FullName(names)) => Some(names),
                            _ => None,
                        });
                (
                    "X509v3 CRL Distribution Points",
                    names.flatten().map(general_name).collect(),
                )
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let lines = access.accessdescs.iter().map(|description| {
                    format!(
                        "{} - {}",
                        access_method(&description.access_method),
                        general_name(&description.access_location)
                    )
                });
                ("Authority Information Access", lines.collect())
            }
            ParsedExtension::CertificatePolicies(policies) => (
                "X509v3 Certificate Policies",
                policies
                    .iter()
                    .map(|p| format!("Policy: {}", p.policy_id))
                    .collect(),
            ),
            _ => return self.other(extension),
        };
        self.extensions.push(Extension {
            title: title.to_owned(),
            critical: extension.critical,
            lines,
        });
    }

    /// An extension that has no words here: its name, and how much it holds.
    fn other(&mut self, extension: &X509Extension<'_>) {
        let title = oid2sn(&extension.oid, oid_registry())
            .map_or_else(|_| extension.oid.to_string(), str::to_owned);
        let lines = vec![format!("({} bytes)", extension.value.len())];
        self.extensions.push(Extension {
            title,
            critical: extension.critical,
            lines,
        });
    }

    fn constraint_lines(&self) -> Vec<String> {
        let part = |title: &str, names: &[String]| {
            let names = names.iter().map(|name| format!("  {name}"));
            let title = (names.len() > 0).then(|| format!("{title}:"));
            title.into_iter().chain(names).collect::<Vec<_>>()
        };
        [
            part("Permitted", &self.permitted),
            part("Excluded", &self.excluded),
        ]
        .concat()
    }
}

fn subtrees(subtrees: Option<&[GeneralSubtree<'_>]>) -> Vec<String> {
    subtrees
        .unwrap_or_default()
        .iter()
        .map(|subtree| general_name(&subtree.base))
        .collect()
}

/// OpenSSL's short name of an algorithm or method; the numbers if it has none.
fn algorithm(oid: &Oid<'_>) -> String {
    match oid2sn(oid, oid_registry()) {
        Ok("ed25519") => "ED25519".to_owned(),
        Ok(name) => name.to_owned(),
        Err(_) => oid.to_string(),
    }
}

fn access_method(oid: &Oid<'_>) -> String {
    match algorithm(oid).as_str() {
        "id-ad-ocsp" => "OCSP".to_owned(),
        "id-ad-caIssuers" => "CA Issuers".to_owned(),
        other => other.to_owned(),
    }
}

fn key_usages(usage: &KeyUsage) -> (Vec<String>, Vec<&'static str>) {
    let all = [
        (
            usage.digital_signature(),
            "digital signature",
            "Digital Signature",
        ),
        (
            usage.non_repudiation(),
            "content commitment",
            "Non Repudiation",
        ),
        (
            usage.key_encipherment(),
            "key encipherment",
            "Key Encipherment",
        ),
        (
            usage.data_encipherment(),
            "data encipherment",
            "Data Encipherment",
        ),
        (usage.key_agreement(), "key agreement", "Key Agreement"),
        (usage.key_cert_sign(), "cert sign", "Certificate Sign"),
        (usage.crl_sign(), "crl sign", "CRL Sign"),
        (usage.encipher_only(), "encipher only", "Encipher Only"),
        (usage.decipher_only(), "decipher only", "Decipher Only"),
    ];
    all.iter()
        .filter(|(set, ..)| *set)
        .map(|(_, word, title)| ((*word).to_owned(), *title))
        .unzip()
}

fn extended_key_usages(usage: &ExtendedKeyUsage<'_>) -> (Vec<String>, Vec<String>) {
    let all = [
        (
            usage.server_auth,
            "server auth",
            "TLS Web Server Authentication",
        ),
        (
            usage.client_auth,
            "client auth",
            "TLS Web Client Authentication",
        ),
        (usage.code_signing, "code signing", "Code Signing"),
        (
            usage.email_protection,
            "email protection",
            "E-mail Protection",
        ),
        (usage.time_stamping, "timestamping", "Time Stamping"),
        (usage.ocsp_signing, "ocsp signing", "OCSP Signing"),
        (usage.any, "any", "Any Extended Key Usage"),
    ];
    let known = all
        .iter()
        .filter(|(set, ..)| *set)
        .map(|(_, word, title)| ((*word).to_owned(), (*title).to_owned()));
    let other = usage
        .other
        .iter()
        .map(|oid| (oid.to_string(), algorithm(oid)));
    known.chain(other).unzip()
}

fn general_name(general: &GeneralName<'_>) -> String {
    let text = match general {
        GeneralName::DNSName(dns) => format!("DNS:{dns}"),
        GeneralName::RFC822Name(address) => format!("email:{address}"),
        GeneralName::URI(uri) => format!("URI:{uri}"),
        GeneralName::IPAddress(bytes) => format!("IP:{}", address(bytes)),
        GeneralName::DirectoryName(directory) => format!("DirName:{}", name(directory)),
        GeneralName::RegisteredID(oid) => format!("Registered ID:{oid}"),
        GeneralName::OtherName(oid, _) => format!("othername:{oid}"),
        GeneralName::X400Address(_) | GeneralName::EDIPartyName(_) | GeneralName::Invalid(..) => {
            "unsupported".to_owned()
        }
    };
    // What a certificate holds must not move the cursor of whoever reads it.
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// An address, or an address and a mask as name constraints hold them.
fn address(bytes: &[u8]) -> String {
    let v4 =
        |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map(|octets| Ipv4Addr::from(octets).to_string());
    let v6 =
        |bytes: &[u8]| <[u8; 16]>::try_from(bytes).map(|octets| Ipv6Addr::from(octets).to_string());
    let known = match bytes.len() {
        4 => v4(bytes),
        16 => v6(bytes),
        8 => v4(&bytes[..4]).and_then(|base| Ok(format!("{base}/{}", v4(&bytes[4..])?))),
        32 => v6(&bytes[..16]).and_then(|base| Ok(format!("{base}/{}", v6(&bytes[16..])?))),
        _ => return hex(bytes),
    };
    known.unwrap_or_else(|_| hex(bytes))
}

/// `AA:BB:CC`, as OpenSSL prints identifiers and fingerprints.
pub(crate) fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}
