//! PEM and DER to certificates. Blocks are found here, because findings need their lines; each block is decoded by `pem`.

use std::ops::Range;
use std::sync::Arc;

use super::facts::{Certificate, is_certificate};
use super::{Found, key_material};
use crate::diagnostic::{Diagnostic, Origin, Place, RuleInfo, Severity};
use crate::source::{Latest, Source, shown};

pub(crate) static PRIVATE_KEY_IN_INPUT: RuleInfo = RuleInfo {
    id: "private-key-in-input",
    severity: Severity::Error,
    summary: "a private key where public certificates belong",
    why: "what is in a configuration's files ends up in git and in ConfigMaps that every pod can read: the key is lost, \
          and everything it signed with it; trust-manager refuses the whole bundle",
    fix: "take the key out of the file, and if it has ever been committed or sent, replace it",
};

pub(crate) static PEM_UNREADABLE: RuleInfo = RuleInfo {
    id: "pem-unreadable",
    severity: Severity::Error,
    summary: "a PEM block that cannot be decoded",
    why: "trust-manager refuses a whole bundle for one bad block, and clients would trust nothing",
    fix: "export the certificate again: openssl x509 -in CERT -out root.pem",
};

pub(crate) static NOT_A_CERTIFICATE: RuleInfo = RuleInfo {
    id: "not-a-certificate",
    severity: Severity::Error,
    summary: "a PEM block that is no certificate",
    why: "trust-manager refuses a whole bundle for one block that is no certificate",
    fix: "keep only the blocks that begin with -----BEGIN CERTIFICATE-----",
};

pub(crate) static CERTIFICATE_UNREADABLE: RuleInfo = RuleInfo {
    id: "certificate-unreadable",
    severity: Severity::Error,
    summary: "bytes that are no X.509 certificate",
    why: "trust-manager refuses a whole bundle for one certificate that cannot be parsed",
    fix: "export the certificate again: openssl x509 -in CERT -out root.pem",
};

pub(crate) static NO_CERTIFICATE: RuleInfo = RuleInfo {
    id: "no-certificate",
    severity: Severity::Error,
    summary: "a file without any certificate",
    why: "the bundle would be empty, and every client would reject every server",
    fix: "name a file with certificates in PEM or one certificate in DER",
};

pub(crate) static CERTIFICATES_TOO_LARGE: RuleInfo = RuleInfo {
    id: "certificates-too-large",
    severity: Severity::Error,
    summary: "more certificates than cert-manager reads",
    why: "cert-manager gives up on a bundle of more than 330 kB or 1000 certificates (`internal/pem/decode.go`)",
    fix: "keep only the roots that this site needs",
};

pub(crate) static TEXT_OUTSIDE_PEM: RuleInfo = RuleInfo {
    id: "text-outside-pem",
    severity: Severity::Note,
    summary: "text outside of the PEM blocks",
    why: "nothing: it is left out of everything that is rendered, as trust-manager does (RFC 7468 section 5.2)",
    fix: "nothing to do; if a BEGIN line is damaged, its certificate is missing",
};

/// Upstream's limits for one bundle (cert-manager `internal/pem/decode.go`).
const MAX_BYTES: usize = 330_000;
const MAX_CERTIFICATES: usize = 1000;

/// What was read: every sound certificate in its order, and what is to be said of the rest.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) findings: Vec<Diagnostic>,
}

impl Reading {
    /// The certificates, if nothing among them is an error.
    pub(crate) fn sound(&self) -> Option<&[Certificate]> {
        let errors = self
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Error);
        (!errors).then_some(self.certificates.as_slice())
    }

    fn of(result: Result<Vec<Certificate>, Diagnostic>) -> Self {
        match result {
            Ok(certificates) => Self {
                certificates,
                findings: Vec::new(),
            },
            Err(fault) => Self {
                certificates: Vec::new(),
                findings: vec![fault],
            },
        }
    }
}

/// What files were read to, by their addresses and the places that name them: a file that many sites name is parsed once. While
/// a file is kept, no other one has its address.
#[derive(Debug, Default)]
pub(crate) struct Readings(Latest<(usize, Found), (Arc<Source>, Arc<Reading>), MAX_KEPT>);

/// A file and its certificates are together some three times as large.
const MAX_KEPT: usize = 2 * 1024 * 1024;

impl Readings {
    /// The same as [`read`] of the file's bytes.
    pub(crate) fn read(&self, source: &Arc<Source>, found: &Found) -> Arc<Reading> {
        let key = (Arc::as_ptr(source).addr(), found.clone());
        if let Some((known, reading)) = self.0.get(&key) {
            debug_assert!(Arc::ptr_eq(&known, source));
            return reading;
        }
        let reading = Arc::new(read(source.bytes(), found));
        self.0
            .keep(key, (source.clone(), reading.clone()), source.bytes().len());
        reading
    }
}

