//! The root's Certificate.

use serde::Serialize;

use super::{Object, Resource, Step, issuer, object};
use crate::config::{KeyAlgorithm, KeyEncoding, PrivateKey, RotationPolicy};
use crate::trust::{Root, Trust};

#[derive(Serialize)]
struct Body {
    spec: Spec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(rename = "isCA")]
    is_ca: bool,
    common_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    secret_name: String,
    duration: String,
    renew_before: String,
    usages: [&'static str; 2],
    private_key: Key,
    issuer_ref: IssuerRef,
}

#[derive(Serialize)]
struct Subject {
    organizations: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    algorithm: KeyAlgorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
    encoding: KeyEncoding,
    rotation_policy: RotationPolicy,
}

#[derive(Serialize)]
struct IssuerRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

/// The self-signed root, in cert-manager's cluster resource namespace, where its ClusterIssuer looks for the Secret.
pub(super) fn root(trust: &Trust, root: &Root) -> Object {
    let namespace = &trust.trust_namespace.name.value;
    let spec = Spec {
        is_ca: true,
        common_name: root.common_name.value.clone(),
        subject: (!root.organizations.is_empty()).then(|| Subject { organizations: root.organizations.clone() }),
        secret_name: root.secret.value.to_string(),
        duration: root.duration.value.to_string(),
        renew_before: root.renew_before.value.to_string(),
        usages: ["cert sign", "crl sign"],
        private_key: key(&root.private_key),
        issuer_ref: IssuerRef { group: "cert-manager.io", kind: "ClusterIssuer", name: root.name.to_string() },
    };
    let id = Resource::namespaced("Certificate", namespace, &root.name);
    let mut object = object(trust, issuer::API_VERSION, id, Step::Certificates, Body { spec });
    object.provides.push(Resource::namespaced("Secret", namespace, &root.secret.value));
    object.requires.push(Resource::cluster("ClusterIssuer", &root.name));
    object.guarded = true;
    object
}

/// Everything said outright: cert-manager's defaults moved between releases.
fn key(key: &PrivateKey) -> Key {
    let (default, encoding) = match key.algorithm {
        KeyAlgorithm::Rsa => (Some(2048), key.encoding),
        KeyAlgorithm::Ecdsa => (Some(256), key.encoding),
        KeyAlgorithm::Ed25519 => (None, KeyEncoding::Pkcs8),
    };
    Key {
        algorithm: key.algorithm,
        size: default.map(|default| key.size.unwrap_or(default)),
        encoding,
        rotation_policy: key.rotation_policy,
    }
}
