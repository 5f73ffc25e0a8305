//! The trust-manager Bundle.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Object, Resource, Step, config_map, object};
use crate::config::{AdditionalBundle, Pkcs12};
use crate::trust::Trust;
use crate::types::DnsSubdomain;

const API_VERSION: &str = "trust.cert-manager.io/v1alpha1";
/// Set by the API server on every namespace, to its name, since Kubernetes 1.21: nobody has to label anything.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

#[derive(Serialize)]
struct Body {
    spec: Spec,
}

#[derive(Serialize)]
struct Spec {
    sources: Vec<Source>,
    target: Target,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    Secret(KeyOf),
    ConfigMap(KeyOf),
    #[serde(rename = "useDefaultCAs")]
    UseDefaultCas(bool),
}

#[derive(Clone, Serialize)]
struct KeyOf {
    name: String,
    key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    config_map: TargetKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<TargetKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_formats: Option<Formats>,
    namespace_selector: Selector,
}

#[derive(Serialize)]
struct TargetKey {
    key: String,
}

#[derive(Serialize)]
struct Formats {
    pkcs12: Pkcs12,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Selector {
    MatchLabels(BTreeMap<String, String>),
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
    let source = Source::Secret(KeyOf {
        name: secret.to_string(),
        key: "ca.crt".to_owned(),
    });
    let mut object = bundle(trust, vec![source], &main(trust));
    object.requires.push(Resource::namespaced(
        "Secret",
        &trust.trust_namespace.name.value,
        secret,
    ));
    object.remarks.push(
        "Reads the root's own Secret, which is safe only while the root keeps its key (rotationPolicy: Never)."
            .to_owned(),
    );
    object
}

/// Bundles that read a ConfigMap of roots: old and new side by side, whatever the issuer's Secret holds. The one that the
/// instance is told first, then those for readers with other wishes.
pub(super) fn over_config_map(trust: &Trust) -> Vec<Object> {
    let name = config_map::source_name(trust);
    let mut sources = vec![Source::ConfigMap(KeyOf {
        name: name.clone(),
        key: trust.bundle.key.value.to_string(),
    })];
    if trust.bundle.default_cas {
        sources.push(Source::UseDefaultCas(true));
    }
    std::iter::once(&main(trust))
        .chain(&trust.bundle.additional)
        .map(|one| {
            let mut object = bundle(trust, sources.clone(), one);
            object.requires.push(Resource::namespaced(
                "ConfigMap",
                &trust.trust_namespace.name.value,
                &name,
            ));
            object
        })
        .collect()
}

/// The bundle that the instance is told, as one among several.
fn main(trust: &Trust) -> AdditionalBundle {
    AdditionalBundle {
        name: trust.bundle.name.value.clone(),
        key: trust.bundle.key.value.clone(),
        secret: trust.bundle.secret,
        pkcs12: None,
    }
}

fn bundle(trust: &Trust, sources: Vec<Source>, one: &AdditionalBundle) -> Object {
    let name = &one.name;
    let key = || TargetKey {
        key: one.key.to_string(),
    };
    let target = Target {
        config_map: key(),
        secret: one.secret.then(key),
        additional_formats: one.pkcs12.clone().map(|pkcs12| Formats { pkcs12 }),
        namespace_selector: selector(trust),
    };
    let id = Resource::cluster("Bundle", name);
    let mut object = object(
        API_VERSION,
        id,
        Step::Bundle,
        Body {
            spec: Spec { sources, target },
        },
    );
    let readers = || trust.bundle.readers.iter().map(|reader| &reader.value);
    object
        .requires
        .extend(readers().map(|namespace| Resource::cluster("Namespace", namespace)));
    object
        .provides
        .extend(readers().map(|namespace| Resource::namespaced("ConfigMap", namespace, name)));
    object.remarks = vec![format!(
        "Writes ConfigMap {name} into each selected namespace."
    )];
    if one.secret {
        let remark = "Writes a Secret too: trust-manager must be allowed to (secretTargets.enabled, authorizedSecrets).";
        object.remarks.push(remark.to_owned());
    }
    object.guarded = true;
    object
}

/// Exactly the namespaces that read the bundle. One needs no expression, which trust-manager knows only since 0.14.
fn selector(trust: &Trust) -> Selector {
    if let Some(labels) = &trust.bundle.selector {
        return Selector::MatchLabels(labels.clone());
    }
    let mut values: Vec<String> = trust
        .bundle
        .readers
        .iter()
        .map(|reader| reader.value.to_string())
        .collect();
    if values.len() == 1 {
        return Selector::MatchLabels(
            values
                .pop()
                .map(|name| (NAME_LABEL.to_owned(), name))
                .into_iter()
                .collect(),
        );
    }
    values.sort();
    Selector::MatchExpressions([Requirement {
        key: NAME_LABEL,
        operator: "In",
        values,
    }])
}
