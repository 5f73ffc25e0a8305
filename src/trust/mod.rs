//! What a configuration means: who issues, who trusts whom, and under which names. Defaults that depend on other values
//! are applied here, at the end of reading and not at its beginning; every value knows where it was written.

mod resolve;
mod rotation;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::config::{
    AdditionalBundle, Allowance, ApproverPolicy, Broker, BundleDelivery, CertManagerBy, Delivery,
    Engine, Environment, ExternalRef, FromExternalSecret, FromKeyVault, FromSops, IssuerKind,
    LeafUsage, Listener, Ownership, Phase, PodSecurity, PrivateKey,
};
use crate::diagnostic::{Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::pki::Certificate;
use crate::types::{ConfigMapKey, Date, DnsLabel, DnsSubdomain, Fingerprint, Lifetime, Version};

pub(crate) use resolve::{Material, resolve};
pub(crate) use rotation::{Rotation, Schedule};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[&SITE_NAME_TAKEN];

pub(crate) static SITE_NAME_TAKEN: RuleInfo = RuleInfo {
    id: "site-name-taken",
    severity: Severity::Error,
    summary: "two configurations of one run have the same name",
    why: "both would be rendered into the same folder, and one cluster would get the other's trust",
    fix: "give each site its own metadata.name",
};

/// A value and where it was written, or would have been.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// One site: everything that is to be on its cluster, and why.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    /// The configuration.
    pub(crate) source: SourceId,
    /// The configuration's file name, without folders: the same on every machine.
    pub(crate) file: String,
    pub(crate) site: DnsLabel,
    pub(crate) ownership: Located<Ownership>,
    pub(crate) cert_manager_by: Located<CertManagerBy>,
    pub(crate) cert_manager: Option<Located<Version>>,
    pub(crate) trust_manager: Option<Located<Version>>,
    pub(crate) aio: Option<Located<Version>>,
    /// What the site is for, if that is said.
    pub(crate) environment: Option<Located<Environment>>,
    pub(crate) instance: Namespace,
    /// cert-manager's cluster resource namespace, which is also trust-manager's trust namespace.
    pub(crate) trust_namespace: Namespace,
    pub(crate) issuer: Issuer,
    /// The roots that clients trust: in a rotation, those of its phase.
    pub(crate) anchors: Vec<Anchor>,
    /// One root replaces another.
    pub(crate) rotation: Option<Rotation>,
    pub(crate) bundle: Bundle,
    pub(crate) broker: Broker,
    pub(crate) client_trust: Option<ClientTrust>,
    pub(crate) certificates: Vec<Leaf>,
    pub(crate) approver_policy: Option<ApproverPolicy>,
    pub(crate) policy: Policy,
    pub(crate) engine: Engine,
    pub(crate) delivery: Delivery,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) allow: Vec<Allowance>,
}

/// A namespace that the objects live in.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub(crate) name: Located<DnsLabel>,
    /// Whether the Namespace itself is emitted.
    pub(crate) create: bool,
    pub(crate) pod_security: Option<PodSecurity>,
}

/// The issuer that the product is told, and what stands behind it.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    pub(crate) kind: IssuerKind,
    pub(crate) name: Located<DnsSubdomain>,
    pub(crate) signing: Signing,
}

/// What signs.
#[derive(Clone, Debug)]
pub(crate) enum Signing {
    /// A self-signed root that cert-manager makes.
    SelfSignedRoot(Box<Root>),
    /// A CA in a Secret.
    CaSecret(Box<CaSecret>),
    /// An issuer that somebody else makes, with the public chain if it was given.
    Existing { chain: Vec<Certificate> },
    /// A CA that cert-manager reaches over the network.
    Remote(Box<Remote>),
    /// An intermediate that an issuer of another project signs.
    Intermediate(Box<Intermediate>),
}

/// A CA in a Secret, with the public chain if it was given.
#[derive(Clone, Debug)]
pub(crate) struct CaSecret {
    pub(crate) secret: Located<DnsSubdomain>,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) road: Option<Road>,
}

/// How the Secret of a CA gets onto the cluster. The key itself is never seen here.
#[derive(Clone, Debug)]
pub(crate) enum Road {
    KeyVault(FromKeyVault),
    ExternalSecret(FromExternalSecret),
    Sops(FromSops),
}

