//! Certificates: the quickstart's root, an intermediate that another project's issuer signs, leaves for workloads.

use serde::Serialize;

use super::{Object, Resource, Step, issuer, object};
use crate::config::{KeyAlgorithm, KeyEncoding, LeafUsage, PrivateKey, RotationPolicy};
use crate::trust::{Intermediate, Leaf, Root, Trust};
use crate::types::DnsLabel;

#[derive(Serialize)]
struct Body {
    spec: Spec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(rename = "isCA", skip_serializing_if = "std::ops::Not::not")]
    is_ca: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    secret_name: String,
    duration: String,
    renew_before: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ip_addresses: Vec<String>,
    usages: Vec<&'static str>,
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
    group: String,
    kind: String,
    name: String,
}

/// The self-signed root, in cert-manager's cluster resource namespace, where its ClusterIssuer looks for the Secret.
pub(super) fn root(trust: &Trust, root: &Root) -> Object {
    let issuer = IssuerRef {
        group: "cert-manager.io".to_owned(),
        kind: "ClusterIssuer".to_owned(),
        name: root.name.to_string(),
    };
    let mut object = ca(root, issuer, &trust.trust_namespace.name.value);
    object
        .requires
        .push(Resource::cluster("ClusterIssuer", &root.name));
    object
}

/// The intermediate, where the issuer over it looks for the Secret.
pub(super) fn intermediate(trust: &Trust, intermediate: &Intermediate) -> Object {
    let external = &intermediate.issuer;
    let (group, kind, name) = (
        external.group.to_string(),
        external.kind.to_string(),
        external.name.to_string(),
    );
    let mut object = ca(
        &intermediate.certificate,
        IssuerRef { group, kind, name },
        trust.secret_namespace(),
    );
    object.remarks = vec![
        "Signed by an issuer of another project, which the instance cannot be told: cert-manager only makes the request.".to_owned(),
        "The request must be approved: by approver-policy, or by cert-manager itself if it is told so (approveSignerNames).".to_owned(),
    ];
    object
}

fn ca(ca: &Root, issuer_ref: IssuerRef, namespace: &DnsLabel) -> Object {
    let spec = Spec {
        is_ca: true,
        common_name: Some(ca.common_name.value.clone()),
        subject: (!ca.organizations.is_empty()).then(|| Subject {
            organizations: ca.organizations.clone(),
        }),
        secret_name: ca.secret.value.to_string(),
        duration: ca.duration.value.to_string(),
        renew_before: ca.renew_before.value.to_string(),
        dns_names: Vec::new(),
        ip_addresses: Vec::new(),
        usages: vec!["cert sign", "crl sign"],
        private_key: key(&ca.private_key),
        issuer_ref,
    };
    let id = Resource::namespaced("Certificate", namespace, &ca.name);
    let mut object = object(issuer::API_VERSION, id, Step::Certificates, Body { spec });
    object
        .provides
        .push(Resource::namespaced("Secret", namespace, &ca.secret.value));
    object.guarded = true;
    object
}

/// A certificate for a workload of the user's own, by the issuer that the instance is told.
pub(super) fn leaf(trust: &Trust, leaf: &Leaf) -> Object {
    let issuer = issuer::id(trust);
    let mut usages = vec!["digital signature"];
    if leaf.private_key.algorithm == KeyAlgorithm::Rsa {
        usages.push("key encipherment");
    }
    usages.extend(leaf.usages.iter().map(|usage| match usage {
        LeafUsage::Server => "server auth",
        LeafUsage::Client => "client auth",
    }));
    let spec = Spec {
        is_ca: false,
        common_name: leaf.common_name.as_ref().map(|name| name.value.clone()),
        subject: None,
        secret_name: leaf.secret.value.to_string(),
        duration: leaf.duration.value.to_string(),
        renew_before: leaf.renew_before.value.to_string(),
        dns_names: leaf.dns_names.clone(),
        ip_addresses: leaf.ip_addresses.clone(),
        usages,
        private_key: key(&leaf.private_key),
        issuer_ref: IssuerRef {
            group: "cert-manager.io".to_owned(),
            kind: issuer.kind.to_owned(),
            name: issuer.name.clone(),
        },
    };
    let id = Resource::namespaced("Certificate", &leaf.namespace.value, &leaf.name.value);
    let mut object = object(issuer::API_VERSION, id, Step::Workloads, Body { spec });
    object.provides.push(Resource::namespaced(
        "Secret",
        &leaf.namespace.value,
        &leaf.secret.value,
    ));
    object.requires.push(issuer);
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
