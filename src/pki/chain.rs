//! Who signed whom, and which chain leads to an anchor. Signatures are checked by x509-parser with ring, names against
//! name constraints by webpki.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::error::X509Error;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Certificate, KeyKind};

/// What a public key says about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    Good,
    Wrong,
    /// An algorithm that the verifier does not know (P-521, short RSA): names and key identifiers must do.
    NotChecked,
}

/// Why a certificate leads to no anchor.
#[derive(Clone, Debug)]
pub(crate) enum Broken<'c> {
    /// Nobody at hand has the name of this certificate's issuer.
    NoIssuer(&'c Certificate),
    /// Somebody has the name, and another key.
    WrongKey(&'c Certificate, &'c Certificate),
    /// The issuer is one that was passed already: they sign each other.
    Circle(&'c Certificate, &'c Certificate),
}

/// Certificates deeper than this lead nowhere.
const MAX_DEPTH: usize = 10;
/// How many signatures are remembered: some 200 bytes each.
const MAX_KNOWN: usize = 10_000;
/// As many as webpki allows itself.
const MAX_SIGNATURES: usize = 100;

impl Certificate {
    /// Whether `issuer` has the name that this certificate gives as its issuer's.
    pub(crate) fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.issuer_der == issuer.subject_der
    }

    /// Whether the key of `issuer` made the signature. Checked once for each pair: the sites of a fleet share their CAs,
    /// and a signature costs more than everything else that is done for a site.
    pub(crate) fn signature_by(&self, issuer: &Self) -> Signature {
        static KNOWN: Mutex<BTreeMap<(String, String), Signature>> = Mutex::new(BTreeMap::new());
        let pair = (self.fingerprint.clone(), issuer.fingerprint.clone());
        if let Some(known) = KNOWN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&pair)
        {
            return *known;
        }
        let signature = self.check_signature(issuer);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_KNOWN {
            known.insert(pair, signature);
        }
        signature
    }

    fn check_signature(&self, issuer: &Self) -> Signature {
        let parsed = (
            X509Certificate::from_der(&self.der),
            X509Certificate::from_der(&issuer.der),
        );
        let (Ok((_, certificate)), Ok((_, issuer_certificate))) = parsed else {
            return Signature::NotChecked;
        };
        match certificate.verify_signature(Some(issuer_certificate.public_key())) {
            Ok(()) => Signature::Good,
            Err(X509Error::SignatureUnsupportedAlgorithm) => Signature::NotChecked,
            // ring takes no RSA key of other lengths for SHA-2 and says only that verification failed.
            Err(_)
                if issuer.key.kind == KeyKind::Rsa && !(2048..=8192).contains(&issuer.key.bits) =>
            {
                Signature::NotChecked
            }
            Err(_) => Signature::Wrong,
        }
    }

    /// Whether `issuer` issued it: by its name, and by its key as far as that can be told.
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.names_as_issuer(issuer) && self.signature_by(issuer) != Signature::Wrong
    }

    /// Whether it signed itself: a root, if it is a CA.
    pub(crate) fn is_self_signed(&self) -> bool {
        self.is_self_issued && self.is_issued_by(self)
    }
}

/// How a certificate of a collection is tied to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// It signed itself.
    SelfSigned,
    /// This one issued it.
    IssuedBy(usize),
    /// This one has its issuer's name, and another key.
    WrongKey(usize),
    /// Its issuer is not here.
    IssuerElsewhere,
}

/// How each certificate is tied to the others.
pub(crate) fn links(certificates: &[&Certificate]) -> Vec<Link> {
    let mut by_subject: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (n, certificate) in certificates.iter().enumerate() {
        by_subject
            .entry(&certificate.subject_der)
            .or_default()
            .push(n);
    }
    certificates
        .iter()
        .map(|certificate| link(certificate, certificates, &by_subject))
        .collect()
}

