//! Whether a client accepts a server: rustls-webpki's word on the very bytes that both hold, and beyond it what OpenSSL and
//! Go ask of a root and webpki does not: that it is valid, a CA, and allows as many CAs below it.

use std::cell::RefCell;
use std::time::Duration;

use rustls_pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use time::OffsetDateTime;
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

use super::issue::{CertId, Store};
use super::plan::listed;

/// Why a handshake fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The server has no certificate.
    NoCertificate,
    /// The client has no roots.
    NoRoots,
    /// A certificate on the way is over.
    Ended(CertId),
    /// A certificate on the way is not valid yet.
    NotYetValid(CertId),
    /// The way from the server's certificate ends here, at no root of the client.
    Untrusted(CertId),
    /// The client's root has the name of this one's issuer, and another key.
    OtherKey(CertId),
    /// The way ends at a certificate that the client has, but that is no root.
    NotARoot(CertId),
    /// A CA allows fewer CAs below it.
    PathLength(Option<CertId>),
    /// A CA may not sign the names of the server.
    NameConstraint,
    /// The certificate is for other names than this.
    Name(String),
    /// A certificate that is no CA would have to sign.
    NotACa(CertId),
    /// Anything else, in the verifier's words.
    Other(String),
}

/// A client and a server that meet.
#[derive(Clone, Copy)]
pub(super) struct Meeting<'m> {
    /// What the server presents, its own certificate first.
    pub(super) presented: &'m [CertId],
    /// What the client trusts.
    pub(super) trusted: &'m [CertId],
    /// Names under which the client reaches the server.
    pub(super) names: &'m [String],
    pub(super) at: OffsetDateTime,
    /// Whether the client is content with a certificate that is no root.
    pub(super) partial_chain: bool,
}

/// Verifies one handshake. A certificate counts as over at the second that it names as its last, as OpenSSL has it.
pub(super) fn verify(store: &Store, meeting: Meeting<'_>) -> Result<(), Rejection> {
    let Some((first, above)) = meeting.presented.split_first() else {
        return Err(Rejection::NoCertificate);
    };
    if meeting.trusted.is_empty() {
        return Err(Rejection::NoRoots);
    }
    let leaf = CertificateDer::from(store[*first].der.as_slice());
    let server = EndEntityCert::try_from(&leaf).map_err(|e| Rejection::Other(e.to_string()))?;
    let intermediates: Vec<CertificateDer<'_>> = above
        .iter()
        .map(|id| CertificateDer::from(store[*id].der.as_slice()))
        .collect();
    let roots: Vec<CertificateDer<'_>> = meeting
        .trusted
        .iter()
        .map(|id| CertificateDer::from(store[*id].der.as_slice()))
        .collect();
    let anchors: Vec<TrustAnchor<'_>> = roots
        .iter()
        .filter_map(|root| anchor_from_trusted_cert(root).ok())
        .collect();
    let seconds = u64::try_from(meeting.at.unix_timestamp()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let judge = Judge {
        store,
        meeting,
        verdict: RefCell::new(None),
    };
    let ask = |path: &VerifiedPath<'_>| judge.accept(path);
    let algorithms = store.signatures.algorithms();
    let algorithms: Vec<&dyn SignatureVerificationAlgorithm> =
        algorithms.iter().map(|one| one as _).collect();
    let usage = KeyUsage::server_auth();
    let found = server.verify_for_usage(
        &algorithms,
        &anchors,
        &intermediates,
        at,
        usage,
        None,
        Some(&ask),
    );
    if let Some(rejection) = judge.verdict.into_inner() {
        return Err(rejection);
    }
    found.map_err(|error| explained(store, meeting, &error))?;
    for name in meeting.names {
        let valid = ServerName::try_from(name.as_str())
            .is_ok_and(|n| server.verify_is_valid_for_subject_name(&n).is_ok());
        if !valid {
            return Err(Rejection::Name(name.clone()));
        }
    }
    Ok(())
}

/// What webpki leaves out.
struct Judge<'j> {
    store: &'j Store,
    meeting: Meeting<'j>,
    /// Set when a way is found that verifiers which try only one would fail on: they do not look for another.
    verdict: RefCell<Option<Rejection>>,
}

