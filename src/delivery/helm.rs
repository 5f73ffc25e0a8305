//! For people who run Helm by hand: a values file per chart, with the command above it.

use serde_json::Value;

use super::charts::{CHARTS, URL, values};
use crate::config::Controllers;
use crate::trust::Trust;

/// How the names of values files end. No `.yaml`: they are no Kubernetes objects.
pub(crate) const VALUES: &str = ".values";

/// Name, remarks and values of each file, in the order in which the charts are installed.
pub(super) fn files(trust: &Trust, controllers: &Controllers) -> Vec<(String, Vec<String>, Value)> {
    let versions = [
        &controllers.cert_manager.version,
        &controllers.trust_manager.version,
    ];
    let namespace = &trust.trust_namespace.name.value;
    let both = CHARTS.iter().zip(versions).map(|(chart, version)| {
        let name = chart.name;
        let command = format!(
            "  helm upgrade --install {name} {URL}/{name} --version {version} --namespace {namespace} --create-namespace --values {name}{VALUES} --wait"
        );
        let after = chart.needs.map_or(String::new(), |needs| format!(" After {needs} works."));
        (format!("{name}{VALUES}"), vec![format!("In this folder.{after}"), command], values(trust, chart))
    });
    both.collect()
}
