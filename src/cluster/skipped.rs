//! What a run left out, in one sentence: nothing is passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use crate::k8s::Object;

/// What was not judged, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skipped {
    /// Objects of delivery tools: tool, then kind, then how many.
    tools: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Objects of other kinds, which have nothing to say about trust.
    kinds: BTreeMap<String, usize>,
    /// Files that are no manifests, by what they are.
    files: BTreeMap<&'static str, BTreeSet<String>>,
    /// Charts of Helm, whose templates are theirs.
    charts: BTreeSet<String>,
}

/// The tool that reads the objects of a group, and never hands them to anybody else.
fn tool(group: &str) -> Option<&'static str> {
    let suffixes = [
        ("toolkit.fluxcd.io", "Flux"),
        ("fluxcd.controlplane.io", "Flux"),
        ("argoproj.io", "Argo CD"),
        ("kustomize.config.k8s.io", "kustomize"),
    ];
    suffixes
        .iter()
        .find(|(suffix, _)| group.ends_with(suffix))
        .map(|(_, tool)| *tool)
}

impl Skipped {
    /// Counts an object of a delivery tool. False if it is none.
    pub(crate) fn take(&mut self, object: &Object) -> bool {
        let Some(tool) = tool(object.group()) else {
            return false;
        };
        *self
            .tools
            .entry(tool)
            .or_default()
            .entry(object.kind().to_owned())
            .or_default() += 1;
        true
    }

    /// Whether any object was left out: then the folder is one of manifests, if of others.
    pub(crate) fn has_objects(&self) -> bool {
        !self.tools.is_empty() || !self.kinds.is_empty() || !self.charts.is_empty()
    }

    pub(crate) fn kind(&mut self, object: &Object) {
        *self.kinds.entry(object.kind().to_owned()).or_default() += 1;
    }

    pub(crate) fn file(&mut self, what: &'static str, name: &str) {
        self.files.entry(what).or_default().insert(name.to_owned());
    }

    pub(crate) fn chart(&mut self, folder: &str) {
        self.charts.insert(folder.to_owned());
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (tool, kinds) in other.tools {
            let own = self.tools.entry(tool).or_default();
            kinds
                .into_iter()
                .for_each(|(kind, n)| *own.entry(kind).or_default() += n);
        }
        other
            .kinds
            .into_iter()
            .for_each(|(kind, n)| *self.kinds.entry(kind).or_default() += n);
        for (what, names) in other.files {
            self.files.entry(what).or_default().extend(names);
        }
        self.charts.extend(other.charts);
    }
}

/// `3 objects of Flux (Kustomization 2, HelmRelease), 2 files without Kubernetes objects (values.yaml, ...)`
impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        for (tool, kinds) in &self.tools {
            let n = kinds.values().sum();
            parts.push(format!(
                "{} of {tool} ({})",
                count(n, "object"),
                listed(kinds)
            ));
        }
        if !self.kinds.is_empty() {
            let n = self.kinds.values().sum();
            parts.push(format!(
                "{} of other kinds ({})",
                count(n, "object"),
                listed(&self.kinds)
            ));
        }
        if !self.charts.is_empty() {
            let names: Vec<&str> = self.charts.iter().map(String::as_str).collect();
            parts.push(format!(
                "templates of {} ({})",
                count(names.len(), "Helm chart"),
                some(&names)
            ));
        }
        for (what, names) in &self.files {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            parts.push(format!(
                "{} {what} ({})",
                count(names.len(), "file"),
                some(&names)
            ));
        }
        f.write_str(&parts.join(", "))
    }
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn listed(kinds: &BTreeMap<String, usize>) -> String {
    let words: Vec<String> = kinds
        .iter()
        .map(|(kind, n)| {
            if *n == 1 {
                kind.clone()
            } else {
                format!("{kind} {n}")
            }
        })
        .collect();
    some(&words)
}

/// The first few: a sentence must stay one.
fn some<T: AsRef<str>>(words: &[T]) -> String {
    let first: Vec<&str> = words.iter().take(6).map(AsRef::as_ref).collect();
    let more = words.len().saturating_sub(6);
    let rest = if more == 0 {
        String::new()
    } else {
        format!(", and {more} more")
    };
    format!("{}{rest}", first.join(", "))
}
