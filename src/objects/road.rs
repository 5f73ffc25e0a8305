//! How the Secret of a CA gets onto the cluster: objects that fetch it. No byte of the key is ever here.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Object, Resource, Step, object};
use crate::config::{FromExternalSecret, FromKeyVault, RemoteRef};
use crate::trust::{Road, Trust};
use crate::types::DnsSubdomain;

/// What fetches `secret`; nothing for a file that the user applies.
pub(super) fn objects(trust: &Trust, secret: &DnsSubdomain, road: &Road) -> Vec<Object> {
    match road {
        Road::KeyVault(vault) => key_vault(trust, secret, vault),
        Road::ExternalSecret(external) => vec![external_secret(trust, secret, external)],
        Road::Sops(_) => Vec::new(),
    }
}

#[derive(Serialize)]
struct Spec {
    spec: Value,
}

#[derive(Serialize)]
struct Nothing {}

/// ServiceAccount, SecretProviderClass and SecretSync of the Azure secret-store extension: all three in the namespace in
/// which the issuer looks for its Secret.
fn key_vault(trust: &Trust, secret: &DnsSubdomain, vault: &FromKeyVault) -> Vec<Object> {
    let namespace = trust.secret_namespace();
    let account = Resource::namespaced("ServiceAccount", namespace, &vault.service_account_name);
    let class = Resource::namespaced("SecretProviderClass", namespace, secret);
    let sync = Resource::namespaced("SecretSync", namespace, secret);

    let mut account = object("v1", account, Step::Secrets, Nothing {});
    account.remarks = vec![
        format!(
            "Trusted by the identity {} through a federated credential with the subject",
            vault.client_id
        ),
        format!(
            "  system:serviceaccount:{namespace}:{}",
            vault.service_account_name
        ),
    ];

    let objects = &vault.objects;
    let entries = [
        Some(&objects.key),
        Some(&objects.chain),
        objects.root.as_ref(),
    ];
    let entries: Vec<String> = entries
        .into_iter()
        .flatten()
        .map(|name| entry(name))
        .collect();
    let parameters = json!({
        "clientID": vault.client_id,
        "keyvaultName": vault.vault_name,
        "objects": format!("array:\n{}", entries.concat()),
        "tenantID": vault.tenant_id,
    });
    let spec = Spec {
        spec: json!({"provider": "azure", "parameters": parameters}),
    };
    let class = object("secrets-store.csi.x-k8s.io/v1", class, Step::Secrets, spec);

    let keys = [
        Some(("tls.key", &objects.key)),
        Some(("tls.crt", &objects.chain)),
        objects.root.as_ref().map(|root| ("ca.crt", root)),
    ];
    let data: Vec<Value> = keys
        .into_iter()
        .flatten()
        .map(|(key, source)| json!({"sourcePath": source, "targetKey": key}))
        .collect();
    let spec = Spec {
        spec: json!({
            "serviceAccountName": vault.service_account_name,
            "secretProviderClassName": secret,
            "secretObject": {"type": "kubernetes.io/tls", "data": data},
        }),
    };
    let mut sync = object("secret-sync.x-k8s.io/v1alpha1", sync, Step::Secrets, spec);
    sync.requires.push(account.id.clone());
    sync.requires.push(class.id.clone());
    sync.provides
        .push(Resource::namespaced("Secret", namespace, secret));
    sync.guarded = true;
    sync.remarks = vec![
        format!("Writes Secret {secret} and keeps it equal to the vault."),
        "Set enablePartialSecretSync=false on the extension, or a new certificate may meet the old key for a while."
            .to_owned(),
    ];
    vec![account, class, sync]
}

/// One object of the vault, in the YAML that the Azure provider wants as text.
fn entry(name: &str) -> String {
    format!("  - |\n    objectName: {name}\n    objectType: secret\n")
}

/// An ExternalSecret of the External Secrets Operator.
fn external_secret(trust: &Trust, secret: &DnsSubdomain, external: &FromExternalSecret) -> Object {
    let namespace = trust.secret_namespace();
    let objects = &external.objects;
    let keys = [
        Some(("tls.key", &objects.key)),
        Some(("tls.crt", &objects.chain)),
        objects.root.as_ref().map(|root| ("ca.crt", root)),
    ];
    let data: Vec<Value> = keys
        .into_iter()
        .flatten()
        .map(|(key, remote)| json!({"secretKey": key, "remoteRef": reference(remote)}))
        .collect();
    let spec = Spec {
        spec: json!({
            "refreshInterval": external.refresh_interval,
            "secretStoreRef": {"kind": external.secret_store_ref.kind, "name": external.secret_store_ref.name},
            "target": {"name": secret, "template": {"type": "kubernetes.io/tls"}},
            "data": data,
        }),
    };
    let id = Resource::namespaced("ExternalSecret", namespace, secret);
    let mut object = object("external-secrets.io/v1", id, Step::Secrets, spec);
    object
        .provides
        .push(Resource::namespaced("Secret", namespace, secret));
    object.guarded = true;
    object.remarks = vec![format!(
        "Writes Secret {secret} and keeps it equal to the store."
    )];
    object
}

fn reference(remote: &RemoteRef) -> Value {
    match &remote.property {
        Some(property) => json!({"key": remote.key, "property": property}),
        None => json!({"key": remote.key}),
    }
}
