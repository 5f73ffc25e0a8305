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
pub(crate) use remote::{
    KeyVaultName, KeyVaultObject, KindName, NameServer, ReleaseTag, RepositoryUrl, Url, Uuid,
    VaultPath,
};
pub(crate) use text::{
    AnyText, Characters, FilePath, NamedFile, PemText, RepositoryPath, Text, every_byte,
    is_typed_in_yaml, nearest,
};
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
        Self {
            substitution: false,
            reason: reason.into(),
            suggestion: None,
        }
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    pub(crate) fn rule(&self) -> &'static RuleInfo {
        if self.substitution {
            &VARIABLE_SUBSTITUTION
        } else {
            &INVALID_VALUE
        }
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
                    formats = { $($name => crate::types::accepts::$function,)* $d($d own)* }
                )]
                pub(super) struct $d schema;
                crate::types::compiled_schemas! { {$d($d own)*} $d($d more),* }
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
    ("named-file", named_file, text::check_named_file),
    ("calendar-date", calendar_date, tokens::check_date),
    ("sha256", sha256, tokens::check_fingerprint),
    ("ip-address", ip_address, tokens::check_ip),
    ("version", version, tokens::check_version),
    ("url", url, remote::check_url),
    ("name-server", name_server, remote::check_name_server),
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

/// A string type whose values passed a check: constructors, serde, schema. What else the schema is to say of it comes last.
macro_rules! checked_string {
    (
        $(#[$doc:meta])* $name:ident, $format:literal, $check:path, $description:literal
        $(, $keyword:literal: $limit:literal)*
    ) => {
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
                schemars::json_schema!({
                    "type": "string",
                    "format": $format,
                    $($keyword: $limit,)*
                    "description": $description
                })
            }
        }
    };
}
pub(crate) use checked_string;

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
