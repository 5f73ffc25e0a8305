//! Profile `byo-issuer`: an issuer of the enterprise PKI, and its public roots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{
    Allowance, ApproverPolicy, Broker, CertificateEntry, Common, Environment, Installation,
    IssuerKind, Metadata, NamespaceEntry, Namespaces, StringMap, annotations_schema, default_key,
    labels_schema,
};
use super::delivery::Delivery;
use super::issuers::{
    AcmeIssuer, ExternalIssuer, FromExternalSecret, FromKeyVault, FromSops, VaultIssuer,
    VenafiIssuer,
};
use super::rotation::RotationEntry;
use super::{CertificateText, Choice, issuer_choices};
use crate::json_pointer::Pointer;
use crate::types::{
    AnyText, ConfigMapKey, Date, DnsLabel, DnsSubdomain, FilePath, Fingerprint, PemText, Text,
};

/// Who issues, who trusts, and who delivers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ByoIssuerSpec {
    /// An issuer of the enterprise PKI, and its public roots.
    pub(crate) profile: ByoIssuerProfile,
    /// What the site is for. Nothing of it is emitted; what is not fit for production is refused there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<Environment>,
    /// A file whose spec this one inherits, or a folder with a trust.defaults.yaml. What is written here wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extends: Option<FilePath>,
    /// Who installed what, and in which release.
    #[serde(default)]
    pub(crate) installation: Installation,
    /// The namespaces of the instance and of trust.
    #[serde(default)]
    pub(crate) namespaces: Namespaces,
    /// Who signs the certificates of the instance. Exactly one of existing, ca, vault, venafi, acme and external.
    pub(crate) issuer: ByoIssuer,
    /// The public roots that clients trust, old and new side by side.
    #[schemars(length(min = 1))]
    pub(crate) anchors: Vec<AnchorEntry>,
    /// One of the anchors replaces another, step by step. See trustc rotate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotation: Option<RotationEntry>,
    /// What hands the roots to the clients.
    #[serde(default)]
    pub(crate) bundle: ByoBundle,
    /// The broker's side. Nothing of it is emitted; the rules need to know it.
    #[serde(default)]
    pub(crate) broker: Broker,
    /// Further certificates by the same issuer, for workloads of your own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) certificates: Vec<CertificateEntry>,
    /// Also emit policies for approver-policy that allow exactly the requests of this configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approver_policy: Option<ApproverPolicy>,
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
    /// The issuer is emitted: HashiCorp Vault signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vault: Option<VaultIssuer>,
    /// The issuer is emitted: Venafi (CyberArk Certificate Manager) signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) venafi: Option<VenafiIssuer>,
    /// The issuer is emitted: an ACME server of your own signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acme: Option<AcmeIssuer>,
    /// An intermediate CA signed by an issuer of another project, and a CA issuer over it, are emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<ExternalIssuer>,
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

/// A CA issuer over a Secret. The Secret exists already, or comes by one of fromKeyVault, fromExternalSecret, fromSops.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct CaIssuer {
    /// The Secret with tls.crt and tls.key: in cert-manager's namespace for a ClusterIssuer, in the instance's for an Issuer.
    pub(crate) secret_name: DnsSubdomain,
    /// The public certificate chain in that Secret, issuing certificate first, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
    /// Key and chain come from an Azure Key Vault, by the secret-store extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_key_vault: Option<FromKeyVault>,
    /// Key and chain come by the External Secrets Operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_external_secret: Option<FromExternalSecret>,
    /// Key and chain come in a file encrypted with SOPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_sops: Option<FromSops>,
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
    /// Labels of the namespaces whose clients need the roots, instead of their names. Namespaces that are emitted get them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) selector: Option<BundleSelector>,
    /// Also write the roots into a Secret of the same name. trust-manager must be allowed to.
    pub(crate) secret: bool,
    /// Also trust the CAs of the public web, from trust-manager's default package. Why that is needed must be said.
    #[serde(rename = "useDefaultCAs", skip_serializing_if = "Option::is_none")]
    pub(crate) use_default_cas: Option<DefaultCas>,
    /// Further bundles of the same roots, for readers with other wishes. The product's readers take one key only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) additional: Vec<AdditionalBundle>,
}

