//! What both profiles share.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::byo_issuer::AnchorEntry;
use super::delivery::Delivery;
use crate::types::{
    ConfigMapKey, Date, DnsLabel, DnsName, DnsSubdomain, IpAddress, Lifetime, Text, Version,
};

/// Labels or annotations.
pub(crate) type StringMap = BTreeMap<String, String>;

/// The name of the site and what other tools should know of this file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Metadata {
    /// The name of the site, and of its folder in the output.
    pub(crate) name: DnsLabel,
    /// For other tools; never copied to the output.
    #[serde(default, skip_serializing_if = "StringMap::is_empty")]
    pub(crate) labels: StringMap,
    /// For other tools, such as config.kubernetes.io/local-config: "true"; never copied to the output.
    #[serde(default, skip_serializing_if = "StringMap::is_empty")]
    pub(crate) annotations: StringMap,
}

/// What a site is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(crate) enum Environment {
    /// Trying things out.
    Development,
    /// Tests of what will go to production.
    Test,
    /// A copy of production.
    Staging,
    /// Real work depends on it.
    Production,
}

/// Who installed what, and in which release.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Installation {
    /// Who owns the issuer and the bundle: userManaged (these manifests, and the instance is told by --trust-settings)
    /// or productManaged (the product's own Helm release: nothing is rendered).
    pub(crate) trust: Ownership,
    /// cert-manager on the cluster.
    pub(crate) cert_manager: CertManagerInstall,
    /// trust-manager on the cluster.
    pub(crate) trust_manager: Install,
    /// Azure IoT Operations on the cluster.
    pub(crate) aio: Install,
}

/// Who owns the issuer and the bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(crate) enum Ownership {
    /// These manifests; the instance is created with --trust-settings.
    #[default]
    UserManaged,
    /// The product's own Helm release.
    ProductManaged,
}

/// cert-manager on the cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct CertManagerInstall {
    /// Who installed it.
    pub(crate) by: CertManagerBy,
    /// Its release, two numbers in quotes. Unset: the oldest that is supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<Version>,
}

/// Who installed cert-manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum CertManagerBy {
    /// Somebody else, by other means.
    #[default]
    External,
    /// The Azure Arc extension microsoft.certmanagement.
    ArcExtension,
    /// Helm, by hand.
    Helm,
    /// Flux.
    Flux,
    /// Argo CD.
    Argocd,
}

/// A product on the cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Install {
    /// Its release, two numbers in quotes. Unset: the oldest that is supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<Version>,
}

/// The namespaces of the instance and of trust.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Namespaces {
    /// The namespace of the instance (--cluster-namespace).
    pub(crate) instance: InstanceNamespace,
    /// cert-manager's cluster resource namespace, which must be trust-manager's trust namespace.
    pub(crate) trust: TrustNamespace,
}

/// The namespace of the instance.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct InstanceNamespace {
    /// Its name. Names of issuer, Secret and bundle derive from it.
    pub(crate) name: DnsLabel,
    /// Whether to emit the Namespace.
    pub(crate) create: bool,
    /// Pod Security admission level to label it with. Unset: no labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pod_security: Option<PodSecurity>,
}

impl Default for InstanceNamespace {
    fn default() -> Self {
        Self {
            name: label("azure-iot-operations"),
            create: true,
            pod_security: None,
        }
    }
}

/// cert-manager's cluster resource namespace.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct TrustNamespace {
    /// Its name: where CA Secrets and the sources of the bundle live.
    pub(crate) name: DnsLabel,
    /// Whether to emit the Namespace.
    pub(crate) create: bool,
    /// Pod Security admission level to label it with. Unset: no labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pod_security: Option<PodSecurity>,
}

impl Default for TrustNamespace {
    fn default() -> Self {
        Self {
            name: label("cert-manager"),
            create: false,
            pod_security: None,
        }
    }
}

/// The levels of Pod Security admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum PodSecurity {
    /// No restriction.
    Privileged,
    /// No known escalations.
    Baseline,
    /// Hardened.
    Restricted,
}

impl PodSecurity {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// A namespace that reads the bundle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct NamespaceEntry {
    /// The name of the namespace.
    pub(crate) name: DnsLabel,
}

