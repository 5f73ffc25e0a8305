//! What a schema validator says, in words: which key, what is expected, what was probably meant.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::{PROFILES, schema};
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::shown;
use crate::types::{INVALID_VALUE, nearest, refusal};

pub(crate) static UNKNOWN_FIELD: RuleInfo = RuleInfo {
    id: "unknown-field",
    severity: Severity::Error,
    summary: "a key that this place does not know",
    why: "a key that is not understood would be ignored, and its author would believe that it works",
    fix: "correct the spelling or delete the key; `trustc schema` lists what is known",
};

pub(crate) static MISSING_FIELD: RuleInfo = RuleInfo {
    id: "missing-field",
    severity: Severity::Error,
    summary: "a key that must be there is not",
    why: "the objects that need the value could not be rendered",
    fix: "add the key",
};

pub(crate) static WRONG_TYPE: RuleInfo = RuleInfo {
    id: "wrong-type",
    severity: Severity::Error,
    summary: "a value of another type than its field takes",
    why: "the API server would refuse the object that this value ends up in",
    fix: "write a value of the type shown; put text that looks like a number or a boolean in quotes",
};

/// Every fault of `value` against a schema, that of `profile` if it is one of a profile, one per place and key.
pub(super) fn of(
    id: SourceId,
    profile: &str,
    schema: &Value,
    validator: &Validator,
    value: &Value,
) -> Vec<Diagnostic> {
    let reader = Reader {
        id,
        profile,
        schema,
    };
    // One finding per place: a text that fails its format also fails the length that hints at it.
    let mut found: BTreeMap<(String, String), Diagnostic> = BTreeMap::new();
    for error in validator.iter_errors(value) {
        for (key, diagnostic) in reader.explain(&error) {
            found.entry(key).or_insert(diagnostic);
        }
    }
    for pointer in fractions(schema, value) {
        let written = value.pointer(pointer.as_str()).unwrap_or(&Value::Null);
        let key = (pointer.to_string(), String::new());
        found
            .entry(key)
            .or_insert(reader.wrong_type(&pointer, written));
    }
    // A misspelt key is one slip, not an unknown key and a missing one.
    let misspelt: BTreeSet<(String, String)> = found
        .iter()
        .filter(|(_, diagnostic)| diagnostic.rule.id == UNKNOWN_FIELD.id)
        .filter_map(|((place, key), _)| {
            Some((
                place.clone(),
                reader.meant(&Pointer::parse(place), key)?.to_owned(),
            ))
        })
        .collect();
    found.retain(|key, diagnostic| {
        diagnostic.rule.id != MISSING_FIELD.id || !misspelt.contains(key)
    });
    found.into_values().collect()
}

