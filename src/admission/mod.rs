//! What an API server, its CEL rules and the webhooks would say of a manifest: per kind a closed schema and the checks
//! that a schema cannot express. A kind without both is refused, never skipped.
//!
//! [`verify`] is the only door to a [`VerifiedTree`], and nothing else can be written. It judges what every reader makes of
//! the bytes that will be written; any refusal of our own output is a fault of this program.

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
mod formats;
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
use std::sync::LazyLock;

use memchr::memchr2;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::delivery::{KUSTOMIZATION, NAMES, Tree, TreeFile, VALUES};
use crate::diagnostic::Bug;
use crate::render::Document;

pub(crate) use crds::Crds;
pub(crate) use emitted::{KINDS, of_kind};
use field::{text_at, value_at};
pub(crate) use findings::{
    CRD_RULE_NOT_EVALUATED, CRD_UNUSABLE, KIND_NOT_JUDGED, MANIFEST_REFUSED, RULES,
};
pub(crate) use refusal::{Layer, Refusal};
pub(crate) use review::{Scope, review, scope_of};

/// A tree every document of which an API server would take. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedTree(Tree);

impl Deref for VerifiedTree {
    type Target = Tree;
    fn deref(&self) -> &Tree {
        &self.0
    }
}

impl VerifiedTree {
    /// Drops what was verified: the texts are what is written.
    pub(crate) fn keep_texts(&mut self) {
        self.0.keep_texts();
    }
}

/// Judges every document of every file, and that the stream holds the objects of the files, each once.
///
/// # Errors
/// A [`Bug`] with the first refusal: our own output must pass.
pub(crate) fn verify(tree: Tree) -> Result<VerifiedTree, Bug> {
    let mut identities = BTreeSet::new();
    for file in &tree.files {
        hygiene(&tree.mark, &file.name, file.text())?;
        if let Some(kind) = beside_objects(&file.name) {
            file.documents()
                .iter()
                .map(Document::object)
                .try_for_each(|document| {
                    let refusals = emitted::judge_as("", kind, document);
                    first(&file.name, document, refusals)
                })?;
            continue;
        }
        for document in file.documents() {
            admitted(&file.name, document.object())?;
        }
        if file.name.ends_with(KUSTOMIZATION) {
            lists_all(&file.name, file.documents(), &tree.files)?;
        } else if file.holds_objects()
            && !file
                .documents()
                .iter()
                .all(|document| identities.insert(identity(document.object())))
        {
            return Err(Bug("one object is emitted twice".to_owned()));
        }
    }
    if identities.is_empty() {
        return Err(Bug("success without any object does not exist".to_owned()));
    }
    let streamed: BTreeSet<_> = tree.order.iter().copied().collect();
    let objects = tree
        .files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.holds_objects());
    let objects = objects
        .flat_map(|(at, file)| (0..file.documents().len()).map(move |document| (at, document)));
    if tree.order.len() != streamed.len() || !streamed.into_iter().eq(objects) {
        return Err(Bug(
            "the stream and the files hold different objects".to_owned()
        ));
    }
    Ok(VerifiedTree(tree))
}

/// What a file holds that holds no objects.
fn beside_objects(name: &str) -> Option<&'static str> {
    let values = name.ends_with(VALUES).then_some("HelmValues");
    values.or_else(|| (name == NAMES).then_some("NameReferences"))
}

/// Our own output passes two gates: the narrow schema of what is ever emitted, and everything the cluster would say.
fn admitted(file: &str, document: &Value) -> Result<(), Bug> {
    first(file, document, emitted::judge(document))?;
    first(file, document, review(document).unwrap_or_default())
}

fn first(file: &str, document: &Value, refusals: Vec<Refusal>) -> Result<(), Bug> {
    let Some(refusal) = refusals.first() else {
        return Ok(());
    };
    let [_, kind, _, name] = identity(document);
    Err(Bug(format!(
        "{file}: {kind}/{name}: {}: {}",
        refusal.field(),
        refusal.reason
    )))
}

/// What no output may hold, whatever its kind.
fn hygiene(mark: &str, name: &str, text: &str) -> Result<(), Bug> {
    let fault = |what: &str| Err(Bug(format!("{name}: {what}")));
    if !text.starts_with(mark) {
        return fault("no header");
    }
    let is_unplain = memchr2(b'\r', b'\t', text.as_bytes()).is_some();
    if !text.ends_with('\n') || text.ends_with("\n\n") || is_unplain {
        return fault("lines that are not plain");
    }
    static VARIABLE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("${"));
    static KEY: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("PRIVATE KEY"));
    if VARIABLE.find(text.as_bytes()).is_some() {
        return fault("a variable that Flux would replace");
    }
    if KEY.find(text.as_bytes()).is_some() {
        return fault("a private key");
    }
    Ok(())
}

