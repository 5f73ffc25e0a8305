//! What Argo CD has to be told: an Application of the site, perhaps an ApplicationSet of all sites beside it, and Applications
//! of the two charts (argo-cd `docs/operator-manual/application.yaml`, `docs/user-guide/sync-options.md`).

use serde_json::{Value, json};

use super::charts::{CHARTS, values};
use crate::config::{Argocd, Controllers};
use crate::manifests::{Resource, engine_object};
use crate::trust::Trust;

const API_VERSION: &str = "argoproj.io/v1alpha1";
const OPTIONS: &[&str] = &["ServerSideApply=true", "PruneLast=true", "SkipDryRunOnMissingResource=true"];

/// The Application of the site: every object carries its own namespace, so the destination has none.
pub(super) fn application(trust: &Trust, argocd: &Argocd) -> Value {
    let id = Resource::namespaced("Application", &argocd.namespace, format!("{}-trust", trust.site));
    let spec = json!({
        "project": argocd.project,
        "source": {"repoURL": argocd.repo_url, "targetRevision": argocd.target_revision, "path": path(trust, argocd)},
        "destination": {"server": argocd.server},
        "syncPolicy": sync_policy(OPTIONS),
    });
    engine_object(trust, API_VERSION, id, &spec)
}

/// One Application per folder beside the site's own, each on the cluster that is named like its folder.
pub(super) fn application_set(trust: &Trust, argocd: &Argocd) -> Value {
    let path = path(trust, argocd);
    let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let id = Resource::namespaced("ApplicationSet", &argocd.namespace, "sites-trust");
    let repository = &argocd.repo_url;
    let revision = &argocd.target_revision;
    let spec = json!({
        "goTemplate": true,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [{"git": {
            "repoURL": repository,
            "revision": revision,
            "directories": [{"path": format!("{folder}*")}],
        }}],
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

/// Applications of the two charts.
pub(super) fn controllers(trust: &Trust, argocd: &Argocd, controllers: &Controllers) -> Vec<Value> {
    let versions = [&controllers.cert_manager.version, &controllers.trust_manager.version];
    let namespace = &trust.trust_namespace.name.value;
    let both = CHARTS.iter().zip(versions).map(|(chart, version)| {
        let id = Resource::namespaced("Application", &argocd.namespace, format!("{}-{}", trust.site, chart.name));
        let spec = json!({
            "project": argocd.project,
            "source": {
                "repoURL": "quay.io/jetstack/charts",
                "chart": chart.name,
                "targetRevision": version,
                "helm": {"releaseName": chart.name, "valuesObject": values(trust, chart)},
            },
            "destination": {"server": argocd.server, "namespace": namespace},
            "syncPolicy": sync_policy(&["ServerSideApply=true", "CreateNamespace=true"]),
        });
        engine_object(trust, API_VERSION, id, &spec)
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
    argocd.path.as_ref().map_or_else(|| format!("deploy/{}", trust.site), ToString::to_string)
}
