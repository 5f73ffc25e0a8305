//! ConfigMap (kubernetes `pkg/apis/core/validation/validation.go` ValidateConfigMap).

use serde_json::Value;

use super::base64::decoded_length;
use super::field::value_at;
use super::names;
use super::refusal::{Layer, Refusals};
use crate::json_pointer::Pointer;

/// All values together, decoded (`MaxSecretSize`).
pub(super) const MAX_BYTES: usize = 1024 * 1024;

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let mut refusals = refusals.layer(Layer::Core);
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in value_at(manifest, field).as_object().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            size += if field == "data" {
                text.len()
            } else {
                decoded_length(text)
            };
            if let Some(reason) = names::config_map_key(key) {
                refusals.at(Pointer::root().key(field).key(key), reason);
            }
        }
    }
    let bytes = value_at(manifest, "binaryData");
    for (key, _) in value_at(manifest, "data").as_object().into_iter().flatten() {
        if bytes.get(key).is_some() {
            refusals.at(
                Pointer::root().key("data").key(key),
                "duplicate of a key in binaryData",
            );
        }
    }
    if size > MAX_BYTES {
        refusals.at(
            Pointer::root().key("data"),
            format!("must have at most {MAX_BYTES} bytes in all"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Layer;
    use super::super::testing::refused;
    use serde_json::{Value, json};

    fn of(body: Value) -> Vec<(String, Layer)> {
        let mut manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}});
        manifest
            .as_object_mut()
            .expect("an object")
            .extend(body.as_object().expect("an object").clone());
        refused(&manifest)
    }

    #[test]
    fn keys_and_values() {
        assert!(
            of(json!({"data": {"ca.crt": "x", ".a": ""}, "binaryData": {"b": "AAE="}, "immutable": true})).is_empty()
        );
        assert!(of(json!({})).is_empty());
        assert_eq!(
            of(json!({"data": {"a/b": "x"}})),
            [("/data/a~1b".to_owned(), Layer::Core)]
        );
        assert_eq!(
            of(json!({"data": {"a": "x"}, "binaryData": {"a": "AA=="}})),
            [("/data/a".to_owned(), Layer::Core)]
        );
        assert_eq!(
            of(json!({"data": {"a": 1}})),
            [("/data/a".to_owned(), Layer::Schema)]
        );
        assert_eq!(
            of(json!({"data": {"a": true}})),
            [("/data/a".to_owned(), Layer::Schema)]
        );
        assert_eq!(
            of(json!({"binaryData": {"a": "no!"}})),
            [("/binaryData/a".to_owned(), Layer::Schema)]
        );
        assert_eq!(
            of(json!({"binarydata": {}})),
            [("/binarydata".to_owned(), Layer::Schema)]
        );
    }

    #[test]
    fn size_on_both_sides() {
        let mebibyte = 1024 * 1024;
        assert!(of(json!({"data": {"a": "x".repeat(mebibyte)}})).is_empty());
        assert_eq!(
            of(json!({"data": {"a": "x".repeat(mebibyte + 1)}})),
            [("/data".to_owned(), Layer::Core)]
        );
        // Three bytes in four characters: what counts is what is decoded.
        let encoded = "AAAA".repeat(mebibyte / 3);
        assert!(of(json!({"binaryData": {"a": encoded}, "data": {"b": "x"}})).is_empty());
        assert_eq!(
            of(json!({"binaryData": {"a": encoded}, "data": {"b": "xx"}})).len(),
            1
        );
    }
}
