//! ObjectMeta: what every kind has to pass (apimachinery `pkg/api/validation/objectmeta.go`).
//!
//! A namespaced kind without a namespace and a cluster-scoped one with a namespace are no refusals: the server fills in or
//! drops the field. They are hazards.

use serde_json::Value;

use super::field::Field;
use super::names;
use super::refusal::Refusals;
use super::review::Kind;
use crate::diagnostic::Change;
use crate::source::shown;

/// Keys and values of all annotations together (`TotalAnnotationSizeLimitB`).
const MAX_ANNOTATIONS: usize = 256 * 1024;

/// Every field of ObjectMeta and its JSON type.
const FIELDS: &[(&str, &str)] = &[
    ("name", "string"),
    ("generateName", "string"),
    ("namespace", "string"),
    ("labels", "object"),
    ("annotations", "object"),
    ("finalizers", "array"),
    ("ownerReferences", "array"),
    ("managedFields", "array"),
    ("uid", "string"),
    ("resourceVersion", "string"),
    ("generation", "number"),
    ("deletionGracePeriodSeconds", "number"),
    ("creationTimestamp", "string"),
    ("deletionTimestamp", "string"),
    ("selfLink", "string"),
];

pub(super) fn review(manifest: &Value, kind: &Kind, refusals: &mut Refusals<'_>) {
    let metadata = Field::root(manifest).get("metadata");
    if !metadata.value.is_object() {
        return refusals.at(
            &metadata.at,
            if metadata.is_set() {
                "must be an object"
            } else {
                "required value"
            },
        );
    }
    known_fields(&metadata, refusals);
    name(&metadata, kind, refusals);
    let namespace = metadata.get("namespace");
    if let Some(reason) = namespace.some_text().and_then(names::dns_label) {
        refusals.at(&namespace.at, reason);
    }
    labels(&metadata.get("labels"), refusals);
    annotations(&metadata.get("annotations"), refusals);
    for finalizer in metadata.get("finalizers").items() {
        if let Some(reason) = finalizer
            .value
            .as_str()
            .map_or(Some("must be a string"), names::qualified_name)
        {
            refusals.at(&finalizer.at, reason);
        }
    }
}

/// Labels, of an object or of a template: keys and values.
pub(super) fn labels(labels: &Field<'_>, refusals: &mut Refusals<'_>) {
    for (key, label) in labels.entries() {
        if let Some(reason) = names::qualified_name(key) {
            refusals.at(&label.at, reason);
        }
        match label.value.as_str() {
            None if !label.is_set() => {}
            None => not_text(&label, refusals),
            Some(value) => {
                if let Some(reason) = names::label_value(value) {
                    refusals.at(&label.at, format!("{}: {reason}", shown(value)));
                }
            }
        }
    }
}

/// Numbers, and what YAML 1.1 takes for a boolean.
fn not_text(field: &Field<'_>, refusals: &mut Refusals<'_>) {
    let quote = (field.value.is_boolean() || field.value.is_number()).then_some(Change::Quote);
    refusals.with_change(&field.at, "must be a string: put it in quotes", None, quote);
}

/// Annotations, of an object or of a template: keys in any case, strings, and not too many bytes.
pub(super) fn annotations(annotations: &Field<'_>, refusals: &mut Refusals<'_>) {
    let mut size = 0;
    for (key, annotation) in annotations.entries() {
        size += key.len() + annotation.text().len();
        if let Some(reason) = names::annotation_key(key) {
            refusals.at(&annotation.at, reason);
        }
        if annotation.is_set() && !annotation.value.is_string() {
            not_text(&annotation, refusals);
        }
    }
    if size > MAX_ANNOTATIONS {
        refusals.at(
            &annotations.at,
            format!("must have at most {MAX_ANNOTATIONS} bytes in all"),
        );
    }
}