fn link(
    certificate: &Certificate,
    all: &[&Certificate],
    by_subject: &BTreeMap<&[u8], Vec<usize>>,
) -> Link {
    if certificate.is_self_signed() {
        return Link::SelfSigned;
    }
    let named = by_subject
        .get(certificate.issuer_der.as_slice())
        .map(Vec::as_slice)
        .unwrap_or_default();
    // Of any number of CAs of one name a few are tried.
    let others = || {
        named
            .iter()
            .copied()
            .filter(|n| all[*n].fingerprint != certificate.fingerprint)
            .take(MAX_DEPTH)
    };
    let issuer = others().find(|n| certificate.signature_by(all[*n]) != Signature::Wrong);
    match (issuer, others().next()) {
        (Some(issuer), _) => Link::IssuedBy(issuer),
        (None, Some(other)) => Link::WrongKey(other),
        (None, None) => Link::IssuerElsewhere,
    }
}

/// The shortest chain from `first` to one of the anchors, both included.
///
/// # Errors
/// The certificate farthest from `first` at which the search ends.
pub(crate) fn path<'c>(
    first: &'c Certificate,
    intermediates: &[&'c Certificate],
    anchors: &[&'c Certificate],
) -> Result<Vec<&'c Certificate>, Broken<'c>> {
    let mut by_subject: BTreeMap<&[u8], Vec<&Certificate>> = BTreeMap::new();
    for certificate in anchors.iter().chain(intermediates).copied() {
        by_subject
            .entry(&certificate.subject_der)
            .or_default()
            .push(certificate);
    }
    let search = Search {
        by_subject,
        reached: BTreeSet::from([first.fingerprint.as_str()]),
        steps: vec![Step {
            certificate: first,
            below: None,
            depth: 1,
        }],
        budget: MAX_SIGNATURES,
    };
    let anchors = anchors
        .iter()
        .map(|anchor| anchor.fingerprint.as_str())
        .collect();
    search.run(&anchors)
}

/// A breadth-first search from a certificate to its issuers. No certificate is reached twice, so that certificates that
/// sign each other end it.
struct Search<'c> {
    /// Anchors before intermediates.
    by_subject: BTreeMap<&'c [u8], Vec<&'c Certificate>>,
    /// Fingerprints of all that is in `steps`.
    reached: BTreeSet<&'c str>,
    steps: Vec<Step<'c>>,
    /// How many more signatures may be checked: files can hold any number of CAs of one name.
    budget: usize,
}

/// A certificate that was reached, and from where.
struct Step<'c> {
    certificate: &'c Certificate,
    below: Option<usize>,
    depth: usize,
}

impl<'c> Search<'c> {
    fn run(mut self, anchors: &BTreeSet<&str>) -> Result<Vec<&'c Certificate>, Broken<'c>> {
        let mut broken: Option<(usize, Broken<'c>)> = None;
        let mut next = 0;
        while let Some(&Step {
            certificate, depth, ..
        }) = self.steps.get(next)
        {
            if anchors.contains(certificate.fingerprint.as_str()) {
                return Ok(self.way_to(next));
            }
            let farthest = broken.as_ref().map_or(0, |(depth, _)| *depth);
            if let Some(dead_end) = self.climb(next)
                && depth > farthest
            {
                broken = Some((depth, dead_end));
            }
            next += 1;
        }
        let broken = broken.map(|(_, dead_end)| dead_end);
        Err(broken.unwrap_or(Broken::NoIssuer(self.steps[0].certificate)))
    }

    /// Goes on to every issuer of the certificate of a step. Says why if there is none.
    fn climb(&mut self, from: usize) -> Option<Broken<'c>> {
        let (certificate, depth) = (self.steps[from].certificate, self.steps[from].depth + 1);
        let named = self.by_subject.get(certificate.issuer_der.as_slice());
        let others = named
            .into_iter()
            .flatten()
            .copied()
            .filter(|other| other.fingerprint != certificate.fingerprint);
        let (mut climbed, mut circle, mut other_key) = (false, None, None);
        for issuer in others.take(self.budget) {
            self.budget -= 1;
            if certificate.signature_by(issuer) == Signature::Wrong {
                other_key.get_or_insert(issuer);
            } else if self.reached.contains(issuer.fingerprint.as_str()) {
                circle.get_or_insert(issuer);
            } else if depth <= MAX_DEPTH {
                climbed = true;
                self.reached.insert(&issuer.fingerprint);
                self.steps.push(Step {
                    certificate: issuer,
                    below: Some(from),
                    depth,
                });
            }
        }
        match (climbed, circle, other_key) {
            (true, ..) => None,
            (_, Some(issuer), _) => Some(Broken::Circle(certificate, issuer)),
            (_, _, Some(issuer)) => Some(Broken::WrongKey(certificate, issuer)),
            _ => Some(Broken::NoIssuer(certificate)),
        }
    }

