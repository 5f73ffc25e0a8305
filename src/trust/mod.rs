//! What a configuration means: who issues, who trusts whom, and under which names. Defaults that depend on other values
//! are applied here, at the end of reading and not at its beginning; every value knows where it was written.

mod resolve;

use std::collections::BTreeMap;

use crate::config::{
    Allowance, Broker, BundleDelivery, CertManagerBy, Engine, IssuerKind, Ownership, PodSecurity, PrivateKey,
};
use crate::diagnostic::{Origin, RuleInfo, Severity, SourceId};
use crate::pki::Certificate;
use crate::pointer::Pointer;
use crate::values::{ConfigMapKey, Date, DnsLabel, DnsSubdomain, Fingerprint, Lifetime, Version};

pub(crate) use resolve::{Material, resolve};

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
    pub(crate) instance: Namespace,
    /// cert-manager's cluster resource namespace, which is also trust-manager's trust namespace.
    pub(crate) trust_namespace: Namespace,
    pub(crate) issuer: Issuer,
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) bundle: Bundle,
    pub(crate) broker: Broker,
    pub(crate) policy: Policy,
    pub(crate) engine: Engine,
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
    /// A CA whose Secret exists already, with the public chain if it was given.
    CaSecret { secret: Located<DnsSubdomain>, chain: Vec<Certificate> },
    /// An issuer that somebody else makes, with the public chain if it was given.
    Existing { chain: Vec<Certificate> },
}

/// The self-signed root of the quickstart.
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
}

/// House rules.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) min_rsa_bits: u32,
    pub(crate) require_anchor_pins: bool,
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

    /// The issuer's public chain, as far as it is known.
    pub(crate) fn chain(&self) -> &[Certificate] {
        match &self.issuer.signing {
            Signing::CaSecret { chain, .. } | Signing::Existing { chain } => chain,
            Signing::SelfSignedRoot(_) => &[],
        }
    }

    /// Every anchor certificate with the anchor it came with, in order.
    pub(crate) fn anchor_certificates(&self) -> impl Iterator<Item = (&Anchor, &Certificate)> {
        self.anchors.iter().flat_map(|anchor| anchor.certificates.iter().map(move |certificate| (anchor, certificate)))
    }

    /// Every name of the broker's server certificate: those the product gives it, then the configuration's own.
    pub(crate) fn broker_names(&self) -> Vec<String> {
        let namespace = &self.instance.name.value;
        let product = [
            "aio-broker".to_owned(),
            format!("aio-broker.{namespace}"),
            format!("aio-broker.{namespace}.svc.cluster.local"),
        ];
        let extra = self.broker.extra_names.iter().flat_map(|extra| {
            let dns = extra.dns.as_ref().map(ToString::to_string);
            dns.into_iter().chain(extra.ip.as_ref().map(ToString::to_string))
        });
        product.into_iter().chain(extra).collect()
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
