//! What trust-manager's webhook refuses in a Bundle (`pkg/webhook/validation.go`).

use serde_json::Value;

use super::Refusal;

/// A source must not be the target: same kind, name of the Bundle, key of the target.
pub(super) fn judge(manifest: &Value) -> Vec<Refusal> {
    let target = (&manifest["metadata"]["name"], &manifest["spec"]["target"]["configMap"]["key"]);
    let sources = manifest["spec"]["sources"].as_array().into_iter().flatten().enumerate();
    let shadowing = sources.filter(|(_, source)| (&source["configMap"]["name"], &source["configMap"]["key"]) == target);
    shadowing
        .map(|(n, _)| Refusal::new(format!("spec.sources[{n}].configMap"), "cannot define the same source as target"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bundle_that_reads_its_own_target_is_refused() {
        let bundle = |name: &str, key: &str| {
            json!({"metadata": {"name": "b"},
                   "spec": {"sources": [{"configMap": {"name": name, "key": key}}], "target": {"configMap": {"key": "ca.crt"}}}})
        };
        assert_eq!(judge(&bundle("b", "ca.crt")).len(), 1);
        assert!(judge(&bundle("b", "other")).is_empty());
        assert!(judge(&bundle("a", "ca.crt")).is_empty());
    }
}
