//! `trustc schema`: the JSON Schemas, for editors and other tools.

use clap::Args;
use serde_json::Value;

use super::{Exit, Stop, Streams};
use crate::admission::{KINDS, of_kind};
use crate::config::{
    DEFAULTS_KIND, FLEET_KIND, PROFILES, combined, defaults_for_editors, fleet_for_editors,
    of_profile, of_type,
};
use crate::inspect::json_schema;
use crate::rehearsal::{Assumptions, Report};
use crate::report::schema_of_output;
use crate::source::shown;

/// Print a JSON Schema: of configurations, of a manifest kind, of what other verbs print.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// A profile (quickstart, byo-issuer), a type of issuer (byo-issuer/vault), TrustDefaults, TrustFleet, a manifest kind
    /// (Bundle), a form of output (report, inspection, rehearsal, rules) or what `rehearse --assume` takes (assumptions);
    /// without it the schema for editors, all profiles in one
    name: Option<String>,
}

pub(super) fn run(args: &SchemaArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let Some(name) = &args.name else {
        streams.output.document(&text(&combined()))?;
        return Ok(Exit::Clean);
    };
    let file = match name.as_str() {
        FLEET_KIND => Some(fleet_for_editors()),
        DEFAULTS_KIND => Some(defaults_for_editors()),
        _ => None,
    };
    let profile = file.as_ref().or_else(|| of_profile(name)).map(text);
    let profile = profile.or_else(|| of_issuer(name).map(|schema| text(&schema)));
    let output = output(name).map(|schema| text(&schema));
    let schema = profile
        .or(output)
        .or_else(|| of_kind(name).map(|schema| schema.text.to_owned()));
    let Some(schema) = schema else {
        let kinds: Vec<&str> = KINDS.iter().map(|schema| schema.kind).collect();
        let issuers = issuers()
            .map(|name| format!("byo-issuer/{name}"))
            .collect::<Vec<_>>()
            .join(", ");
        let (profiles, outputs, kinds) =
            (PROFILES.join(", "), OUTPUTS.join(", "), kinds.join(", "));
        let files = format!("{DEFAULTS_KIND}, {FLEET_KIND}");
        let message = format!(
            "there is no schema {}; there are {profiles}, {files}, {issuers}, {outputs}, {kinds}",
            shown(name)
        );
        return Err(Stop::Failed(message));
    };
    streams.output.document(&schema)?;
    Ok(Exit::Clean)
}

/// What other verbs print for programs (`--format json` of check and render, of inspect, of explain, of rehearse), and what
/// `rehearse --assume` takes.
const OUTPUTS: [&str; 5] = ["assumptions", "inspection", "rehearsal", "report", "rules"];

fn output(name: &str) -> Option<Value> {
    let titled = |schema: Value, title: &str| {
        let mut titled = serde_json::Map::from_iter([("title".to_owned(), title.into())]);
        schema
            .as_object()
            .cloned()
            .into_iter()
            .flatten()
            .for_each(|(key, value)| {
                titled.entry(key).or_insert(value);
            });
        Some(Value::Object(titled))
    };
    match name {
        "assumptions" => titled(of_type::<Assumptions>(), "assumptions"),
        "rehearsal" => titled(of_type::<Report>(), "rehearsal"),
        "inspection" => Some(json_schema()),
        other => schema_of_output(other),
    }
}

/// Where the profile's schema describes the types of issuer, and what else stands beside them.
const ISSUERS: &str = "/properties/spec/properties/issuer/properties";

fn issuers() -> impl Iterator<Item = &'static String> {
    let properties = of_profile("byo-issuer")
        .and_then(|schema| schema.pointer(ISSUERS))
        .and_then(Value::as_object);
    properties
        .into_iter()
        .flat_map(|map| map.keys())
        .filter(|key| !matches!(key.as_str(), "kind" | "name"))
}

/// The schema of one type of issuer, as a document of its own.
fn of_issuer(name: &str) -> Option<Value> {
    let issuer = name
        .strip_prefix("byo-issuer/")
        .filter(|name| issuers().any(|known| known == name))?;
    let mut schema = of_profile("byo-issuer")?
        .pointer(&format!("{ISSUERS}/{issuer}"))?
        .clone();
    let fields = schema.as_object_mut()?;
    fields.insert("title".to_owned(), format!("issuer.{issuer}").into());
    fields.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    Some(schema)
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}
