//! What an API server, its CEL rules and the webhooks would say of a manifest: per kind a closed schema and the checks
//! that a schema cannot express. A kind without both is refused, never skipped.
//!
//! [`verify`] is the only door to a [`VerifiedTree`], and nothing else can be written. It judges the bytes that will be
//! written, read back from text; any refusal of our own output is a fault of this program.

mod base64;
mod bundle;
mod certificate;
mod cluster_bundle;
mod config_map;
mod crds;
mod cron;
mod distinguished_name;
mod emitted;
mod field;
mod findings;
mod go;
mod issuer;
mod metadata;
mod names;
mod namespace;
mod refusal;
mod review;
mod secret;
mod selector;
mod structure;

use std::collections::BTreeSet;
use std::ops::Deref;

use serde::Deserialize as _;
use serde_json::Value;

use crate::delivery::{KUSTOMIZATION, NAMES, Tree, TreeFile, VALUES};
use crate::diagnostic::Bug;

pub(crate) use crds::Crds;
pub(crate) use emitted::{KINDS, of_kind};
pub(crate) use findings::{CRD_RULE_NOT_EVALUATED, CRD_UNUSABLE, KIND_NOT_JUDGED, MANIFEST_REFUSED, RULES};
pub(crate) use refusal::{Layer, Refusal};
pub(crate) use review::{Scope, review, scope_of};

/// A tree every document of which an API server would take. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedTree(Tree);

impl VerifiedTree {
    /// Every object, as one stream.
    pub(crate) fn into_stream(self) -> String {
        self.0.stream
    }
}

impl Deref for VerifiedTree {
    type Target = Tree;
    fn deref(&self) -> &Tree {
        &self.0
    }
}

/// Judges every document of every file, and that the stream holds the same objects.
///
/// # Errors
/// A [`Bug`] with the first refusal: our own output must pass.
pub(crate) fn verify(tree: Tree) -> Result<VerifiedTree, Bug> {
    let (mut identities, mut in_files) = (BTreeSet::new(), Vec::new());
    for file in &tree.files {
        hygiene(&tree.mark, &file.name, &file.text)?;
        let documents = documents(&file.text).map_err(|e| Bug(format!("{}: {e}", file.name)))?;
        if let Some(kind) = beside_objects(&file.name) {
            documents.iter().try_for_each(|document| first(&file.name, emitted::judge_as("", kind, document)))?;
            continue;
        }
        for document in &documents {
            admitted(&file.name, document)?;
        }
        if file.name.ends_with(KUSTOMIZATION) {
            lists_all(&file.name, &documents, &tree.files)?;
        } else if !file.name.contains('/') {
            // Objects of an engine are beside the site's own, and not in its stream.
            in_files.extend(texts(&file.text));
            if !documents.iter().map(identity).all(|identity| identities.insert(identity)) {
                return Err(Bug("one object is emitted twice".to_owned()));
            }
        }
    }
    hygiene(&tree.mark, "stream", &tree.stream)?;
    same_objects(in_files, texts(&tree.stream).collect(), identities.len())?;
    Ok(VerifiedTree(tree))
}

/// What a file holds that holds no objects.
fn beside_objects(name: &str) -> Option<&'static str> {
    let values = name.ends_with(VALUES).then_some("HelmValues");
    values.or_else(|| (name == NAMES).then_some("NameReferences"))
}

/// Our own output passes two gates: the narrow schema of what is ever emitted, and everything the cluster would say.
fn admitted(file: &str, document: &Value) -> Result<(), Bug> {
    let at = format!("{file}: {}", identity(document));
    first(&at, emitted::judge(document))?;
    first(&at, review(document).unwrap_or_default())
}

fn first(at: &str, refusals: Vec<Refusal>) -> Result<(), Bug> {
    match refusals.first() {
        None => Ok(()),
        Some(refusal) => Err(Bug(format!("{at}: {}: {}", refusal.field(), refusal.reason))),
    }
}

/// What no output may hold, whatever its kind.
fn hygiene(mark: &str, name: &str, text: &str) -> Result<(), Bug> {
    let fault = |what: &str| Err(Bug(format!("{name}: {what}")));
    if !text.starts_with(mark) {
        return fault("no header");
    }
    if !text.ends_with('\n') || text.ends_with("\n\n") || text.contains('\r') || text.contains('\t') {
        return fault("lines that are not plain");
    }
    if text.contains("${") {
        return fault("a variable that Flux would replace");
    }
    if text.contains("PRIVATE KEY") {
        return fault("a private key");
    }
    Ok(())
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        // Through the YAML value, which refuses duplicate keys.
        let value = serde_yaml::Value::deserialize(document).map_err(|e| e.to_string())?;
        let value = serde_json::to_value(value).map_err(|e| e.to_string())?;
        if !value.is_null() {
            documents.push(value);
        }
    }
    Ok(documents)
}