/// Labels that select namespaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct BundleSelector {
    /// Every one of these.
    #[schemars(schema_with = "some_labels_schema")]
    pub(crate) match_labels: StringMap,
}

fn some_labels_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let mut schema = labels_schema(generator);
    schema.insert("minProperties".to_owned(), 1.into());
    schema
}

/// The CAs of the public web in a bundle for private servers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct DefaultCas {
    /// Which clients need them, and why they cannot have a bundle of their own.
    pub(crate) reason: Text,
}

/// A further bundle of the same roots, into the same namespaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AdditionalBundle {
    /// The name of the Bundle, and so of the ConfigMap.
    pub(crate) name: DnsSubdomain,
    /// The key of the roots in PEM.
    #[serde(default = "default_key")]
    pub(crate) key: ConfigMapKey,
    /// Also write a Secret of this name.
    #[serde(default)]
    pub(crate) secret: bool,
    /// Also write a PKCS#12 store, for Java.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pkcs12: Option<Pkcs12>,
}

/// A PKCS#12 trust store.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Pkcs12 {
    /// The key of the store.
    pub(crate) key: ConfigMapKey,
    /// The password, which protects nothing: the roots are public. Unset: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub(crate) password: Option<AnyText>,
    /// The algorithms. Since trust-manager 0.17; unset: LegacyRC2, which Java reads from version 8 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Pkcs12Profile>,
}

/// Algorithms of a PKCS#12 store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Pkcs12Profile {
    /// For the oldest readers.
    #[serde(rename = "LegacyRC2")]
    LegacyRc2,
    /// For old readers.
    #[serde(rename = "LegacyDES")]
    LegacyDes,
    /// For current readers.
    Modern2023,
}

impl Default for ByoBundle {
    fn default() -> Self {
        Self {
            name: None,
            key: default_key(),
            delivery: BundleDelivery::Bundle,
            namespaces: Vec::new(),
            selector: None,
            secret: false,
            use_default_cas: None,
            additional: Vec::new(),
        }
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
        Self {
            min_rsa_bits: 2048,
            require_anchor_pins: false,
        }
    }
}

impl ByoIssuer {
    /// The chain that is declared, with the pointer to it.
    pub(crate) fn chain(&self) -> Option<(&'static str, &Chain)> {
        let chains = [
            (
                "/spec/issuer/existing/chain",
                self.existing
                    .as_ref()
                    .and_then(|issuer| issuer.chain.as_ref()),
            ),
            (
                "/spec/issuer/ca/chain",
                self.ca.as_ref().and_then(|issuer| issuer.chain.as_ref()),
            ),
            (
                "/spec/issuer/vault/chain",
                self.vault.as_ref().and_then(|issuer| issuer.chain.as_ref()),
            ),
            (
                "/spec/issuer/venafi/chain",
                self.venafi
                    .as_ref()
                    .and_then(|issuer| issuer.chain.as_ref()),
            ),
            (
                "/spec/issuer/acme/chain",
                self.acme.as_ref().and_then(|issuer| issuer.chain.as_ref()),
            ),
            (
                "/spec/issuer/external/chain",
                self.external
                    .as_ref()
                    .and_then(|issuer| issuer.chain.as_ref()),
            ),
        ];
        chains
            .into_iter()
            .find_map(|(at, chain)| Some((at, chain?)))
    }

    /// The CAs of the servers that issuers talk to, with the pointers to them.
    pub(crate) fn server_cas(&self) -> Vec<(&'static str, &Chain)> {
        let tpp = self.venafi.as_ref().and_then(|venafi| venafi.tpp.as_ref());
        let all = [
            (
                "/spec/issuer/vault/caBundle",
                self.vault
                    .as_ref()
                    .and_then(|vault| vault.ca_bundle.as_ref()),
            ),
            (
                "/spec/issuer/venafi/tpp/caBundle",
                tpp.and_then(|tpp| tpp.ca_bundle.as_ref()),
            ),
            (
                "/spec/issuer/acme/caBundle",
                self.acme.as_ref().and_then(|acme| acme.ca_bundle.as_ref()),
            ),
        ];
        all.into_iter()
            .filter_map(|(at, chain)| Some((at, chain?)))
            .collect()
    }
}

