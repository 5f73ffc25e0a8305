//! Issuers and ClusterIssuers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Object, Resource, Step, object};
use crate::config::IssuerKind;
use crate::trust::{Remote, Root, Trust};
use crate::types::DnsSubdomain;

pub(super) const API_VERSION: &str = "cert-manager.io/v1";

#[derive(Serialize)]
struct Body {
    spec: Spec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Spec {
    SelfSigned {},
    #[serde(rename_all = "camelCase")]
    Ca {
        secret_name: String,
    },
    #[serde(untagged)]
    Remote(BTreeMap<&'static str, Value>),
}

/// The ClusterIssuer under which the root signs itself.
pub(super) fn self_signed(root: &Root) -> Object {
    let id = Resource::cluster("ClusterIssuer", &root.name);
    let mut object = object(
        API_VERSION,
        id,
        Step::Issuers,
        Body {
            spec: Spec::SelfSigned {},
        },
    );
    object.remarks = vec!["Signs the root below, and nothing else.".to_owned()];
    object
}

/// The issuer that the instance is told, over the Secret of a CA.
pub(super) fn over_secret(trust: &Trust, secret: &DnsSubdomain) -> Object {
    let body = Body {
        spec: Spec::Ca {
            secret_name: secret.to_string(),
        },
    };
    let mut object = object(API_VERSION, id(trust), Step::Issuers, body);
    object.requires.push(Resource::namespaced(
        "Secret",
        trust.secret_namespace(),
        secret,
    ));
    object.remarks = vec![
        SIGNS.to_owned(),
        format!(
            "Reads its Secret in namespace {}.",
            trust.secret_namespace()
        ),
    ];
    object
}

/// The issuer that the instance is told, over a CA that cert-manager reaches over the network.
pub(super) fn remote(trust: &Trust, remote: &Remote) -> Object {
    let body = Body {
        spec: Spec::Remote(BTreeMap::from([(remote.kind, remote.spec.clone())])),
    };
    let mut object = object(API_VERSION, id(trust), Step::Issuers, body);
    object.remarks = vec![
        SIGNS.to_owned(),
        format!(
            "Reads its Secrets in namespace {}.",
            trust.secret_namespace()
        ),
    ];
    object
}

const SIGNS: &str = "Signs the TLS server certificates of the instance, the MQTT broker's listener on port 18883 among them.";

/// What the instance's issuer is known by.
pub(super) fn id(trust: &Trust) -> Resource {
    let kind = trust.issuer.kind.as_str();
    match trust.issuer.kind {
        IssuerKind::ClusterIssuer => Resource::cluster(kind, &trust.issuer.name.value),
        IssuerKind::Issuer => {
            Resource::namespaced(kind, &trust.instance.name.value, &trust.issuer.name.value)
        }
    }
}
