//! Profile `byo-issuer`: an issuer of the enterprise PKI, and its public roots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CertificateText;
use super::common::{
    Allowance, Broker, Common, Delivery, Installation, IssuerKind, Metadata, NamespaceEntry, Namespaces, StringMap,
    annotations_schema, default_key, labels_schema,
};
use crate::pointer::Pointer;
use crate::values::{ConfigMapKey, Date, DnsLabel, DnsSubdomain, FilePath, Fingerprint, PemText};

/// Who issues, who trusts, and who delivers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ByoIssuerSpec {
    /// An issuer of the enterprise PKI, and its public roots.
    pub(crate) profile: ByoIssuerProfile,
    /// Who installed what, and in which release.
    #[serde(default)]
    pub(crate) installation: Installation,
    /// The namespaces of the instance and of trust.
    #[serde(default)]
    pub(crate) namespaces: Namespaces,
    /// Who signs the certificates of the instance. Exactly one of existing and ca.
    pub(crate) issuer: ByoIssuer,
    /// The public roots that clients trust, old and new side by side.
    #[schemars(length(min = 1))]
    pub(crate) anchors: Vec<AnchorEntry>,
    /// What hands the roots to the clients.
    #[serde(default)]
    pub(crate) bundle: ByoBundle,
    /// The broker's side. Nothing of it is emitted; the rules need to know it.
    #[serde(default)]
    pub(crate) broker: Broker,
    /// House rules.
    #[serde(default)]
    pub(crate) policy: ByoPolicy,
    /// How the manifests reach the cluster.
    #[serde(default)]
    pub(crate) delivery: Delivery,
    /// Labels for everything that is emitted.
    #[serde(default, skip_serializing_if = "StringMap::is_empty")]
    #[schemars(schema_with = "labels_schema")]
    pub(crate) labels: StringMap,
    /// Annotations for everything that is emitted.
    #[serde(default, skip_serializing_if = "StringMap::is_empty")]
    #[schemars(schema_with = "annotations_schema")]
    pub(crate) annotations: StringMap,
    /// Rules that may find something here, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) allow: Vec<Allowance>,
}

/// The name of this profile.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum ByoIssuerProfile {
    /// An issuer of the enterprise PKI.
    ByoIssuer,
}

/// Who signs the certificates of the instance.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ByoIssuer {
    /// ClusterIssuer, or Issuer in the instance's namespace (issuerKind).
    #[serde(default)]
    pub(crate) kind: IssuerKind,
    /// Its name (issuerName). Unset: `<metadata.name>-issuer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// Somebody else makes the issuer; it is only referred to. Write {} if nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) existing: Option<ExistingIssuer>,
    /// The issuer is emitted, over the Secret of a CA that exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<CaIssuer>,
}

/// An issuer that somebody else makes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct ExistingIssuer {
    /// The issuer's public certificate chain, so that it can be judged. Never emitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// A CA issuer over a Secret that exists already.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct CaIssuer {
    /// The Secret with tls.crt and tls.key: in cert-manager's namespace for a ClusterIssuer, in the instance's for an Issuer.
    pub(crate) secret_name: DnsSubdomain,
    /// The public certificate chain in that Secret, issuing certificate first, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// Public certificates, from a file or written here. Exactly one of file and inLine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Chain {
    /// A file, PEM or DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FilePath>,
    /// PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_line: Option<PemText>,
}

/// One root, or several that come in one file. Exactly one of file and inLine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AnchorEntry {
    /// What people call it.
    pub(crate) name: DnsLabel,
    /// A file, PEM (one or more certificates) or DER (one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FilePath>,
    /// PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_line: Option<PemText>,
    /// The certificate's SHA-256 fingerprint, as the PKI team handed it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<Fingerprint>,
    /// The last day on which it should be in the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retire_after: Option<Date>,
}

