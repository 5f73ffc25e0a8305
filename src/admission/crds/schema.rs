//! A structural schema, compiled: what a CustomResourceDefinition may say of one value, and of those below it.
//!
//! The jsonschema crate is not used here. It gathers every error of an object before the first can be looked at, searches
//! an `enum` value by value, and has other formats than the API server.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::patterns::{Pattern, Patterns};
use crate::admission::formats::Format;

/// What holds for one value. Most schemas say little, so what is rare has a place of its own.
#[derive(Default)]
pub(super) struct Schema {
    pub(super) types: Types,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) others: Others,
    pub(super) items: Option<Box<Schema>>,
    pub(super) required: Vec<String>,
    pub(super) limits: Option<Box<Limits>>,
}

/// Which types a value may have; any if nothing is said.
#[derive(Clone, Copy, Default)]
pub(super) struct Types {
    pub(super) named: Option<Type>,
    pub(super) int_or_string: bool,
    pub(super) nullable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

/// Fields that a schema does not name.
#[derive(Default)]
pub(super) enum Others {
    /// Nothing is said of them.
    #[default]
    Open,
    Unknown,
    Schema(Box<Schema>),
}

/// Bounds, patterns and alternatives.
#[derive(Default)]
pub(super) struct Limits {
    pub(super) choices: Option<Choices>,
    pub(super) minimum: Option<Bound>,
    pub(super) maximum: Option<Bound>,
    pub(super) multiple_of: Option<f64>,
    pub(super) format: Option<Format>,
    pub(super) pattern: Option<Pattern>,
    pub(super) length: Range,
    pub(super) items: Range,
    pub(super) properties: Range,
    /// Fields by which no two items may agree; the whole items if it names none.
    pub(super) unique: Option<Vec<String>>,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Schema>,
}

pub(super) struct Bound {
    pub(super) limit: f64,
    pub(super) exclusive: bool,
}

#[derive(Default)]
pub(super) struct Range {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
}

/// The values of an `enum`, found by their text.
pub(super) struct Choices {
    pub(super) known: HashSet<String>,
    /// Those that are texts, for who mistypes one.
    pub(super) words: Vec<String>,
}

/// Which part of a schema is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The top level leaves apiVersion, kind and metadata to others.
    Top,
    Structure,
    /// Below `allOf`, `anyOf`, `oneOf` and `not`: what is not named there is named elsewhere.
    Values,
}

impl Schema {
    /// Compiles the schema of a version.
    ///
    /// # Errors
    /// What no API server accepts in a definition.
    pub(super) fn compile(schema: &Value, patterns: &mut Patterns) -> Result<Self, String> {
        Compiler { patterns }.schema(schema, Part::Top)
    }
}

struct Compiler<'p> {
    patterns: &'p mut Patterns,
}

impl Compiler<'_> {
    fn schema(&mut self, source: &Value, part: Part) -> Result<Schema, String> {
        let Some(source) = source.as_object() else {
            return Ok(Schema::default());
        };
        if source.contains_key("$ref") {
            return Err("it has a `$ref`, which definitions must not have".to_owned());
        }
        let types = types(source)?;
        Ok(Schema {
            types,
            properties: self.properties(source, part)?,
            others: self.others(source, part)?,
            items: match source.get("items") {
                Some(items) => Some(Box::new(self.schema(items, below(part))?)),
                None => None,
            },
            required: texts(source.get("required")),
            limits: self.limits(source, types)?,
        })
    }

    fn properties(
        &mut self,
        source: &Map<String, Value>,
        part: Part,
    ) -> Result<BTreeMap<String, Schema>, String> {
        let mut properties = BTreeMap::new();
        for (key, field) in source
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let of_others = part == Part::Top && OF_OTHERS.contains(&key.as_str());
            let field = match of_others {
                true => Schema::default(),
                false => self.schema(field, below(part))?,
            };
            properties.insert(key.clone(), field);
        }
        if part == Part::Top {
            for key in OF_OTHERS {
                properties.entry(key.to_owned()).or_default();
            }
        }
        Ok(properties)
    }

    fn others(&mut self, source: &Map<String, Value>, part: Part) -> Result<Others, String> {
        let open = is(source, "x-kubernetes-preserve-unknown-fields")
            || is(source, "x-kubernetes-embedded-resource");
        match source.get("additionalProperties") {
            Some(schema @ Value::Object(_)) => {
                Ok(Others::Schema(Box::new(self.schema(schema, below(part))?)))
            }
            Some(Value::Bool(false)) if !open => Ok(Others::Unknown),
            None if source.contains_key("properties") && !open && part != Part::Values => {
                Ok(Others::Unknown)
            }
            _ => Ok(Others::Open),
        }
    }

    fn limits(
        &mut self,
        source: &Map<String, Value>,
        types: Types,
    ) -> Result<Option<Box<Limits>>, String> {
        if !source.keys().any(|key| LIMITS.contains(&key.as_str())) {
            return Ok(None);
        }
        let range = |least: &str, most: &str| Range {
            least: source.get(least).and_then(Value::as_u64),
            most: source.get(most).and_then(Value::as_u64),
        };
        let pattern = source.get("pattern").and_then(Value::as_str);
        let format = source.get("format").and_then(Value::as_str);
        // Whatever is in this list is said by the extension already.
        let any_of = if types.int_or_string {
            None
        } else {
            source.get("anyOf")
        };
        Ok(Some(Box::new(Limits {
            choices: choices(source, types),
            minimum: bound(source, "minimum", "exclusiveMinimum"),
            maximum: bound(source, "maximum", "exclusiveMaximum"),
            multiple_of: multiple_of(source)?,
            format: format.and_then(|name| Format::of(name, type_name(types))),
            pattern: pattern
                .map(|text| self.patterns.compile(text))
                .transpose()?,
            length: range("minLength", "maxLength"),
            items: range("minItems", "maxItems"),
            properties: range("minProperties", "maxProperties"),
            unique: unique(source),
            all_of: self.each(source.get("allOf"))?,
            any_of: self.each(any_of)?,
            one_of: self.each(source.get("oneOf"))?,
            not: match source.get("not") {
                Some(not) => Some(self.schema(not, Part::Values)?),
                None => None,
            },
        })))
    }

    fn each(&mut self, schemas: Option<&Value>) -> Result<Vec<Schema>, String> {
        let schemas = schemas.and_then(Value::as_array).into_iter().flatten();
        schemas
            .map(|schema| self.schema(schema, Part::Values))
            .collect()
    }
}

