//! Profile `quickstart`: a self-signed root in the cluster. Not for production.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{
    Allowance, ApproverPolicy, Broker, CertificateEntry, Common, Environment, Installation,
    Metadata, NamespaceEntry, Namespaces, PrivateKey, StringMap, annotations_schema, default_key,
    labels_schema,
};
use super::delivery::Delivery;
use crate::types::{ConfigMapKey, DnsSubdomain, FilePath, Lifetime, Text};

/// Who issues, who trusts, and who delivers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct QuickstartSpec {
    /// A self-signed root in the cluster. Not for production.
    pub(crate) profile: QuickstartProfile,
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
    /// The self-signed root.
    #[serde(default)]
    pub(crate) root: Root,
    /// The ClusterIssuer that signs with the root.
    #[serde(default)]
    pub(crate) issuer: QuickstartIssuer,
    /// What hands the root to the clients.
    #[serde(default)]
    pub(crate) bundle: QuickstartBundle,
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
    pub(crate) policy: QuickstartPolicy,
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
pub(crate) enum QuickstartProfile {
    /// A self-signed root in the cluster.
    Quickstart,
}

/// The self-signed root.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Root {
    /// Name of the root's Certificate and of the self-signed ClusterIssuer. Unset: `<namespace>-aio-selfsigned-root`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// Secret for the root, in cert-manager's namespace. Unset: `<namespace>-aio-ca-certificate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_name: Option<DnsSubdomain>,
    /// Common name of the subject, at most 64 bytes.
    pub(crate) common_name: Text,
    /// Organizations of the subject.
    pub(crate) organizations: Vec<Organization>,
    /// How long the root lives.
    pub(crate) duration: Lifetime,
    /// How long before its end it is renewed.
    pub(crate) renew_before: Lifetime,
    /// Its key.
    pub(crate) private_key: PrivateKey,
}

impl Default for Root {
    fn default() -> Self {
        Self {
            name: None,
            secret_name: None,
            common_name: text("Azure IoT Operations Quickstart Root CA - Not for Production"),
            organizations: vec![Organization {
                name: text("Microsoft"),
            }],
            duration: Lifetime::hours(8760),
            renew_before: Lifetime::hours(2920),
            private_key: PrivateKey::default(),
        }
    }
}

/// An organization of a subject.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Organization {
    /// Its name.
    #[schemars(length(max = 64))]
    pub(crate) name: Text,
}

/// The ClusterIssuer that signs with the root.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct QuickstartIssuer {
    /// Its name (issuerName). Unset: `<namespace>-aio-certificate-issuer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
}

/// What hands the root to the clients: a trust-manager Bundle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct QuickstartBundle {
    /// Name of the Bundle and so of the ConfigMap (configMapName). Unset: `<namespace>-aio-ca-trust-bundle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// Key in the ConfigMap (configMapKey).
    pub(crate) key: ConfigMapKey,
    /// Further namespaces whose clients need the root. The instance's namespace is always in.
    pub(crate) namespaces: Vec<NamespaceEntry>,
}

impl Default for QuickstartBundle {
    fn default() -> Self {
        Self {
            name: None,
            key: default_key(),
            namespaces: Vec::new(),
        }
    }
}

/// House rules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct QuickstartPolicy {
    /// The smallest RSA key that is accepted, in bits.
    #[schemars(range(min = 2048, max = 8192))]
    pub(crate) min_rsa_bits: u32,
}

impl Default for QuickstartPolicy {
    fn default() -> Self {
        Self { min_rsa_bits: 2048 }
    }
}

impl QuickstartSpec {
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
}

fn text(text: &str) -> Text {
    Text::try_from(text.to_owned()).expect("a constant that passes its check")
}
