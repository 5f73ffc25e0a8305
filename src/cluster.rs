//! Manifests of others through the corridor's second door: read, held against what the cluster would say, judged together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use time::OffsetDateTime;

use crate::admission::{CRD_RULE_NOT_EVALUATED, Crds, KIND_NOT_JUDGED, Layer, MANIFEST_REFUSED, Refusal, review};
use crate::diagnostic::{Change, Diagnostic, Fix};
use crate::hazards;
use crate::import::{Object, Set, read};
use crate::params::Params;
use crate::report::sort;
use crate::source::{Source, Sources};

/// What a judgement depends on beside the manifests.
pub(crate) struct Options {
    /// cert-manager's cluster resource namespace, and trust-manager's trust namespace.
    pub(crate) trust_namespace: String,
    /// When certificates are judged.
    pub(crate) now: OffsetDateTime,
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
    pub(crate) objects: usize,
}

/// Judges the objects of all files together.
pub(crate) fn judge(files: Vec<Source>, options: &Options) -> Cluster {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut set = Set::default();
    for file in files {
        let id = sources.add(file);
        let found = read(id, sources.get(id));
        if options.lenient && found.objects.is_empty() && !looks_like_a_manifest(sources.get(id)) {
            continue;
        }
        diagnostics.extend(found.diagnostics);
        diagnostics.extend(found.others.into_iter().filter(|_| !options.lenient));
        let confidential: Vec<_> = found.objects.iter().flat_map(Object::confidential).collect();
        sources.hide(id, &confidential);
        set.objects.extend(found.objects);
    }
    set.objects.retain(|object| !is_build_input(object));
    let mut unknown = BTreeSet::new();
    let mut not_evaluated = BTreeMap::new();
    for object in &set.objects {
        match refusals(object, &options.crds, &mut not_evaluated) {
            Some(refusals) => diagnostics.extend(refusals.iter().map(|refusal| refused(object, refusal))),
            None if options.expected.is_some() && hazards::is_product(object) => {}
            None => diagnostics.extend(not_judged(object, &mut unknown)),
        }
    }
    diagnostics.extend(not_evaluated.into_values());
    diagnostics.extend(hazards::find(&set, &options.trust_namespace, options.now, options.expected.as_ref()));
    sort(&sources, &mut diagnostics);
    Cluster { sources, diagnostics, objects: set.objects.len() }
}

/// Of files that were merely found, only those that speak of objects are read strictly.
fn looks_like_a_manifest(source: &Source) -> bool {
    source.text().is_some_and(|text| text.contains("apiVersion") && text.contains("kind") && !text.contains("{{"))
}

/// Input of kustomize and of this program never reaches a cluster.
fn is_build_input(object: &Object) -> bool {
    matches!(object.group(), "kustomize.config.k8s.io" | "trustc.dev")
}

/// What the API server and the webhooks would say; none if nobody here knows the kind. Where the user's own definitions
/// know the kind, they speak for schema and rules, and the built-in knowledge for the rest.
fn refusals(object: &Object, crds: &Crds, not_evaluated: &mut BTreeMap<String, Diagnostic>) -> Option<Vec<Refusal>> {
    let own = review(&object.value);
    let Some(theirs) = crds.review(&object.value) else { return own };
    for rule in theirs.not_evaluated {
        let message = format!("a rule of {} was not evaluated: {rule}", object.kind());
        not_evaluated.entry(rule).or_insert_with(|| CRD_RULE_NOT_EVALUATED.at(object.origin(""), message));
    }
    let rest =
        own.unwrap_or_default().into_iter().filter(|refusal| !matches!(refusal.layer, Layer::Schema | Layer::Cel));
    Some(theirs.refusals.into_iter().chain(rest).collect())
}

fn refused(object: &Object, refusal: &Refusal) -> Diagnostic {
    let message = format!("{}: {}: {} ({})", object.title(), refusal.field(), refusal.reason, refusal.layer.as_str());
    // What stands in a Secret is not shown, whatever is wrong with it.
    let of_key = object.kind() == "Secret" || refusal.reason == "unknown field";
    let origin = if of_key { object.key_origin(&refusal.pointer) } else { object.origin(refusal.pointer.as_str()) };
    let finding = MANIFEST_REFUSED.at(origin, message);
    let finding = match &refusal.help {
        Some(help) => finding.help(help.as_str()),
        None => finding,
    };
    let finding = finding.fix(refusal.change.as_ref().map(|change| fix(object, refusal, change)));
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
    let version = object.value["apiVersion"].as_str().unwrap_or_default().to_owned();
    let kind = Value::as_str(&object.value["kind"]).unwrap_or_default().to_owned();
    let message = format!("{kind} ({version}) is not known here and was not judged");
    unknown.insert((version, kind)).then(|| KIND_NOT_JUDGED.at(object.origin("/kind"), message))
}
