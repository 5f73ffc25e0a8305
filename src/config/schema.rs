//! The JSON Schemas of the configuration, derived from its types: one per profile, and one for editors that picks by
//! profile. A single `oneOf` would answer every slip with "matches none of the alternatives".

use std::sync::OnceLock;

use jsonschema::Validator;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::fleet::TrustFleet;
use super::{API_VERSION, ByoIssuerSpec, DEFAULTS_KIND, FLEET_KIND, QuickstartSpec, TrustConfig};
use crate::json_pointer::Pointer;
use crate::types::{FORMATS, refusal};

/// The profiles, by the word in `spec.profile`.
pub(crate) static PROFILES: &[&str] = &["quickstart", "byo-issuer"];

/// The schema of one profile, or of a fleet as it is judged before its sites are; none for any other word.
pub(crate) fn of_profile(profile: &str) -> Option<&'static Value> {
    static QUICKSTART: OnceLock<Value> = OnceLock::new();
    static BYO_ISSUER: OnceLock<Value> = OnceLock::new();
    static FLEET: OnceLock<Value> = OnceLock::new();
    match profile {
        "quickstart" => Some(QUICKSTART.get_or_init(generate::<TrustConfig<QuickstartSpec>>)),
        "byo-issuer" => Some(BYO_ISSUER.get_or_init(generate::<TrustConfig<ByoIssuerSpec>>)),
        FLEET_KIND => Some(FLEET.get_or_init(|| titled(FLEET_KIND, generate::<TrustFleet>()))),
        _ => None,
    }
}

/// The committed schemas; a test holds each against the types that it is derived from.
mod compiled {
    crate::types::compiled_schemas! {
        {}
        (Quickstart, "schemas/config/quickstart.schema.json"),
        (ByoIssuer, "schemas/config/byo-issuer.schema.json")
    }
}

/// Whether the schema of the profile takes the value. Says no more than that; [`validator`] says why not.
pub(super) fn accepts(profile: &str, value: &Value) -> bool {
    match profile {
        "quickstart" => compiled::Quickstart::is_valid(value),
        "byo-issuer" => compiled::ByoIssuer::is_valid(value),
        _ => false,
    }
}

/// The compiled validator of one profile, made once per process.
pub(super) fn validator(profile: &str) -> Option<&'static Validator> {
    static QUICKSTART: OnceLock<Validator> = OnceLock::new();
    static BYO_ISSUER: OnceLock<Validator> = OnceLock::new();
    let cell = match profile {
        "quickstart" => &QUICKSTART,
        "byo-issuer" => &BYO_ISSUER,
        _ => return None,
    };
    Some(cell.get_or_init(|| compile(of_profile(profile).unwrap_or(&Value::Null))))
}

/// The compiled validator of a fleet.
pub(super) fn fleet_validator() -> &'static Validator {
    static CELL: OnceLock<Validator> = OnceLock::new();
    CELL.get_or_init(|| compile(of_profile(FLEET_KIND).unwrap_or(&Value::Null)))
}

/// Gives values that were read as text the type that the schema of their profile says: a table knows only text.
pub(super) fn retype(value: &mut Value, texts: &[Pointer]) {
    if texts.is_empty() {
        return;
    }
    let profile = value
        .pointer("/spec/profile")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let Some(schema) = of_profile(&profile) else {
        return;
    };
    for pointer in texts {
        let wanted = super::faults::at(schema, pointer)
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str);
        let Some(found) = value.pointer_mut(pointer.as_str()) else {
            continue;
        };
        let typed = match (wanted, found.as_str()) {
            (Some("boolean"), Some("true" | "TRUE")) => Some(true.into()),
            (Some("boolean"), Some("false" | "FALSE")) => Some(false.into()),
            (Some("integer"), Some(text)) => text.parse::<u64>().ok().map(Value::from),
            _ => None,
        };
        if let Some(typed) = typed {
            *found = typed;
        }
    }
}

/// The schema of a fleet, for editors: with what a row may hold.
pub(crate) fn fleet_for_editors() -> Value {
    let mut schema = of_profile(FLEET_KIND).cloned().unwrap_or_default();
    if let Some(row) = schema
        .pointer_mut("/properties/spec/properties/sites/properties/inLine/items/properties/spec")
    {
        *row = partial();
    }
    schema
}

