//! Newtypes that cannot hold nonsense. One check per type serves the JSON Schema (as a `format`), the typed
//! configuration and the messages.

mod lifetime;
mod names;
mod remote;
mod text;
mod tokens;

use crate::diagnostic::{RuleInfo, Severity};

pub(crate) use lifetime::Lifetime;
pub(crate) use names::{ConfigMapKey, DnsLabel, DnsName, DnsSubdomain};
pub(crate) use remote::{KeyVaultName, KeyVaultObject, KindName, ReleaseTag, RepositoryUrl, Url, Uuid, VaultPath};
pub(crate) use text::{FilePath, PemText, RepositoryPath, Text, is_typed_in_yaml, nearest};
pub(crate) use tokens::{Date, Fingerprint, IpAddress, Version};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[&INVALID_VALUE, &VARIABLE_SUBSTITUTION];

pub(crate) static INVALID_VALUE: RuleInfo = RuleInfo {
    id: "invalid-value",
    severity: Severity::Error,
    summary: "a value that its field cannot take",
    why: "the API server or the controller would refuse the object that this value ends up in",
    fix: "write a value of the form shown",
};

pub(crate) static VARIABLE_SUBSTITUTION: RuleInfo = RuleInfo {
    id: "variable-substitution",
    severity: Severity::Error,
    summary: "text holds `${`, which Flux replaces when it substitutes variables",
    why: "a Flux Kustomization with postBuild blanks the text or fails the whole apply (strict since Flux 2.9)",
    fix: "write the final text without `${`: trustc renders no variables",
};

/// Why a text is no value of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) substitution: bool,
    pub(crate) reason: String,
    pub(crate) suggestion: Option<String>,
}

impl Refusal {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { substitution: false, reason: reason.into(), suggestion: None }
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub(crate) fn rule(&self) -> &'static RuleInfo {
        if self.substitution { &VARIABLE_SUBSTITUTION } else { &INVALID_VALUE }
    }
}

type Check = fn(&str) -> Result<(), Refusal>;

/// What a format is, said once: `$d` is a dollar sign, for the macro in the macro.
macro_rules! formats {
    ($d:tt $(($name:tt, $function:ident, $check:path)),* $(,)?) => {
        /// Every format a schema names, and its check.
        pub(crate) static FORMATS: &[(&str, Check)] = &[$(($name, $check)),*];

        /// The same checks as validators that are compiled with the program want them.
        pub(crate) mod accepts {
            use super::{lifetime, names, remote, text, tokens};

            $(pub(crate) fn $function(text: &str) -> bool {
                $check(text).is_ok()
            })*
        }

        /// Committed schemas as types with `is_valid`, compiled with the program: at run time that would take longer than all
        /// else that a site needs. They say no more than yes or no. In braces stand formats that are the schemas' own.
        macro_rules! compiled_schemas {
            ({$d($d own:tt)*}) => {};
            ({$d($d own:tt)*} ($d schema:ident, $d file:tt) $d(, $d more:tt)*) => {
                #[jsonschema::validator(
                    path = $d file,
                    validate_formats = true,
                    ignore_unknown_formats = false,
                    methods = { is_valid = true, validate = false, iter_errors = false },
                    formats = { $($name => crate::values::accepts::$function,)* $d($d own)* }
                )]
                pub(super) struct $d schema;
                crate::values::compiled_schemas! { {$d($d own)*} $d($d more),* }
            };
        }
        pub(crate) use compiled_schemas;
    };
}

