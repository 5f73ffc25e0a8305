//! What Flux has to be told: a Flux Kustomization of the trust tier, and, if it is to install the controllers, one of those
//! (kustomize-controller `docs/spec/v1/kustomizations.md`, helm-controller `docs/spec/v2/helmreleases.md`).

use serde_json::{Value, json};

use super::charts::{CHARTS, URL, values};
use crate::config::{Controllers, RETRY_ON_FAILURE};
use crate::objects::{Object, Resource, engine_object};
use crate::trust::Trust;

/// Health as Flux must read it: ready, and of the generation that was applied. A Bundle has no Ready condition, and
/// without an expression it counts as ready before anybody looked at it. There is no expression for failure on purpose:
/// a missing source is normal in the first minute.
const HEALTH: &[(&str, &[&str], &str)] = &[
    (
        "cert-manager.io/v1",
        &["Certificate", "ClusterIssuer", "Issuer"],
        "Ready",
    ),
    ("trust.cert-manager.io/v1alpha1", &["Bundle"], "Synced"),
];

fn expression(condition: &str) -> String {
    format!(
        "status.conditions.exists(e, e.type == '{condition}' && e.status == 'True' && e.observedGeneration == metadata.generation)"
    )
}

/// The Flux Kustomizations of a site with these objects.
pub(super) fn kustomizations(trust: &Trust, applied: &[Object]) -> Vec<Value> {
    let flux = &trust.delivery.flux;
    let trust_name = flux
        .name
        .as_ref()
        .map_or_else(|| format!("{}-trust", trust.site), ToString::to_string);
    let controllers_name = format!("{}-controllers", trust.site);
    let path = flux
        .path
        .as_ref()
        .map_or_else(|| format!("./deploy/{}", trust.site), ToString::to_string);
    let mut spec = common(trust, &path);
    let mut objects = Vec::new();
    if trust.delivery.controllers.is_some() {
        spec["dependsOn"] = json!([{"name": controllers_name}]);
        let mut controllers = common(
            trust,
            &format!("{}/controllers", path.trim_end_matches('/')),
        );
        // Two charts, one after the other.
        controllers["timeout"] = json!("15m");
        objects.push(kustomization(trust, &controllers_name, &controllers));
    }
    let checks = health(applied);
    if flux.health_expressions && !checks.is_empty() {
        spec["healthCheckExprs"] = json!(checks);
    }
    objects.push(kustomization(trust, &trust_name, &spec));
    objects
}

/// One check for each kind that is applied and whose health Flux would misread.
fn health(applied: &[Object]) -> Vec<Value> {
    let checks = HEALTH.iter().flat_map(|(api_version, kinds, condition)| {
        let there = kinds.iter().filter(|kind| applied.iter().any(|object| object.id.kind == **kind));
        there.map(move |kind| json!({"apiVersion": api_version, "kind": kind, "current": expression(condition)}))
    });
    checks.collect()
}

fn common(trust: &Trust, path: &str) -> Value {
    let flux = &trust.delivery.flux;
    let mut spec = json!({
        "interval": "1h",
        // Unset it is the interval: a webhook that is late would cost an hour.
        "retryInterval": "2m",
        "timeout": "5m",
        "path": path,
        "prune": true,
        "wait": true,
        "sourceRef": {"kind": flux.source_ref.kind, "name": flux.source_ref.name},
    });
    if let Some(policy) = flux.deletion_policy {
        spec["deletionPolicy"] = json!(policy);
    }
    spec
}

fn kustomization(trust: &Trust, name: &str, spec: &Value) -> Value {
    let id = Resource::namespaced("Kustomization", &trust.delivery.flux.namespace, name);
    engine_object(trust, "kustomize.toolkit.fluxcd.io/v1", id, spec)
}

/// Sources and releases of the two charts; trust-manager's chart has objects that cert-manager's webhook judges.
pub(super) fn releases(trust: &Trust, controllers: &Controllers) -> Vec<Value> {
    let namespace = &trust.delivery.flux.namespace;
    let retries = retries(trust);
    let versions = [
        &controllers.cert_manager.version,
        &controllers.trust_manager.version,
    ];
    let mut objects = Vec::new();
    for (chart, version) in CHARTS.iter().zip(versions) {
        let source = json!({
            "interval": "24h",
            "url": format!("{URL}/{}", chart.name),
            "layerSelector": {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "operation": "copy"},
            "ref": {"tag": version},
        });
        let id = Resource::namespaced("OCIRepository", namespace, chart.name);
        objects.push(engine_object(
            trust,
            "source.toolkit.fluxcd.io/v1",
            id,
            &source,
        ));
        let mut release = json!({
            "interval": "1h",
            "releaseName": chart.name,
            "targetNamespace": trust.trust_namespace.name.value,
            "chartRef": {"kind": "OCIRepository", "name": chart.name},
            "install": retries,
            "upgrade": retries,
            "values": values(trust, chart),
        });
        release["install"]["createNamespace"] = json!(true);
        if let Some(needs) = chart.needs {
            release["dependsOn"] = json!([{"name": needs}]);
        }
        let id = Resource::namespaced("HelmRelease", namespace, chart.name);
        objects.push(engine_object(
            trust,
            "helm.toolkit.fluxcd.io/v2",
            id,
            &release,
        ));
    }
    objects
}

/// Without end: nobody is at an edge site to start it again. Releases that know how leave the failed one in place; older
/// ones roll back in between.
fn retries(trust: &Trust) -> Value {
    if trust
        .delivery
        .flux
        .version
        .is_some_and(|version| version >= RETRY_ON_FAILURE)
    {
        json!({"strategy": {"name": "RetryOnFailure"}})
    } else {
        json!({"remediation": {"retries": -1}})
    }
}
