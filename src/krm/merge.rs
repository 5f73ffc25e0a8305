//! Our objects among the items that were there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::list::Item;
use super::{RUNNERS, annotation, path, title};
use crate::diagnostic::Bug;
use crate::objects::CONFIG_ANNOTATION;
use crate::render::{Document, render};

/// What an item is known by.
type Identity = [String; 4];

fn identity(object: &Value) -> Identity {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    [
        text(&object["apiVersion"]),
        text(&object["kind"]),
        text(&metadata["namespace"]),
        text(&metadata["name"]),
    ]
}

/// The items with the objects of `documents`, which `site` yields: those an earlier run made are replaced where they stand, new
/// ones come last.
///
/// # Errors
/// One sentence for each item that would be lost.
pub(crate) fn merge<'d>(
    items: &[Item],
    documents: impl Iterator<Item = &'d Document>,
    site: &str,
) -> Result<Result<Vec<Item>, Vec<String>>, Bug> {
    let mut planned: BTreeMap<Identity, Item> = BTreeMap::new();
    let mut order = Vec::new();
    for document in documents {
        let item = Item::from(document);
        order.push(identity(&item.value));
        planned.insert(identity(&item.value), item);
    }
    let mut merged = Vec::new();
    let mut lost = Vec::new();
    for item in items {
        let ours = annotation(&item.value, CONFIG_ANNOTATION) == Some(site);
        match planned.remove(&identity(&item.value)) {
            Some(new) if ours => merged.push(in_place_of(item, new)?),
            Some(_) => lost.push(format!(
                "{} is there already, and was not made from {site}: rename one of them, or take it out",
                title(&item.value)
            )),
            None if ours => lost.push(format!(
                "{} was made from {site} and no longer is: the output would delete it; delete it yourself",
                title(&item.value)
            )),
            None if is_echo(&item.value) => {}
            None => merged.push(item.clone()),
        }
    }
    merged.extend(order.iter().filter_map(|identity| planned.remove(identity)));
    Ok(if lost.is_empty() {
        Ok(merged)
    } else {
        Err(lost)
    })
}

/// A generator is given its configuration as an item as well. One with a path is a file, and leaving it out deletes it.
fn is_echo(object: &Value) -> bool {
    object["apiVersion"]
        .as_str()
        .is_some_and(|version| version.starts_with("trustc.dev/"))
        && path(object).is_none()
}

/// The new object under the runner's annotations of the old one, so that it stays in its file. One that is right already stays
/// as it is written.
fn in_place_of(old: &Item, new: Item) -> Result<Item, Bug> {
    let kept = old.value["metadata"]["annotations"]
        .as_object()
        .into_iter()
        .flatten();
    let kept: Vec<_> = kept
        .filter(|(key, _)| RUNNERS.iter().any(|runner| key.starts_with(runner)))
        .collect();
    let mut value = new.value;
    if let Some(Value::Object(annotations)) = value.pointer_mut("/metadata/annotations") {
        annotations.extend(
            kept.into_iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    if value == old.value {
        return Ok(old.clone());
    }
    Ok(Item::from(&render(value, &[])?))
}

impl From<&Document> for Item {
    fn from(document: &Document) -> Self {
        Self {
            value: document.object().clone(),
            text: document.text().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OURS: &str = "# why\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    x: y\n  annotations:\n    trustc.dev/trust-config: site\n";

    fn of(value: Value) -> Item {
        Item {
            text: format!("{value}\n"),
            value,
        }
    }

    fn item(kind: &str, name: &str, annotations: Value) -> Item {
        of(
            json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "annotations": annotations}}),
        )
    }

    fn merged(items: &[Item]) -> Result<Vec<String>, Vec<String>> {
        let object = serde_yaml::from_str(OURS).expect("YAML");
        let document = Document::new(object, OURS.to_owned()).expect("a document");
        let merged = merge(items, std::iter::once(&document), "site").expect("no bug");
        merged.map(|items| items.into_iter().map(|item| item.text).collect())
    }

    #[test]
    fn others_stay_and_ours_come_last() {
        let other = item("Namespace", "b", json!({}));
        let texts = merged(std::slice::from_ref(&other)).expect("merged");
        assert_eq!(texts[0], other.text);
        assert!(
            texts.len() == 2 && texts[1].starts_with("# why\n"),
            "{texts:?}"
        );
    }

    #[test]
    fn what_we_made_is_replaced_in_its_file() {
        let annotations = json!({"trustc.dev/trust-config": "site", "config.kubernetes.io/path": "x.yaml", "old": "1"});
        let texts = merged(&[item("Namespace", "a", annotations)]).expect("merged");
        assert_eq!(texts.len(), 1);
        assert!(
            texts[0].contains("config.kubernetes.io/path: x.yaml") && !texts[0].contains("old"),
            "{texts:?}"
        );
    }

    #[test]
    fn nothing_is_lost() {
        let ours = json!({"trustc.dev/trust-config": "site"});
        assert_eq!(
            merged(&[item("Namespace", "a", json!({})), item("Bundle", "c", ours)]),
            Err(vec![
                "Namespace/a is there already, and was not made from site: rename one of them, or take it out"
                    .to_owned(),
                "Bundle/c was made from site and no longer is: the output would delete it; delete it yourself"
                    .to_owned()
            ])
        );
    }

    #[test]
    fn a_configuration_stays_if_it_is_a_file() {
        let config = |annotations: Value| -> Item {
            of(
                json!({"apiVersion": "trustc.dev/v1alpha1", "kind": "TrustConfig", "metadata": {"annotations": annotations}}),
            )
        };
        assert_eq!(merged(&[config(json!({}))]).expect("merged").len(), 1);
        assert_eq!(
            merged(&[config(json!({"config.kubernetes.io/path": "trust.yaml"}))])
                .expect("merged")
                .len(),
            2
        );
    }
}
