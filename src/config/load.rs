//! Text to [`Config`]: syntax, then the envelope, then the schema of the profile, then the types.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::agreed::agreed_value;
use super::layers::{Layered, Reach, Top, layered};
use super::written::Written;
use super::{API_VERSION, Choice, Config, FLEET_KIND, KIND, PROFILES, faults, schema};
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{self, Sources, shown};
use crate::types::nearest;

pub(crate) static NOT_A_TRUST_CONFIG: RuleInfo = RuleInfo {
    id: "not-a-trust-config",
    severity: Severity::Error,
    summary: "the file is no TrustConfig of a version this program knows",
    why: "nothing would be rendered from it",
    fix: "begin the file with `apiVersion: trustc.dev/v1alpha1` and `kind: TrustConfig`",
};

pub(crate) static UNKNOWN_PROFILE: RuleInfo = RuleInfo {
    id: "unknown-profile",
    severity: Severity::Error,
    summary: "spec.profile names no profile",
    why: "the profile decides who issues certificates; without one nothing can be rendered",
    fix: "write `profile: quickstart` (a self-signed root in the cluster) or `profile: byo-issuer` (your own PKI)",
};

pub(crate) static CONFLICTING_FIELDS: RuleInfo = RuleInfo {
    id: "conflicting-fields",
    severity: Severity::Error,
    summary: "one thing is written in two ways that exclude each other",
    why: "only one of the two could be rendered, and nobody could tell which was meant",
    fix: "keep one and delete the other",
};

/// A configuration as it counts, and what is wrong with it but does not keep it from being read.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) layered: Layered,
}

/// Reads a site over everything that it extends. Places in the result are those of the merged configuration;
/// [`super::Written::settle`] turns them into places in files.
///
/// # Errors
/// Every fault of the first stage that has any: syntax, layers, envelope, schema. Their places are final.
pub(crate) fn load(
    id: SourceId,
    top: Top,
    sources: &mut Sources,
    reach: &Reach<'_>,
) -> Result<Loaded, Vec<Diagnostic>> {
    let texts = top.texts.clone();
    let mut layered = layered(top, sources, reach)?;
    schema::retype(&mut layered.value, &texts);
    match typed_and_judged(id, &layered.value) {
        Ok((config, findings)) => Ok(Loaded {
            config,
            findings,
            layered,
        }),
        Err(mut faults) => {
            faults
                .iter_mut()
                .for_each(|fault| layered.written.settle(fault));
            Err(faults)
        }
    }
}

/// The site that is the whole of file `id`, as written. Leaves the spans of the file in `sources`.
pub(crate) fn top(
    id: SourceId,
    path: &Path,
    sources: &mut Sources,
) -> Result<Top, Vec<Diagnostic>> {
    let value = value_of(id, sources)?;
    let written = Written::whole(Origin::value(id, Pointer::root()));
    let paths = BTreeMap::from([(id, path.to_path_buf())]);
    Ok(Top {
        path: path.to_path_buf(),
        value,
        written,
        extends: None,
        texts: Vec::new(),
        paths,
    })
}

fn typed_and_judged(
    id: SourceId,
    value: &Value,
) -> Result<(Config, Vec<Diagnostic>), Vec<Diagnostic>> {
    let profile = envelope(id, value)?;
    // The schema as a value takes longer to make than everything else: without a fault nobody needs it.
    if !schema::accepts(profile, value) || has_fraction(value) {
        let schema = schema::of_profile(profile).unwrap_or(&Value::Null);
        let validator = schema::validator(profile).ok_or_else(Vec::new)?;
        let found = faults::of(id, profile, schema, validator, value);
        if !found.is_empty() {
            return Err(found);
        }
    }
    let config = typed(profile, value).map_err(|message| {
        vec![NOT_A_TRUST_CONFIG.at(
            Origin::file(id),
            format!("a fault of trustc, please report it: {message}"),
        )]
    })?;
    let mut found = unmade_choices(id, &config);
    if let Config::ByoIssuer(config) = &config {
        for (at, value) in config.spec.free_form() {
            faults::free_form(id, &at, value, &mut found);
        }
    }
    Ok((config, found))
}

/// Whether a number in a value is written as a fraction, such as `8884.0`.
fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(map) => map.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// Reads a file beside the configuration, of a form of its own, and leaves its spans in `sources`.
///
/// Returns what it says; or every fault of the first stage that has any: syntax, schema.
pub(crate) fn load_beside<T: JsonSchema + DeserializeOwned>(
    id: SourceId,
    sources: &mut Sources,
) -> Result<T, Vec<Diagnostic>> {
    let value = value_of(id, sources)?;
    let schema = schema::of_type::<T>();
    let found = faults::of(id, "", &schema, &schema::compile(&schema), &value);
    if !found.is_empty() {
        return Err(found);
    }
    serde_json::from_value(value).map_err(|message| {
        vec![NOT_A_TRUST_CONFIG.at(
            Origin::file(id),
            format!("a fault of trustc, please report it: {message}"),
        )]
    })
}

/// The value of file `id`. Leaves its spans in `sources`.
pub(super) fn value_of(id: SourceId, sources: &mut Sources) -> Result<Value, Vec<Diagnostic>> {
    let text = text_of(id, sources)?;
    let document = source::parse(id, sources.get(id))?;
    let agreed = agreed_value(&document, &text);
    sources.set_document(id, document);
    agreed
        .map_or_else(|| first_document(&text), Ok)
        .map_err(|message| {
            vec![source::YAML_SYNTAX.at(
                Origin::file(id),
                format!("this is no YAML: {}", crate::text::mask(&message)),
            )]
        })
}