/// Reads every certificate in `bytes`: PEM if there is a BEGIN marker, else DER, one behind the other.
pub(crate) fn read(bytes: &[u8], found: &Found) -> Reading {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "{} bytes of certificates, and cert-manager reads at most {MAX_BYTES}",
            bytes.len()
        );
        return Reading::of(Err(CERTIFICATES_TOO_LARGE.at(found.named.clone(), message)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if holds_pem(bytes) => Input { text, found }.read(),
        _ => Reading::of(der(bytes, found)),
    }
}

fn der(bytes: &[u8], found: &Found) -> Result<Vec<Certificate>, Diagnostic> {
    let at = |rule: &'static RuleInfo, message: String| rule.at(found.named.clone(), message);
    if let Some(kind) = key_material::in_der(bytes) {
        return Err(at(&PRIVATE_KEY_IN_INPUT, format!("the file holds {kind}")));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(at(&NO_CERTIFICATE, "the file is empty".to_owned()));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let fault = at(&PEM_UNREADABLE, "the file is UTF-16 text".to_owned());
        return Err(fault.help("save it as UTF-8 or ASCII: iconv -f UTF-16 -t UTF-8 FILE"));
    }
    if bytes.is_ascii() {
        let fault = at(
            &NO_CERTIFICATE,
            "the file is text without a `-----BEGIN CERTIFICATE-----` line".to_owned(),
        );
        return Err(fault);
    }
    let mut certificates = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (one, behind) = rest.split_at(first_element(rest));
        let block =
            (!certificates.is_empty() || !behind.is_empty()).then_some(certificates.len() + 1);
        let certificate = Certificate::parse(one, found.clone(), block).map_err(|reason| {
            let fault = at(&CERTIFICATE_UNREADABLE, format!("the file is neither PEM nor a DER certificate: {reason}"));
            fault.help("of PKCS#7 take them out first: openssl pkcs7 -inform der -print_certs -in FILE -out root.pem")
        })?;
        certificates.push(certificate);
        rest = behind;
    }
    Ok(certificates)
}

/// Whether the bytes are text with a PEM block.
pub(crate) fn holds_pem(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.contains("-----BEGIN"))
}

/// Whether Go's `x509.AppendCertsFromPEM` would find anything: one block that parses is enough, whatever stands around it.
pub(crate) fn holds_a_certificate(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (blocks, _) = blocks(&text);
    let decoded = blocks
        .iter()
        .filter(|block| block.closed)
        .filter_map(|block| pem::parse(&text[block.bytes.clone()]).ok());
    let plain =
        |block: &pem::Pem| block.tag() == "CERTIFICATE" && block.headers().iter().next().is_none();
    decoded
        .filter(plain)
        .any(|block| is_certificate(block.contents()))
}

/// A PEM text and where it stands.
struct Input<'i> {
    text: &'i str,
    found: &'i Found,
}

/// A block from its BEGIN line to the end of its END line.
struct Block<'i> {
    label: &'i str,
    begin: Range<usize>,
    bytes: Range<usize>,
    closed: bool,
}

