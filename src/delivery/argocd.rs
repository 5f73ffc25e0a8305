//! What Argo CD has to be told: an Application of the site or an ApplicationSet of all sites beside it, and Applications of
//! the two charts (argo-cd `docs/operator-manual/application.yaml`, `docs/user-guide/sync-options.md`).

use serde_json::{Value, json};

use super::charts::{CHARTS, URL, values};
use crate::config::{Argocd, Controllers};
use crate::objects::{Resource, engine_object};
use crate::trust::Trust;

const API_VERSION: &str = "argoproj.io/v1alpha1";
const OPTIONS: &[&str] = &[
    "ServerSideApply=true",
    "PruneLast=true",
    "SkipDryRunOnMissingResource=true",
];
/// An app of apps that was taught to wait does the controllers first; any other relies on the retries.
const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// Everything that Argo CD is told of the site.
pub(super) fn objects(trust: &Trust) -> Vec<Value> {
    let argocd = &trust.delivery.argocd;
    let charts = trust
        .delivery
        .controllers
        .as_ref()
        .map(|charts| controllers(trust, argocd, charts));
    let site = argocd.repo_url.as_ref().map(|repository| {
        if argocd.application_set {
            application_set(trust, argocd, repository)
        } else {
            application(trust, argocd, repository)
        }
    });
    charts.into_iter().flatten().chain(site).collect()
}

/// The Application of the site: every object carries its own namespace, so the destination has none.
fn application(trust: &Trust, argocd: &Argocd, repository: &str) -> Value {
    let id = Resource::namespaced(
        "Application",
        &argocd.namespace,
        format!("{}-trust", trust.site),
    );
    let spec = json!({
        "project": argocd.project,
        "source": {"repoURL": repository, "targetRevision": argocd.target_revision, "path": path(trust, argocd)},
        "destination": {"server": argocd.server},
        "syncPolicy": sync_policy(OPTIONS),
    });
    engine_object(trust, API_VERSION, id, &spec)
}

/// One Application per folder beside the site's own, each on the cluster that is named like its folder. It takes the place
/// of the site's own Application, which would have the same name. Deleting it must not delete the trust of every site.
fn application_set(trust: &Trust, argocd: &Argocd, repository: &str) -> Value {
    let path = path(trust, argocd);
    let folder = path
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let id = Resource::namespaced("ApplicationSet", &argocd.namespace, "sites-trust");
    let revision = &argocd.target_revision;
    let spec = json!({
        "goTemplate": true,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [{"git": {
            "repoURL": repository,
            "revision": revision,
            "directories": [{"path": format!("{folder}*")}],
        }}],
        "syncPolicy": {"preserveResourcesOnDeletion": true},
        "template": {
            "metadata": {"name": "{{.path.basename}}-trust"},
            "spec": {
                "project": argocd.project,
                "source": {"repoURL": repository, "targetRevision": revision, "path": "{{.path.path}}"},
                "destination": {"name": "{{.path.basename}}"},
                "syncPolicy": sync_policy(OPTIONS),
            },
        },
    });
    engine_object(trust, API_VERSION, id, &spec)
}

/// Applications of the two charts. The controllers fill in fields of their own webhooks: only a comparison on the server's
/// side does not take them for drift.
fn controllers(trust: &Trust, argocd: &Argocd, controllers: &Controllers) -> Vec<Value> {
    let versions = [
        &controllers.cert_manager.version,
        &controllers.trust_manager.version,
    ];
    let namespace = &trust.trust_namespace.name.value;
    let both = CHARTS.iter().zip(versions).zip(["-20", "-10"]).map(|((chart, version), wave)| {
        let id = Resource::namespaced("Application", &argocd.namespace, format!("{}-{}", trust.site, chart.name));
        let spec = json!({
            "project": argocd.project,
            "source": {
                // Argo CD names a registry without a scheme.
                "repoURL": URL.trim_start_matches("oci://"),
                "chart": chart.name,
                "targetRevision": version,
                "helm": {"releaseName": chart.name, "valuesObject": values(trust, chart)},
            },
            "destination": {"server": argocd.server, "namespace": namespace},
            "syncPolicy": sync_policy(&["ServerSideApply=true", "CreateNamespace=true", "SkipDryRunOnMissingResource=true"]),
        });
        let mut object = engine_object(trust, API_VERSION, id, &spec);
        object["metadata"]["annotations"][WAVE] = json!(wave);
        object["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] = json!("ServerSideDiff=true");
        object
    });
    both.collect()
}

/// Retries are what survives a webhook that is late.
fn sync_policy(options: &[&str]) -> Value {
    json!({
        "automated": {"prune": true, "selfHeal": true},
        "syncOptions": options,
        "retry": {"limit": 10, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
    })
}

fn path(trust: &Trust, argocd: &Argocd) -> String {
    let path = argocd
        .path
        .as_ref()
        .map_or_else(|| format!("deploy/{}", trust.site), ToString::to_string);
    path.trim_start_matches("./")
        .trim_end_matches('/')
        .to_owned()
}
