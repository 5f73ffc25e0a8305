//! What unit tests of several rooms begin with: documents of the goldens, and the same documents with one thing changed.

use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use serde_json::{Value, json};
use walkdir::WalkDir;

/// Every document that can be read of every file whose path ends so, anywhere in `golden/<room>`.
pub(crate) fn golden(room: &str, ending: &str) -> Vec<Value> {
    let room = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(room);
    let entries = WalkDir::new(room).sort_by_file_name().into_iter();
    let files = entries.map(|entry| entry.expect("an entry").into_path());
    let files: Vec<_> = files
        .filter(|file| file.is_file() && file.to_string_lossy().ends_with(ending))
        .collect();
    // Some are too large on purpose.
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("text"))
        .filter(|text| text.len() < 50_000);
    let values = texts.flat_map(|text| {
        let documents = serde_yaml::Deserializer::from_str(&text).map(Value::deserialize);
        documents
            .map_while(Result::ok)
            .filter(|value| !value.is_null())
            .collect::<Vec<_>>()
    });
    let values: Vec<_> = values.collect();
    assert!(!values.is_empty());
    values
}

/// At most a hundred variants, from all over the value.
pub(crate) fn some_variants(value: &Value) -> Vec<Value> {
    let all = variants(value);
    let step = all.len() / 100 + 1;
    all.into_iter().step_by(step).collect()
}

/// The value with one thing changed, for each thing in it: removed, of another type, too much, and one key too many.
fn variants(value: &Value) -> Vec<Value> {
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(7),
        json!(1.5),
        json!(1e12),
        json!(""),
        json!("x"),
        json!("A b"),
    ];
    let mut found: Vec<Value> = others
        .into_iter()
        .chain([json!([]), json!({}), json!(["x"]), json!({"x": 1})])
        .collect();
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
                found.push(
                    items
                        .iter()
                        .enumerate()
                        .filter(|(m, _)| *m != n)
                        .map(|(_, item)| item.clone())
                        .collect(),
                );
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