formats![
    $
    ("dns-label", dns_label, names::dns_label),
    ("dns-subdomain", dns_subdomain, names::dns_subdomain),
    ("dns-name", dns_name, names::dns_name),
    ("config-map-key", config_map_key, names::config_map_key),
    ("label-key", label_key, names::label_key),
    ("label-value", label_value, names::label_value),
    ("metadata-key", metadata_key, names::metadata_key),
    ("go-duration", go_duration, lifetime::check),
    ("text", text, text::check),
    ("pem", pem, text::check_pem),
    ("file-path", file_path, text::check_path),
    ("calendar-date", calendar_date, tokens::check_date),
    ("sha256", sha256, tokens::check_fingerprint),
    ("ip-address", ip_address, tokens::check_ip),
    ("version", version, tokens::check_version),
    ("url", url, remote::check_url),
    ("vault-path", vault_path, remote::check_vault_path),
    ("key-vault-name", key_vault_name, remote::check_key_vault_name),
    ("key-vault-object", key_vault_object, remote::check_key_vault_object),
    ("uuid", uuid, remote::check_uuid),
    ("kind-name", kind_name, remote::check_kind_name),
    ("release-tag", release_tag, remote::check_release_tag),
    ("repository-url", repository_url, remote::check_repository_url),
    ("repository-path", repository_path, text::check_repository_path),
];

/// Why `value` is not of `format`; none if it is, or if the format is unknown.
pub(crate) fn refusal(format: &str, value: &str) -> Option<Refusal> {
    let (_, check) = FORMATS.iter().find(|(name, _)| *name == format)?;
    check(value).err()
}

/// A string type whose values passed a check: constructors, serde, schema.
macro_rules! checked_string {
    ($(#[$doc:meta])* $name:ident, $format:literal, $check:path, $description:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(String);

        impl std::ops::Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                $check(&text).map_err(|refusal| refusal.reason)?;
                Ok(Self(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "format": $format, "description": $description})
            }
        }
    };
}
pub(crate) use checked_string;

/// Every document that can be read of every file whose path ends so, anywhere in `golden/<room>`.
#[cfg(test)]
pub(crate) fn golden(room: &str, ending: &str) -> Vec<serde_json::Value> {
    use serde::Deserialize as _;
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(room);
    let entries = walkdir::WalkDir::new(room).sort_by_file_name().into_iter();
    let files = entries.map(|entry| entry.expect("an entry").into_path());
    let files: Vec<_> = files.filter(|file| file.is_file() && file.to_string_lossy().ends_with(ending)).collect();
    // Some are too large on purpose.
    let texts =
        files.iter().map(|file| std::fs::read_to_string(file).expect("text")).filter(|text| text.len() < 50_000);
    let values = texts.flat_map(|text| {
        let documents = serde_yaml::Deserializer::from_str(&text).map(serde_json::Value::deserialize);
        documents.map_while(Result::ok).filter(|value| !value.is_null()).collect::<Vec<_>>()
    });
    let values: Vec<_> = values.collect();
    assert!(!values.is_empty());
    values
}

/// At most a hundred variants, from all over the value.
#[cfg(test)]
pub(crate) fn some_variants(value: &serde_json::Value) -> Vec<serde_json::Value> {
    let all = variants(value);
    let step = all.len() / 100 + 1;
    all.into_iter().step_by(step).collect()
}

/// The value with one thing changed, for each thing in it: removed, of another type, too much, and one key too many.
#[cfg(test)]
fn variants(value: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::{Value, json};
    let others =
        [json!(null), json!(true), json!(-1), json!(7), json!(1.5), json!(1e12), json!(""), json!("x"), json!("A b")];
    let mut found: Vec<Value> =
        others.into_iter().chain([json!([]), json!({}), json!(["x"]), json!({"x": 1})]).collect();
    match value {
        Value::Object(map) => {
            for key in map.keys() {
                let mut without = map.clone();
                without.shift_remove(key);
                found.push(without.into());
                found.extend(variants(&map[key]).into_iter().map(|variant| {
                    let mut with = map.clone();
                    with.insert(key.clone(), variant);
                    Value::Object(with)
                }));
            }
            let mut more = map.clone();
            more.insert("x".to_owned(), json!("x"));
            found.push(more.into());
        }
        Value::Array(items) => {
            for n in 0..items.len() {
                found.push(items.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, item)| item.clone()).collect());
                found.extend(variants(&items[n]).into_iter().map(|variant| {
                    let mut with = items.clone();
                    with[n] = variant;
                    Value::Array(with)
                }));
            }
            found.push(items.iter().chain(items.first()).cloned().collect());
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_unique() {
        let mut names: Vec<_> = FORMATS.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), FORMATS.len());
    }
}
