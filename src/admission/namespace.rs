//! Namespace (kubernetes `pkg/apis/core/validation/validation.go` ValidateNamespace, pod-security-admission `admission.go`).

use serde_json::Value;

use super::field::value_at;
use super::names;
use super::refusal::{Layer, Refusals};
use crate::json_pointer::Pointer;
use crate::source::shown;

const PREFIX: &str = "pod-security.kubernetes.io/";
/// Finalizers without a prefix that the server knows.
const STANDARD: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let mut refusals = refusals.layer(Layer::Core);
    for (key, value) in value_at(value_at(manifest, "metadata"), "labels")
        .as_object()
        .into_iter()
        .flatten()
    {
        let Some(mode) = key.strip_prefix(PREFIX) else {
            continue;
        };
        let level = value.as_str().unwrap_or_default();
        let at = Pointer::parse("/metadata/labels").key(key);
        match mode {
            "enforce" | "audit" | "warn"
                if !matches!(level, "privileged" | "baseline" | "restricted") =>
            {
                refusals.at(
                    at,
                    format!(
                        "{}: must be one of privileged, baseline, restricted",
                        shown(level)
                    ),
                );
            }
            "enforce-version" | "audit-version" | "warn-version" if !is_version(level) => {
                refusals.at(
                    at,
                    format!("{}: must be \"latest\" or \"v1.N\"", shown(level)),
                );
            }
            _ => {}
        }
    }
    for (n, finalizer) in value_at(value_at(manifest, "spec"), "finalizers")
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let text = finalizer.as_str().unwrap_or_default();
        if names::qualified_name(text).is_some()
            || (!text.contains('/') && !STANDARD.contains(&text))
        {
            refusals.at(
                Pointer::parse("/spec/finalizers").index(n),
                "must be fully qualified, or a standard finalizer",
            );
        }
    }
}

fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.");
    let is_number = |n: &str| {
        !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && (n == "0" || !n.starts_with('0'))
    };
    text == "latest" || minor.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Layer;
    use super::super::testing::refused;
    use serde_json::json;

    #[test]
    fn pod_security_labels() {
        let with = |key: &str, value: &str| {
            let labels = json!({format!("pod-security.kubernetes.io/{key}"): value});
            refused(
                &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": labels}}),
            )
        };
        for level in ["privileged", "baseline", "restricted"] {
            assert!(with("enforce", level).is_empty());
        }
        assert_eq!(
            with("audit", "none"),
            [(
                "/metadata/labels/pod-security.kubernetes.io~1audit".to_owned(),
                Layer::Core
            )]
        );
        for version in ["latest", "v1.0", "v1.33"] {
            assert!(with("warn-version", version).is_empty());
        }
        for version in ["1.33", "v1", "v1.", "v1.01", "v2.1"] {
            assert!(
                with("enforce-version", version)
                    .iter()
                    .any(|(_, layer)| *layer == Layer::Core),
                "{version}"
            );
        }
    }

    #[test]
    fn finalizers() {
        let with = |name: &str| {
            refused(
                &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}, "spec": {"finalizers": [name]}}),
            )
        };
        assert!(with("kubernetes").is_empty() && with("x.io/a").is_empty());
        assert_eq!(
            with("mine"),
            [("/spec/finalizers/0".to_owned(), Layer::Core)]
        );
    }
}
