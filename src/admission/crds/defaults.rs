//! Defaults of a structural schema, as apiextensions-apiserver applies them.

use serde_json::Value;

/// How many values defaults may add to one object: more than the 1.5 MiB that etcd stores can hold.
const MOST: usize = 500_000;

/// Absent fields with a default get it, from the outside in. None if that makes the object larger than anything is stored.
pub(super) fn apply_defaults(value: &mut Value, schema: &Value) -> Option<()> {
    let mut left = MOST;
    apply(value, schema, &mut left)
}

fn apply(value: &mut Value, schema: &Value, left: &mut usize) -> Option<()> {
    match value {
        Value::Object(map) => {
            for (key, field) in schema["properties"].as_object().into_iter().flatten() {
                if let (None, Some(default)) = (map.get(key), field.get("default")) {
                    *left = left.checked_sub(size(default))?;
                    map.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in map.iter_mut() {
                let field = schema["properties"]
                    .get(key)
                    .or_else(|| schema.get("additionalProperties"));
                if let Some(field) = field {
                    apply(value, field, left)?;
                }
            }
            Some(())
        }
        Value::Array(items) => {
            let schema = schema.get("items");
            schema.map_or(Some(()), |schema| {
                items
                    .iter_mut()
                    .try_for_each(|item| apply(item, schema, left))
            })
        }
        _ => Some(()),
    }
}

/// How many values there are, a long text counted as several.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(size).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::String(text) => text.len() / 64,
        _ => 0,
    }
}