fn lists_all(name: &str, documents: &[Document], files: &[TreeFile]) -> Result<(), Bug> {
    let folder = name.strip_suffix(KUSTOMIZATION).unwrap_or_default();
    let list = |key: &str| {
        documents
            .first()
            .and_then(|d| d.object().get(key))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let listed: BTreeSet<&str> = list("resources")
        .chain(list("configurations"))
        .filter_map(Value::as_str)
        .collect();
    let here = files
        .iter()
        .filter_map(|file| file.name.strip_prefix(folder))
        .filter(|name| !name.contains('/'));
    let written: BTreeSet<&str> = here.filter(|name| *name != KUSTOMIZATION).collect();
    if listed == written && !written.is_empty() {
        Ok(())
    } else {
        Err(Bug(format!("{KUSTOMIZATION} does not list the files")))
    }
}

/// Group and version, kind, namespace and name.
fn identity(manifest: &Value) -> [&str; 4] {
    let metadata = value_at(manifest, "metadata");
    [
        text_at(manifest, "apiVersion"),
        text_at(manifest, "kind"),
        text_at(metadata, "namespace"),
        text_at(metadata, "name"),
    ]
}

#[cfg(test)]
mod testing {
    use serde_json::Value;

    use super::refusal::Layer;

    /// Where a manifest is refused, and by which layer.
    pub(super) fn refused(manifest: &Value) -> Vec<(String, Layer)> {
        let refusals = super::review(manifest).expect("a kind that is known");
        refusals
            .into_iter()
            .map(|refusal| (refusal.pointer.as_str().to_owned(), refusal.layer))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of one file with these objects, or why a text is no document at all.
    fn tree(texts: &[&str]) -> Result<Tree, Bug> {
        let mark = "# Generated by trustc from t.yaml".to_owned();
        let document = |text: &str| {
            let object: Value = serde_yaml::from_str(text).unwrap_or_default();
            Document::new(object, text.to_owned())
        };
        let documents = texts
            .iter()
            .map(|text| document(text))
            .collect::<Result<Vec<_>, Bug>>()?;
        let order = (0..documents.len()).map(|document| (0, document)).collect();
        let list = document(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n",
        )?;
        let files = vec![
            TreeFile::stream("a.yaml".to_owned(), &mark, documents),
            TreeFile::single(KUSTOMIZATION.to_owned(), &mark, list),
        ];
        Ok(Tree {
            site: "s".to_owned(),
            mark,
            files,
            instructions: String::new(),
            order,
        })
    }

    fn refuses(texts: &[&str]) -> bool {
        tree(texts).and_then(verify).is_err()
    }

    const GOOD: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";

    #[test]
    fn a_good_tree_passes() {
        assert!(!refuses(&[GOOD]));
        assert!(!refuses(&[GOOD, &GOOD.replace("name: a", "name: b")]));
    }

    #[test]
    fn what_must_never_be_written_is_a_bug() {
        let with = |extra: &str| format!("{GOOD}  annotations:\n    x: {extra}\n");
        assert!(!refuses(&[&with("y")]));
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
            String::new(),
        ] {
            assert!(refuses(&[&text]), "{text}");
        }
        assert!(refuses(&[GOOD, GOOD]));
        assert!(refuses(&[]));
    }

    #[test]
    fn a_stream_that_differs_from_the_files_is_a_bug() {
        let other = GOOD.replace("name: a", "name: b");
        for order in [
            vec![],
            vec![(0, 0)],
            vec![(0, 0), (0, 0)],
            vec![(0, 0), (0, 1), (0, 1)],
            vec![(0, 0), (1, 0)],
        ] {
            let mut tree = tree(&[GOOD, &other]).expect("documents");
            tree.order = order;
            assert!(verify(tree).is_err());
        }
    }

    #[test]
    fn a_file_that_the_list_misses_is_a_bug() {
        let mut tree = tree(&[GOOD]).expect("documents");
        tree.files[0].name = "b.yaml".to_owned();
        assert!(verify(tree).is_err());
    }
}