fn lists_all(name: &str, documents: &[Value], files: &[TreeFile]) -> Result<(), Bug> {
    let folder = name.strip_suffix(KUSTOMIZATION).unwrap_or_default();
    let list = |key: &str| documents.first().and_then(|d| d.get(key)).and_then(Value::as_array).into_iter().flatten();
    let listed: BTreeSet<&str> = list("resources").chain(list("configurations")).filter_map(Value::as_str).collect();
    let here = files.iter().filter_map(|file| file.name.strip_prefix(folder)).filter(|name| !name.contains('/'));
    let written: BTreeSet<&str> = here.filter(|name| *name != KUSTOMIZATION).collect();
    if listed == written && !written.is_empty() {
        Ok(())
    } else {
        Err(Bug(format!("{KUSTOMIZATION} does not list the files")))
    }
}

/// Each document of a text as it is written, without the comments at the head. A line of three dashes separates documents
/// wherever it stands (YAML 1.2, 9.1.2).
fn texts(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n---\n").skip(1).map(|document| document.trim_end_matches('\n'))
}

/// The stream holds the documents of the files, each once, byte for byte; so it needs no second judgement.
fn same_objects(mut in_files: Vec<&str>, mut in_stream: Vec<&str>, objects: usize) -> Result<(), Bug> {
    if objects == 0 {
        return Err(Bug("success without any object does not exist".to_owned()));
    }
    in_files.sort_unstable();
    in_stream.sort_unstable();
    let all = in_files.len() == objects && in_files == in_stream;
    if all { Ok(()) } else { Err(Bug("the stream and the files hold different objects".to_owned())) }
}

fn identity(manifest: &Value) -> String {
    let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (group, kind) = (text("/apiVersion"), text("/kind"));
    format!("{group} {kind} {}/{}", text("/metadata/namespace"), text("/metadata/name"))
}

#[cfg(test)]
mod testing {
    use serde_json::Value;

    use super::refusal::Layer;

    /// Where a manifest is refused, and by which layer.
    pub(super) fn refused(manifest: &Value) -> Vec<(String, Layer)> {
        let refusals = super::review(manifest).expect("a kind that is known");
        refusals.into_iter().map(|refusal| (refusal.pointer.as_str().to_owned(), refusal.layer)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        let mark = "# Generated by trustc from t.yaml".to_owned();
        let kustomization =
            format!("{mark}\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n");
        let body = format!("{mark}\n---\n{text}");
        let files = vec![
            TreeFile { name: "a.yaml".to_owned(), text: body.clone() },
            TreeFile { name: KUSTOMIZATION.to_owned(), text: kustomization },
        ];
        Tree { site: "s".to_owned(), mark, files, stream: body }
    }

    const GOOD: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";

    #[test]
    fn a_good_tree_passes() {
        assert!(verify(tree(GOOD)).is_ok());
    }

    #[test]
    fn what_must_never_be_written_is_a_bug() {
        let with = |extra: &str| format!("{GOOD}  annotations:\n    x: {extra}\n");
        for text in [
            with("\"${X}\""),
            with("BEGIN RSA PRIVATE KEY"),
            with("1"),
            with(""),
            GOOD.replace('\n', "\r\n"),
            format!("{GOOD}\n"),
            format!("{GOOD}status: {{}}\n"),
            format!("{GOOD}  name: b\n"),
            GOOD.replace("Namespace", "Pod"),
            GOOD.replace("name: a", "name: A"),
            format!("{GOOD}  namespace: b\n"),
            format!("{GOOD}---\n{GOOD}"),
            String::new(),
        ] {
            assert!(verify(tree(&text)).is_err(), "{text}");
        }
    }

    #[test]
    fn documents_are_told_apart_by_whole_lines() {
        let text = "# head\n---\na: |\n  -----END CERTIFICATE-----\n---\nb: 1\n";
        assert_eq!(texts(text).collect::<Vec<_>>(), ["a: |\n  -----END CERTIFICATE-----", "b: 1"]);
        let turned = "# other head\n---\nb: 1\n---\na: |\n  -----END CERTIFICATE-----\n";
        assert!(same_objects(texts(text).collect(), texts(turned).collect(), 2).is_ok());
        assert!(same_objects(texts(text).collect(), texts(turned).take(1).collect(), 2).is_err());
    }

    #[test]
    fn a_stream_that_differs_from_the_files_is_a_bug() {
        let mut other = tree(GOOD);
        other.stream = other.stream.replace("name: a", "name: b");
        assert!(verify(other).is_err());
    }
}
