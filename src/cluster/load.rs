//! Files of one cluster to a set of objects; what is none is left out, and counted.

use std::collections::BTreeSet;

use super::groups::{Group, Kustomization};
use super::skipped::Skipped;
use crate::admission::{Scope, scope_of};
use crate::diagnostic::{Diagnostic, Origin, Severity, SourceId};
use crate::k8s::{
    Kustomized, Object, Read, Set, TEMPLATE_NOT_RENDERED, Template, of_object, of_text, read,
};
use crate::source::{Source, Sources, YAML_SYNTAX, YAML_UNUSUAL};

/// The objects of one cluster, and what was wrong with their files.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) sources: Sources,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) set: Set,
    pub(super) skipped: Skipped,
    /// Files that another cluster of the run takes in as well, and has counted.
    pub(super) seen_before: BTreeSet<SourceId>,
}

/// Reads every file. `found` are files of a folder, which may be anything; others were named, and must be manifests.
pub(super) fn load(group: Group, found: bool, seen: &mut BTreeSet<String>) -> Loaded {
    let mut loaded = Loaded::default();
    let patches: BTreeSet<String> = group
        .kustomizations
        .iter()
        .flat_map(Kustomization::patches)
        .collect();
    let mut tops = Vec::new();
    for file in group.files {
        if patches.contains(file.name()) {
            loaded
                .skipped
                .file("with patches or settings of kustomize", file.name());
            continue;
        }
        if found && let Some(what) = no_manifest(&file) {
            loaded.skipped.file(what, file.name());
            continue;
        }
        let again = !seen.insert(file.name().to_owned());
        tops.extend(loaded.file(file, found, again));
    }
    loaded.kustomize(tops, &group.kustomizations);
    loaded
}

/// What a found file is that cannot be a manifest.
fn no_manifest(file: &Source) -> Option<&'static str> {
    let Some(text) = file.text() else {
        return Some("not in UTF-8");
    };
    text.lines()
        .all(|line| matches!(line.trim(), "" | "---") || line.trim_start().starts_with('#'))
        .then_some("without content")
}

/// Of files that were merely found, only those that speak of objects are read strictly.
fn looks_like_a_manifest(source: &Source) -> bool {
    let key = |line: &str, key: &str| {
        let line = line.trim_start_matches([' ', '-', '"', '\'', '{']);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    };
    let text = source.text().unwrap_or_default();
    ["apiVersion", "kind"]
        .iter()
        .all(|wanted| text.split(['\n', ',']).any(|line| key(line, wanted)))
}

impl Loaded {
    /// Takes in one file, and gives back the kustomizations in it.
    fn file(&mut self, file: Source, found: bool, again: bool) -> Vec<Object> {
        let id = self.sources.add(file);
        self.seen_before.extend(again.then_some(id));
        let source = self.sources.get(id);
        let Read {
            objects,
            diagnostics,
            others,
        } = read(id, source);
        let name = source.name().to_owned();
        let no_yaml = diagnostics
            .iter()
            .any(|d| [YAML_SYNTAX.id, YAML_UNUSUAL.id].contains(&d.rule.id));
        if let Some(template) = by_name(source).or_else(|| of_text(source).filter(|_| no_yaml)) {
            // The file as such: what stands at the fault may be part of a Secret.
            self.diagnostics
                .push(unrendered(Origin::file(id), &name, template, found));
            return Vec::new();
        }
        if found && objects.is_empty() && !looks_like_a_manifest(source) {
            self.skipped.file("without Kubernetes objects", &name);
            return Vec::new();
        }
        self.diagnostics.extend(diagnostics);
        self.diagnostics
            .extend(others.into_iter().filter(|_| !found));
        self.sort(objects, &name, found, again)
    }

    /// Objects that a cluster gets to the set, others to where they belong.
    fn sort(&mut self, objects: Vec<Object>, name: &str, found: bool, again: bool) -> Vec<Object> {
        let mut kustomizations = Vec::new();
        let mut waiting = None;
        for object in objects {
            let template = is_ours(&object).then(|| of_object(&object)).flatten();
            match template {
                Some(template) => {
                    waiting.get_or_insert((object.origin("/metadata/name"), template));
                }
                None if object.group() == "trustc.dev" => {}
                None if object.group() == "kustomize.config.k8s.io" => {
                    let _ = again || self.skipped.take(&object);
                    kustomizations.push(object);
                }
                None if object.value["sops"].is_object() => {
                    self.skipped.file("encrypted with SOPS", name)
                }
                None => self.set.objects.push(object),
            }
        }
        self.diagnostics
            .extend(waiting.map(|(origin, template)| unrendered(origin, name, template, found)));
        kustomizations
    }

    /// Ties kustomizations to the objects that they change, and puts these where they will be.
    fn kustomize(&mut self, kustomizations: Vec<Object>, known: &[Kustomization]) {
        for kustomization in kustomizations.into_iter().rev() {
            let name = self.sources.get(kustomization.source()).name();
            let Some(place) = known.iter().position(|k| k.name == name) else {
                continue;
            };
            let folder = &known[place].folder;
            let below = |object: &Object| {
                let name = self.sources.get(object.source()).name();
                place == 0
                    || folder.is_empty()
                    || name
                        .strip_prefix(folder)
                        .is_some_and(|rest| rest.starts_with('/'))
            };
            let all = self.set.objects.iter().enumerate();
            let objects: Vec<usize> = all
                .filter(|(_, object)| below(object))
                .map(|(n, _)| n)
                .collect();
            let namespace = kustomization.text("/namespace").to_owned();
            for n in objects.iter().filter(|_| !namespace.is_empty()) {
                let object = &mut self.set.objects[*n];
                let namespaced =
                    scope_of(object.text("/apiVersion"), object.kind()) == Some(Scope::Namespaced);
                if namespaced && object.namespace().is_empty() {
                    object.put_into(&namespace);
                }
            }
            self.set.kustomized.push(Kustomized {
                kustomization,
                objects,
            });
        }
    }
}

/// Templates say so in their names: `trust.yaml.j2`.
fn by_name(source: &Source) -> Option<Template> {
    let (_, ending) = source.name().rsplit_once('.')?;
    match ending {
        "j2" | "jinja" | "jinja2" => Some(Template::Jinja),
        "tpl" | "tmpl" | "gotmpl" => Some(of_text(source).unwrap_or(Template::Braces)),
        _ => None,
    }
}

/// Objects that are judged here: of others nobody asks what they wait for.
fn is_ours(object: &Object) -> bool {
    scope_of(object.text("/apiVersion"), object.kind()).is_some()
}

/// A file that was named should be a manifest; one that was found need not.
fn unrendered(origin: Origin, name: &str, template: Template, found: bool) -> Diagnostic {
    let message = format!("{name} is {}, and was not judged", template.name());
    let severity = if found {
        Severity::Note
    } else {
        Severity::Error
    };
    TEMPLATE_NOT_RENDERED
        .at(origin, message)
        .severity(severity)
        .help(template.help())
}
