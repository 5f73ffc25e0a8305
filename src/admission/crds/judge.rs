//! What a compiled schema says of a value, as the API server says it.

use std::collections::HashSet;

use serde_json::{Number, Value};

use super::schema::{Bound, Choices, Limits, Others, Range, Schema, Type, Types, canonical};
use crate::admission::refusal::Refusals;
use crate::admission::structure::{kind_of, quote_help};
use crate::diagnostic::Change;
use crate::json_pointer::Pointer;
use crate::source::shown;
use crate::types::nearest;

/// More refusals than this of one object help nobody.
const MOST: usize = 200;
/// With how many fields an unknown one is compared.
const COMPARED: usize = 500;

/// Everything that the schema refuses, up to a number.
pub(super) fn judge(value: &Value, schema: &Schema, refusals: &mut Refusals<'_>) {
    let most = refusals.found.len() + MOST;
    let mut judge = Judge { refusals, most };
    judge.value(value, schema, &At::Root);
    if judge.is_full() {
        let rest = format!("more is wrong than the {MOST} fields that are named here");
        refusals.at(Pointer::root(), rest);
    }
}

/// Where a value stands: a pointer is made only of what is refused.
enum At<'a> {
    Root,
    Key(&'a At<'a>, &'a str),
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    fn pointer(&self) -> Pointer {
        match self {
            Self::Root => Pointer::root(),
            Self::Key(parent, key) => parent.pointer().key(key),
            Self::Index(parent, index) => parent.pointer().index(*index),
        }
    }
}

struct Judge<'j, 'r> {
    refusals: &'j mut Refusals<'r>,
    most: usize,
}

impl Judge<'_, '_> {
    fn is_full(&self) -> bool {
        self.refusals.found.len() >= self.most
    }

