//! The types of issuer that `byo-issuer` can make, in cert-manager's own words. What is ours beside them (`chain`,
//! `maxTtl`, `private`, `caBundle` as a file) never reaches the cluster as it stands here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::byo_issuer::Chain;
use super::common::PrivateKey;
use crate::types::{
    ConfigMapKey, DnsLabel, DnsName, DnsSubdomain, KeyVaultName, KeyVaultObject, KindName,
    Lifetime, NameServer, NamedFile, Text, Url, Uuid, VaultPath,
};

/// A key in a Secret, in the namespace in which the issuer looks for its Secrets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct SecretKeyRef {
    /// The Secret.
    pub(crate) name: DnsSubdomain,
    /// The key in it.
    pub(crate) key: ConfigMapKey,
}

/// A Secret, in the namespace in which the issuer looks for its Secrets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct SecretRef {
    /// The Secret.
    pub(crate) name: DnsSubdomain,
}

/// A ServiceAccount, in the namespace in which the issuer looks for its Secrets.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ServiceAccountRef {
    /// The ServiceAccount. cert-manager must be allowed to create tokens for it.
    pub(crate) name: DnsSubdomain,
    /// Further audiences of its tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) audiences: Vec<Text>,
}

/// HashiCorp Vault.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultIssuer {
    /// The address of the server.
    pub(crate) server: Url,
    /// The sign endpoint of a PKI role, such as pki_int/sign/aio.
    pub(crate) path: VaultPath,
    /// The namespace in Vault Enterprise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<Text>,
    /// The name in the server's certificate, if it is not that of the address. Since cert-manager 1.18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_name: Option<DnsName>,
    /// The CA of the server's own certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle: Option<Chain>,
    /// The CA of the server's own certificate, in a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle_secret_ref: Option<SecretKeyRef>,
    /// A client certificate for the connection, with clientKeySecretRef. Since cert-manager 1.15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_cert_secret_ref: Option<SecretKeyRef>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_key_secret_ref: Option<SecretKeyRef>,
    /// How cert-manager logs in. Exactly one way.
    pub(crate) auth: VaultAuth,
    /// The role's max_ttl, so that it can be held against the lifetime of the certificates. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_ttl: Option<Lifetime>,
    /// The public chain of the CA in Vault, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// How cert-manager logs in to Vault.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultAuth {
    /// A token in a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_secret_ref: Option<SecretKeyRef>,
    /// An AppRole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) app_role: Option<VaultAppRole>,
    /// A Kubernetes service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kubernetes: Option<VaultKubernetes>,
    /// A client certificate. Since cert-manager 1.16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_certificate: Option<VaultClientCertificate>,
    /// An AWS IAM role. Since cert-manager 1.21.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aws: Option<VaultAws>,
}

/// A Vault AppRole.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultAppRole {
    /// Where the auth method is mounted.
    pub(crate) path: VaultPath,
    /// The role's id.
    pub(crate) role_id: Text,
    /// The secret id.
    pub(crate) secret_ref: SecretKeyRef,
}

/// A Kubernetes service account at Vault. Exactly one of serviceAccountRef and secretRef.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultKubernetes {
    /// The role in Vault.
    pub(crate) role: Text,
    /// Where the auth method is mounted. Unset: /v1/auth/kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mount_path: Option<VaultPath>,
    /// The ServiceAccount whose tokens are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service_account_ref: Option<ServiceAccountRef>,
    /// A token that never changes, in a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_ref: Option<SecretKeyRef>,
}

/// A client certificate at Vault.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultClientCertificate {
    /// Where the auth method is mounted. Unset: /v1/auth/cert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mount_path: Option<VaultPath>,
    /// The TLS Secret.
    pub(crate) secret_name: DnsSubdomain,
    /// The certificate role in Vault. Unset: any that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Text>,
}

/// An AWS IAM role at Vault.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VaultAws {
    /// The role in Vault.
    pub(crate) role: Text,
    /// Where the auth method is mounted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mount_path: Option<VaultPath>,
    /// The AWS region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Text>,
    /// The IAM role that the ServiceAccount takes on; with serviceAccountRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) iam_role_arn: Option<Text>,
    /// The ServiceAccount whose tokens are exchanged; with iamRoleArn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service_account_ref: Option<ServiceAccountRef>,
}

/// Venafi, now CyberArk Certificate Manager. Exactly one of tpp, cloud and ngts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VenafiIssuer {
    /// The policy folder or zone.
    pub(crate) zone: Text,
    /// Self-hosted (TLS Protect Datacenter).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tpp: Option<VenafiTpp>,
    /// As a service (TLS Protect Cloud).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cloud: Option<VenafiCloud>,
    /// Next-generation trust security. Since cert-manager 1.21.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ngts: Option<VenafiNgts>,
    /// The public chain of the CA behind the zone, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// Venafi, self-hosted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VenafiTpp {
    /// The vedsdk address.
    pub(crate) url: Url,
    /// The Secret with username and password, or access-token.
    pub(crate) credentials_ref: SecretRef,
    /// The CA of the server's own certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle: Option<Chain>,
    /// The CA of the server's own certificate, in a Secret. Since cert-manager 1.16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle_secret_ref: Option<SecretKeyRef>,
}