/// What hands the roots to the clients.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct ByoBundle {
    /// Name of the ConfigMap that clients read (configMapName). Unset: `<namespace>-aio-ca-trust-bundle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// Key in the ConfigMap (configMapKey).
    pub(crate) key: ConfigMapKey,
    /// bundle: a trust-manager Bundle over a ConfigMap of the roots in the trust namespace.
    /// configMap: one plain ConfigMap in the instance's namespace.
    pub(crate) delivery: BundleDelivery,
    /// Further namespaces whose clients need the roots. The instance's namespace is always in.
    pub(crate) namespaces: Vec<NamespaceEntry>,
}

impl Default for ByoBundle {
    fn default() -> Self {
        Self { name: None, key: default_key(), delivery: BundleDelivery::Bundle, namespaces: Vec::new() }
    }
}

/// How the roots get into the ConfigMap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(crate) enum BundleDelivery {
    /// By a trust-manager Bundle, into every namespace that reads it.
    Bundle,
    /// By a plain ConfigMap in the instance's namespace.
    ConfigMap,
}

/// House rules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct ByoPolicy {
    /// The smallest RSA key that is accepted, in bits.
    #[schemars(range(min = 2048, max = 8192))]
    pub(crate) min_rsa_bits: u32,
    /// Whether every anchor must carry its sha256.
    pub(crate) require_anchor_pins: bool,
}

impl Default for ByoPolicy {
    fn default() -> Self {
        Self { min_rsa_bits: 2048, require_anchor_pins: false }
    }
}

impl ByoIssuer {
    /// The chain that is declared, with the pointer to it.
    pub(crate) fn chain(&self) -> Option<(&'static str, &Chain)> {
        let existing =
            self.existing.as_ref().and_then(|e| e.chain.as_ref()).map(|c| ("/spec/issuer/existing/chain", c));
        existing.or_else(|| self.ca.as_ref().and_then(|ca| ca.chain.as_ref()).map(|c| ("/spec/issuer/ca/chain", c)))
    }
}

impl ByoIssuerSpec {
    pub(crate) fn common<'c>(&'c self, metadata: &'c Metadata) -> Common<'c> {
        Common {
            metadata,
            installation: &self.installation,
            namespaces: &self.namespaces,
            broker: &self.broker,
            delivery: &self.delivery,
            labels: &self.labels,
            annotations: &self.annotations,
            allow: &self.allow,
            bundle_name: self.bundle.name.as_ref(),
            bundle_key: &self.bundle.key,
            readers: &self.bundle.namespaces,
        }
    }

    /// Everything that holds certificates: the JSON pointer of the text or path, and where it is.
    pub(super) fn certificates(&self) -> Vec<(Pointer, CertificateText<'_>)> {
        let chain = self.issuer.chain().map(|(at, chain)| (Pointer::parse(at), &chain.file, &chain.in_line));
        let anchors = self
            .anchors
            .iter()
            .enumerate()
            .map(|(n, anchor)| (Pointer::parse("/spec/anchors").index(n), &anchor.file, &anchor.in_line));
        let texts = chain.into_iter().chain(anchors).flat_map(|(at, file, in_line)| {
            let file = file.as_ref().map(|path| (at.key("file"), CertificateText::File(path)));
            let in_line = in_line.as_ref().map(|text| (at.key("inLine"), CertificateText::InLine(text)));
            file.into_iter().chain(in_line)
        });
        texts.collect()
    }

    /// What must be written in exactly one of several ways: where, the ways, and which of them are there.
    pub(super) fn choices(&self) -> Vec<(Pointer, Vec<(&'static str, bool)>)> {
        let source = |file: &Option<FilePath>, in_line: &Option<PemText>| {
            vec![("file", file.is_some()), ("inLine", in_line.is_some())]
        };
        let issuer = &self.issuer;
        let types = vec![("existing", issuer.existing.is_some()), ("ca", issuer.ca.is_some())];
        let chain = issuer.chain().map(|(at, chain)| (Pointer::parse(at), source(&chain.file, &chain.in_line)));
        let anchors = self
            .anchors
            .iter()
            .enumerate()
            .map(|(n, anchor)| (Pointer::parse("/spec/anchors").index(n), source(&anchor.file, &anchor.in_line)));
        std::iter::once((Pointer::parse("/spec/issuer"), types)).chain(chain).chain(anchors).collect()
    }
}