/// The schema of a file that is only extended, for editors.
pub(crate) fn defaults_for_editors() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": DEFAULTS_KIND,
        "description": "What sites inherit that extend this file: any part of the spec of a TrustConfig.",
        "type": "object",
        "required": ["apiVersion", "kind", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
            "kind": {"const": DEFAULTS_KIND, "description": "What this file is."},
            "metadata": {"type": "object", "description": "For other tools; nothing of it is inherited."},
            "spec": partial()
        }
    })
}

/// A site that extends another file.
fn extending() -> Value {
    let mut schema = of_profile("quickstart").cloned().unwrap_or_default();
    schema["properties"]["spec"] = partial();
    if let Some(root) = schema.as_object_mut() {
        root.shift_remove("$schema");
    }
    schema
}

/// Any part of the spec of any profile: nothing is required, and null removes what is inherited.
fn partial() -> Value {
    let mut properties = Map::new();
    let specs = PROFILES
        .iter()
        .filter_map(|profile| of_profile(profile)?.pointer("/properties/spec/properties"));
    for (key, schema) in specs.filter_map(Value::as_object).flatten() {
        let mut schema = schema.clone();
        loosen(&mut schema);
        match properties.get_mut(key) {
            None => drop(properties.insert(key.clone(), schema)),
            Some(known) if *known == schema => {}
            Some(known) => *known = json!({"anyOf": [known.take(), schema]}),
        }
    }
    json!({
        "type": "object",
        "description": "Any part of the spec of a TrustConfig. Mappings merge, lists of named items merge by name, null removes.",
        "properties": properties,
        "additionalProperties": false
    })
}

/// Takes away what only a whole configuration has, and what only it can be held to.
fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("required").is_some_and(Value::is_array) {
                map.shift_remove("required");
            }
            for key in ["default", "minItems"] {
                map.shift_remove(key);
            }
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for property in properties.values_mut() {
                    loosen(property);
                    let types = property.get("type").cloned();
                    if let (Some(Value::String(kind)), Some(map)) =
                        (types, property.as_object_mut())
                    {
                        map.insert("type".to_owned(), json!([kind, "null"]));
                    }
                }
            }
            map.iter_mut()
                .filter(|(key, _)| *key != "properties")
                .for_each(|(_, value)| loosen(value));
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

fn titled(title: &str, mut schema: Value) -> Value {
    schema["title"] = title.into();
    schema
}

/// One schema for editors: it picks the profile's own by `spec.profile`.
pub(crate) fn combined() -> Value {
    let spec = |what: Value| json!({"properties": {"spec": what}, "required": ["spec"]});
    let picks: Vec<Value> = PROFILES
        .iter()
        .map(|profile| {
            // What extends another file need not be whole.
            json!({
                "if": {"allOf": [
                    spec(json!({"properties": {"profile": {"const": profile}}, "required": ["profile"]})),
                    {"not": spec(json!({"required": ["extends"]}))}
                ]},
                "then": {"$ref": format!("#/$defs/{profile}")}
            })
        })
        .chain([json!({
            "if": spec(json!({"required": ["extends"]})),
            "then": {"$ref": "#/$defs/extends"}
        })])
        .collect();
    let definitions: Map<String, Value> = PROFILES
        .iter()
        .filter_map(|profile| {
            let mut schema = of_profile(profile)?.clone();
            schema.as_object_mut()?.shift_remove("$schema");
            Some(((*profile).to_owned(), schema))
        })
        .chain([("extends".to_owned(), extending())])
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TrustConfig",
        "description": "One trust configuration: one site, in the profile that spec.profile names.",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "spec": {
                "type": "object",
                "anyOf": [{"required": ["profile"]}, {"required": ["extends"]}],
                "properties": {"profile": {"description": "Who issues: a self-signed root in the cluster, or the enterprise PKI.", "enum": PROFILES}}
            }
        },
        "allOf": picks,
        "$defs": definitions
    })
}

/// The schema of any type of ours.
pub(crate) fn of_type<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    tidy(&mut schema);
    schema
}

