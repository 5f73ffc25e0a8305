//! ConfigMaps of public roots.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Object, Resource, Step, anchors_pem, object};
use crate::trust::Trust;

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
    anchors(trust, Resource::namespaced("ConfigMap", &trust.trust_namespace.name.value, source_name(trust)))
}

/// The roots in the instance's namespace, under the very name that clients read.
pub(super) fn target(trust: &Trust) -> Object {
    let mut object =
        anchors(trust, Resource::namespaced("ConfigMap", &trust.instance.name.value, &trust.bundle.name.value));
    object.guarded = true;
    object
}

fn anchors(trust: &Trust, id: Resource) -> Object {
    let data = BTreeMap::from([(trust.bundle.key.value.to_string(), anchors_pem(trust))]);
    let mut object = object(trust, "v1", id, Step::Anchors, Body { data });
    object.remarks = remarks(trust);
    object
}

/// What a reviewer wants to know of each root without decoding it.
fn remarks(trust: &Trust) -> Vec<String> {
    let facts = trust.anchor_certificates().flat_map(|(anchor, certificate)| {
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
