//! Annotations for GitOps engines: guards against deletion, and order.
//!
//! Flux: `kustomize.toolkit.fluxcd.io/prune` (kustomize-controller `docs/spec/v1/kustomizations.md`).
//! Argo CD: `argocd.argoproj.io/sync-options` and `sync-wave` (`docs/user-guide/sync-options.md`, `sync-waves.md`).

use serde_json::Value;

use crate::config::Engine;
use crate::objects::Object;
use crate::trust::Trust;

/// Adds what the engine needs to each object's annotations. Without an engine nothing is added, and nothing else differs.
pub(crate) fn annotate(objects: &mut [Object], trust: &Trust) {
    if trust.engine == Engine::None {
        return;
    }
    for object in objects {
        let guarded = object.guarded && trust.delivery.guards;
        let additions = match trust.engine {
            Engine::None => Vec::new(),
            Engine::Flux => flux(guarded),
            Engine::Argocd => argocd(object, guarded),
        };
        if let Some(Value::Object(annotations)) =
            object.manifest.pointer_mut("/metadata/annotations")
        {
            annotations.extend(
                additions
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), Value::String(value))),
            );
        }
    }
}

fn flux(guarded: bool) -> Vec<(&'static str, String)> {
    let guard = ("kustomize.toolkit.fluxcd.io/prune", "disabled".to_owned());
    if guarded { vec![guard] } else { Vec::new() }
}

/// Waves follow the dependency depth, ten apart. A kind whose definition is not there yet must not fail the dry run: set
/// per object, because the application-wide option is not honoured everywhere.
fn argocd(object: &Object, guarded: bool) -> Vec<(&'static str, String)> {
    let core = object
        .manifest
        .get("apiVersion")
        .is_some_and(|version| version == "v1");
    let late = (!core).then_some("SkipDryRunOnMissingResource=true");
    let guard = guarded.then_some("Prune=false,Delete=false");
    let options: Vec<&str> = late.into_iter().chain(guard).collect();
    let mut additions = vec![(
        "argocd.argoproj.io/sync-wave",
        (object.depth * 10).to_string(),
    )];
    if !options.is_empty() {
        additions.push(("argocd.argoproj.io/sync-options", options.join(",")));
    }
    additions
}
