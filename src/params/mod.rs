//! What the installer must be told, from the same values as the manifests: command lines, Bicep, Terraform, JSON.
//!
//! Names of arguments: Azure/azure-iot-ops-cli-extension `azext_edge/edge/params.py`. What a configuration does not know
//! stands there as a placeholder, `<cluster>`, and is listed.

mod az;
mod bicep;
mod json;
mod tfvars;

use crate::config::{CertManagerBy, IssuerKind, Listener, Ownership};
use crate::rules::CheckedTrust;
use crate::trust::{Road, Signing, Trust};

pub(crate) use az::az;
pub(crate) use bicep::bicepparam;
pub(crate) use json::json;
pub(crate) use tfvars::tfvars;

/// Everything that an installer of one site asks for.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pub(crate) site: String,
    pub(crate) namespace: String,
    pub(crate) ownership: Ownership,
    pub(crate) issuer_name: String,
    pub(crate) issuer_kind: IssuerKind,
    pub(crate) config_map_name: String,
    pub(crate) config_map_key: String,
    /// Whether the installer would refuse: its own cert-manager is there, and trust settings are given.
    pub(crate) refused: bool,
    key_vault: Option<KeyVault>,
    pub(crate) listeners: Vec<Listener>,
    certificate: BrokerCertificate,
    pub(crate) client_trust: Option<String>,
    /// The Secret that the issuer signs with, and its namespace.
    pub(crate) signing_secret: Option<(String, String)>,
    /// Bundles beside the one of the instance.
    pub(crate) additional_bundles: Vec<String>,
}

/// What an identity needs to read a Key Vault.
#[derive(Clone, Debug)]
struct KeyVault {
    vault: String,
    client_id: String,
    /// The subject of the federated credential.
    subject: String,
}

/// The certificate of further listeners.
#[derive(Clone, Debug)]
struct BrokerCertificate {
    duration: String,
    renew_before: String,
    key: String,
}

impl Params {
    pub(crate) fn of(trust: &CheckedTrust) -> Self {
        let broker = &trust.broker.certificate;
        let key = serde_json::to_value(broker.private_key_algorithm).unwrap_or_default();
        let user = trust.ownership.value == Ownership::UserManaged;
        Self {
            site: trust.site.to_string(),
            namespace: trust.instance.name.value.to_string(),
            ownership: trust.ownership.value,
            issuer_name: trust.issuer.name.value.to_string(),
            issuer_kind: trust.issuer.kind,
            config_map_name: trust.bundle.name.value.to_string(),
            config_map_key: trust.bundle.key.value.to_string(),
            refused: user && trust.cert_manager_by.value == CertManagerBy::ArcExtension,
            key_vault: key_vault(trust),
            listeners: trust.broker.listeners.clone(),
            certificate: BrokerCertificate {
                duration: broker.duration.to_string(),
                renew_before: broker
                    .renew_before
                    .unwrap_or_else(|| broker.duration.third())
                    .to_string(),
                key: key.as_str().unwrap_or_default().to_owned(),
            },
            client_trust: trust
                .client_trust
                .as_ref()
                .map(|clients| clients.name.value.to_string()),
            signing_secret: trust
                .signing_secret()
                .map(|name| (name.to_string(), trust.secret_namespace().to_string())),
            additional_bundles: trust
                .bundle
                .additional
                .iter()
                .map(|bundle| bundle.name.to_string())
                .collect(),
        }
    }

    /// The four names that tie the manifests to the instance.
    fn settings(&self) -> [(&'static str, &str); 4] {
        [
            ("issuerName", &self.issuer_name),
            ("issuerKind", self.issuer_kind.as_str()),
            ("configMapName", &self.config_map_name),
            ("configMapKey", &self.config_map_key),
        ]
    }
}

fn key_vault(trust: &Trust) -> Option<KeyVault> {
    let Signing::CaSecret(ca) = &trust.issuer.signing else {
        return None;
    };
    let Some(Road::KeyVault(vault)) = &ca.road else {
        return None;
    };
    Some(KeyVault {
        vault: vault.vault_name.to_string(),
        client_id: vault.client_id.to_string(),
        subject: format!(
            "system:serviceaccount:{}:{}",
            trust.secret_namespace(),
            vault.service_account_name
        ),
    })
}