/// Venafi as a service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VenafiCloud {
    /// The address, if it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<Url>,
    /// The API key.
    pub(crate) api_token_secret_ref: SecretKeyRef,
}

/// Next-generation trust security.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VenafiNgts {
    /// The tenant service group.
    #[serde(rename = "tsgID")]
    pub(crate) tsg_id: Text,
    /// The Secret with the client's id and secret.
    pub(crate) credentials_ref: SecretRef,
    /// The address, if it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<Url>,
    /// The address of tokens, if it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint: Option<Url>,
}

/// An ACME server of your own. A public CA cannot sign the names inside a cluster.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeIssuer {
    /// The directory address.
    pub(crate) server: Url,
    /// The Secret in which cert-manager keeps the account's key. It is made.
    pub(crate) private_key_secret_ref: SecretRef,
    /// Whether this server signs names such as aio-broker: a server of your own (step-ca, EJBCA).
    #[serde(default)]
    pub(crate) private: bool,
    /// The contact of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<Text>,
    /// The CA of the server's own certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca_bundle: Option<Chain>,
    /// The common name of the root to chain to, where the server offers several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub(crate) preferred_chain: Option<Text>,
    /// The account at the CA that this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external_account_binding: Option<AcmeAccount>,
    /// How names are proven.
    #[schemars(length(min = 1))]
    pub(crate) solvers: Vec<AcmeSolver>,
    /// The public chain of the CA, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// External account binding.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeAccount {
    /// The key's id.
    #[serde(rename = "keyID")]
    pub(crate) key_id: Text,
    /// The MAC key.
    pub(crate) key_secret_ref: SecretKeyRef,
}

/// How names are proven. Exactly one of http01 and dns01.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeSolver {
    /// By a file on a web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) http01: Option<AcmeHttp01>,
    /// By a record in DNS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dns01: Option<AcmeDns01>,
}

/// By a file on a web server. Exactly one of ingress and gatewayHTTPRoute.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeHttp01 {
    /// Through an Ingress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ingress: Option<AcmeIngress>,
    /// Through a Gateway.
    #[serde(
        default,
        rename = "gatewayHTTPRoute",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) gateway: Option<AcmeGateway>,
}

/// Through an Ingress.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeIngress {
    /// The class of the Ingress.
    pub(crate) ingress_class_name: DnsSubdomain,
}

/// Through a Gateway.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeGateway {
    /// The Gateways to attach to.
    #[schemars(length(min = 1))]
    pub(crate) parent_refs: Vec<AcmeParent>,
}

/// A Gateway.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeParent {
    /// Its name.
    pub(crate) name: DnsSubdomain,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<DnsLabel>,
}

/// By a record in DNS. Exactly one provider.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AcmeDns01 {
    /// Azure DNS.
    #[serde(default, rename = "azureDNS", skip_serializing_if = "Option::is_none")]
    pub(crate) azure_dns: Option<AzureDns>,
    /// Cloudflare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cloudflare: Option<Cloudflare>,
    /// AWS Route 53.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) route53: Option<Route53>,
    /// A name server that takes dynamic updates (RFC 2136).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rfc2136: Option<Rfc2136>,
    /// A webhook solver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) webhook: Option<SolverWebhook>,
}

/// Azure DNS, by managed identity.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AzureDns {
    /// The subscription.
    #[serde(rename = "subscriptionID")]
    pub(crate) subscription_id: Uuid,
    /// The resource group of the zone.
    pub(crate) resource_group_name: Text,
    /// The zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hosted_zone_name: Option<DnsName>,
    /// The identity.
    pub(crate) managed_identity: ManagedIdentity,
}

/// An Azure managed identity.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ManagedIdentity {
    /// Its client id.
    #[serde(rename = "clientID")]
    pub(crate) client_id: Uuid,
}

/// Cloudflare. Exactly one of apiTokenSecretRef and apiKeySecretRef.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Cloudflare {
    /// A token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_token_secret_ref: Option<SecretKeyRef>,
    /// A key, with email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) api_key_secret_ref: Option<SecretKeyRef>,
    /// The account of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<Text>,
}

/// AWS Route 53.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Route53 {
    /// The region.
    pub(crate) region: Text,
    /// The role to take on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<Text>,
    /// The zone.
    #[serde(
        default,
        rename = "hostedZoneID",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) hosted_zone_id: Option<Text>,
    /// The id of an access key, in a Secret, with secretAccessKeySecretRef.
    #[serde(
        default,
        rename = "accessKeyIDSecretRef",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) access_key_id_secret_ref: Option<SecretKeyRef>,
    /// The access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_access_key_secret_ref: Option<SecretKeyRef>,
}

/// A name server that takes dynamic updates.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Rfc2136 {
    /// Address and port of the server: 10.0.0.53:53.
    pub(crate) nameserver: NameServer,
    /// The name of the TSIG key, with tsigSecretSecretRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tsig_key_name: Option<Text>,
    /// The TSIG key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tsig_secret_secret_ref: Option<SecretKeyRef>,
    /// Its algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tsig_algorithm: Option<TsigAlgorithm>,
}

