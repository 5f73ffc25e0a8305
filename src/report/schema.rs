//! JSON Schemas of what this program prints for other programs, derived from the types that are printed.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{Report, Rules};
use crate::config::tidy;

/// The schema of a form by its name; none for a word that names none.
pub(crate) fn schema_of_output(name: &str) -> Option<Value> {
    match name {
        "report" => Some(derive::<Report<'_>>()),
        "rules" => Some(derive::<Rules>()),
        _ => None,
    }
}

/// The schema of a type as it is printed. Open: keys may be added under the same version.
pub(crate) fn derive<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|s| s.inline_subschemas = true);
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    tidy(&mut schema);
    let Value::Object(mut rest) = schema else {
        return schema;
    };
    // What a reader wants first comes first.
    let head =
        ["$schema", "title", "description"].map(|key| (key.to_owned(), rest.shift_remove(key)));
    let head = head
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    head.chain(rest).collect()
}
