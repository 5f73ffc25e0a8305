//! The structural part of a kind: nulls, unknown fields, types, bounds, said as the API server says them.

use std::borrow::Cow;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::base64;
use super::refusal::Refusals;
use crate::diagnostic::Change;
use crate::json_pointer::Pointer;
use crate::source::shown;
use crate::types::nearest;

/// Compiles a committed schema. Formats it names: `byte` (base64).
pub(super) fn compile(schema: &Value) -> Validator {
    let options = jsonschema::options()
        .should_validate_formats(true)
        .with_format("byte", base64::is_valid);
    options
        .build(schema)
        .expect("committed schemas compile; a test compiles each")
}

/// Whether there is a null anywhere.
pub(super) fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().any(holds_null),
        Value::Array(items) => items.iter().any(holds_null),
        _ => false,
    }
}

/// Drops nulls where the schema does not allow them, as apiextensions-apiserver does before anything else
/// (`PruneNonNullableNullsWithoutDefaults`): `selfSigned:` with nothing behind it is no issuer at all.
pub(super) fn prune_nulls(value: &mut Value, schema: &Value) {
    prune_below(value, schema, schema);
}

fn prune_below(value: &mut Value, schema: &Value, root: &Value) {
    let schema = referred(schema, root);
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties");
            let others = schema
                .get("additionalProperties")
                .filter(|others| others.is_object());
            let of = |key: &str| properties.and_then(|p| p.get(key)).or(others);
            map.retain(|key, value| {
                !value.is_null() || of(key).is_none_or(|field| allows_null(field, root))
            });
            for (key, value) in map.iter_mut() {
                if let Some(schema) = of(key) {
                    prune_below(value, schema, root);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items
                    .iter_mut()
                    .for_each(|item| prune_below(item, schema, root));
            }
        }
        _ => {}
    }
}

/// A schema, or the one of the same document that it refers to.
fn referred<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'));
    target
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

fn allows_null(schema: &Value, root: &Value) -> bool {
    let schema = referred(schema, root);
    schema["nullable"] == true
        || schema["type"]
            .as_array()
            .is_some_and(|types| types.iter().any(|kind| kind == "null"))
}

/// Everything that the schema refuses.
pub(super) fn review(
    manifest: &Value,
    schema: &Value,
    validator: &Validator,
    refusals: &mut Refusals<'_>,
) {
    for error in validator.iter_errors(manifest) {
        let pointer = Pointer::parse(error.instance_path().as_str());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = fields_at(schema, &pointer);
                for key in unexpected {
                    let near = nearest(key, known.iter().copied());
                    let meant = near.map(|near| format!("did you mean `{near}`?"));
                    let rename = near.map(|near| Change::Rename(near.to_owned()));
                    refusals.with_change(pointer.key(key), "unknown field", meant, rename);
                }
            }
            ValidationErrorKind::Required { property } => {
                refusals.at(
                    pointer.key(property.as_str().unwrap_or_default()),
                    "required value",
                );
            }
            ValidationErrorKind::Type { .. } if expects_text(&error) => {
                let (help, change) = quote_help();
                refusals.with_change(pointer, reason(&error), Some(help), Some(change));
            }
            ValidationErrorKind::Enum { options } => {
                let words = options
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let near = error
                    .instance()
                    .as_str()
                    .and_then(|text| nearest(text, words));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                refusals.with_change(
                    pointer,
                    reason(&error),
                    help,
                    near.map(|near| Change::Replace(near.into())),
                );
            }
            _ => refusals.at(pointer, reason(&error)),
        }
    }
}

/// What to do with a plain number or boolean where a text is wanted.
pub(super) fn quote_help() -> (String, Change) {
    let help = "put the value in quotes; unquoted, Kubernetes reads numbers, and yes, no, on, off, y and n as booleans";
    (help.to_owned(), Change::Quote)
}

/// The fields that the schema knows at a place.
fn fields_at<'s>(schema: &'s Value, pointer: &Pointer) -> Vec<&'s str> {
    let below = |at: &'s Value, segment: Cow<'_, str>| {
        let field = at
            .get("properties")
            .and_then(|properties| properties.get(&*segment));
        let field = field
            .or_else(|| at.get("items"))
            .or_else(|| at.get("additionalProperties"))
            .unwrap_or(at);
        referred(field, schema)
    };
    let here = pointer.segments().fold(schema, below);
    here["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

/// A plain number or boolean stands where a text is wanted.
fn expects_text(error: &ValidationError<'_>) -> bool {
    expected(error) == "of type string"
        && (error.instance().is_boolean() || error.instance().is_number())
}

fn reason(error: &ValidationError<'_>) -> String {
    let value = error.instance();
    let text = || value.as_str().map_or_else(|| value.to_string(), shown);
    match error.kind() {
        ValidationErrorKind::Type { .. } => {
            format!("must be {}, not {}", expected(error), kind_of(value))
        }
        ValidationErrorKind::Enum { options } => {
            format!(
                "unsupported value {}: supported values: {}",
                text(),
                list(options)
            )
        }
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("should be at least {limit} characters long")
        }
        ValidationErrorKind::MaxLength { limit } => format!("too long: at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("should have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::MinProperties { limit } => {
            format!("should have at least {limit} properties")
        }
        ValidationErrorKind::MaxProperties { limit } => {
            format!("must have at most {limit} properties")
        }
        ValidationErrorKind::Minimum { limit } => {
            format!("should be greater than or equal to {limit}")
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("should be less than or equal to {limit}")
        }
        ValidationErrorKind::Pattern { pattern } => format!("{} should match {pattern}", text()),
        ValidationErrorKind::Format { format } if format == "byte" => "must be base64".to_owned(),
        ValidationErrorKind::UniqueItems => "holds a value twice".to_owned(),
        other => format!("fails `{}` of its schema", other.keyword()),
    }
}

fn expected(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type {
            kind: jsonschema::error::TypeKind::Single(single),
        } => format!("of type {single}"),
        // The only fields of several types are quantities.
        _ => "an integer or a string".to_owned(),
    }
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn list(options: &Value) -> String {
    let words = options.as_array().into_iter().flatten().map(|word| {
        word.as_str()
            .map_or_else(|| word.to_string(), str::to_owned)
    });
    words.collect::<Vec<_>>().join(", ")
}