impl ByoIssuerSpec {
    pub(crate) fn common<'c>(&'c self, metadata: &'c Metadata) -> Common<'c> {
        Common {
            metadata,
            environment: self.environment,
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
            certificates: &self.certificates,
            approver_policy: self.approver_policy.as_ref(),
        }
    }

    /// Everything that holds certificates: the JSON pointer of the text or path, and where it is.
    pub(super) fn certificates(&self) -> Vec<(Pointer, CertificateText<'_>)> {
        let chains = self
            .issuer
            .chain()
            .into_iter()
            .chain(self.issuer.server_cas())
            .chain(self.next_chain());
        let mut texts = Vec::new();
        for (at, chain) in chains {
            texts.push((
                Pointer::parse(at),
                chain.file.as_ref(),
                chain.in_line.as_ref(),
            ));
        }
        for (n, anchor) in self.anchors.iter().enumerate() {
            texts.push((
                Pointer::parse("/spec/anchors").index(n),
                anchor.file.as_ref(),
                anchor.in_line.as_ref(),
            ));
        }
        let texts = texts.into_iter().flat_map(|(at, file, in_line)| {
            let file = file.map(|path| (at.key("file"), CertificateText::File(path)));
            let in_line = in_line.map(|text| (at.key("inLine"), CertificateText::InLine(text)));
            file.into_iter().chain(in_line)
        });
        texts.collect()
    }

    /// The chain of the issuer after a rotation, and where it stands.
    fn next_chain(&self) -> Option<(&'static str, &Chain)> {
        let chain = self.rotation.as_ref()?.issuer.as_ref()?.chain.as_ref();
        chain.map(|chain| ("/spec/rotation/issuer/chain", chain))
    }

    /// Values whose form is somebody else's, and where they are.
    pub(super) fn free_form(&self) -> Vec<(Pointer, &serde_json::Value)> {
        let solvers = self
            .issuer
            .acme
            .iter()
            .flat_map(|acme| acme.solvers.iter().enumerate());
        let configs = solvers.filter_map(|(n, solver)| {
            let config = solver.dns01.as_ref()?.webhook.as_ref()?.config.as_ref()?;
            let at = Pointer::parse("/spec/issuer/acme/solvers")
                .index(n)
                .key("dns01")
                .key("webhook")
                .key("config");
            Some((at, config))
        });
        configs.collect()
    }

    /// What a schema would have to say with a `oneOf`, and would say badly.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let source = |at: Pointer, file: &Option<FilePath>, in_line: &Option<PemText>| {
            Choice::one_of(
                at,
                [("file", file.is_some()), ("inLine", in_line.is_some())],
            )
        };
        let issuer = &self.issuer;
        let types = [
            ("existing", issuer.existing.is_some()),
            ("ca", issuer.ca.is_some()),
            ("vault", issuer.vault.is_some()),
            ("venafi", issuer.venafi.is_some()),
            ("acme", issuer.acme.is_some()),
            ("external", issuer.external.is_some()),
        ];
        let mut choices = vec![Choice::one_of(Pointer::parse("/spec/issuer"), types)];
        for (at, chain) in issuer
            .chain()
            .into_iter()
            .chain(issuer.server_cas())
            .chain(self.next_chain())
        {
            choices.push(source(Pointer::parse(at), &chain.file, &chain.in_line));
        }
        for (n, anchor) in self.anchors.iter().enumerate() {
            choices.push(source(
                Pointer::parse("/spec/anchors").index(n),
                &anchor.file,
                &anchor.in_line,
            ));
        }
        choices.extend(issuer_choices::of(issuer));
        let readers = [
            ("namespaces", !self.bundle.namespaces.is_empty()),
            ("selector", self.bundle.selector.is_some()),
        ];
        choices.push(Choice::at_most_one_of(
            Pointer::parse("/spec/bundle"),
            readers,
        ));
        choices
    }
}
