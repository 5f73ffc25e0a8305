//! A Bundle as hazards ask for it: its sources, and the namespaces that its selector takes.

use serde_json::Value;

use crate::k8s::Object;

/// A Bundle, and its parts as hazards ask for them.
pub(super) struct BundleView<'o> {
    pub(super) object: &'o Object,
}

/// One source of a Bundle, and the JSON pointer to it.
pub(super) struct SourceView<'o> {
    pub(super) value: &'o Value,
    pub(super) at: String,
}

impl<'o> BundleView<'o> {
    pub(super) fn sources(&self) -> Vec<SourceView<'o>> {
        let sources = self.object.value["spec"]["sources"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate();
        sources
            .map(|(n, value)| SourceView {
                value,
                at: format!("/spec/sources/{n}"),
            })
            .collect()
    }

    /// Whether the selector takes this namespace by its name; none if that cannot be told from the name.
    pub(super) fn selects(&self, namespace: &str) -> Option<bool> {
        const NAME: &str = "kubernetes.io/metadata.name";
        let selector = &self.object.value["spec"]["target"]["namespaceSelector"];
        if let Some(name) = selector["matchLabels"][NAME].as_str() {
            return Some(name == namespace);
        }
        let expressions = selector["matchExpressions"].as_array()?;
        let values = expressions
            .iter()
            .find(|e| e["key"] == NAME && e["operator"] == "In")?["values"]
            .as_array()?;
        Some(values.iter().any(|value| value == namespace))
    }
}

impl BundleView<'_> {
    fn selector(&self) -> &Value {
        &self.object.value["spec"]["target"]["namespaceSelector"]
    }

    /// Whether the selector says anything: without it every namespace is taken.
    pub(super) fn has_selector(&self) -> bool {
        let fields = ["matchLabels", "matchExpressions"];
        fields.iter().any(|field| match &self.selector()[*field] {
            Value::Object(map) => !map.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        })
    }

    /// Whether the namespaces are named, and may be of others.
    pub(super) fn selects_by_name(&self) -> bool {
        self.selects("").is_some()
    }

    /// Whether the selector takes a Namespace by its labels (apimachinery `pkg/apis/meta/v1/helpers.go`).
    pub(super) fn takes(&self, namespace: &Object) -> bool {
        let label = |key: &str| match key {
            "kubernetes.io/metadata.name" => Some(namespace.name()),
            key => namespace.value["metadata"]["labels"][key].as_str(),
        };
        let equal = |(key, value): (&String, &Value)| label(key) == value.as_str();
        let labels = self.selector()["matchLabels"]
            .as_object()
            .into_iter()
            .flatten()
            .all(equal);
        let expressions = self.selector()["matchExpressions"]
            .as_array()
            .into_iter()
            .flatten();
        labels
            && expressions.into_iter().all(|expression| {
                let has = label(expression["key"].as_str().unwrap_or_default());
                let among = || {
                    expression["values"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|v| v.as_str() == has)
                };
                match expression["operator"].as_str() {
                    Some("In") => has.is_some() && among(),
                    Some("NotIn") => has.is_none() || !among(),
                    Some("Exists") => has.is_some(),
                    Some("DoesNotExist") => has.is_none(),
                    _ => true,
                }
            })
    }
}