/// What a schema would have to say with a `oneOf`, and would say badly.
fn unmade_choices(id: SourceId, config: &Config) -> Vec<Diagnostic> {
    let mut choices = match config {
        Config::Quickstart(_) => Vec::new(),
        Config::ByoIssuer(config) => config.spec.choices(),
    };
    let common = config.common();
    let mut names = vec![(
        Pointer::parse("/spec/broker/extraNames"),
        &common.broker.extra_names,
    )];
    for (n, listener) in common.broker.listeners.iter().enumerate() {
        names.push((
            Pointer::parse("/spec/broker/listeners")
                .index(n)
                .key("names"),
            &listener.names,
        ));
    }
    for (at, anchor) in config.client_anchors() {
        choices.push(Choice::one_of(
            at,
            [
                ("file", anchor.file.is_some()),
                ("inLine", anchor.in_line.is_some()),
            ],
        ));
    }
    for (n, certificate) in common.certificates.iter().enumerate() {
        names.push((
            Pointer::parse("/spec/certificates").index(n).key("names"),
            &certificate.names,
        ));
    }
    for (at, names) in names {
        for (n, name) in names.iter().enumerate() {
            let ways = [("dns", name.dns.is_some()), ("ip", name.ip.is_some())];
            choices.push(Choice::one_of(at.index(n), ways));
        }
    }
    choices
        .iter()
        .filter_map(|choice| choice.fault(id))
        .collect()
}

fn text_of(id: SourceId, sources: &Sources) -> Result<String, Vec<Diagnostic>> {
    let bytes = sources.get(id).bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let at = error.valid_up_to();
            let message = format!("the file is no UTF-8 text: byte {at} begins no character");
            Err(vec![
                source::NOT_UTF8.at(Origin::bytes(id, at..at + 1), message),
            ])
        }
    }
}

/// The first document that is not empty. The event pass has made sure that there is exactly one.
pub(super) fn first_document(text: &str) -> Result<Value, String> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    for document in serde_yaml::Deserializer::from_str(body) {
        let value = Value::deserialize(document).map_err(|e| e.to_string())?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}

/// Whether this is ours at all, and of which profile.
fn envelope(id: SourceId, value: &Value) -> Result<&'static str, Vec<Diagnostic>> {
    let Some(map) = value.as_object() else {
        let message = "a TrustConfig is a mapping of keys to values";
        return Err(vec![
            NOT_A_TRUST_CONFIG.at(Origin::value(id, Pointer::root()), message),
        ]);
    };
    let mut faults = Vec::new();
    for (key, expected) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        match map.get(key) {
            Some(Value::String(text)) if text == expected => {}
            Some(Value::String(text)) => {
                let message = format!("{key} is {}, not `{expected}`", shown(text));
                let fault =
                    NOT_A_TRUST_CONFIG.at(Origin::value(id, Pointer::root().key(key)), message);
                faults.push(if text == FLEET_KIND {
                    fault.help(
                        "a fleet is in a file named fleet.yaml or *.fleet.yaml, or is named itself",
                    )
                } else {
                    fault
                });
            }
            Some(_) => {
                let message = format!("{key} must be `{expected}`");
                faults.push(
                    NOT_A_TRUST_CONFIG.at(Origin::value(id, Pointer::root().key(key)), message),
                );
            }
            None => {
                let message = format!("`{key}: {expected}` is missing");
                faults.push(NOT_A_TRUST_CONFIG.at(Origin::value(id, Pointer::root()), message));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    profile(id, value).map_err(|fault| vec![fault])
}

fn profile(id: SourceId, value: &Value) -> Result<&'static str, Diagnostic> {
    let pointer = Pointer::parse("/spec/profile");
    let written = value.get("spec").and_then(|spec| spec.get("profile"));
    let Some(text) = written.and_then(Value::as_str) else {
        let message = if written.is_none() {
            "spec.profile is missing"
        } else {
            "spec.profile must be the name of a profile"
        };
        let fault = UNKNOWN_PROFILE.at(Origin::value(id, pointer), message);
        return Err(
            match misspelt_profile(value).filter(|_| written.is_none()) {
                Some(key) => {
                    let at = Pointer::parse("/spec").key(key);
                    let rename = Edit::new(id, at.clone(), Change::Rename("profile".to_owned()));
                    let fix = Fix::safe("write `profile`", vec![rename]);
                    fault
                        .also(Origin::key(id, at), "did you mean `profile`?")
                        .fix(fix)
                }
                None => fault,
            },
        );
    };
    if let Some(known) = PROFILES.iter().find(|known| **known == text) {
        return Ok(known);
    }
    let origin = Origin::value(id, pointer.clone());
    let fault = UNKNOWN_PROFILE.at(origin, format!("there is no profile {}", shown(text)));
    Err(match nearest(text, PROFILES.iter().copied()) {
        Some(near) => {
            let replace = Edit::new(id, pointer, Change::Replace(near.into()));
            let title = format!("write `profile: {near}`");
            let fix = Fix::safe(title.as_str(), vec![replace]);
            fault
                .label(format!("did you mean `{near}`?"))
                .help(title)
                .fix(fix)
        }
        None => fault,
    })
}

/// The key that was probably meant to be `profile`.
fn misspelt_profile(value: &Value) -> Option<&str> {
    let keys = value.get("spec")?.as_object()?.keys();
    keys.map(String::as_str)
        .find(|key| nearest(key, ["profile"].into_iter()).is_some())
}

fn typed(profile: &str, value: &Value) -> Result<Config, String> {
    let result = match profile {
        "quickstart" => Deserialize::deserialize(value).map(|c| Config::Quickstart(Box::new(c))),
        _ => Deserialize::deserialize(value).map(|c| Config::ByoIssuer(Box::new(c))),
    };
    result.map_err(|e| e.to_string())
}
