//! ObjectMeta: what every kind has to pass (apimachinery `pkg/api/validation/objectmeta.go`).
//!
//! A namespaced kind without a namespace and a cluster-scoped one with a namespace are no refusals: the server fills in or
//! drops the field. They are hazards.

use serde_json::{Map, Value};

use super::names;
use super::refusal::Refusals;
use super::review::Kind;
use crate::diagnostic::Change;
use crate::pointer::Pointer;
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
    let at = Pointer::root().key("metadata");
    let Some(metadata) = manifest["metadata"].as_object() else {
        return refusals.at(&at, if manifest["metadata"].is_null() { "required value" } else { "must be an object" });
    };
    known_fields(metadata, &at, refusals);
    name(metadata, kind, &at, refusals);
    if let Some(reason) = text(metadata, "namespace").filter(|n| !n.is_empty()).and_then(names::dns_label) {
        refusals.at(&at.key("namespace"), reason);
    }
    labels(&manifest["metadata"]["labels"], &at.key("labels"), refusals);
    annotations(&manifest["metadata"]["annotations"], &at.key("annotations"), refusals);
    for (n, finalizer) in metadata.get("finalizers").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(reason) = finalizer.as_str().map_or(Some("must be a string"), names::qualified_name) {
            refusals.at(&at.key("finalizers").index(n), reason);
        }
    }
}

/// Labels, of an object or of a template: keys and values.
pub(super) fn labels(labels: &Value, at: &Pointer, refusals: &mut Refusals<'_>) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        if let Some(reason) = names::qualified_name(key) {
            refusals.at(&at.key(key), reason);
        }
        match value.as_str() {
            None if value.is_null() => {}
            None => not_text(&at.key(key), value, refusals),
            Some(value) => {
                if let Some(reason) = names::label_value(value) {
                    refusals.at(&at.key(key), format!("{}: {reason}", shown(value)));
                }
            }
        }
    }
}

/// Numbers, and what YAML 1.1 takes for a boolean.
fn not_text(at: &Pointer, value: &Value, refusals: &mut Refusals<'_>) {
    let quote = (value.is_boolean() || value.is_number()).then_some(Change::Quote);
    refusals.with_change(at, "must be a string: put it in quotes", None, quote);
}

/// Annotations, of an object or of a template: keys in any case, strings, and not too many bytes.
pub(super) fn annotations(annotations: &Value, at: &Pointer, refusals: &mut Refusals<'_>) {
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        size += key.len() + value.as_str().map_or(0, str::len);
        if let Some(reason) = names::qualified_name(&key.to_lowercase()) {
            refusals.at(&at.key(key), reason);
        }
        if !value.is_string() && !value.is_null() {
            not_text(&at.key(key), value, refusals);
        }
    }
    if size > MAX_ANNOTATIONS {
        refusals.at(at, format!("must have at most {MAX_ANNOTATIONS} bytes in all"));
    }
}

fn known_fields(metadata: &Map<String, Value>, at: &Pointer, refusals: &mut Refusals<'_>) {
    for (key, value) in metadata {
        match FIELDS.iter().find(|(field, _)| field == key) {
            None => refusals.at(&at.key(key), "unknown field"),
            Some((_, expected)) if !value.is_null() && *expected != type_of(value) => {
                refusals.at(&at.key(key), format!("must be of type {expected}, not {}", type_of(value)));
            }
            Some(_) => {}
        }
    }
}

fn name(metadata: &Map<String, Value>, kind: &Kind, at: &Pointer, refusals: &mut Refusals<'_>) {
    let written = text(metadata, "name").unwrap_or_default();
    if written.is_empty() {
        if text(metadata, "generateName").unwrap_or_default().is_empty() {
            refusals.at(&at.key("name"), "required value");
        }
        return;
    }
    let check = if kind.kind == "Namespace" { names::dns_label } else { names::dns_subdomain };
    if let Some(reason) = check(written) {
        refusals.at(&at.key("name"), format!("{}: {reason}", shown(written)));
    }
}

fn text<'m>(metadata: &'m Map<String, Value>, key: &str) -> Option<&'m str> {
    metadata.get(key).and_then(Value::as_str)
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
        assert_eq!(of(json!({"name": "a", "namespace": "a.b"})), at("/metadata/namespace"));
        let namespace =
            |name: String| refused(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
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
        assert_eq!(of(json!({"name": "a", "labels": {"a b": "x"}})), at("/metadata/labels/a b"));
        assert_eq!(of(json!({"name": "a", "labels": {"a": "b c"}})), at("/metadata/labels/a"));
        assert_eq!(of(json!({"name": "a", "labels": {"a": true}})), at("/metadata/labels/a"));
        assert_eq!(of(json!({"name": "a", "annotations": {"a/b/c": "x"}})), at("/metadata/annotations/a~1b~1c"));
        assert_eq!(of(json!({"name": "a", "annotations": {"a": 1}})), at("/metadata/annotations/a"));
        let size = |n: usize| of(json!({"name": "a", "annotations": {"a": "x".repeat(n)}}));
        assert!(size(262_143).is_empty());
        assert_eq!(size(262_144), at("/metadata/annotations"));
    }

    #[test]
    fn fields_and_finalizers() {
        assert!(
            of(json!({"name": "a", "generation": 1, "creationTimestamp": null, "finalizers": ["x.io/a"]})).is_empty()
        );
        assert_eq!(of(json!({"name": "a", "lables": {}})), at("/metadata/lables"));
        assert_eq!(of(json!({"name": "a", "labels": []})), at("/metadata/labels"));
        assert_eq!(of(json!({"name": "a", "finalizers": ["a/b/c"]})), at("/metadata/finalizers/0"));
        assert_eq!(of(Value::Null), at("/metadata"));
    }
}
