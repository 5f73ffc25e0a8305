//! Namespaces that the configuration asks for.

use serde::Serialize;
use serde_json::Value;

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
    namespaces.into_iter().filter(|n| n.create).map(|n| namespace(trust, n)).collect()
}

fn namespace(trust: &Trust, namespace: &Namespace) -> Object {
    let id = Resource::cluster("Namespace", &namespace.name.value);
    let mut object = object(trust, "v1", id, Step::Namespaces, Body {});
    if let Some(level) = namespace.pod_security
        && let Some(Value::Object(labels)) = object.manifest.pointer_mut("/metadata/labels")
    {
        for mode in ["enforce", "audit", "warn"] {
            labels.insert(format!("pod-security.kubernetes.io/{mode}"), level.as_str().into());
        }
    }
    if let Some(Value::Object(labels)) = object.manifest.pointer_mut("/metadata/labels") {
        let selected = trust.bundle.selector.iter().flatten();
        labels.extend(selected.map(|(key, value)| (key.clone(), value.as_str().into())));
    }
    object.guarded = true;
    object
}
