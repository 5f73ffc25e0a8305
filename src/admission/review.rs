//! Any manifest against everything its kind has to pass: schema, ObjectMeta, the server's own code, the webhooks.

use std::borrow::Cow;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use super::field::text_at;
use super::refusal::{Layer, Refusal, Refusals};
use super::{
    bundle, certificate, cluster_bundle, config_map, issuer, metadata, namespace, secret, structure,
};
use crate::json_pointer::Pointer;
use crate::source::shown;

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
    accepts: fn(&Value) -> bool,
    /// The same schema for those that are refused: only this one says why.
    compiled: OnceLock<(Value, Validator)>,
    review: fn(&Value, &mut Refusals<'_>),
}

macro_rules! schemas {
    ($(($compiled:ident, $file:tt)),* $(,)?) => {
        mod compiled {
            crate::types::compiled_schemas! {
                { "byte" => crate::admission::base64::is_valid }
                $(($compiled, $file)),*
            }

            $(impl $compiled {
                pub(super) const TEXT: &str = include_str!(concat!("../../", $file));
            })*
        }
    };
}

schemas![
    (Namespace, "schemas/admission/namespace.schema.json"),
    (ConfigMap, "schemas/admission/config-map.schema.json"),
    (Secret, "schemas/admission/secret.schema.json"),
    (Issuer, "schemas/admission/issuer.schema.json"),
    (Certificate, "schemas/admission/certificate.schema.json"),
    (Bundle, "schemas/admission/bundle.schema.json"),
    (
        ClusterBundle,
        "schemas/admission/cluster-bundle.schema.json"
    ),
];

macro_rules! kinds {
    ($(($api_version:literal, $kind:literal, $scope:ident, $schema:ident, $review:path)),* $(,)?) => {
        /// Every kind that can be reviewed.
        pub(crate) static KINDS: [Kind; [$($kind),*].len()] = [$(Kind {
            api_version: $api_version,
            kind: $kind,
            scope: Scope::$scope,
            schema: compiled::$schema::TEXT,
            accepts: compiled::$schema::is_valid,
            compiled: OnceLock::new(),
            review: $review,
        }),*];
    };
}

kinds![
    ("v1", "Namespace", Cluster, Namespace, namespace::review),
    ("v1", "ConfigMap", Namespaced, ConfigMap, config_map::review),
    ("v1", "Secret", Namespaced, Secret, secret::review),
    (
        "cert-manager.io/v1",
        "Issuer",
        Namespaced,
        Issuer,
        issuer::review
    ),
    (
        "cert-manager.io/v1",
        "ClusterIssuer",
        Cluster,
        Issuer,
        issuer::review
    ),
    (
        "cert-manager.io/v1",
        "Certificate",
        Namespaced,
        Certificate,
        certificate::review
    ),
    (
        "trust.cert-manager.io/v1alpha1",
        "Bundle",
        Cluster,
        Bundle,
        bundle::review
    ),
    (
        "trust-manager.io/v1alpha2",
        "ClusterBundle",
        Cluster,
        ClusterBundle,
        cluster_bundle::review
    ),
];

/// Everything that refuses `manifest`, in the order of the layers; none if the kind is not known here.
///
/// Nulls are pruned first, as the API server does. Unlike there, one layer's refusals do not hide the next one's.
pub(crate) fn review(manifest: &Value) -> Option<Vec<Refusal>> {
    let (api_version, name) = (text_at(manifest, "apiVersion"), text_at(manifest, "kind"));
    let kind = KINDS
        .iter()
        .find(|kind| kind.kind == name && kind.group() == group(api_version))?;
    if kind.api_version != api_version {
        let (written, served) = (shown(api_version), kind.api_version);
        let reason = format!(
            "no matches for kind {} in version {written}: {served} is served",
            kind.kind
        );
        let help = Some(format!("write `apiVersion: {served}`"));
        return Some(vec![Refusal {
            pointer: Pointer::root().key("apiVersion"),
            layer: Layer::Schema,
            reason,
            help,
            change: None,
        }]);
    }
    let mut found = Vec::new();
    let mut pruned = Cow::Borrowed(manifest);
    if structure::holds_null(manifest) {
        structure::prune_nulls(pruned.to_mut(), &kind.compiled().0);
    }
    metadata::review(
        &pruned,
        kind,
        &mut Refusals {
            layer: Layer::Metadata,
            found: &mut found,
        },
    );
    if !(kind.accepts)(&pruned) {
        let (schema, validator) = kind.compiled();
        structure::review(
            &pruned,
            schema,
            validator,
            &mut Refusals {
                layer: Layer::Schema,
                found: &mut found,
            },
        );
    }
    let mut further = Vec::new();
    (kind.review)(
        &pruned,
        &mut Refusals {
            layer: Layer::Webhook,
            found: &mut further,
        },
    );
    // What the schema has refused is not refused once more, nor what may only be a consequence of it.
    let said: Vec<Pointer> = found
        .iter()
        .filter(|r| r.layer == Layer::Schema)
        .map(|r| r.pointer.clone())
        .collect();
    further.retain(|refusal| !said.iter().any(|said| touch(&refusal.pointer, said)));
    found.extend(further);
    Some(found)
}

