//! What the API server refuses in a ConfigMap (kubernetes `pkg/apis/core/validation/validation.go`).

use serde_json::Value;

use super::Refusal;

const MAX_BYTES: usize = 1024 * 1024;

pub(super) fn judge(manifest: &Value) -> Vec<Refusal> {
    let values = manifest["data"].as_object().into_iter().flat_map(|data| data.values());
    let size: usize = values.filter_map(Value::as_str).map(str::len).sum();
    if size > MAX_BYTES {
        return vec![Refusal::new("data", format!("must have at most {MAX_BYTES} bytes in all"))];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_sides_of_the_limit() {
        let with = |size: usize| json!({"data": {"a": "x".repeat(size / 2), "b": "x".repeat(size - size / 2)}});
        assert!(judge(&with(MAX_BYTES)).is_empty());
        assert_eq!(judge(&with(MAX_BYTES + 1)).len(), 1);
    }
}
