//! The JSON Schemas of the configuration, derived from its types: one per profile, and one for editors that picks by
//! profile. A single `oneOf` would answer every slip with "matches none of the alternatives".

use std::sync::OnceLock;

use jsonschema::Validator;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{ByoIssuerSpec, QuickstartSpec, TrustConfig};
use crate::values::{FORMATS, refusal};

/// The profiles, by the word in `spec.profile`.
pub(crate) static PROFILES: &[&str] = &["quickstart", "byo-issuer"];

/// The schema of one profile; none for a word that is no profile.
pub(crate) fn of_profile(profile: &str) -> Option<&'static Value> {
    static QUICKSTART: OnceLock<Value> = OnceLock::new();
    static BYO_ISSUER: OnceLock<Value> = OnceLock::new();
    match profile {
        "quickstart" => Some(QUICKSTART.get_or_init(generate::<TrustConfig<QuickstartSpec>>)),
        "byo-issuer" => Some(BYO_ISSUER.get_or_init(generate::<TrustConfig<ByoIssuerSpec>>)),
        _ => None,
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

/// One schema for editors: it picks the profile's own by `spec.profile`.
pub(crate) fn combined() -> Value {
    let picks: Vec<Value> = PROFILES
        .iter()
        .map(|profile| {
            json!({
                "if": {"properties": {"spec": {"properties": {"profile": {"const": profile}}, "required": ["profile"]}},
                       "required": ["spec"]},
                "then": {"$ref": format!("#/$defs/{profile}")}
            })
        })
        .collect();
    let definitions: Map<String, Value> = PROFILES
        .iter()
        .filter_map(|profile| {
            let mut schema = of_profile(profile)?.clone();
            schema.as_object_mut()?.shift_remove("$schema");
            Some(((*profile).to_owned(), schema))
        })
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
                "required": ["profile"],
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
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
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
    options.build(schema).expect("a schema derived from our own types compiles; tests compile each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_compiles_and_no_field_may_be_null() {
        for profile in PROFILES {
            let schema = of_profile(profile).expect("a known profile");
            assert!(!schema.to_string().contains("\"null\""), "{profile}");
            assert!(!schema.to_string().contains("\"$ref\""), "{profile}: pointers into the schema must walk plainly");
            assert!(validator(profile).is_some());
        }
        assert!(jsonschema::validator_for(&combined()).is_ok());
    }

    #[test]
    fn every_object_is_closed() {
        fn walk(schema: &Value, at: &str) {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{at} is open");
                properties.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}")));
            }
            if let Some(items) = schema.get("items") {
                walk(items, &format!("{at}[]"));
            }
        }
        PROFILES.iter().for_each(|profile| walk(of_profile(profile).expect("known"), profile));
    }

    #[test]
    fn defaults_are_visible() {
        let schema = of_profile("quickstart").expect("known");
        let at = |pointer: &str| schema.pointer(pointer).cloned();
        let root = "/properties/spec/properties/root/properties";
        assert_eq!(at(&format!("{root}/duration/default")), Some(json!("8760h0m0s")));
        assert_eq!(at(&format!("{root}/privateKey/properties/rotationPolicy/default")), Some(json!("Never")));
        let instance = "/properties/spec/properties/namespaces/properties/instance/properties";
        assert_eq!(at(&format!("{instance}/name/default")), Some(json!("azure-iot-operations")));
    }
}
