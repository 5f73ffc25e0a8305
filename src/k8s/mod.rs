//! Manifests of others: files to a set of objects that are judged together, each with its place.
//!
//! Streams, `kind: List`, YAML and JSON come in; out comes a [`Set`] per cluster: a folder with a `kustomization.yaml` is
//! one, everything else of one path together is another.

mod template;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Change, Diagnostic, Edit, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Places, Source, Spans as _, StreamDocument, each_document};
use crate::text::Clean;

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[&NOT_A_MANIFEST, &TEMPLATE_NOT_RENDERED];

pub(crate) use template::{Template, of_object, of_text};

pub(crate) static TEMPLATE_NOT_RENDERED: RuleInfo = RuleInfo {
    id: "template-not-rendered",
    severity: Severity::Error,
    summary: "a template, which is no manifest yet",
    why: "what it becomes cannot be judged, and is not",
    fix: "render it first, and pipe the result: helm template RELEASE CHART | trustc check -",
};

pub(crate) static NOT_A_MANIFEST: RuleInfo = RuleInfo {
    id: "not-a-manifest",
    severity: Severity::Error,
    summary: "a document that is no Kubernetes object",
    why: "kubectl, Flux and Argo CD refuse a document without apiVersion, kind and metadata.name",
    fix: "add what is missing, or keep files that are no manifests out of the folder that is applied",
};

/// One object as it was written.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) value: Value,
    source: SourceId,
    document: Arc<Places>,
    /// Where the object begins in its document: not the root for items of a List.
    base: Pointer,
    at: Range<usize>,
    /// Which document of its file.
    index: usize,
}

impl Object {
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.value["metadata"]["name"].as_str().unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.value["metadata"]["namespace"]
            .as_str()
            .unwrap_or_default()
    }

    /// The API group; empty for core kinds.
    pub(crate) fn group(&self) -> &str {
        self.value["apiVersion"]
            .as_str()
            .unwrap_or_default()
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// `Certificate/name`, as people name objects.
    pub(crate) fn title(&self) -> String {
        let title = format!("{}/{}", self.kind(), self.name());
        Clean::line(&title).into_string()
    }

    /// The place of a field, or of the nearest value around it.
    pub(crate) fn origin(&self, pointer: &str) -> Origin {
        Origin::bytes(
            self.source,
            self.document
                .value_span(&self.full(&Pointer::parse(pointer))),
        )
    }

    /// The place of a field's key: for values that must not be shown.
    pub(crate) fn key_origin(&self, pointer: &Pointer) -> Origin {
        Origin::bytes(self.source, self.document.key_span(&self.full(pointer)))
    }

    /// A change of one of its fields.
    pub(crate) fn edit(&self, pointer: &Pointer, change: Change) -> Edit {
        Edit {
            source: self.source,
            document: self.index,
            at: self.full(pointer),
            change,
        }
    }

    /// Puts it into a namespace, as kustomize does with what has none.
    pub(crate) fn put_into(&mut self, namespace: &str) {
        if let Some(metadata) = self
            .value
            .get_mut("metadata")
            .and_then(Value::as_object_mut)
        {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }

    /// The file that it stands in.
    pub(crate) fn source(&self) -> SourceId {
        self.source
    }

    fn full(&self, pointer: &Pointer) -> Pointer {
        pointer
            .segments()
            .fold(self.base.clone(), |full, segment| full.key(&segment))
    }
}

/// Objects that go to one cluster, and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Set {
    pub(crate) objects: Vec<Object>,
    /// What kustomize does to them.
    pub(crate) kustomized: Vec<Kustomized>,
    /// Issuers that other sets of the same run provide: kind, namespace and name.
    pub(crate) issuers_elsewhere: BTreeSet<(String, String, String)>,
}

/// A kustomization, and the objects of the set that it changes.
#[derive(Debug)]
pub(crate) struct Kustomized {
    pub(crate) kustomization: Object,
    /// Indices of the set's objects.
    pub(crate) objects: Vec<usize>,
}

impl Set {
    pub(crate) fn of_kind<'s>(
        &'s self,
        group: &'s str,
        kinds: &'s [&str],
    ) -> impl Iterator<Item = &'s Object> {
        self.objects
            .iter()
            .filter(move |object| object.group() == group && kinds.contains(&object.kind()))
    }
}

/// What a file holds.
pub(crate) struct Read {
    pub(crate) objects: Vec<Object>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Documents that are no objects.
    pub(crate) others: Vec<Diagnostic>,
}

/// Reads every object of a file. `List` items are objects of their own.
pub(crate) fn read(id: SourceId, source: &Source) -> Read {
    let mut read = Read {
        objects: Vec::new(),
        diagnostics: Vec::new(),
        others: Vec::new(),
    };
    let diagnostics = each_document(id, source, &mut |document| {
        let StreamDocument {
            document,
            mut value,
            at,
            index,
        } = document;
        let document = Arc::new(Places::from(document));
        let make = |value: Value, base: Pointer| Object {
            value,
            source: id,
            document: document.clone(),
            base,
            at: at.clone(),
            index,
        };
        let is_list = value["kind"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("List"));
        // Taken out, not copied: a list may be as large as the file.
        let items = value
            .get_mut("items")
            .filter(|items| is_list && items.is_array());
        match items.map(Value::take) {
            Some(Value::Array(items)) => {
                let items = items.into_iter().enumerate();
                items.for_each(|(n, item)| read.add(make(item, Pointer::parse("/items").index(n))));
            }
            _ => read.add(make(as_kustomization(source, value), Pointer::root())),
        }
    });
    read.diagnostics = diagnostics;
    read
}

/// kustomize fills in what its own file leaves out.
fn as_kustomization(source: &Source, mut value: Value) -> Value {
    let file = source.name().rsplit('/').next().unwrap_or_default();
    let is_one = matches!(
        file,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    );
    if let Some(map) = value.as_object_mut().filter(|_| is_one) {
        map.entry("apiVersion")
            .or_insert_with(|| "kustomize.config.k8s.io/v1beta1".into());
        map.entry("kind").or_insert_with(|| "Kustomization".into());
    }
    value
}

impl Read {
    fn add(&mut self, object: Object) {
        if object.text("/apiVersion").is_empty() || object.kind().is_empty() {
            let origin = Origin::bytes(object.source, object.at.start..object.at.start);
            self.others
                .push(NOT_A_MANIFEST.at(origin, "a document without apiVersion and kind"));
        } else {
            self.objects.push(object);
        }
    }
}