/// The kinds of cert-manager issuer that the product can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum IssuerKind {
    /// For the whole cluster.
    #[default]
    ClusterIssuer,
    /// For one namespace: the instance's.
    Issuer,
}

impl IssuerKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIssuer => "ClusterIssuer",
            Self::Issuer => "Issuer",
        }
    }
}

/// The key of a certificate, in cert-manager's words.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct PrivateKey {
    /// The key algorithm.
    pub(crate) algorithm: KeyAlgorithm,
    /// RSA: 2048 to 8192 bits; ECDSA: 256, 384 or 521; Ed25519: none. Unset: 2048 or 256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u32>,
    /// How the key is stored.
    pub(crate) encoding: KeyEncoding,
    /// What happens to the key at renewal. Never keeps it, so that certificates issued before still verify.
    pub(crate) rotation_policy: RotationPolicy,
}

impl Default for PrivateKey {
    fn default() -> Self {
        Self {
            algorithm: KeyAlgorithm::Rsa,
            size: None,
            encoding: KeyEncoding::Pkcs1,
            rotation_policy: RotationPolicy::Never,
        }
    }
}

/// Key algorithms of cert-manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum KeyAlgorithm {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa,
    /// ECDSA on a NIST curve.
    #[serde(rename = "ECDSA")]
    Ecdsa,
    /// Ed25519.
    Ed25519,
}

/// Encodings of a stored key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum KeyEncoding {
    /// PKCS #1 (RSA) or SEC 1 (ECDSA).
    #[serde(rename = "PKCS1")]
    Pkcs1,
    /// PKCS #8.
    #[serde(rename = "PKCS8")]
    Pkcs8,
}

/// What happens to a key at renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum RotationPolicy {
    /// It stays.
    Never,
    /// A new one each time.
    Always,
}

/// The broker's side. Nothing of it is emitted; the rules need to know it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Broker {
    /// The server certificate of the listener on port 18883.
    pub(crate) certificate: BrokerCertificate,
    /// Further names under which clients reach the broker.
    pub(crate) extra_names: Vec<ExtraName>,
    /// Further listeners, each with a certificate like that of the first. They are made by `az`: see `trustc params`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) listeners: Vec<Listener>,
    /// Roots of client certificates (X.509 authentication): a ConfigMap of their own, apart from the servers' roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_trust: Option<ClientTrust>,
}

/// A further listener of the broker.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Listener {
    /// Its name, and that of its service.
    pub(crate) name: DnsLabel,
    /// Its port.
    #[schemars(range(min = 1, max = 65535))]
    pub(crate) port: u16,
    /// How clients reach its service.
    #[serde(default)]
    pub(crate) service_type: ServiceType,
    /// Names of its certificate beyond those of the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<ExtraName>,
    /// The BrokerAuthentication that its clients pass. Unset: none, and everybody gets in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authentication: Option<DnsLabel>,
}

/// How clients reach a listener's service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum ServiceType {
    /// From inside the cluster.
    #[default]
    ClusterIp,
    /// On a port of every node.
    NodePort,
    /// Through a load balancer.
    LoadBalancer,
}

/// Roots of client certificates.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ClientTrust {
    /// The name of the ConfigMap (trustedClientCaCert). Unset: `<namespace>-aio-client-trust`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// The roots, or intermediates, that issue client certificates.
    #[schemars(length(min = 1))]
    pub(crate) anchors: Vec<AnchorEntry>,
}

/// The server certificate of a listener.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct BrokerCertificate {
    /// How long it lives.
    pub(crate) duration: Lifetime,
    /// How long before its end it is renewed. Unset: a third of its life, as cert-manager does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) renew_before: Option<Lifetime>,
    /// Its key, in the listener's words.
    pub(crate) private_key_algorithm: BrokerKey,
}

impl Default for BrokerCertificate {
    fn default() -> Self {
        Self {
            duration: Lifetime::hours(2160),
            renew_before: None,
            private_key_algorithm: BrokerKey::Ec256,
        }
    }
}

/// Key algorithms of a BrokerListener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum BrokerKey {
    Ec256,
    Ec384,
    Ec521,
    Ed25519,
    Rsa2048,
    Rsa4096,
    Rsa8192,
}