/// Algorithms of TSIG keys.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(crate) enum TsigAlgorithm {
    HmacMd5,
    HmacSha1,
    HmacSha256,
    HmacSha512,
}

/// A webhook solver.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct SolverWebhook {
    /// The API group of the webhook.
    pub(crate) group_name: DnsSubdomain,
    /// The name of its solver.
    pub(crate) solver_name: Text,
    /// What it wants to be told: any YAML, handed on as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) config: Option<Value>,
}

/// An issuer of another project. The product cannot be told its group, so it signs an intermediate CA in the cluster, and
/// a CA issuer over that is what the product is told.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ExternalIssuer {
    /// The issuer that signs the intermediate.
    pub(crate) issuer_ref: ExternalRef,
    /// The intermediate.
    pub(crate) intermediate: Intermediate,
    /// The public chain of the CA that signs the intermediate, so that it can be judged. Never emitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}

/// An issuer of another group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ExternalRef {
    /// Its API group, such as awspca.cert-manager.io.
    pub(crate) group: DnsSubdomain,
    /// Its kind, such as AWSPCAClusterIssuer.
    pub(crate) kind: KindName,
    /// Its name.
    pub(crate) name: DnsSubdomain,
}

/// The intermediate CA that an external issuer signs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Intermediate {
    /// Its common name, at most 64 bytes.
    pub(crate) common_name: Text,
    /// Its Secret. Unset: `<metadata.name>-issuing-ca`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_name: Option<DnsSubdomain>,
    /// How long it lives.
    #[serde(default = "two_years")]
    pub(crate) duration: Lifetime,
    /// How long before its end it is renewed. At least the lifetime of what it signs.
    #[serde(default = "half_a_year")]
    pub(crate) renew_before: Lifetime,
    /// Its key.
    #[serde(default = "new_key_each_time")]
    pub(crate) private_key: PrivateKey,
}

fn two_years() -> Lifetime {
    Lifetime::hours(17_520)
}

fn half_a_year() -> Lifetime {
    Lifetime::hours(4_380)
}

fn new_key_each_time() -> PrivateKey {
    PrivateKey {
        rotation_policy: super::common::RotationPolicy::Always,
        ..PrivateKey::default()
    }
}

/// The Secret of a CA comes from an Azure Key Vault, by the secret-store extension.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct FromKeyVault {
    /// The vault.
    pub(crate) vault_name: KeyVaultName,
    /// The Entra tenant.
    pub(crate) tenant_id: Uuid,
    /// The client id of the user-assigned identity that may read the vault.
    pub(crate) client_id: Uuid,
    /// The ServiceAccount that the identity trusts. It is emitted.
    #[serde(default = "trust_sync")]
    pub(crate) service_account_name: DnsSubdomain,
    /// The objects in the vault.
    pub(crate) objects: KeyVaultObjects,
}

/// Where key and chain are in the vault. Each a secret of its own, in PEM.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct KeyVaultObjects {
    /// The private key (tls.key).
    pub(crate) key: KeyVaultObject,
    /// The chain, issuing certificate first (tls.crt).
    pub(crate) chain: KeyVaultObject,
    /// The root (ca.crt), if it is not the last of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) root: Option<KeyVaultObject>,
}

fn trust_sync() -> DnsSubdomain {
    DnsSubdomain::try_from("aio-trust-sync".to_owned()).expect("a constant that passes its check")
}

/// The Secret of a CA comes by the External Secrets Operator.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct FromExternalSecret {
    /// The store.
    pub(crate) secret_store_ref: SecretStoreRef,
    /// How often it is read.
    #[serde(default = "one_hour")]
    pub(crate) refresh_interval: Lifetime,
    /// What is in the store.
    pub(crate) objects: StoreObjects,
}

fn one_hour() -> Lifetime {
    Lifetime::hours(1)
}

/// A store of the External Secrets Operator.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct SecretStoreRef {
    /// SecretStore, in the Secret's namespace, or ClusterSecretStore.
    #[serde(default)]
    pub(crate) kind: StoreKind,
    /// Its name.
    pub(crate) name: DnsSubdomain,
}

/// Kinds of store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum StoreKind {
    /// For the whole cluster.
    #[default]
    ClusterSecretStore,
    /// For one namespace.
    SecretStore,
}

/// Where key and chain are in the store.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct StoreObjects {
    /// The private key (tls.key).
    pub(crate) key: RemoteRef,
    /// The chain, issuing certificate first (tls.crt).
    pub(crate) chain: RemoteRef,
    /// The root (ca.crt), if it is not the last of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) root: Option<RemoteRef>,
}

/// One entry of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct RemoteRef {
    /// Its key.
    pub(crate) key: Text,
    /// A part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) property: Option<Text>,
}

/// The Secret of a CA is in a file encrypted with SOPS, beside these manifests. It is named, and never read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct FromSops {
    /// The file.
    pub(crate) file: NamedFile,
}
