//! Any manifest against everything its kind has to pass: schema, ObjectMeta, the server's own code, the webhooks.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use super::refusal::{Layer, Refusal, Refusals};
use super::{bundle, certificate, config_map, issuer, metadata, namespace, secret, structure};
use crate::pointer::Pointer;

/// Whether objects of a kind live in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Cluster,
    Namespaced,
}

/// A kind that can be reviewed.
pub(crate) struct Kind {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) scope: Scope,
    schema: &'static str,
    compiled: OnceLock<(Value, Validator)>,
    review: fn(&Value, &mut Refusals<'_>),
}

macro_rules! kinds {
    ($(($api_version:literal, $kind:literal, $scope:ident, $file:literal, $review:path)),* $(,)?) => {
        /// Every kind that can be reviewed.
        pub(crate) static KINDS: [Kind; [$($kind),*].len()] = [$(Kind {
            api_version: $api_version,
            kind: $kind,
            scope: Scope::$scope,
            schema: include_str!(concat!("../../schemas/admission/", $file, ".schema.json")),
            compiled: OnceLock::new(),
            review: $review,
        }),*];
    };
}

kinds![
    ("v1", "Namespace", Cluster, "namespace", namespace::review),
    ("v1", "ConfigMap", Namespaced, "config-map", config_map::review),
    ("v1", "Secret", Namespaced, "secret", secret::review),
    ("cert-manager.io/v1", "Issuer", Namespaced, "issuer", issuer::review),
    ("cert-manager.io/v1", "ClusterIssuer", Cluster, "issuer", issuer::review),
    ("cert-manager.io/v1", "Certificate", Namespaced, "certificate", certificate::review),
    ("trust.cert-manager.io/v1alpha1", "Bundle", Cluster, "bundle", bundle::review),
];

/// Everything that refuses `manifest`, in the order of the layers; none if the kind is not known here.
///
/// Nulls are pruned first, as the API server does. The webhook is asked only about what the schema lets through.
pub(crate) fn review(manifest: &Value) -> Option<Vec<Refusal>> {
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = KINDS.iter().find(|kind| kind.api_version == text("apiVersion") && kind.kind == text("kind"))?;
    let mut found = Vec::new();
    let mut pruned = manifest.clone();
    let (schema, validator) = kind.compiled();
    structure::prune_nulls(&mut pruned, schema);
    metadata::review(&pruned, kind, &mut Refusals { layer: Layer::Metadata, found: &mut found });
    structure::review(&pruned, validator, &mut Refusals { layer: Layer::Schema, found: &mut found });
    if found.iter().all(|refusal| refusal.layer != Layer::Schema) {
        (kind.review)(&pruned, &mut Refusals { layer: Layer::Webhook, found: &mut found });
    }
    Some(found)
}

/// Whether a kind lives in a namespace; none if the kind is not known here.
pub(crate) fn scope_of(api_version: &str, kind: &str) -> Option<Scope> {
    KINDS.iter().find(|known| known.api_version == api_version && known.kind == kind).map(|known| known.scope)
}

impl Kind {
    fn compiled(&self) -> &(Value, Validator) {
        self.compiled.get_or_init(|| {
            let schema: Value =
                serde_json::from_str(self.schema).expect("committed schemas are JSON; a test reads each");
            let validator = structure::compile(&schema);
            (schema, validator)
        })
    }
}

/// A pointer to a field of `spec`, by its keys.
pub(super) fn spec(keys: &[&str]) -> Pointer {
    keys.iter().fold(Pointer::root().key("spec"), |pointer, key| pointer.key(key))
}