impl Judge<'_> {
    fn accept(&self, path: &VerifiedPath<'_>) -> Result<(), Error> {
        let mut verdict = self.verdict.borrow_mut();
        if verdict.is_some() {
            return Err(Error::UnknownIssuer);
        }
        let leaf = self.meeting.presented[0];
        let inside = |der: &[u8]| {
            self.meeting
                .presented
                .iter()
                .copied()
                .find(|id| self.store[*id].der == der)
        };
        let between: Vec<CertId> = path
            .intermediate_certificates()
            .filter_map(|certificate| inside(&certificate.der()))
            .collect();
        let top = between.last().copied().unwrap_or(leaf);
        // A renewed root with the same key and name is as good as the old one.
        let candidates = self
            .meeting
            .trusted
            .iter()
            .copied()
            .filter(|id| self.store.issued(*id, top));
        let mut refused = None;
        for anchor in candidates {
            match self.refuses(leaf, &between, anchor) {
                None => return Ok(()),
                Some(rejection) => refused = Some(rejection),
            }
        }
        // No root: OpenSSL looks for the one above. Everything else is its last word.
        if !matches!(refused, Some(Rejection::NotARoot(_)) | None) {
            *verdict = refused;
        }
        Err(Error::UnknownIssuer)
    }

    fn refuses(&self, leaf: CertId, between: &[CertId], anchor: CertId) -> Option<Rejection> {
        let (store, at) = (self.store, self.meeting.at);
        let root = &store[anchor];
        if root.signer.is_some() && !self.meeting.partial_chain {
            return Some(Rejection::NotARoot(anchor));
        }
        let way = [leaf]
            .into_iter()
            .chain(between.iter().copied())
            .chain([anchor]);
        if let Some(ended) = way.clone().find(|id| store[*id].not_after <= at) {
            return Some(Rejection::Ended(ended));
        }
        if let Some(early) = way.into_iter().find(|id| store[*id].not_before > at) {
            return Some(Rejection::NotYetValid(early));
        }
        if !root.is_ca {
            return Some(Rejection::NotACa(anchor));
        }
        // Certificates that carry their issuer's name do not count (RFC 5280 4.2.1.9).
        let below = between.iter().filter(|id| {
            store[**id]
                .signer
                .is_some_and(|ca| store[ca].subject != store[**id].subject)
        });
        let limit = root.path_length.map(usize::from);
        limit
            .is_some_and(|limit| limit < below.count())
            .then_some(Rejection::PathLength(Some(anchor)))
    }
}

/// What the verifier means, about these certificates.
fn explained(store: &Store, meeting: Meeting<'_>, error: &Error) -> Rejection {
    let ended = meeting
        .presented
        .iter()
        .copied()
        .find(|id| store[*id].not_after <= meeting.at);
    let early = meeting
        .presented
        .iter()
        .copied()
        .find(|id| store[*id].not_before > meeting.at);
    match (error, ended, early) {
        (Error::CertExpired { .. }, Some(ended), _) => Rejection::Ended(ended),
        (Error::CertNotValidYet { .. }, _, Some(early)) => Rejection::NotYetValid(early),
        (Error::PathLenConstraintViolated, ..) => {
            let limited = meeting
                .presented
                .iter()
                .copied()
                .find(|id| store[*id].path_length.is_some());
            Rejection::PathLength(limited)
        }
        (Error::NameConstraintViolation, ..) => Rejection::NameConstraint,
        (Error::EndEntityUsedAsCa, ..) => {
            let not = meeting
                .presented
                .iter()
                .copied()
                .skip(1)
                .find(|id| !store[*id].is_ca);
            not.map_or_else(|| Rejection::Other(error.to_string()), Rejection::NotACa)
        }
        (Error::UnknownIssuer | Error::InvalidSignatureForPublicKey, ..) => {
            dead_end(store, meeting)
        }
        _ => Rejection::Other(error.to_string()),
    }
}

