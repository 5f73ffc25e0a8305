//! The trust-manager Bundle.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Object, Resource, Step, config_map, object};
use crate::trust::Trust;
use crate::values::DnsSubdomain;

const API_VERSION: &str = "trust.cert-manager.io/v1alpha1";
/// Set by the API server on every namespace, to its name, since Kubernetes 1.21: nobody has to label anything.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

#[derive(Serialize)]
struct Body {
    spec: Spec,
}

#[derive(Serialize)]
struct Spec {
    sources: [Source; 1],
    target: Target,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    Secret(KeyOf),
    ConfigMap(KeyOf),
}

#[derive(Serialize)]
struct KeyOf {
    name: String,
    key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    config_map: TargetKey,
    namespace_selector: Selector,
}

#[derive(Serialize)]
struct TargetKey {
    key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Selector {
    MatchLabels(BTreeMap<&'static str, String>),
    MatchExpressions([Requirement; 1]),
}

#[derive(Serialize)]
struct Requirement {
    key: &'static str,
    operator: &'static str,
    values: Vec<String>,
}

/// A Bundle that reads the root's own Secret: right only because the root never changes its key.
pub(super) fn over_secret(trust: &Trust, secret: &DnsSubdomain) -> Object {
    let source = Source::Secret(KeyOf { name: secret.to_string(), key: "ca.crt".to_owned() });
    let mut object = bundle(trust, source);
    object.requires.push(Resource::namespaced("Secret", &trust.trust_namespace.name.value, secret));
    object.remarks.push(
        "Reads the root's own Secret, which is safe only while the root keeps its key (rotationPolicy: Never)."
            .to_owned(),
    );
    object
}

/// A Bundle that reads a ConfigMap of roots: old and new side by side, whatever the issuer's Secret holds.
pub(super) fn over_config_map(trust: &Trust) -> Object {
    let name = config_map::source_name(trust);
    let source = Source::ConfigMap(KeyOf { name: name.clone(), key: trust.bundle.key.value.to_string() });
    let mut object = bundle(trust, source);
    object.requires.push(Resource::namespaced("ConfigMap", &trust.trust_namespace.name.value, name));
    object
}

fn bundle(trust: &Trust, source: Source) -> Object {
    let name = &trust.bundle.name.value;
    let target = Target {
        config_map: TargetKey { key: trust.bundle.key.value.to_string() },
        namespace_selector: selector(trust),
    };
    let id = Resource::cluster("Bundle", name);
    let mut object = object(trust, API_VERSION, id, Step::Bundle, Body { spec: Spec { sources: [source], target } });
    let readers = || trust.bundle.readers.iter().map(|reader| &reader.value);
    object.requires.extend(readers().map(|namespace| Resource::cluster("Namespace", namespace)));
    object.provides.extend(readers().map(|namespace| Resource::namespaced("ConfigMap", namespace, name)));
    object.remarks = vec![format!("Writes ConfigMap {name} into each selected namespace.")];
    object.guarded = true;
    object
}

/// Exactly the namespaces that read the bundle. One needs no expression, which trust-manager knows only since 0.14.
fn selector(trust: &Trust) -> Selector {
    let mut values: Vec<String> = trust.bundle.readers.iter().map(|reader| reader.value.to_string()).collect();
    if values.len() == 1 {
        return Selector::MatchLabels(values.pop().map(|name| (NAME_LABEL, name)).into_iter().collect());
    }
    values.sort();
    Selector::MatchExpressions([Requirement { key: NAME_LABEL, operator: "In", values }])
}
