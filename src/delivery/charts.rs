//! The charts of the two controllers, and the values that trust needs of them (cert-manager and trust-manager
//! `deploy/charts/*/values.yaml`).

use serde_json::{Value, json};

use crate::trust::Trust;

/// Where both charts are published first.
pub(super) const URL: &str = "oci://quay.io/jetstack/charts";

/// One chart.
pub(super) struct Chart {
    pub(super) name: &'static str,
    /// The chart whose release must work first.
    pub(super) needs: Option<&'static str>,
}

pub(super) const CHARTS: [Chart; 2] = [
    Chart {
        name: "cert-manager",
        needs: None,
    },
    Chart {
        name: "trust-manager",
        needs: Some("cert-manager"),
    },
];

/// The values of a chart for this site. Definitions are kept on uninstall: they would take every certificate with them.
pub(super) fn values(trust: &Trust, chart: &Chart) -> Value {
    let mut values = json!({"crds": {"enabled": true, "keep": true}});
    if chart.name != "trust-manager" {
        return values;
    }
    values["app"] = json!({"trust": {"namespace": trust.trust_namespace.name.value}});
    let bundle = &trust.bundle;
    let main = bundle.secret.then(|| bundle.name.value.to_string());
    let additional = bundle
        .additional
        .iter()
        .filter(|one| one.secret)
        .map(|one| one.name.to_string());
    let secrets: Vec<String> = main.into_iter().chain(additional).collect();
    if !secrets.is_empty() {
        values["secretTargets"] = json!({"enabled": true, "authorizedSecrets": secrets});
    }
    values["defaultPackage"] = json!({"enabled": bundle.default_cas});
    values
}