/// Where the way from the server's certificate ends.
fn dead_end(store: &Store, meeting: Meeting<'_>) -> Rejection {
    let mut top = meeting.presented[0];
    for _ in meeting.presented {
        let next = meeting
            .presented
            .iter()
            .copied()
            .find(|id| *id != top && store.issued(*id, top));
        match next {
            Some(above) if store[top].signer.is_some() => top = above,
            _ => break,
        }
    }
    if meeting
        .trusted
        .iter()
        .any(|id| *id == top || store.issued(*id, top))
    {
        return Rejection::NotARoot(top);
    }
    let name = store[top].signer.map(|ca| store[ca].subject.as_str());
    let namesake = meeting
        .trusted
        .iter()
        .any(|id| Some(store[*id].subject.as_str()) == name);
    if namesake {
        Rejection::OtherKey(top)
    } else {
        Rejection::Untrusted(top)
    }
}

impl Rejection {
    /// One clause: what is wrong between a server that presents this and clients that trust that.
    pub(crate) fn sentence(
        &self,
        store: &Store,
        presented: &[CertId],
        trusted: &[CertId],
    ) -> String {
        let title = |id: &CertId| store[*id].title.as_str();
        let signer = |id: &CertId| {
            store[*id]
                .signer
                .map_or("itself", |ca| store[ca].title.as_str())
        };
        let roots = || listed(store.titles(trusted));
        match self {
            Self::NoCertificate => "it has no certificate".to_owned(),
            Self::NoRoots => "they have no roots".to_owned(),
            Self::Ended(id) if presented.first() == Some(id) => {
                format!("its certificate `{}` has ended", title(id))
            }
            Self::Ended(id) => format!(
                "`{}`, to which its certificate chains, has ended",
                title(id)
            ),
            Self::NotYetValid(id) => format!("`{}` is not valid yet", title(id)),
            Self::Untrusted(id) => {
                format!(
                    "`{}` is signed by `{}`, and they trust only {}",
                    title(id),
                    signer(id),
                    roots()
                )
            }
            Self::OtherKey(id) => {
                format!(
                    "`{}` is signed by the key of `{}`, and they trust only {}: the same name, another key",
                    title(id),
                    signer(id),
                    roots()
                )
            }
            Self::NotARoot(id) => format!(
                "its chain ends at `{}`, which is no root, and they want one",
                title(id)
            ),
            Self::PathLength(Some(id)) => {
                format!("`{}` allows fewer CAs below it than there are", title(id))
            }
            Self::PathLength(None) => "a CA allows fewer CAs below it than there are".to_owned(),
            Self::NameConstraint => "a CA in its chain may not sign its names".to_owned(),
            Self::Name(name) => format!("its certificate is not for `{name}`"),
            Self::NotACa(id) => format!("`{}` is no CA", title(id)),
            Self::Other(words) => format!("the verifier says: {words}"),
        }
    }

    /// A word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "no-certificate",
            Self::NoRoots => "no-roots",
            Self::Ended(_) => "certificate-ended",
            Self::NotYetValid(_) => "certificate-not-yet-valid",
            Self::Untrusted(_) => "issuer-not-trusted",
            Self::OtherKey(_) => "issuer-has-another-key",
            Self::NotARoot(_) => "anchor-not-a-root",
            Self::PathLength(_) => "path-length",
            Self::NameConstraint => "name-constraint",
            Self::Name(_) => "name",
            Self::NotACa(_) => "not-a-ca",
            Self::Other(_) => "other",
        }
    }
}
