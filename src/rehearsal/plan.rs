//! What is rehearsed, as a plain value: the objects of a cluster, what happens to them and when, and who connects to whom.
//! Words are cert-manager's and trust-manager's own. Nothing here is decided; `cast.rs` makes a plan of a trust, and
//! tests write plans down.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

#[cfg(test)]
use serde::Deserialize;

use super::keys::KeySpec;
#[cfg(test)]
use super::moment;

/// A rehearsal to be.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Plan {
    #[cfg_attr(test, serde(deserialize_with = "moment::read"))]
    pub(crate) from: OffsetDateTime,
    #[cfg_attr(test, serde(deserialize_with = "moment::read"))]
    pub(crate) until: OffsetDateTime,
    /// Certificates that exist beforehand. Each after its issuer.
    #[cfg_attr(test, serde(default))]
    pub(crate) given: Vec<Given>,
    /// What is applied, and when. In the order of the list where the time is the same.
    pub(crate) changes: Vec<Change>,
    #[cfg_attr(test, serde(default))]
    pub(crate) servers: Vec<Server>,
    #[cfg_attr(test, serde(default))]
    pub(crate) clients: Vec<Client>,
    #[cfg_attr(test, serde(default))]
    pub(crate) delays: Delays,
    /// What was assumed, in sentences.
    #[cfg_attr(test, serde(default))]
    pub(crate) assumed: Vec<String>,
}

/// How long things take.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields, default))]
pub(crate) struct Delays {
    /// From a change of a source until trust-manager has written the targets.
    #[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))]
    pub(crate) sync: Duration,
    /// From a change of a ConfigMap or Secret until the kubelet shows it in a volume.
    #[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))]
    pub(crate) mount: Duration,
    /// From one wave of a GitOps engine to the next.
    #[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))]
    pub(crate) wave: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            sync: Duration::seconds(10),
            mount: Duration::seconds(120),
            wave: Duration::seconds(60),
        }
    }
}

/// A certificate that exists beforehand: a root or an intermediate of some PKI.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Given {
    pub(crate) name: String,
    /// Its subject; unset: its name. Two may have one.
    #[cfg_attr(test, serde(default))]
    pub(crate) subject: Option<String>,
    /// Who signed it; unset: itself.
    #[cfg_attr(test, serde(default))]
    pub(crate) issued_by: Option<String>,
    /// The name of its key, for certificates over one key; unset: a key of its own.
    #[cfg_attr(test, serde(default))]
    pub(crate) key: Option<String>,
    #[cfg_attr(test, serde(default))]
    pub(crate) algorithm: KeySpec,
    #[cfg_attr(test, serde(deserialize_with = "moment::read"))]
    pub(crate) not_before: OffsetDateTime,
    #[cfg_attr(test, serde(deserialize_with = "moment::read"))]
    pub(crate) not_after: OffsetDateTime,
    /// Whether it is a CA.
    #[cfg_attr(test, serde(default = "yes"))]
    pub(crate) is_ca: bool,
    #[cfg_attr(test, serde(default))]
    pub(crate) path_length: Option<u8>,
    /// DNS names that it may sign, if only some.
    #[cfg_attr(test, serde(default))]
    pub(crate) permitted: Vec<String>,
    /// Name constraints as encoded in a certificate that exists.
    #[cfg_attr(test, serde(skip))]
    pub(crate) constraints: Option<Vec<u8>>,
}

#[cfg(test)]
fn yes() -> bool {
    true
}

/// Something that happens to the cluster.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) struct Change {
    /// When; unset: at the beginning.
    #[cfg_attr(test, serde(default, deserialize_with = "moment::read_some"))]
    pub(crate) at: Option<OffsetDateTime>,
    /// Which wave of a GitOps engine: each comes a while after the one before.
    #[cfg_attr(test, serde(default))]
    pub(crate) wave: u32,
    #[cfg_attr(test, serde(flatten))]
    pub(crate) action: Action,
}

/// What happens.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Action {
    Issuer(Issuer),
    Certificate(Certificate),
    Secret(Secret),
    ConfigMap(ConfigMap),
    Bundle(Bundle),
    /// `cmctl renew`: the Certificate is issued anew.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Renew(String),
    /// A client or server is restarted, and reads its files anew.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Restart(String),
}

/// An Issuer or ClusterIssuer.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) struct Issuer {
    pub(crate) name: String,
    #[cfg_attr(test, serde(flatten))]
    pub(crate) signer: Signer,
}

/// What signs for an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Signer {
    /// Each certificate its own key.
    SelfSigned {},
    /// The CA in a Secret.
    Ca(String),
    /// A CA elsewhere, with this chain, the issuing certificate first.
    Elsewhere(Vec<String>),
}