/// Whole numbers that are written as fractions, such as `8884.0`: to JSON Schema they are integers, to Go they are none.
pub(super) fn fractions(schema: &Value, value: &Value) -> Vec<Pointer> {
    fn walk(schema: &Value, value: &Value, at: &Pointer, found: &mut Vec<Pointer>) {
        match value {
            Value::Number(number) if number.is_f64() && schema["type"] == "integer" => {
                found.push(at.clone());
            }
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    walk(&schema["items"], item, &at.index(n), found);
                }
            }
            Value::Object(fields) => {
                for (key, field) in fields {
                    walk(&schema["properties"][key], field, &at.key(key), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(schema, value, &Pointer::root(), &mut found);
    found
}

struct Reader<'s> {
    id: SourceId,
    profile: &'s str,
    schema: &'s Value,
}

type Keyed = ((String, String), Diagnostic);

impl Reader<'_> {
    fn explain(&self, error: &ValidationError<'_>) -> Vec<Keyed> {
        let pointer = Pointer::parse(error.instance_path().as_str());
        let keyed =
            |key: &str, diagnostic| ((pointer.as_str().to_owned(), key.to_owned()), diagnostic);
        let value = error.instance();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
                .iter()
                .map(|key| keyed(key, self.unknown(&pointer, key)))
                .collect(),
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                vec![keyed(key, self.missing(&pointer, key))]
            }
            ValidationErrorKind::PropertyNames { error } => {
                let name = error.instance().as_str().unwrap_or_default();
                vec![keyed(name, self.bad_key(&pointer, name, error))]
            }
            ValidationErrorKind::Type { .. } => vec![keyed("", self.wrong_type(&pointer, value))],
            ValidationErrorKind::Enum { .. }
            | ValidationErrorKind::Constant { .. }
            | ValidationErrorKind::OneOfNotValid { .. } => {
                vec![keyed("", self.not_in_list(&pointer, value))]
            }
            ValidationErrorKind::Format { format } => {
                vec![keyed("", self.bad_format(&pointer, value, format))]
            }
            other => vec![keyed("", self.out_of_bounds(&pointer, other))],
        }
    }

    /// The known key that an unknown one was probably meant to be.
    fn meant(&self, pointer: &Pointer, key: &str) -> Option<&str> {
        nearest(key, properties(at(self.schema, pointer)).into_iter())
    }

    fn unknown(&self, pointer: &Pointer, key: &str) -> Diagnostic {
        let here = pointer.key(key);
        let known = properties(at(self.schema, pointer));
        let fault = UNKNOWN_FIELD.at(
            Origin::key(self.id, here.clone()),
            format!("{} is not known in {}", shown(key), place(pointer)),
        );
        if let Some(other) = self.other_profile(&here) {
            return fault.label(format!("belongs to profile {other}")).help(format!(
                "delete it, or write `profile: {other}` if the enterprise PKI and not the cluster is to decide"
            ));
        }
        if pointer.as_str() == "/spec/issuer"
            && let Some(why) = issuer_type(key)
        {
            return fault.breaks(why.0).help(why.1);
        }
        if let Some(near) = self.meant(pointer, key) {
            let rename = Edit::new(self.id, here, Change::Rename(near.to_owned()));
            let title = format!("write `{near}`");
            return fault
                .label(format!("did you mean `{near}`?"))
                .help(title.as_str())
                .fix(Fix::safe(title, vec![rename]));
        }
        if known.is_empty() {
            fault
        } else {
            fault.help(format!("known here: {}", known.join(", ")))
        }
    }

    fn missing(&self, pointer: &Pointer, key: &str) -> Diagnostic {
        let message = format!("`{key}` is missing in {}", place(pointer));
        let fault = MISSING_FIELD.at(Origin::key(self.id, pointer.clone()), message);
        let wanted = at(self.schema, &pointer.key(key))
            .and_then(|s| s.get("description"))
            .and_then(Value::as_str);
        match wanted {
            Some(wanted) => fault.help(format!("add `{key}:` ({})", wanted.trim_end_matches('.'))),
            None => fault.help(format!("add `{key}:`")),
        }
    }

    fn wrong_type(&self, pointer: &Pointer, value: &Value) -> Diagnostic {
        let expected = at(self.schema, pointer)
            .and_then(|s| s.get("type"))
            .and_then(Value::as_str)
            .unwrap_or("other");
        let message = format!(
            "{} must be {}, and this is {}",
            place(pointer),
            article(expected),
            described(value)
        );
        let fault = WRONG_TYPE.at(Origin::value(self.id, pointer.clone()), message);
        let format = at(self.schema, pointer)
            .and_then(|s| s.get("format"))
            .and_then(Value::as_str);
        match (expected, value) {
            ("string", Value::Number(n)) if format == Some("go-duration") => {
                fault.help(format!("add the unit: {n}h or {n}d"))
            }
            ("string", Value::Bool(_) | Value::Number(_)) => {
                let quote = Edit::new(self.id, pointer.clone(), Change::Quote);
                fault
                    .help(format!("put it in quotes: \"{value}\""))
                    .fix(Fix::safe("put it in quotes", vec![quote]))
            }
            (_, Value::Null) if expected != "string" => fault.help(
                "write `{}` or `[]`, or delete the key: a key with nothing behind it means null",
            ),
            (_, Value::Null) => fault
                .help("write a value, or delete the key: a key with nothing behind it means null"),
            ("integer", Value::Number(n)) => match n.as_f64() {
                Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                    let whole = format!("{number:.0}");
                    let replace = whole.parse::<i64>().ok().map(|whole| {
                        Edit::new(self.id, pointer.clone(), Change::Replace(whole.into()))
                    });
                    let title = format!("write `{whole}`");
                    let fix = replace.map(|edit| Fix::safe(title.as_str(), vec![edit]));
                    fault.help(title).fix(fix)
                }
                _ => fault,
            },
            ("array", Value::String(_) | Value::Object(_)) => {
                fault.help("write a list: begin each item with `- `")
            }
            ("boolean", Value::String(text)) if is_yes_or_no(text) => {
                let boolean = matches!(text.to_lowercase().as_str(), "yes" | "on" | "y" | "true");
                let replace = Edit::new(self.id, pointer.clone(), Change::Replace(boolean.into()));
                let fix = Fix::safe(format!("write `{boolean}`"), vec![replace]);
                fault.help("write `true` or `false`").fix(fix)
            }
            _ => fault,
        }
    }

    fn not_in_list(&self, pointer: &Pointer, value: &Value) -> Diagnostic {
        let known = at(self.schema, pointer).map(choices).unwrap_or_default();
        let text = value.as_str().map_or_else(|| described(value), shown);
        let message = format!("{text} is no value of {}", place(pointer));
        let fault = INVALID_VALUE.at(Origin::value(self.id, pointer.clone()), message);
        let near = value
            .as_str()
            .and_then(|text| nearest(text, known.iter().copied()));
        let fault = match near {
            Some(near) => fault
                .label(format!("did you mean `{near}`?"))
                .fix(self.replacement(pointer, near)),
            None => fault,
        };
        fault.help(format!("one of: {}", known.join(", ")))
    }

    fn replacement(&self, pointer: &Pointer, text: &str) -> Fix {
        let replace = Edit::new(self.id, pointer.clone(), Change::Replace(text.into()));
        Fix::safe(format!("write `{text}`"), vec![replace])
    }

    fn bad_format(&self, pointer: &Pointer, value: &Value, format: &str) -> Diagnostic {
        let text = value.as_str().unwrap_or_default();
        let origin = match format {
            // The text of a certificate is no place to point at: its key is.
            "pem" => Origin::key(self.id, pointer.clone()),
            _ => Origin::value(self.id, pointer.clone()),
        };
        refused(origin, &place(pointer), text, format)
    }

    fn bad_key(&self, pointer: &Pointer, name: &str, error: &ValidationError<'_>) -> Diagnostic {
        let origin = Origin::key(self.id, pointer.key(name));
        match error.kind() {
            ValidationErrorKind::Format { format } => refused(
                origin,
                &format!("a key of {}", place(pointer)),
                name,
                format,
            ),
            _ => INVALID_VALUE.at(
                origin,
                format!("{} is no key for {}", shown(name), place(pointer)),
            ),
        }
    }

    fn out_of_bounds(&self, pointer: &Pointer, kind: &ValidationErrorKind) -> Diagnostic {
        let what = match kind {
            ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
            ValidationErrorKind::MinLength { limit } => {
                format!("is shorter than {limit} characters")
            }
            ValidationErrorKind::MaxLength { limit } => {
                format!("is longer than {limit} characters")
            }
            ValidationErrorKind::MinItems { limit: 1 } => "must not be empty".to_owned(),
            ValidationErrorKind::MinItems { limit } => format!("needs at least {limit} items"),
            ValidationErrorKind::MaxItems { limit } => format!("takes at most {limit} items"),
            ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
            ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
            other => format!("fails `{}` of its schema", other.keyword()),
        };
        INVALID_VALUE.at(
            Origin::value(self.id, pointer.clone()),
            format!("{} {what}", place(pointer)),
        )
    }

    /// Another profile that knows this key at this place.
    fn other_profile(&self, pointer: &Pointer) -> Option<&'static str> {
        let others = PROFILES.iter().filter(|p| **p != self.profile);
        others
            .copied()
            .find(|p| schema::of_profile(p).is_some_and(|schema| at(schema, pointer).is_some()))
    }
}

