//! Checked trust to planned objects: exactly what an API server is to receive, and what each needs from the others.
//! One file per kind. Nothing is decided after this room; templates only place the values.

mod approval;
mod bundle;
mod certificate;
mod config_map;
mod depth;
mod issuer;
mod namespace;
mod road;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::config::BundleDelivery;
use crate::diagnostic::Bug;
use crate::rules::CheckedTrust;
use crate::trust::{Signing, Trust};

/// The annotation that names the configuration file of an object.
pub(crate) const SOURCE_ANNOTATION: &str = "trustc.dev/source";
/// The annotation that names the configuration of an object.
pub(crate) const CONFIG_ANNOTATION: &str = "trustc.dev/trust-config";

/// Which step of the chain an object is, and so which file holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Namespaces,
    Secrets,
    Issuers,
    Approval,
    Certificates,
    Workloads,
    Anchors,
    Bundle,
}

/// What an object is known by in a cluster. Cluster-scoped kinds have no namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) kind: &'static str,
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

impl Resource {
    pub(crate) fn cluster(kind: &'static str, name: impl ToString) -> Self {
        Self {
            kind,
            namespace: None,
            name: name.to_string(),
        }
    }

    pub(crate) fn namespaced(
        kind: &'static str,
        namespace: impl ToString,
        name: impl ToString,
    ) -> Self {
        Self {
            kind,
            namespace: Some(namespace.to_string()),
            name: name.to_string(),
        }
    }
}

/// One object to be.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// The object as an API server is to receive it.
    pub(crate) manifest: Value,
    pub(crate) id: Resource,
    pub(crate) step: Step,
    /// Comment lines for the reviewer, above the object.
    pub(crate) remarks: Vec<String>,
    /// Labels that not every object carries.
    labels: Map<String, Value>,
    /// Whether deleting it by mistake would be an outage.
    pub(crate) guarded: bool,
    /// What appears in the cluster beside the object itself once it works.
    provides: Vec<Resource>,
    /// What must be there before it works.
    requires: Vec<Resource>,
    /// How many others it has to wait for, one after the other.
    pub(crate) depth: usize,
}

/// The objects of one site, each after everything it depends on.
///
/// # Errors
/// A [`Bug`] if the references run in a circle.
pub(crate) fn plan(trust: &CheckedTrust) -> Result<Vec<Object>, Bug> {
    let mut objects = namespace::objects(trust);
    let (labels, annotations) = metadata(trust);
    match &trust.issuer.signing {
        Signing::SelfSignedRoot(root) => {
            objects.push(issuer::self_signed(root));
            objects.push(certificate::root(trust, root));
            objects.push(issuer::over_secret(trust, &root.secret.value));
        }
        Signing::CaSecret(ca) => {
            objects.extend(
                ca.road
                    .as_ref()
                    .map(|road| road::objects(trust, &ca.secret.value, road))
                    .unwrap_or_default(),
            );
            objects.push(issuer::over_secret(trust, &ca.secret.value));
        }
        Signing::Remote(remote) => objects.push(issuer::remote(trust, remote)),
        Signing::Intermediate(intermediate) => {
            objects.push(certificate::intermediate(trust, intermediate));
            objects.push(issuer::over_secret(
                trust,
                &intermediate.certificate.secret.value,
            ));
        }
        Signing::Existing { .. } => {}
    }
    match (&trust.issuer.signing, trust.bundle.delivery) {
        (Signing::SelfSignedRoot(root), _) => {
            objects.push(bundle::over_secret(trust, &root.secret.value))
        }
        (_, BundleDelivery::Bundle) => {
            objects.push(config_map::source(trust));
            objects.extend(bundle::over_config_map(trust));
        }
        (_, BundleDelivery::ConfigMap) => objects.push(config_map::target(trust)),
    }
    objects.extend(
        trust
            .client_trust
            .as_ref()
            .map(|clients| config_map::client_trust(trust, clients)),
    );
    if let Some(approver) = &trust.approver_policy {
        objects.extend(approval::objects(trust, approver));
    }
    objects.extend(
        trust
            .certificates
            .iter()
            .map(|leaf| certificate::leaf(trust, leaf)),
    );
    for object in &mut objects {
        let (mut labels, own) = (labels.clone(), std::mem::take(&mut object.labels));
        labels.extend(own);
        carry(&mut object.manifest, labels, annotations.clone());
    }
    depth::order(objects)
}

/// The labels and annotations of every object.
fn metadata(trust: &Trust) -> (Map<String, Value>, Map<String, Value>) {
    let labels = [
        ("app.kubernetes.io/managed-by", "trustc"),
        ("app.kubernetes.io/part-of", "azure-iot-operations"),
        ("app.kubernetes.io/component", "trust"),
    ];
    let annotations = [
        (SOURCE_ANNOTATION, trust.file.as_str()),
        (CONFIG_ANNOTATION, &*trust.site),
    ];
    (
        merged(&labels, &trust.labels),
        merged(&annotations, &trust.annotations),
    )
}

fn carry(manifest: &mut Value, labels: Map<String, Value>, annotations: Map<String, Value>) {
    if let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("labels".to_owned(), labels.into());
        metadata.insert("annotations".to_owned(), annotations.into());
    }
}

/// Puts an object together: its names, and the kind's own body.
fn object<S: Serialize>(api_version: &'static str, id: Resource, step: Step, body: S) -> Object {
    // With room for what everything carries.
    let mut metadata = Map::with_capacity(4);
    metadata.insert("name".to_owned(), id.name.clone().into());
    if let Some(namespace) = &id.namespace {
        metadata.insert("namespace".to_owned(), namespace.clone().into());
    }
    let mut manifest = Map::with_capacity(4);
    manifest.insert("apiVersion".to_owned(), api_version.into());
    manifest.insert("kind".to_owned(), id.kind.into());
    manifest.insert("metadata".to_owned(), metadata.into());
    // A body without fields is null: nothing but metadata.
    if let Value::Object(body) = serde_json::to_value(body).expect("maps with text keys are JSON") {
        manifest.extend(body);
    }
    Object {
        manifest: manifest.into(),
        requires: id
            .namespace
            .iter()
            .map(|namespace| Resource::cluster("Namespace", namespace))
            .collect(),
        id,
        step,
        remarks: Vec::new(),
        labels: Map::new(),
        guarded: false,
        provides: Vec::new(),
        depth: 0,
    }
}

/// An object of a GitOps engine, with the metadata that everything carries.
pub(crate) fn engine_object(
    trust: &Trust,
    api_version: &'static str,
    id: Resource,
    spec: &Value,
) -> Value {
    #[derive(Serialize)]
    struct Body<'v> {
        spec: &'v Value,
    }
    let mut manifest = object(api_version, id, Step::Bundle, Body { spec }).manifest;
    let (labels, annotations) = metadata(trust);
    carry(&mut manifest, labels, annotations);
    manifest
}

/// By the order of the keys.
fn merged(ours: &[(&str, &str)], theirs: &BTreeMap<String, String>) -> Map<String, Value> {
    let theirs = theirs
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let all: BTreeMap<&str, &str> = ours.iter().copied().chain(theirs).collect();
    all.into_iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

/// All roots in one text, in the order of the configuration: one key is what the product's readers can take.
pub(crate) fn anchors_pem(trust: &Trust) -> String {
    trust
        .trusted_certificates()
        .map(|certificate| certificate.pem())
        .collect()
}