const OF_OTHERS: [&str; 3] = ["apiVersion", "kind", "metadata"];

const LIMITS: [&str; 22] = [
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "x-kubernetes-int-or-string",
];

fn below(part: Part) -> Part {
    match part {
        Part::Values => Part::Values,
        Part::Top | Part::Structure => Part::Structure,
    }
}

fn is(source: &Map<String, Value>, key: &str) -> bool {
    source.get(key) == Some(&Value::Bool(true))
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn types(source: &Map<String, Value>) -> Result<Types, String> {
    let named = match source.get("type") {
        None => None,
        Some(name) => Some(match name.as_str().unwrap_or_default() {
            "" => return Err("a `type` is no text".to_owned()),
            "array" => Type::Array,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "object" => Type::Object,
            "string" => Type::String,
            other => return Err(format!("there is no type {}", crate::source::shown(other))),
        }),
    };
    Ok(Types {
        named,
        int_or_string: is(source, "x-kubernetes-int-or-string"),
        nullable: is(source, "nullable"),
    })
}

/// The type by which the API server chooses what a format means.
fn type_name(types: Types) -> &'static str {
    match types.named {
        None => "",
        Some(Type::String) => "string",
        Some(Type::Integer) => "integer",
        Some(Type::Number) => "number",
        Some(Type::Array | Type::Boolean | Type::Object) => "other",
    }
}

/// OpenAPI 3.0 says `exclusiveMinimum: true` beside `minimum`; JSON Schema says the bound itself.
fn bound(source: &Map<String, Value>, inclusive: &str, exclusive: &str) -> Option<Bound> {
    if let Some(limit) = source.get(exclusive).and_then(Value::as_f64) {
        return Some(Bound {
            limit,
            exclusive: true,
        });
    }
    let limit = source.get(inclusive).and_then(Value::as_f64)?;
    Some(Bound {
        limit,
        exclusive: is(source, exclusive),
    })
}

fn multiple_of(source: &Map<String, Value>) -> Result<Option<f64>, String> {
    match source.get("multipleOf").and_then(Value::as_f64) {
        Some(factor) if factor <= 0.0 => Err("a `multipleOf` is not above zero".to_owned()),
        factor => Ok(factor),
    }
}

fn unique(source: &Map<String, Value>) -> Option<Vec<String>> {
    let keys = || texts(source.get("x-kubernetes-list-map-keys"));
    match source.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => Some(Vec::new()),
        Some("map") => Some(keys()).filter(|keys| !keys.is_empty()),
        _ => is(source, "uniqueItems").then(Vec::new),
    }
}

fn choices(source: &Map<String, Value>, types: Types) -> Option<Choices> {
    let values = source.get("enum")?.as_array()?;
    let mut known: HashSet<String> = values.iter().map(canonical).collect();
    if types.nullable {
        known.insert(canonical(&Value::Null));
    }
    let words = values.iter().take(Choices::MOST_WORDS + 1);
    let words = words.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    Some(Choices {
        known,
        words: words.collect(),
    })
}

impl Choices {
    /// More values than this are not listed in a finding.
    pub(super) const MOST_WORDS: usize = 50;
}

/// A text that two values have in common only if they are equal: keys sorted, whole numbers without a fraction.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    push_canonical(value, &mut text);
    text
}

fn push_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                push_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in entries {
                text.push_str(&format!("{key:?}:"));
                push_canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) if float.fract() == 0.0 => text.push_str(&format!("{float:.0}")),
            _ => text.push_str(&number.to_string()),
        },
        other => text.push_str(&other.to_string()),
    }
}