    fn way_to(&self, step: usize) -> Vec<&'c Certificate> {
        let steps = std::iter::successors(Some(step), |step| self.steps[*step].below);
        let mut way: Vec<_> = steps.map(|step| self.steps[step].certificate).collect();
        way.reverse();
        way
    }
}

/// Those of `names` (DNS names and addresses) that a server certificate under `path` must not carry.
///
/// The keys of real CAs are elsewhere, so a stand-in is made of every CA in the path: the same constraints, another key.
pub(crate) fn forbidden_names<'n>(path: &[&Certificate], names: &'n [String]) -> Vec<&'n str> {
    if path
        .iter()
        .all(|certificate| certificate.name_constraints.is_none())
    {
        return Vec::new();
    }
    let forbidden = names.iter().map(String::as_str);
    match StandIn::of(path) {
        Some(stand_in) => forbidden.filter(|name| stand_in.forbids(name)).collect(),
        // Constraints that nobody can read are refused by verifiers whatever the name is.
        None => forbidden.collect(),
    }
}

/// A chain like another one, whose keys are at hand.
struct StandIn {
    /// The anchor first.
    chain: Vec<CertifiedIssuer<'static, KeyPair>>,
}

impl StandIn {
    fn of(path: &[&Certificate]) -> Option<Self> {
        let mut chain: Vec<CertifiedIssuer<'static, KeyPair>> = Vec::new();
        for (depth, certificate) in path.iter().rev().enumerate() {
            let parameters = parameters(depth, certificate.name_constraints.clone());
            let key = KeyPair::generate().ok()?;
            let next = match chain.last() {
                None => CertifiedIssuer::self_signed(parameters, key).ok()?,
                Some(above) => CertifiedIssuer::signed_by(parameters, key, above).ok()?,
            };
            chain.push(next);
        }
        Some(Self { chain })
    }

    /// Whether a verifier refuses a server certificate with this name and no other.
    fn forbids(&self, name: &str) -> bool {
        self.verify(name).is_err()
    }

    fn verify(&self, name: &str) -> Result<(), Box<dyn std::error::Error>> {
        let key = KeyPair::generate()?;
        let issuing = self
            .chain
            .last()
            .ok_or("a path has at least one certificate")?;
        let mut parameters = CertificateParams::new([name.to_owned()])?;
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let leaf = parameters.signed_by(&key, issuing)?;
        let anchor = anchor_from_trusted_cert(self.chain[0].der())?;
        let intermediates: Vec<CertificateDer<'_>> =
            self.chain[1..].iter().map(|ca| ca.der().clone()).collect();
        let leaf = EndEntityCert::try_from(leaf.der())?;
        let usage = KeyUsage::server_auth();
        let at = UnixTime::since_unix_epoch(STAND_IN_TIME);
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &intermediates,
            at,
            usage,
            None,
            None,
        )?;
        Ok(())
    }
}

/// Any time within what rcgen takes by default (1975 to 4096).
const STAND_IN_TIME: Duration = Duration::from_secs(1_700_000_000);

fn parameters(depth: usize, constraints: Option<Vec<u8>>) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters
        .distinguished_name
        .push(DnType::CommonName, format!("stand-in {depth}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    if let Some(bytes) = constraints {
        let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 30], bytes);
        extension.set_criticality(true);
        parameters.custom_extensions.push(extension);
    }
    parameters
}