/// A CA that cert-manager reaches over the network.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    /// `vault`, `venafi` or `acme`.
    pub(crate) kind: &'static str,
    /// What stands under that key in the issuer, in cert-manager's own words.
    pub(crate) spec: Value,
    pub(crate) chain: Vec<Certificate>,
    /// The longest lifetime that the CA grants, if it was said.
    pub(crate) max_ttl: Option<Located<Lifetime>>,
    /// Whether an ACME server was said to sign names inside a cluster; true of everything else.
    pub(crate) private: bool,
}

/// An intermediate CA that an issuer of another project signs, and over which our own issuer stands.
#[derive(Clone, Debug)]
pub(crate) struct Intermediate {
    pub(crate) issuer: ExternalRef,
    pub(crate) certificate: Root,
    /// The chain of the CA above it.
    pub(crate) chain: Vec<Certificate>,
}

/// A CA certificate that cert-manager makes: the self-signed root of the quickstart, or an intermediate.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// Name of the Certificate and of the self-signed ClusterIssuer.
    pub(crate) name: DnsSubdomain,
    pub(crate) secret: Located<DnsSubdomain>,
    pub(crate) common_name: Located<String>,
    pub(crate) organizations: Vec<String>,
    pub(crate) duration: Located<Lifetime>,
    pub(crate) renew_before: Located<Lifetime>,
    pub(crate) private_key: PrivateKey,
    /// Where it is configured: a JSON pointer.
    pub(crate) at: &'static str,
}

/// A certificate for a workload of the user's own.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) name: Located<DnsSubdomain>,
    pub(crate) namespace: Located<DnsLabel>,
    pub(crate) secret: Located<DnsSubdomain>,
    pub(crate) common_name: Option<Located<String>>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<String>,
    pub(crate) usages: BTreeSet<LeafUsage>,
    pub(crate) duration: Located<Lifetime>,
    pub(crate) renew_before: Located<Lifetime>,
    pub(crate) private_key: PrivateKey,
    /// Where it is configured: a JSON pointer.
    pub(crate) at: String,
}

/// A root that clients trust, or several that came in one file.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    pub(crate) name: Located<DnsLabel>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) sha256: Option<Located<Fingerprint>>,
    pub(crate) retire_after: Option<Located<Date>>,
}

/// What hands the roots to the clients.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    pub(crate) name: Located<DnsSubdomain>,
    pub(crate) key: Located<ConfigMapKey>,
    pub(crate) delivery: BundleDelivery,
    /// Every namespace whose clients read it, the instance's first, each once.
    pub(crate) readers: Vec<Located<DnsLabel>>,
    /// Labels that select the readers instead.
    pub(crate) selector: Option<BTreeMap<String, String>>,
    /// Whether the roots go into a Secret of the same name as well.
    pub(crate) secret: bool,
    /// Whether the CAs of the public web are in.
    pub(crate) default_cas: bool,
    /// Further bundles of the same roots.
    pub(crate) additional: Vec<AdditionalBundle>,
}

/// Roots of client certificates, in a ConfigMap of their own in the instance's namespace.
#[derive(Clone, Debug)]
pub(crate) struct ClientTrust {
    pub(crate) name: Located<DnsSubdomain>,
    pub(crate) anchors: Vec<Anchor>,
}

/// House rules.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) min_rsa_bits: u32,
    pub(crate) require_anchor_pins: bool,
}

impl Signing {
    /// The public chain, as far as it is known.
    pub(crate) fn chain(&self) -> &[Certificate] {
        match self {
            Self::CaSecret(ca) => &ca.chain,
            Self::Existing { chain } => chain,
            Self::Remote(remote) => &remote.chain,
            Self::Intermediate(intermediate) => &intermediate.chain,
            Self::SelfSignedRoot(_) => &[],
        }
    }
}

impl Signing {
    /// The same, by a CA of which nothing is known yet.
    pub(crate) fn forget_chain(&mut self) {
        match self {
            Self::CaSecret(ca) => ca.chain.clear(),
            Self::Existing { chain } => chain.clear(),
            Self::Remote(remote) => remote.chain.clear(),
            Self::Intermediate(intermediate) => intermediate.chain.clear(),
            Self::SelfSignedRoot(_) => {}
        }
    }
}

impl Trust {
    /// The place of a value in the configuration, by JSON pointer.
    pub(crate) fn origin(&self, pointer: &str) -> Origin {
        Origin::value(self.source, Pointer::parse(pointer))
    }

    /// The root that cert-manager makes, if it makes one.
    pub(crate) fn root(&self) -> Option<&Root> {
        match &self.issuer.signing {
            Signing::SelfSignedRoot(root) => Some(root),
            _ => None,
        }
    }

