//! For programs: the same values, in one JSON object.

use serde_json::{Value, json};

use super::Params;
use crate::config::Ownership;

pub(crate) fn json(params: &Params) -> String {
    let settings: serde_json::Map<String, Value> = params
        .settings()
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    let user = params.ownership == Ownership::UserManaged;
    let mut out = json!({
        "version": 1,
        "site": params.site,
        "clusterNamespace": params.namespace,
        "userTrust": user,
        "trustConfig": if user { json!({"source": "CustomerManaged", "settings": settings}) } else { json!({"source": "SelfSigned"}) },
        "listeners": params.listeners,
    });
    if let Some(vault) = &params.key_vault {
        out["keyVault"] = json!({
            "name": vault.vault,
            "clientId": vault.client_id,
            "roles": ["Key Vault Reader", "Key Vault Secrets User"],
            "federatedCredential": {"subject": vault.subject, "audiences": ["api://AzureADTokenExchange"]},
        });
    }
    if let Some(clients) = &params.client_trust {
        out["trustedClientCaCert"] = clients.as_str().into();
    }
    serde_json::to_string_pretty(&out).expect("text and numbers are JSON") + "\n"
}