impl Input<'_> {
    fn read(&self) -> Reading {
        let (blocks, outside) = blocks(self.text);
        if let Some(block) = blocks.get(MAX_CERTIFICATES) {
            let message = format!(
                "{} PEM blocks, and cert-manager reads at most {MAX_CERTIFICATES}",
                blocks.len()
            );
            return Reading::of(Err(self.fault(&CERTIFICATES_TOO_LARGE, block, message)));
        }
        let mut reading = Reading::default();
        for (index, block) in blocks.iter().enumerate() {
            match self.certificate(block, index + 1) {
                Ok(certificate) => reading.certificates.push(certificate),
                Err(fault) => reading.findings.push(fault),
            }
        }
        if blocks.is_empty() {
            let message = "there is no complete `-----BEGIN CERTIFICATE-----` line";
            reading
                .findings
                .push(NO_CERTIFICATE.at(self.found.named.clone(), message));
        } else if let Some(first) = outside.first() {
            let lines = if outside.len() == 1 {
                "one line".to_owned()
            } else {
                format!("{} lines", outside.len())
            };
            let message = format!("{lines} outside of the PEM blocks");
            reading
                .findings
                .push(TEXT_OUTSIDE_PEM.at(self.origin(first), message));
        }
        reading
    }

    fn certificate(&self, block: &Block<'_>, number: usize) -> Result<Certificate, Diagnostic> {
        if let Some(kind) = key_material::in_label(block.label) {
            return Err(self.fault(
                &PRIVATE_KEY_IN_INPUT,
                block,
                format!("PEM block {number} is {kind}"),
            ));
        }
        if !block.closed {
            let message = format!(
                "PEM block {number} is never closed: no `-----END {}-----` follows",
                shown_label(block.label)
            );
            return Err(self.fault(&PEM_UNREADABLE, block, message));
        }
        if block.label != "CERTIFICATE" {
            return Err(self.other_label(block, number));
        }
        let decoded = pem::parse(&self.text.as_bytes()[block.bytes.clone()]);
        let decoded = decoded.map_err(|e| {
            let message = format!("PEM block {number} cannot be decoded: {}", reason(&e));
            self.fault(&PEM_UNREADABLE, block, message)
        })?;
        if decoded.headers().iter().next().is_some() {
            let message = format!("PEM block {number} has headers");
            let fault = self.fault(&PEM_UNREADABLE, block, message);
            return Err(fault.help(
                "delete the lines between BEGIN and the base64 text: trust-manager refuses them",
            ));
        }
        if let Some(kind) = key_material::in_der(decoded.contents()) {
            let message = format!("PEM block {number} says CERTIFICATE and holds {kind}");
            return Err(self.fault(&PRIVATE_KEY_IN_INPUT, block, message));
        }
        let found = Found {
            text: self.origin(&block.begin),
            named: self.found.named.clone(),
        };
        Certificate::parse(decoded.contents(), found, Some(number)).map_err(|reason| {
            self.fault(
                &CERTIFICATE_UNREADABLE,
                block,
                format!("PEM block {number} is no X.509 certificate: {reason}"),
            )
        })
    }

    fn other_label(&self, block: &Block<'_>, number: usize) -> Diagnostic {
        let message = format!(
            "PEM block {number} is {}, no certificate",
            shown(block.label)
        );
        let fault = self.fault(&NOT_A_CERTIFICATE, block, message);
        match block.label {
            "TRUSTED CERTIFICATE" => fault.help("convert it: openssl x509 -in FILE -out root.pem"),
            "X509 CERTIFICATE" => {
                fault.help("write `CERTIFICATE` instead of `X509 CERTIFICATE` in both lines")
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                fault.help("this is the request; ask the PKI team for the signed certificate")
            }
            "PKCS7" | "CMS" => fault.help(
                "take the certificates out: openssl pkcs7 -print_certs -in FILE -out root.pem",
            ),
            _ => fault,
        }
    }

    /// In a file of its own the block can be pointed at; in a configuration its key must do.
    fn origin(&self, begin: &Range<usize>) -> Origin {
        match self.found.text.place {
            Place::File => Origin::bytes(self.found.text.source, begin.clone()),
            _ => self.found.text.clone(),
        }
    }

    fn fault(&self, rule: &'static RuleInfo, block: &Block<'_>, message: String) -> Diagnostic {
        let origin = self.origin(&block.begin);
        if origin == self.found.named {
            return rule.at(origin, message);
        }
        rule.at(origin, message)
            .also(self.found.named.clone(), "named here")
    }
}

/// Every block, and the lines outside of them that are not empty.
fn blocks(text: &str) -> (Vec<Block<'_>>, Vec<Range<usize>>) {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut outside = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let begin = start + line.len() - line.trim_start().len();
        if let Some(label) = trimmed.strip_prefix("-----BEGIN ") {
            // The rest of a BEGIN line that does not end in dashes may be key material: only its label is kept.
            let label = label.split("-----").next().unwrap_or_default();
            let bytes = begin..start + line.len();
            blocks.push(Block {
                label,
                begin: begin..begin + trimmed.len(),
                bytes,
                closed: false,
            });
        } else if let Some(block) = blocks.last_mut().filter(|b| !b.closed) {
            block.bytes.end = start + line.len();
            block.closed = trimmed.starts_with("-----END ");
        } else if !trimmed.trim_start_matches('\u{feff}').is_empty() {
            outside.push(begin..begin + trimmed.len());
        }
        start += line.len();
    }
    (blocks, outside)
}

/// How many bytes the first DER element has; all of them if that cannot be told.
fn first_element(bytes: &[u8]) -> usize {
    let rest = key_material::behind_first(bytes).unwrap_or_default();
    if rest.len() < bytes.len() {
        bytes.len() - rest.len()
    } else {
        bytes.len()
    }
}

fn shown_label(label: &str) -> String {
    shown(label).trim_matches('`').to_owned()
}

/// The decoder's complaint without any of the content it complains about.
fn reason(error: &pem::PemError) -> &'static str {
    match error {
        pem::PemError::InvalidData(_) => "what is between BEGIN and END is no base64",
        pem::PemError::MismatchedTags(_, _) => "BEGIN and END name different things",
        pem::PemError::NotUtf8(_) => "it is no text",
        _ => "BEGIN and END lines are malformed",
    }
}
