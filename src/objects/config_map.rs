//! ConfigMaps of public roots.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Object, Resource, Step, anchors_pem, object};
use crate::trust::{Anchor, ClientTrust, Trust};

#[derive(Serialize)]
struct Body {
    data: BTreeMap<String, String>,
}

/// The name of the ConfigMap that a Bundle of this name reads. It differs from the Bundle's own, because a Bundle writes
/// ConfigMaps of its own name, in the trust namespace too if that is selected.
pub(super) fn source_name(trust: &Trust) -> String {
    format!("{}-anchors", trust.bundle.name.value)
}

/// The roots in the trust namespace, for a Bundle to read.
pub(super) fn source(trust: &Trust) -> Object {
    anchors(
        trust,
        Resource::namespaced(
            "ConfigMap",
            &trust.trust_namespace.name.value,
            source_name(trust),
        ),
    )
}

/// The roots in the instance's namespace, under the very name that clients read.
pub(super) fn target(trust: &Trust) -> Object {
    let mut object = anchors(
        trust,
        Resource::namespaced(
            "ConfigMap",
            &trust.instance.name.value,
            &trust.bundle.name.value,
        ),
    );
    object.guarded = true;
    object
}

/// The roots of client certificates, apart from those of servers: every key of it is trusted.
pub(super) fn client_trust(trust: &Trust, clients: &ClientTrust) -> Object {
    let id = Resource::namespaced("ConfigMap", &trust.instance.name.value, &clients.name.value);
    let certificates = clients
        .anchors
        .iter()
        .flat_map(|anchor| &anchor.certificates);
    let pem = certificates.map(|certificate| certificate.pem()).collect();
    let data = BTreeMap::from([("client-ca.crt".to_owned(), pem)]);
    let mut object = object("v1", id, Step::Anchors, Body { data });
    object.remarks = vec![format!(
        "Roots of clients: BrokerAuthentication names it, trustedClientCaCert: {}.",
        clients.name.value
    )];
    object.remarks.extend(remarks(&clients.anchors));
    object.guarded = true;
    object
}

fn anchors(trust: &Trust, id: Resource) -> Object {
    let data = BTreeMap::from([(trust.bundle.key.value.to_string(), anchors_pem(trust))]);
    let mut object = object("v1", id, Step::Anchors, Body { data });
    object.remarks = remarks(&trust.anchors);
    object
}

/// What a reviewer wants to know of each root without decoding it.
fn remarks(anchors: &[Anchor]) -> Vec<String> {
    let all = anchors.iter().flat_map(|anchor| {
        anchor
            .certificates
            .iter()
            .map(move |certificate| (anchor, certificate))
    });
    let facts = all.flat_map(|(anchor, certificate)| {
        [
            format!("{}: {}", anchor.name.value, certificate.title()),
            format!(
                "  {}, {} to {}, sha256 {}",
                certificate.key,
                certificate.not_before.date(),
                certificate.not_after.date(),
                certificate.fingerprint
            ),
        ]
    });
    facts.collect()
}
