//! The user's own custom resource definitions, as `kubectl get crd -o yaml` prints them: structural schemas closed against
//! unknown fields, nulls pruned and defaults applied as apiextensions-apiserver does, CEL rules evaluated by the cel crate.
//!
//! A rule that cannot be evaluated (a transition rule, or a function the crate lacks) is named, never skipped in silence.

use std::collections::{BTreeMap, BTreeSet};

use cel::{Context, Program, Value as CelValue};
use jsonschema::Validator;
use serde_json::{Map, Value};

use super::refusal::{Layer, Refusal, Refusals};
use super::structure;
use crate::json_pointer::Pointer;

/// Definitions of one cluster, by `apiVersion` and kind.
#[derive(Default)]
pub(crate) struct Crds(BTreeMap<(String, String), Definition>);

struct Definition {
    schema: Value,
    validator: Validator,
}

/// What the definitions say of one manifest.
pub(crate) struct CrdReview {
    pub(crate) refusals: Vec<Refusal>,
    /// Rules that could not be evaluated, each with the reason.
    pub(crate) not_evaluated: BTreeSet<String>,
}

impl Crds {
    /// Takes every served version of a CustomResourceDefinition; other objects are left alone.
    ///
    /// # Errors
    /// Why a definition cannot be used.
    pub(crate) fn add(&mut self, manifest: &Value) -> Result<(), String> {
        if manifest["kind"] != "CustomResourceDefinition" {
            return Ok(());
        }
        let text = |pointer: &str| {
            manifest
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
        for version in manifest["spec"]["versions"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let schema = &version["schema"]["openAPIV3Schema"];
            if version["served"] == false || !schema.is_object() {
                continue;
            }
            let api_version = format!("{group}/{}", version["name"].as_str().unwrap_or_default());
            let validator = structure::try_compile(&closed(schema, true)).map_err(|error| {
                format!("the schema of {api_version} {kind} cannot be used: {error}")
            })?;
            self.0.insert(
                (api_version, kind.to_owned()),
                Definition {
                    schema: schema.clone(),
                    validator,
                },
            );
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything the definition of the manifest's kind refuses; none if there is no definition.
    pub(crate) fn review(&self, manifest: &Value) -> Option<CrdReview> {
        let text = |key: &str| manifest[key].as_str().unwrap_or_default().to_owned();
        let definition = self.0.get(&(text("apiVersion"), text("kind")))?;
        let mut value = manifest.clone();
        structure::prune_nulls(&mut value, &definition.schema);
        apply_defaults(&mut value, &definition.schema);
        let mut review = CrdReview {
            refusals: Vec::new(),
            not_evaluated: BTreeSet::new(),
        };
        let mut refusals = Refusals {
            layer: Layer::Schema,
            found: &mut review.refusals,
        };
        structure::review(
            &value,
            &definition.schema,
            &definition.validator,
            &mut refusals,
        );
        // The API server evaluates rules only on what its schema lets through.
        if review.refusals.is_empty() {
            evaluate(&value, &definition.schema, &Pointer::root(), &mut review);
        }
        Some(review)
    }
}

/// The JSON Schema of a structural schema. Its top level leaves apiVersion, kind and metadata to others.
fn closed(schema: &Value, top: bool) -> Value {
    let Some(source) = schema.as_object() else {
        return schema.clone();
    };
    let is = |key: &str| source.get(key) == Some(&Value::Bool(true));
    let mut out = Map::new();
    for (key, value) in source {
        match key.as_str() {
            "properties" => drop(out.insert(key.clone(), closed_properties(value, top))),
            "items" | "additionalProperties" => drop(out.insert(key.clone(), closed(value, false))),
            "type" | "enum" | "required" | "minimum" | "maximum" | "exclusiveMinimum"
            | "exclusiveMaximum" | "minLength" | "maxLength" | "pattern" | "minItems"
            | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" | "multipleOf"
            | "not" | "anyOf" | "oneOf" | "allOf" => drop(out.insert(key.clone(), value.clone())),
            "format" if value == "byte" => drop(out.insert(key.clone(), value.clone())),
            _ => {}
        }
    }
    exclusive_bounds(&mut out);
    if is("x-kubernetes-int-or-string") {
        out.shift_remove("anyOf");
        out.insert("type".into(), serde_json::json!(["integer", "string"]));
    }
    let open = is("x-kubernetes-preserve-unknown-fields") || is("x-kubernetes-embedded-resource");
    if out.contains_key("properties") && !out.contains_key("additionalProperties") && !open {
        out.insert("additionalProperties".into(), Value::Bool(false));
    }
    if is("nullable") {
        make_nullable(&mut out);
    }
    Value::Object(out)
}

fn closed_properties(properties: &Value, top: bool) -> Value {
    let properties = properties.as_object().into_iter().flatten();
    let closed = properties.map(|(key, schema)| {
        let ours = top && matches!(key.as_str(), "apiVersion" | "kind" | "metadata");
        (
            key.clone(),
            if ours {
                Value::Bool(true)
            } else {
                closed(schema, false)
            },
        )
    });
    let mut closed: Map<String, Value> = closed.collect();
    if top {
        for key in ["apiVersion", "kind", "metadata"] {
            closed.entry(key).or_insert(Value::Bool(true));
        }
    }
    Value::Object(closed)
}

/// OpenAPI 3.0 says `exclusiveMinimum: true` beside `minimum`; JSON Schema says the bound itself.
fn exclusive_bounds(schema: &mut Map<String, Value>) {
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match schema.shift_remove(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(limit) = schema.shift_remove(bound) {
                    schema.insert(exclusive.to_owned(), limit);
                }
            }
            Some(Value::Bool(false)) | None => {}
            Some(limit) => drop(schema.insert(exclusive.to_owned(), limit)),
        }
    }
}

fn make_nullable(schema: &mut Map<String, Value>) {
    if let Some(kind) = schema.get_mut("type") {
        let mut kinds = kind
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![kind.clone()]);
        kinds.push("null".into());
        *kind = kinds.into();
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
}

/// Absent fields with a default get it, from the outside in.
fn apply_defaults(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => {
            for (key, field) in schema["properties"].as_object().into_iter().flatten() {
                if let (None, Some(default)) = (map.get(key), field.get("default")) {
                    map.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in map.iter_mut() {
                let field = schema["properties"]
                    .get(key)
                    .or_else(|| schema.get("additionalProperties"));
                if let Some(field) = field {
                    apply_defaults(value, field);
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| apply_defaults(item, &schema["items"])),
        _ => {}
    }
}

/// Walks the value along the schema and evaluates every rule on the way.
fn evaluate(value: &Value, schema: &Value, at: &Pointer, review: &mut CrdReview) {
    for rule in schema["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        evaluate_rule(value, rule, at, review);
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let field = schema["properties"]
                    .get(key)
                    .or_else(|| schema.get("additionalProperties"));
                if let Some(field) = field {
                    evaluate(value, field, &at.key(key), review);
                }
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(n, item)| evaluate(item, &schema["items"], &at.index(n), review));
        }
        _ => {}
    }
}

fn evaluate_rule(value: &Value, rule: &Value, at: &Pointer, review: &mut CrdReview) {
    let text = rule["rule"]
        .as_str()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut named = |why: &str| {
        review.not_evaluated.insert(format!("{text} ({why})"));
    };
    // A rule on the change from one state to the next says nothing about a first state.
    if text.contains("oldSelf") {
        return named("it compares with the object before the change");
    }
    match outcome(&text, value) {
        Ok(true) => {}
        Ok(false) => {
            let message = rule["message"]
                .as_str()
                .map_or_else(|| format!("fails the rule {text}"), str::to_owned);
            review.refusals.push(Refusal {
                pointer: at.clone(),
                layer: Layer::Cel,
                reason: message,
                help: None,
                change: None,
            });
        }
        Err(why) => named(&why),
    }
}

/// The value of a rule, or why it has none.
fn outcome(rule: &str, value: &Value) -> Result<bool, String> {
    let program =
        Program::compile(rule).map_err(|_| "the rule does not compile here".to_owned())?;
    let mut context = Context::default();
    context
        .add_variable("self", value)
        .map_err(|_| "the value cannot be handed over".to_owned())?;
    match program.execute(&context) {
        Ok(CelValue::Bool(holds)) => Ok(holds),
        Ok(_) => Err("it yields no boolean".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn crds(spec: Value) -> Crds {
        let schema = json!({"type": "object", "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
                            "metadata": {"type": "object"}, "spec": spec}});
        let crd = json!({"kind": "CustomResourceDefinition", "spec": {"group": "example.com", "names": {"kind": "Thing"},
                         "versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}]}});
        let mut crds = Crds::default();
        crds.add(&crd).expect("the test definition is sound");
        crds
    }

    fn refused(crds: &Crds, spec: Value) -> Vec<(String, Layer)> {
        let manifest = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec});
        let review = crds.review(&manifest).expect("a known kind");
        review
            .refusals
            .iter()
            .map(|r| (r.pointer.as_str().to_owned(), r.layer))
            .collect()
    }

    #[test]
    fn unknown_fields_are_refused_and_preserved_ones_are_not() {
        let crds = crds(json!({"type": "object", "properties": {
            "a": {"type": "string"},
            "open": {"type": "object", "properties": {"b": {"type": "string"}}, "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "integer"}}}}));
        assert!(refused(&crds, json!({"a": "x", "open": {"z": 1}, "map": {"k": 1}})).is_empty());
        assert_eq!(
            refused(&crds, json!({"b": "x"})),
            [("/spec/b".to_owned(), Layer::Schema)]
        );
        assert_eq!(
            refused(&crds, json!({"map": {"k": "x"}})),
            [("/spec/map/k".to_owned(), Layer::Schema)]
        );
    }

    #[test]
    fn nulls_go_and_defaults_come_before_rules() {
        let crds = crds(json!({"type": "object",
            "properties": {"mode": {"type": "string", "default": "on"}, "gone": {"type": "string"}, "kept": {"type": "string", "nullable": true}},
            "x-kubernetes-validations": [{"rule": "self.mode == 'on' && !has(self.gone)", "message": "no"}]}));
        assert!(refused(&crds, json!({"gone": null, "kept": null})).is_empty());
        assert_eq!(
            refused(&crds, json!({"mode": "off"})),
            [("/spec".to_owned(), Layer::Cel)]
        );
    }

    #[test]
    fn integers_or_strings_and_exclusive_bounds() {
        let crds = crds(json!({"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "n": {"type": "integer", "minimum": 1, "exclusiveMinimum": true}}}));
        assert!(refused(&crds, json!({"port": 80, "n": 2})).is_empty());
        assert!(refused(&crds, json!({"port": "http"})).is_empty());
        assert_eq!(refused(&crds, json!({"port": true})).len(), 1);
        assert_eq!(refused(&crds, json!({"n": 1})).len(), 1);
    }

    #[test]
    fn rules_that_cannot_be_evaluated_are_named() {
        let crds = crds(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "x-kubernetes-validations": [
            {"rule": "self.a == oldSelf.a"}, {"rule": "isURL(self.a)"}, {"rule": "self.a +"}]}),
        );
        let manifest = json!({"apiVersion": "example.com/v1", "kind": "Thing", "spec": {"a": "x"}});
        assert_eq!(
            crds.review(&manifest).expect("known").not_evaluated.len(),
            3
        );
    }

    #[test]
    fn definitions_that_are_not_served_do_not_count() {
        assert!(
            Crds::default()
                .review(&json!({"apiVersion": "example.com/v1", "kind": "Thing"}))
                .is_none()
        );
        assert!(Crds::default().is_empty());
    }
}