/// Whether a kind lives in a namespace; none if the kind is not known here.
pub(crate) fn scope_of(api_version: &str, kind: &str) -> Option<Scope> {
    KINDS
        .iter()
        .find(|known| known.api_version == api_version && known.kind == kind)
        .map(|known| known.scope)
}

/// Whether one of two places is in the other.
fn touch(one: &Pointer, other: &Pointer) -> bool {
    one.is_within(other) || other.is_within(one)
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

impl Kind {
    fn group(&self) -> &'static str {
        group(self.api_version)
    }

    fn compiled(&self) -> &(Value, Validator) {
        self.compiled.get_or_init(|| {
            let schema: Value = serde_json::from_str(self.schema)
                .expect("committed schemas are JSON; a test reads each");
            let validator = structure::compile(&schema);
            (schema, validator)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::refused;
    use super::*;
    use crate::testing::{golden, some_variants};

    /// Every place of a schema where fields are named but others are let through.
    fn open(schema: &Value, at: &str, found: &mut Vec<String>) {
        if schema.get("properties").is_some_and(Value::is_object)
            && schema["additionalProperties"] != false
        {
            found.push(at.to_owned());
        }
        let children = schema
            .as_object()
            .into_iter()
            .flatten()
            .chain(schema["properties"].as_object().into_iter().flatten());
        for (key, child) in children.filter(|(key, _)| *key != "properties") {
            open(child, &format!("{at}/{key}"), found);
        }
    }

    /// What is compiled with the program and what is compiled at run time are two programs: they must agree.
    #[test]
    fn both_validators_agree_on_what_is_changed() {
        let ours = golden("cases", "stream.yaml").into_iter().step_by(16);
        let foreign = golden("manifest_rules", "fail.yaml").into_iter().step_by(5);
        for document in ours.chain(foreign) {
            let is = |kind: &&Kind| {
                kind.api_version == document["apiVersion"] && kind.kind == document["kind"]
            };
            let Some(kind) = KINDS.iter().find(is) else {
                continue;
            };
            for variant in some_variants(&document) {
                assert_eq!(
                    (kind.accepts)(&variant),
                    kind.compiled().1.is_valid(&variant),
                    "{variant}"
                );
            }
        }
    }

    #[test]
    fn every_schema_is_closed() {
        for kind in KINDS.iter().filter(|kind| kind.kind != "ClusterBundle") {
            let (schema, _) = kind.compiled();
            let mut found = Vec::new();
            open(schema, "", &mut found);
            assert!(found.is_empty(), "{}: {found:?}", kind.kind);
            let manifest = json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "a"}, "sepc": {}});
            assert!(
                refused(&manifest).contains(&("/sepc".to_owned(), Layer::Schema)),
                "{}",
                kind.kind
            );
        }
    }

    #[test]
    fn kinds_that_are_not_served_are_refused_and_unknown_ones_not_judged() {
        let of = |api_version: &str, kind: &str| {
            review(&json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}))
        };
        assert!(of("v1", "Pod").is_none());
        assert!(of("example.com/v1", "Certificate").is_none());
        for (api_version, kind) in [
            ("cert-manager.io/v1alpha2", "Certificate"),
            ("v2", "Namespace"),
            ("trust-manager.io/v1alpha2", "ClusterBundle"),
        ] {
            let found = of(api_version, kind).expect("a kind that is known");
            assert!(
                found[0].reason.starts_with("no matches for kind"),
                "{found:?}"
            );
        }
    }
}
