//! `trustc schema`: the JSON Schemas, for editors and other tools.

use clap::Args;
use serde_json::Value;

use super::{Exit, Stop, Streams};
use crate::admission::{KINDS, of_kind};
use crate::config::{PROFILES, combined, of_profile};
use crate::source::shown;

/// Print a JSON Schema: of the configuration, of one profile, or of a manifest kind.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// A profile (quickstart, byo-issuer) or a manifest kind (Bundle); without it the schema for editors, all profiles in one
    name: Option<String>,
}

pub(super) fn run(args: &SchemaArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let Some(name) = &args.name else {
        streams.output.write_all(text(&combined()).as_bytes())?;
        return Ok(Exit::Clean);
    };
    let schema = of_profile(name).map(text).or_else(|| of_kind(name).map(|schema| schema.text.to_owned()));
    let Some(schema) = schema else {
        let kinds: Vec<&str> = KINDS.iter().map(|schema| schema.kind).collect();
        let message =
            format!("there is no schema {}; there are {}, {}", shown(name), PROFILES.join(", "), kinds.join(", "));
        return Err(Stop::Failed(message));
    };
    streams.output.write_all(schema.as_bytes())?;
    Ok(Exit::Clean)
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}
