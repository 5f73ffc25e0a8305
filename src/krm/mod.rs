//! A KRM function: one ResourceList in, one out (kustomize `cmd/config/docs/api-conventions/functions-spec.md`).
//!
//! Items of others go through as they are written, comments included. Objects of ours are added, or take the place of what
//! an earlier run of the same configuration made. Nothing is ever left out that was there: whoever runs a function takes a
//! missing item for one to delete.

mod list;
mod merge;
mod results;

use serde_json::Value;

pub(crate) use list::ResourceList;
pub(crate) use merge::merge;
pub(crate) use results::results;

/// Annotations by which the program that runs the function knows its items; they stay with the item.
const RUNNERS: &[&str] = &[
    "config.kubernetes.io/",
    "internal.config.kubernetes.io/",
    "config.k8s.io/",
    "kustomize.config.k8s.io/",
];
/// Where an item's file is, in today's spelling and in the older one.
const PATHS: [&str; 2] = [
    "internal.config.kubernetes.io/path",
    "config.kubernetes.io/path",
];

fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object["metadata"]["annotations"]
        .get(key)
        .and_then(Value::as_str)
}

/// The file of an item, relative to the folder that the function runs over; none for what is no file.
fn path(object: &Value) -> Option<&str> {
    PATHS.iter().find_map(|key| annotation(object, key))
}

/// `Certificate/name` and its namespace, as people name objects.
fn title(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = format!(
        "{}/{}",
        text(&object["kind"]),
        text(&object["metadata"]["name"])
    );
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{name} in namespace {namespace}"),
        None => name,
    }
}
