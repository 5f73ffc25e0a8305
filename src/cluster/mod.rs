//! Manifests of others through the corridor's second door: read, held against what the cluster would say, judged together.

mod groups;
mod load;
mod skipped;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::admission::{
    CRD_RULE_NOT_EVALUATED, Crds, KIND_NOT_JUDGED, Layer, MANIFEST_REFUSED, Refusal, review,
};
use crate::diagnostic::{Change, Diagnostic, Fix};
use crate::k8s::Object;
use crate::manifest_rules;
use crate::params::Params;
use crate::report::sort;
use crate::rules::Terms;
use crate::source::{Source, Sources};
use load::{Loaded, load};

pub(crate) use groups::{Group, groups};
pub(crate) use skipped::Skipped;

/// What a judgement depends on beside the manifests.
pub(crate) struct Options {
    /// cert-manager's cluster resource namespace, and trust-manager's trust namespace.
    pub(crate) trust_namespace: String,
    /// When certificates are judged, and how soon is too soon.
    pub(crate) terms: Terms,
    /// What the configuration says that is judged in the same run, if there is exactly one.
    pub(crate) expected: Option<Params>,
    /// The definitions of the user's own cluster.
    pub(crate) crds: Crds,
    /// Whether documents that are no manifests are somebody else's business: files that were found, not named.
    pub(crate) lenient: bool,
}

/// What came of the manifests of one cluster.
pub(crate) struct Cluster {
    pub(crate) sources: Sources,
    /// Sorted by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many objects somebody here knows enough of to judge them.
    pub(crate) objects: usize,
    pub(crate) skipped: Skipped,
}

/// Judges each group on its own. What several of them take in is reported once; an issuer that another one provides is
/// not missing.
pub(crate) fn judge_all(groups: Vec<Group>, options: &Options) -> Vec<Cluster> {
    let mut seen = BTreeSet::new();
    let mut loaded: Vec<Loaded> = groups
        .into_iter()
        .map(|group| load(group, options.lenient, &mut seen))
        .collect();
    let issuers = loaded.iter().flat_map(|l| {
        l.set
            .of_kind("cert-manager.io", &["Issuer", "ClusterIssuer"])
    });
    let names = issuers.map(|issuer| {
        let namespace = if issuer.kind() == "Issuer" {
            issuer.namespace()
        } else {
            ""
        };
        (
            issuer.kind().to_owned(),
            namespace.to_owned(),
            issuer.name().to_owned(),
        )
    });
    let names: BTreeSet<_> = names.collect();
    loaded
        .iter_mut()
        .for_each(|l| l.set.issuers_elsewhere.clone_from(&names));
    let mut clusters: Vec<Cluster> = loaded
        .into_iter()
        .map(|loaded| judge_set(loaded, options))
        .collect();
    once(&mut clusters);
    clusters
}

/// Judges the objects of all files together.
pub(crate) fn judge(files: Vec<Source>, options: &Options) -> Cluster {
    judge_set(
        load(
            Group {
                files,
                ..Group::default()
            },
            options.lenient,
            &mut BTreeSet::new(),
        ),
        options,
    )
}

fn judge_set(loaded: Loaded, options: &Options) -> Cluster {
    let Loaded {
        sources,
        mut diagnostics,
        set,
        mut skipped,
        seen_before,
    } = loaded;
    let mut judged = 0;
    let mut unknown = BTreeSet::new();
    let mut not_evaluated = BTreeMap::new();
    for object in &set.objects {
        let again = seen_before.contains(&object.source());
        match refusals(object, &options.crds, &mut not_evaluated) {
            Some(refusals) => {
                judged += usize::from(!again);
                diagnostics.extend(refusals.iter().map(|refusal| refused(object, refusal)));
            }
            None if options.expected.is_some() && manifest_rules::is_product(object) => {
                judged += usize::from(!again)
            }
            None if again || skipped.take(object) => {}
            None if options.lenient => skipped.kind(object),
            None => diagnostics.extend(not_judged(object, &mut unknown)),
        }
    }
    diagnostics.extend(not_evaluated.into_values());
    diagnostics.extend(manifest_rules::find(
        &set,
        &options.trust_namespace,
        options.terms,
        options.expected.as_ref(),
    ));
    sort(&sources, &mut diagnostics);
    Cluster {
        sources,
        diagnostics,
        objects: judged,
        skipped,
    }
}