fn refused(origin: Origin, place: &str, text: &str, format: &str) -> Diagnostic {
    let Some(refusal) = refusal(format, text) else {
        return INVALID_VALUE.at(origin, format!("{} is no {format}", shown(text)));
    };
    let message = format!("{} cannot be {place}: {}", shown(text), refusal.reason);
    let fault = refusal.rule().at(origin, message);
    match refusal.suggestion {
        Some(suggestion) => fault.help(suggestion),
        None => fault,
    }
}

/// The part of a profile's schema that judges the value at `pointer`.
pub(crate) fn schema_at(profile: &str, pointer: &Pointer) -> Option<&'static Value> {
    at(schema::of_profile(profile)?, pointer)
}

/// The part of a schema that judges the value at `pointer`. Works because schemas hold no references.
pub(super) fn at<'s>(schema: &'s Value, pointer: &Pointer) -> Option<&'s Value> {
    pointer.segments().try_fold(schema, |schema, segment| {
        schema
            .get("properties")
            .and_then(|p| p.get(&*segment))
            .or_else(|| {
                schema
                    .get("items")
                    .filter(|_| segment.parse::<usize>().is_ok())
            })
            .or_else(|| schema.get("additionalProperties").filter(|p| p.is_object()))
    })
}

/// The keys that a part of a schema knows.
pub(crate) fn properties(schema: Option<&Value>) -> Vec<&str> {
    let map = schema
        .and_then(|s| s.get("properties"))
        .and_then(Value::as_object);
    map.map(|m| m.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// The words a field takes: from `enum`, or from the `const` of each described alternative.
pub(crate) fn choices(schema: &Value) -> Vec<&str> {
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    let words = list("enum").into_iter().flatten().filter_map(Value::as_str);
    let described = list("oneOf").into_iter().flatten().flat_map(|s| {
        let single = s.get("const").and_then(Value::as_str);
        let several = s
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        single.into_iter().chain(several)
    });
    let only = schema.get("const").and_then(Value::as_str);
    words.chain(described).chain(only).collect()
}

/// Values of any form must still survive being printed: no nulls, no control characters, no variables.
pub(super) fn free_form(id: SourceId, at: &Pointer, value: &Value, found: &mut Vec<Diagnostic>) {
    let mut judge = |text: &str, origin: Origin| {
        if let Some(refusal) = refusal("text", text) {
            let message = format!("{}: {}", shown(text), refusal.reason);
            found.push(refusal.rule().at(origin, message));
        }
    };
    match value {
        Value::Null => {
            let message = "a value is missing: Kubernetes drops what is null";
            found.push(
                INVALID_VALUE
                    .at(Origin::key(id, at.clone()), message)
                    .help("write a value, or delete the key"),
            );
        }
        Value::String(text) => judge(text, Origin::value(id, at.clone())),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, item)| free_form(id, &at.index(n), item, found)),
        Value::Object(fields) => {
            fields
                .keys()
                .for_each(|key| judge(key, Origin::key(id, at.key(key))));
            fields
                .iter()
                .for_each(|(key, value)| free_form(id, &at.key(key), value, found));
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is said of issuer types and fields that people look for here.
fn issuer_type(key: &str) -> Option<(&'static str, &'static str)> {
    match key {
        "selfSigned" | "selfsigned" => Some((
            "every certificate of a self-signed issuer is its own root: no bundle can hold roots that do not exist yet, so every client rejects the broker",
            "use `profile: quickstart` for a self-signed root, or `ca:` over the Secret of a real CA",
        )),
        "namespace" => Some((
            "a ClusterIssuer has no namespace, and an Issuer works only in the namespace of the instance, where the broker's certificate is",
            "delete it; `kind: Issuer` means the Issuer of that name in spec.namespaces.instance",
        )),
        _ => None,
    }
}

/// A pointer in words people write in issues: `spec.anchors[0].file`.
pub(super) fn place(pointer: &Pointer) -> String {
    if *pointer == Pointer::root() {
        return "the file".to_owned();
    }
    shown(&dotted(pointer))
}

/// A pointer in words people write: `spec.anchors[0].file`.
pub(crate) fn dotted(pointer: &Pointer) -> String {
    let mut text = String::new();
    for segment in pointer.segments() {
        if segment.parse::<usize>().is_ok() {
            text.push_str(&format!("[{segment}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&segment);
        }
    }
    text
}

fn article(kind: &str) -> String {
    match kind {
        "array" => "a list".to_owned(),
        "object" => "a mapping of keys to values".to_owned(),
        "integer" => "a whole number".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => format!("a {other}"),
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "empty (null)".to_owned(),
        Value::Bool(b) => format!("the boolean {b}"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) => format!("the text {}", shown(s)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

fn is_yes_or_no(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "yes" | "no" | "on" | "off" | "y" | "n" | "true" | "false"
    )
}