fn known_fields(metadata: &Field<'_>, refusals: &mut Refusals<'_>) {
    for (key, field) in metadata.entries() {
        match FIELDS.iter().find(|(known, _)| *known == key) {
            None => refusals.at(&field.at, "unknown field"),
            Some((_, expected)) if field.is_set() && *expected != type_of(field.value) => {
                refusals.at(
                    &field.at,
                    format!("must be of type {expected}, not {}", type_of(field.value)),
                );
            }
            Some(_) => {}
        }
    }
}

fn name(metadata: &Field<'_>, kind: &Kind, refusals: &mut Refusals<'_>) {
    let name = metadata.get("name");
    let Some(written) = name.some_text() else {
        if metadata.get("generateName").text().is_empty() {
            refusals.at(&name.at, "required value");
        }
        return;
    };
    let check = if kind.kind == "Namespace" {
        names::dns_label
    } else {
        names::dns_subdomain
    };
    if let Some(reason) = check(written) {
        refusals.at(&name.at, format!("{}: {reason}", shown(written)));
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Layer;
    use super::super::testing::refused;
    use serde_json::{Value, json};

    /// Refusals of a ConfigMap, which takes any name a custom resource takes.
    fn of(metadata: Value) -> Vec<(String, Layer)> {
        refused(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
    }

    fn at(pointer: &str) -> Vec<(String, Layer)> {
        vec![(pointer.to_owned(), Layer::Metadata)]
    }

    #[test]
    fn names() {
        assert!(of(json!({"name": "a".repeat(253), "namespace": "a".repeat(63)})).is_empty());
        assert!(of(json!({"generateName": "a-"})).is_empty());
        assert_eq!(of(json!({"name": "a".repeat(254)})), at("/metadata/name"));
        assert_eq!(of(json!({"name": "A"})), at("/metadata/name"));
        assert_eq!(of(json!({})), at("/metadata/name"));
        assert_eq!(
            of(json!({"name": "a", "namespace": "a.b"})),
            at("/metadata/namespace")
        );
        let namespace = |name: String| {
            refused(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        };
        assert!(namespace("1".repeat(63)).is_empty());
        assert_eq!(namespace("a.b".to_owned()), at("/metadata/name"));
        assert_eq!(namespace("a".repeat(64)), at("/metadata/name"));
    }

    #[test]
    fn labels_and_annotations() {
        assert!(
            of(json!({"name": "a", "labels": {"x.io/a": "", "1": "B"}, "annotations": {"X.io/a": "any: thing"}}))
                .is_empty()
        );
        assert_eq!(
            of(json!({"name": "a", "labels": {"a b": "x"}})),
            at("/metadata/labels/a b")
        );
        assert_eq!(
            of(json!({"name": "a", "labels": {"a": "b c"}})),
            at("/metadata/labels/a")
        );
        assert_eq!(
            of(json!({"name": "a", "labels": {"a": true}})),
            at("/metadata/labels/a")
        );
        assert_eq!(
            of(json!({"name": "a", "annotations": {"a/b/c": "x"}})),
            at("/metadata/annotations/a~1b~1c")
        );
        assert_eq!(
            of(json!({"name": "a", "annotations": {"a": 1}})),
            at("/metadata/annotations/a")
        );
        let size = |n: usize| of(json!({"name": "a", "annotations": {"a": "x".repeat(n)}}));
        assert!(size(262_143).is_empty());
        assert_eq!(size(262_144), at("/metadata/annotations"));
    }

    #[test]
    fn fields_and_finalizers() {
        assert!(
            of(json!({"name": "a", "generation": 1, "creationTimestamp": null, "finalizers": ["x.io/a"]})).is_empty()
        );
        assert_eq!(
            of(json!({"name": "a", "lables": {}})),
            at("/metadata/lables")
        );
        assert_eq!(
            of(json!({"name": "a", "labels": []})),
            at("/metadata/labels")
        );
        assert_eq!(
            of(json!({"name": "a", "finalizers": ["a/b/c"]})),
            at("/metadata/finalizers/0")
        );
        assert_eq!(of(Value::Null), at("/metadata"));
    }
}