/// A base that several overlays take in is judged with each of them; what is wrong with it is said once.
fn once(clusters: &mut [Cluster]) {
    let mut seen = BTreeSet::new();
    for Cluster {
        sources,
        diagnostics,
        ..
    } in clusters
    {
        diagnostics.retain(|diagnostic| {
            let origin = &diagnostic.primary.origin;
            let start = sources
                .locate(origin)
                .map_or(0, |location| location.bytes.start);
            let name = sources.get(origin.source).name().to_owned();
            seen.insert((name, start, diagnostic.rule.id, diagnostic.message.clone()))
        });
    }
}

/// What the API server and the webhooks would say; none if nobody here knows the kind. Where the user's own definitions
/// know the kind, they speak for schema and rules, and the built-in knowledge for the rest.
fn refusals(
    object: &Object,
    crds: &Crds,
    not_evaluated: &mut BTreeMap<String, Diagnostic>,
) -> Option<Vec<Refusal>> {
    let own = review(&object.value);
    let Some(theirs) = crds.review(&object.value) else {
        return own;
    };
    for rule in theirs.not_evaluated {
        let message = format!("a rule of {} was not evaluated: {rule}", object.kind());
        not_evaluated
            .entry(rule)
            .or_insert_with(|| CRD_RULE_NOT_EVALUATED.at(object.origin(""), message));
    }
    let rest = own
        .unwrap_or_default()
        .into_iter()
        .filter(|refusal| !matches!(refusal.layer, Layer::Schema | Layer::Cel));
    Some(theirs.refusals.into_iter().chain(rest).collect())
}

fn refused(object: &Object, refusal: &Refusal) -> Diagnostic {
    let message = format!(
        "{}: {}: {} ({})",
        object.title(),
        refusal.field(),
        refusal.reason,
        refusal.layer.as_str()
    );
    // What stands in a Secret is not shown, whatever is wrong with it.
    let of_key = object.kind() == "Secret" || refusal.reason == "unknown field";
    let origin = if of_key {
        object.key_origin(&refusal.pointer)
    } else {
        object.origin(refusal.pointer.as_str())
    };
    let finding = MANIFEST_REFUSED.at(origin, message);
    let finding = match &refusal.help {
        Some(help) => finding.help(help.as_str()),
        None => finding,
    };
    let finding = finding.fix(
        refusal
            .change
            .as_ref()
            .map(|change| fix(object, refusal, change)),
    );
    match refusal.layer {
        Layer::Schema if refusal.reason == "unknown field" => finding.breaks(
            "server-side apply (Flux) and strict clients refuse the whole object; others drop the field without a word",
        ),
        Layer::Webhook => finding.breaks("the validating webhook refuses the whole object, and the apply fails"),
        _ => finding,
    }
}

fn fix(object: &Object, refusal: &Refusal, change: &Change) -> Fix {
    let title = match change {
        Change::Replace(Value::String(text)) | Change::Rename(text) => format!("write `{text}`"),
        _ => "put it in quotes".to_owned(),
    };
    Fix::safe(title, vec![object.edit(&refusal.pointer, change.clone())])
}

/// Each kind once, at its first object.
fn not_judged(object: &Object, unknown: &mut BTreeSet<(String, String)>) -> Option<Diagnostic> {
    let version = object.value["apiVersion"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let kind = Value::as_str(&object.value["kind"])
        .unwrap_or_default()
        .to_owned();
    let message = format!("{kind} ({version}) is not known here and was not judged");
    unknown
        .insert((version, kind))
        .then(|| KIND_NOT_JUDGED.at(object.origin("/kind"), message))
}