/// A name under which clients reach the broker: a DNS name or an address.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ExtraName {
    /// A DNS name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dns: Option<DnsName>,
    /// An IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<IpAddress>,
}

/// Policies for approver-policy, where it replaces cert-manager's own approver.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct ApproverPolicy {
    /// The ServiceAccount of cert-manager's controller, in cert-manager's namespace: it makes the requests.
    pub(crate) service_account_name: DnsSubdomain,
}

impl Default for ApproverPolicy {
    fn default() -> Self {
        let name = DnsSubdomain::try_from("cert-manager".to_owned());
        Self {
            service_account_name: name.expect("a constant that passes its check"),
        }
    }
}

/// A further certificate by the same issuer, for a workload of your own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct CertificateEntry {
    /// The name of the Certificate.
    pub(crate) name: DnsSubdomain,
    /// Its namespace. Unset: the instance's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<DnsLabel>,
    /// Its Secret. Unset: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_name: Option<DnsSubdomain>,
    /// The common name, for clients that are told apart by it. At most 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) common_name: Option<Text>,
    /// The names that it is valid for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<ExtraName>,
    /// What it is for, in cert-manager's words.
    #[serde(default = "server_and_client")]
    #[schemars(length(min = 1))]
    pub(crate) usages: Vec<LeafUsage>,
    /// How long it lives.
    #[serde(default = "ninety_days")]
    pub(crate) duration: Lifetime,
    /// How long before its end it is renewed. Unset: a third of its life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renew_before: Option<Lifetime>,
    /// Its key.
    #[serde(default = "leaf_key")]
    pub(crate) private_key: PrivateKey,
}

/// What a certificate of a workload is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[schemars(inline)]
pub(crate) enum LeafUsage {
    /// It proves a server.
    #[serde(rename = "server auth")]
    Server,
    /// It proves a client.
    #[serde(rename = "client auth")]
    Client,
}

fn server_and_client() -> Vec<LeafUsage> {
    vec![LeafUsage::Server, LeafUsage::Client]
}

fn ninety_days() -> Lifetime {
    Lifetime::hours(2160)
}

fn leaf_key() -> PrivateKey {
    PrivateKey {
        algorithm: KeyAlgorithm::Ecdsa,
        size: None,
        encoding: KeyEncoding::Pkcs8,
        rotation_policy: RotationPolicy::Always,
    }
}

/// One rule that is allowed to find something here.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Allowance {
    /// The id of the rule.
    pub(crate) rule: Text,
    /// Why that is all right here.
    pub(crate) reason: Text,
    /// The last day on which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Date>,
}

/// What both profiles say of one thing or another, borrowed from either.
pub(crate) struct Common<'c> {
    pub(crate) metadata: &'c Metadata,
    pub(crate) environment: Option<Environment>,
    pub(crate) installation: &'c Installation,
    pub(crate) namespaces: &'c Namespaces,
    pub(crate) broker: &'c Broker,
    pub(crate) delivery: &'c Delivery,
    pub(crate) labels: &'c StringMap,
    pub(crate) annotations: &'c StringMap,
    pub(crate) allow: &'c [Allowance],
    pub(crate) bundle_name: Option<&'c DnsSubdomain>,
    pub(crate) bundle_key: &'c ConfigMapKey,
    pub(crate) readers: &'c [NamespaceEntry],
    pub(crate) certificates: &'c [CertificateEntry],
    pub(crate) approver_policy: Option<&'c ApproverPolicy>,
}

pub(crate) fn default_key() -> ConfigMapKey {
    ConfigMapKey::try_from("ca.crt".to_owned()).expect("a constant that passes its check")
}

pub(crate) fn label(text: &str) -> DnsLabel {
    DnsLabel::try_from(text.to_owned()).expect("a constant that passes its check")
}

/// The schema of labels for everything that is emitted.
pub(crate) fn labels_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": {"type": "string", "format": "label-key"},
        "additionalProperties": {"type": "string", "format": "label-value"}
    })
}

/// The schema of annotations for everything that is emitted.
pub(crate) fn annotations_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": {"type": "string", "format": "metadata-key"},
        "additionalProperties": {"type": "string", "format": "text"}
    })
}