fn generate<T: JsonSchema>() -> Value {
    let mut schema = of_type::<T>();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), "TrustConfig".into());
    }
    schema
}

/// An optional field may be left out, never null: to Kubernetes a null means "not written", and to people it means a slip.
/// One-line descriptions read better in editors than wrapped ones.
pub(crate) fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [single] = types.as_slice() {
                    let single = single.clone();
                    map.insert("type".into(), single);
                }
            }
            if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                any.retain(|s| s.get("type").is_none_or(|t| t != "null"));
                if let [Value::Object(single)] = any.as_mut_slice() {
                    let single = std::mem::take(single);
                    map.shift_remove("anyOf");
                    single.into_iter().for_each(|(key, value)| {
                        map.entry(key).or_insert(value);
                    });
                }
            }
            if let Some(Value::Array(values)) = map.get_mut("enum") {
                values.retain(|v| !v.is_null());
            }
            // Formats are of texts: no validator asks a number for one.
            if let Some(bits) = map
                .get("format")
                .and_then(Value::as_str)
                .and_then(|format| format.strip_prefix("uint"))
            {
                let largest = match bits {
                    "16" => Some(u32::from(u16::MAX)),
                    "32" => Some(u32::MAX),
                    _ => None,
                };
                map.shift_remove("format");
                if let Some(largest) = largest {
                    map.entry("maximum").or_insert_with(|| largest.into());
                }
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Compiles a schema whose formats are those of `values`.
pub(super) fn compile(schema: &Value) -> Validator {
    let options = jsonschema::options().should_validate_formats(true);
    let options = FORMATS.iter().fold(options, |options, (name, _)| {
        options.with_format(*name, move |text: &str| refusal(name, text).is_none())
    });
    options
        .build(schema)
        .expect("a schema derived from our own types compiles; tests compile each")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{golden, some_variants};

    #[test]
    fn every_profile_compiles_and_no_field_may_be_null() {
        for profile in PROFILES {
            let schema = of_profile(profile).expect("a known profile");
            assert!(!schema.to_string().contains("\"null\""), "{profile}");
            assert!(
                !schema.to_string().contains("\"$ref\""),
                "{profile}: pointers into the schema must walk plainly"
            );
            assert!(validator(profile).is_some());
        }
        assert!(jsonschema::validator_for(&combined()).is_ok());
    }

    /// What is compiled with the program and what is compiled at run time are two programs: they must agree.
    #[test]
    fn both_validators_agree_on_what_is_changed() {
        for site in golden("cases", "trust.yaml") {
            let profile = site["spec"]["profile"]
                .as_str()
                .expect("a profile")
                .to_owned();
            let validator = validator(&profile).expect("a known profile");
            assert!(accepts(&profile, &site), "{site}");
            for variant in some_variants(&site) {
                assert_eq!(
                    accepts(&profile, &variant),
                    validator.is_valid(&variant),
                    "{variant}"
                );
            }
        }
    }

    #[test]
    fn every_object_is_closed() {
        fn walk(schema: &Value, at: &str) {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                assert_eq!(
                    schema.get("additionalProperties"),
                    Some(&Value::Bool(false)),
                    "{at} is open"
                );
                properties
                    .iter()
                    .for_each(|(key, value)| walk(value, &format!("{at}/{key}")));
            }
            if let Some(items) = schema.get("items") {
                walk(items, &format!("{at}[]"));
            }
        }
        PROFILES
            .iter()
            .for_each(|profile| walk(of_profile(profile).expect("known"), profile));
    }

    #[test]
    fn defaults_are_visible() {
        let schema = of_profile("quickstart").expect("known");
        let at = |pointer: &str| schema.pointer(pointer).cloned();
        let root = "/properties/spec/properties/root/properties";
        assert_eq!(
            at(&format!("{root}/duration/default")),
            Some(json!("8760h0m0s"))
        );
        assert_eq!(
            at(&format!(
                "{root}/privateKey/properties/rotationPolicy/default"
            )),
            Some(json!("Never"))
        );
        let instance = "/properties/spec/properties/namespaces/properties/instance/properties";
        assert_eq!(
            at(&format!("{instance}/name/default")),
            Some(json!("azure-iot-operations"))
        );
    }
}