/// A cert-manager Certificate.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Certificate {
    pub(crate) name: String,
    /// Unset: its name.
    #[cfg_attr(test, serde(default))]
    pub(crate) secret: Option<String>,
    pub(crate) issuer: String,
    #[cfg_attr(test, serde(default, rename = "isCA"))]
    pub(crate) is_ca: bool,
    #[cfg_attr(test, serde(default))]
    pub(crate) common_name: Option<String>,
    /// DNS names and addresses.
    #[cfg_attr(test, serde(default))]
    pub(crate) names: Vec<String>,
    #[cfg_attr(test, serde(default = "yes"))]
    pub(crate) server_auth: bool,
    #[cfg_attr(test, serde(default))]
    pub(crate) client_auth: bool,
    #[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))]
    pub(crate) duration: Duration,
    #[cfg_attr(test, serde(default))]
    pub(crate) renewal: Renewal,
    #[cfg_attr(test, serde(default))]
    pub(crate) algorithm: KeySpec,
    /// `rotationPolicy: Always`: a new key at each issuance.
    #[cfg_attr(test, serde(default))]
    pub(crate) rotates: bool,
}

impl Certificate {
    /// The Secret that it is written to.
    pub(crate) fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(&self.name)
    }

    /// Whether a change to `new` is a reason to issue anew (cert-manager `pkg/util/pki/match.go`).
    pub(crate) fn asks_for_another(&self, new: &Self) -> bool {
        self.common_name != new.common_name
            || self.names != new.names
            || self.is_ca != new.is_ca
            || (self.server_auth, self.client_auth) != (new.server_auth, new.client_auth)
            || self.duration != new.duration
            || self.issuer != new.issuer
            || self.algorithm != new.algorithm
    }
}

/// When a certificate is renewed (cert-manager `pkg/util/pki/renewaltime.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Renewal {
    /// A third of its life before its end.
    #[default]
    Default,
    /// This long before its end.
    Before(#[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))] Duration),
    /// This share of its life before its end.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Percentage(u8),
    /// Never by itself.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Disabled,
}

/// A Secret that somebody else fills.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Secret {
    pub(crate) name: String,
    /// `tls.crt`, the certificate of the key first.
    pub(crate) tls_crt: Vec<Block>,
    /// `ca.crt`.
    #[cfg_attr(test, serde(default))]
    pub(crate) ca_crt: Vec<Block>,
}

/// A ConfigMap of roots: one key.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct ConfigMap {
    pub(crate) name: String,
    pub(crate) data: Vec<Block>,
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Block {
    /// A certificate in PEM.
    Pem(String),
    /// A certificate in DER, which nobody who expects PEM can see.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Der(String),
    /// A PEM block of another kind.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    Other(String),
}

/// What hands roots to clients: a trust-manager Bundle, or a plain ConfigMap.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Bundle {
    /// Its name, and that of the ConfigMap that clients mount.
    pub(crate) name: String,
    pub(crate) sources: Vec<Source>,
    /// trust-manager's `--filter-expired-certificates`.
    #[cfg_attr(test, serde(default))]
    pub(crate) filter_expired: bool,
    /// A ConfigMap that clients mount as it is, without trust-manager.
    #[cfg_attr(test, serde(default))]
    pub(crate) plain: bool,
}

/// A source of a Bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Source {
    /// `tls.crt` of a Secret.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no configuration yields it; scenarios do")
    )]
    TlsCrt(String),
    /// `ca.crt` of a Secret.
    CaCrt(String),
    ConfigMap(String),
}

/// A workload with a server certificate.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) secret: String,
    /// Names under which it is reached.
    pub(crate) names: Vec<String>,
    #[cfg_attr(test, serde(default))]
    pub(crate) reload: Reload,
}

/// Workloads that verify servers.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase", deny_unknown_fields))]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) bundle: String,
    #[cfg_attr(test, serde(default))]
    pub(crate) reload: Reload,
    /// Whether an intermediate in the bundle is enough for it (OpenSSL's `-partial_chain`; Go does so always).
    #[cfg_attr(test, serde(default))]
    pub(crate) partial_chain: bool,
}

/// What a workload does when its mounted files change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Deserialize))]
#[cfg_attr(test, serde(rename_all = "camelCase"))]
pub(crate) enum Reload {
    /// It reads them at once.
    #[default]
    OnChange,
    /// It reads them when it starts, and starts this often.
    EveryRestart(#[cfg_attr(test, serde(deserialize_with = "moment::read_duration"))] Duration),
    /// It reads them when it starts, and never starts by itself.
    Never,
}

/// Titles of several things, in a sentence.
pub(super) fn listed<'t>(titles: impl IntoIterator<Item = &'t str>) -> String {
    // The same thing under one title is told once, however many there are.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    titles
        .into_iter()
        .for_each(|title| *counts.entry(title).or_default() += 1);
    let words: Vec<String> = counts.keys().map(|title| format!("`{title}`")).collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
