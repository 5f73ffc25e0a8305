//! What is known of a cluster at an instant: events to come, the log of those that were, and the contents of objects.

use std::sync::Arc;

use time::OffsetDateTime;

use super::issue::CertId;
use super::plan::Bundle;

/// An entry of the log, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryId(pub(super) usize);

/// Something that happened, and what made it happen.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: OffsetDateTime,
    /// Who acted: `cert-manager`, `trust-manager`, `GitOps`, a workload.
    pub(crate) actor: String,
    pub(crate) text: String,
    pub(crate) cause: Option<EntryId>,
    /// The certificate that was issued, if one was.
    pub(super) issued: Option<CertId>,
    /// Why the issuer signed with what it signed, if somebody changed that.
    pub(super) signer: Option<EntryId>,
    /// The Certificate, bundle or workload that did not get what it should, if it is about one.
    pub(super) trouble: Option<String>,
}

/// What is to happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Apply(usize),
    /// A Certificate is looked at, for renewal or another try. Only the latest such event of a Certificate counts.
    Issue {
        name: String,
        turn: u64,
        cause: EntryId,
    },
    Sync {
        bundle: String,
        cause: EntryId,
    },
    Mount {
        client: usize,
        content: Arc<[CertId]>,
        cause: EntryId,
    },
    Load {
        server: usize,
        chain: Arc<[CertId]>,
        cause: EntryId,
    },
    /// A workload that reads its files only then starts anew.
    Restart {
        server: bool,
        workload: usize,
    },
    /// A certificate begins or ends.
    Turn(CertId),
}

/// A Secret as it stands.
#[derive(Clone)]
pub(super) struct SecretState {
    pub(super) tls: Vec<Part>,
    pub(super) ca: Vec<Part>,
    /// Who put it there, if not cert-manager.
    pub(super) since: Option<EntryId>,
}

/// A part of a value, its certificates made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Pem(CertId),
    Der,
    Other,
}

impl SecretState {
    /// The certificates that a reader of PEM finds; none if there is anything else between them.
    pub(super) fn certificates(blocks: &[Part]) -> Option<Vec<CertId>> {
        blocks
            .iter()
            .map(|block| {
                if let Part::Pem(id) = block {
                    Some(*id)
                } else {
                    None
                }
            })
            .collect()
    }
}

/// A bundle as it stands.
pub(super) struct BundleState {
    pub(super) spec: Bundle,
    pub(super) content: Option<Arc<[CertId]>>,
    pub(super) trouble: Option<String>,
}

/// What clients could have mounted, from when on.
pub(crate) struct Written {
    pub(crate) bundle: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) content: Arc<[CertId]>,
}

/// When a certificate came into use, and until when.
pub(crate) struct Use {
    pub(crate) cert: CertId,
    pub(crate) to: Option<OffsetDateTime>,
}