    /// The CA certificate that cert-manager makes, if it makes one: the root, or an intermediate.
    pub(crate) fn made_ca(&self) -> Option<&Root> {
        match &self.issuer.signing {
            Signing::Intermediate(intermediate) => Some(&intermediate.certificate),
            _ => self.root(),
        }
    }

    /// The Secret that the issuer signs with, if it is one.
    pub(crate) fn signing_secret(&self) -> Option<&DnsSubdomain> {
        match &self.issuer.signing {
            Signing::CaSecret(ca) => Some(&ca.secret.value),
            _ => self.made_ca().map(|ca| &ca.secret.value),
        }
    }

    /// The issuer's public chain, as far as it is known.
    pub(crate) fn chain(&self) -> &[Certificate] {
        self.issuer.signing.chain()
    }

    /// Every anchor certificate that is to be judged, with the anchor it came with, in order: also of the one that a
    /// rotation prepares.
    pub(crate) fn anchor_certificates(&self) -> impl Iterator<Item = (&Anchor, &Certificate)> {
        let prepared = self
            .rotation
            .iter()
            .filter(|rotation| rotation.phase.value == Phase::Prepare);
        let anchors = self
            .anchors
            .iter()
            .chain(prepared.flat_map(|rotation| &rotation.absent));
        anchors.flat_map(|anchor| {
            anchor
                .certificates
                .iter()
                .map(move |certificate| (anchor, certificate))
        })
    }

    /// Every certificate that clients trust.
    pub(crate) fn trusted_certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().flat_map(|anchor| &anchor.certificates)
    }

    /// Every name that the issuer is to sign: the broker's, then those of the certificates of workloads.
    pub(crate) fn planned_names(&self) -> Vec<String> {
        let leaves = self
            .certificates
            .iter()
            .flat_map(|leaf| leaf.dns_names.iter().chain(&leaf.ip_addresses).cloned());
        self.broker_names().into_iter().chain(leaves).collect()
    }

    /// Every name of the broker's server certificates: those the product gives it, then the configuration's own.
    pub(crate) fn broker_names(&self) -> Vec<String> {
        let listeners = self
            .broker
            .listeners
            .iter()
            .flat_map(|listener| self.listener_names(listener));
        self.first_listener_names()
            .into_iter()
            .chain(listeners)
            .collect()
    }

    /// The names of the listener that every broker has.
    pub(crate) fn first_listener_names(&self) -> Vec<String> {
        let namespace = &self.instance.name.value;
        let product = [
            "aio-broker".to_owned(),
            format!("aio-broker.{namespace}"),
            format!("aio-broker.{namespace}.svc.cluster.local"),
        ];
        let extra = self.broker.extra_names.iter().flat_map(|extra| {
            let dns = extra.dns.as_ref().map(ToString::to_string);
            dns.into_iter()
                .chain(extra.ip.as_ref().map(ToString::to_string))
        });
        product.into_iter().chain(extra).collect()
    }

    /// The names of a further listener: its service's, then its own.
    pub(crate) fn listener_names(&self, listener: &Listener) -> Vec<String> {
        let (name, namespace) = (&listener.name, &self.instance.name.value);
        let service = [
            name.to_string(),
            format!("{name}.{namespace}"),
            format!("{name}.{namespace}.svc.cluster.local"),
        ];
        let dns = listener
            .names
            .iter()
            .filter_map(|name| name.dns.as_ref())
            .map(ToString::to_string);
        let ips = listener
            .names
            .iter()
            .filter_map(|name| name.ip.as_ref())
            .map(ToString::to_string);
        service.into_iter().chain(dns).chain(ips).collect()
    }

    /// The namespace that the issuer's Secret lives in (catalogue of cert-manager: cluster resource namespace for a
    /// ClusterIssuer, its own for an Issuer).
    pub(crate) fn secret_namespace(&self) -> &DnsLabel {
        match self.issuer.kind {
            IssuerKind::ClusterIssuer => &self.trust_namespace.name.value,
            IssuerKind::Issuer => &self.instance.name.value,
        }
    }

    /// The four names that tie the manifests to the instance, as `az iot ops create` takes them.
    pub(crate) fn trust_settings(&self) -> String {
        format!(
            "--trust-settings issuerName={} issuerKind={} configMapName={} configMapKey={}",
            self.issuer.name.value,
            self.issuer.kind.as_str(),
            self.bundle.name.value,
            self.bundle.key.value
        )
    }
}