    fn value(&mut self, value: &Value, schema: &Schema, at: &At<'_>) {
        if self.is_full() {
            return;
        }
        if !schema.types.take(value) {
            return self.wrong_type(value, schema.types, at);
        }
        match value {
            Value::Object(map) => {
                for key in schema.required.iter().filter(|key| !map.contains_key(*key)) {
                    self.say(at.pointer().key(key), "required value");
                }
                for (key, value) in map {
                    match (schema.properties.get(key), &schema.others) {
                        (Some(field), _) => self.value(value, field, &At::Key(at, key)),
                        (None, Others::Schema(other)) => {
                            self.value(value, other, &At::Key(at, key))
                        }
                        (None, Others::Unknown) => self.unknown(key, schema, at),
                        (None, Others::Open) => {}
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &schema.items {
                    let items = items.iter().enumerate();
                    items.for_each(|(n, item)| self.value(item, schema, &At::Index(at, n)));
                }
            }
            _ => {}
        }
        if let Some(limits) = &schema.limits {
            self.limits(value, limits, schema.types, at);
        }
    }

    fn say(&mut self, at: Pointer, reason: impl Into<String>) {
        if !self.is_full() {
            self.refusals.at(at, reason);
        }
    }

    fn unknown(&mut self, key: &str, schema: &Schema, at: &At<'_>) {
        if self.is_full() {
            return;
        }
        let known = schema.properties.keys().take(COMPARED).map(String::as_str);
        let near = nearest(key, known);
        let meant = near.map(|near| format!("did you mean `{near}`?"));
        let rename = near.map(|near| Change::Rename(near.to_owned()));
        self.refusals
            .with_change(at.pointer().key(key), "unknown field", meant, rename);
    }

    fn wrong_type(&mut self, value: &Value, types: Types, at: &At<'_>) {
        let reason = format!("must be {}, not {}", types.expected(), kind_of(value));
        let unquoted =
            types.named == Some(Type::String) && (value.is_boolean() || value.is_number());
        match unquoted && !types.int_or_string {
            true => {
                let (help, change) = quote_help();
                self.refusals
                    .with_change(at.pointer(), reason, Some(help), Some(change));
            }
            false => self.say(at.pointer(), reason),
        }
    }

    fn limits(&mut self, value: &Value, limits: &Limits, types: Types, at: &At<'_>) {
        if value.is_null() && types.nullable {
            return;
        }
        if let Some(choices) = &limits.choices
            && !choices.known.contains(&canonical(value))
        {
            self.no_choice(value, choices, at);
        }
        let mut said = Vec::new();
        match value {
            Value::Number(number) => number_limits(number, limits, types, &mut said),
            Value::String(text) => text_limits(text, limits, &mut said),
            Value::Array(items) => item_limits(items, limits, &mut said),
            Value::Object(map) => limits.properties.say(map.len(), "properties", &mut said),
            Value::Null | Value::Bool(_) => {}
        }
        for reason in said {
            self.say(at.pointer(), reason);
        }
        limits
            .all_of
            .iter()
            .for_each(|all| self.value(value, all, at));
        if !limits.any_of.is_empty() && !limits.any_of.iter().any(|any| holds(value, any)) {
            self.say(at.pointer(), "must validate at least one schema (anyOf)");
        }
        if !limits.one_of.is_empty() {
            let hold = limits.one_of.iter().filter(|one| holds(value, one)).take(2);
            if hold.count() != 1 {
                self.say(
                    at.pointer(),
                    "must validate one and only one schema (oneOf)",
                );
            }
        }
        if limits.not.as_ref().is_some_and(|not| holds(value, not)) {
            self.say(at.pointer(), "must not validate the schema (not)");
        }
    }

    fn no_choice(&mut self, value: &Value, choices: &Choices, at: &At<'_>) {
        if self.is_full() {
            return;
        }
        let text = value.as_str().map_or_else(|| brief(value), shown);
        if choices.words.len() > Choices::MOST_WORDS {
            let many = choices.known.len();
            return self.say(
                at.pointer(),
                format!("unsupported value {text}: it is none of {many} supported values"),
            );
        }
        let words = choices.words.iter().map(String::as_str);
        let near = value.as_str().and_then(|text| nearest(text, words));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let change = near.map(|near| Change::Replace(near.into()));
        let reason = format!(
            "unsupported value {text}: supported values: {}",
            choices.words.join(", ")
        );
        self.refusals
            .with_change(at.pointer(), reason, help, change);
    }
}

/// Whether a schema takes a value, without saying why not.
fn holds(value: &Value, schema: &Schema) -> bool {
    let mut found = Vec::new();
    let mut refusals = Refusals {
        layer: crate::admission::refusal::Layer::Schema,
        found: &mut found,
    };
    let mut judge = Judge {
        refusals: &mut refusals,
        most: 1,
    };
    judge.value(value, schema, &At::Root);
    found.is_empty()
}

impl Types {
    fn take(self, value: &Value) -> bool {
        if value.is_null() {
            return self.nullable || (self.named.is_none() && !self.int_or_string);
        }
        if self.int_or_string {
            return value.is_string() || is_whole(value);
        }
        match self.named {
            None => true,
            Some(Type::Array) => value.is_array(),
            Some(Type::Boolean) => value.is_boolean(),
            Some(Type::Integer) => is_whole(value),
            Some(Type::Number) => value.is_number(),
            Some(Type::Object) => value.is_object(),
            Some(Type::String) => value.is_string(),
        }
    }

    fn expected(self) -> &'static str {
        if self.int_or_string {
            return "an integer or a string";
        }
        match self.named {
            Some(Type::Array) => "of type array",
            Some(Type::Boolean) => "of type boolean",
            Some(Type::Integer) => "of type integer",
            Some(Type::Number) => "of type number",
            Some(Type::Object) => "of type object",
            Some(Type::String) => "of type string",
            None => "a value",
        }
    }
}

/// A number without a fraction that 64 bits hold.
fn is_whole(value: &Value) -> bool {
    let fits = |float: &f64| float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0;
    value.is_i64() || (!value.is_u64() && value.as_f64().as_ref().is_some_and(fits))
}

impl Range {
    fn say(&self, length: usize, what: &str, said: &mut Vec<String>) {
        let length = length as u64;
        if let Some(least) = self.least.filter(|least| length < *least) {
            said.push(format!("should have at least {least} {what}"));
        }
        if let Some(most) = self.most.filter(|most| length > *most) {
            said.push(format!("must have at most {most} {what}"));
        }
    }
}

fn text_limits(text: &str, limits: &Limits, said: &mut Vec<String>) {
    let Range { least, most } = limits.length;
    if least.is_some() || most.is_some() {
        let length = text.chars().count() as u64;
        match least.filter(|least| length < *least) {
            Some(1) => said.push("must not be empty".to_owned()),
            Some(least) => said.push(format!("should be at least {least} characters long")),
            None => {}
        }
        if let Some(most) = most.filter(|most| length > *most) {
            said.push(format!("too long: at most {most} characters"));
        }
    }
    if let Some(pattern) = &limits.pattern
        && !pattern.is_match(text)
    {
        said.push(format!(
            "{} should match {}",
            shown(text),
            cut(pattern.as_str())
        ));
    }
    if let Some(format) = limits.format
        && !format.takes_text(text)
    {
        said.push(format!("must be {}", format.wanted()));
    }
}

fn number_limits(number: &Number, limits: &Limits, types: Types, said: &mut Vec<String>) {
    let value = number.as_f64().unwrap_or_default();
    let below = |bound: &&Bound| value < bound.limit || (bound.exclusive && value == bound.limit);
    let above = |bound: &&Bound| value > bound.limit || (bound.exclusive && value == bound.limit);
    let or_equal = |bound: &Bound| if bound.exclusive { "" } else { " or equal to" };
    if let Some(bound) = limits.minimum.as_ref().filter(below) {
        said.push(format!(
            "should be greater than{} {}",
            or_equal(bound),
            bound.limit
        ));
    }
    if let Some(bound) = limits.maximum.as_ref().filter(above) {
        said.push(format!(
            "should be less than{} {}",
            or_equal(bound),
            bound.limit
        ));
    }
    if let Some(factor) = limits
        .multiple_of
        .filter(|factor| (value / factor).fract() != 0.0)
    {
        said.push(format!("should be a multiple of {factor}"));
    }
    if let Some(format) = limits.format
        && types.named != Some(Type::String)
        && !format.takes_number(number)
    {
        said.push(format!("must be {}", format.wanted()));
    }
}

fn item_limits(items: &[Value], limits: &Limits, said: &mut Vec<String>) {
    limits.items.say(items.len(), "items", said);
    let Some(keys) = &limits.unique else {
        return;
    };
    let mut seen = HashSet::with_capacity(items.len());
    let identity = |item: &Value| match keys.is_empty() {
        true => canonical(item),
        false => keys.iter().map(|key| canonical(&item[key]) + ",").collect(),
    };
    if !items.iter().all(|item| seen.insert(identity(item))) {
        said.push("holds a value twice".to_owned());
    }
}

/// A value that is no text, as far as a reader wants it.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => format!("of type {}", kind_of(value)),
        scalar => scalar.to_string(),
    }
}

fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(500)
        .map_or(text, |(end, _)| &text[..end])
}
