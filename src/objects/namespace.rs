//! Namespaces that the configuration asks for.

use serde::Serialize;

use super::{Object, Resource, Step, object};
use crate::trust::{Namespace, Trust};

#[derive(Serialize)]
struct Body {}

/// The Namespaces to emit, each once.
///
/// The label `kubernetes.io/metadata.name` is left to the API server, which sets it since Kubernetes 1.21 and overwrites
/// any other value (kubernetes `pkg/apis/core/v1/defaults.go`).
pub(super) fn objects(trust: &Trust) -> Vec<Object> {
    let mut namespaces = vec![&trust.instance];
    if trust.trust_namespace.name.value != trust.instance.name.value {
        namespaces.push(&trust.trust_namespace);
    }
    namespaces
        .into_iter()
        .filter(|n| n.create)
        .map(|n| namespace(trust, n))
        .collect()
}

fn namespace(trust: &Trust, namespace: &Namespace) -> Object {
    let id = Resource::cluster("Namespace", &namespace.name.value);
    let mut object = object("v1", id, Step::Namespaces, Body {});
    if let Some(level) = namespace.pod_security {
        let modes =
            ["enforce", "audit", "warn"].map(|mode| format!("pod-security.kubernetes.io/{mode}"));
        object
            .labels
            .extend(modes.map(|mode| (mode, level.as_str().into())));
    }
    let selected = trust.bundle.selector.iter().flatten();
    object
        .labels
        .extend(selected.map(|(key, value)| (key.clone(), value.as_str().into())));
    object.guarded = true;
    object
}
