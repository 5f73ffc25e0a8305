//! The list as text: each item is kept as it was written, so that what is not ours comes out as it went in.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde_json::Value;

use super::path;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::json_pointer::Pointer;
use crate::render::scalar;
use crate::source::{Source, Spans as _, parse_stream};
use crate::text::{escape_json, is_neutral};

/// An object, and its text in block style or JSON, ending in a line feed.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Value,
    pub(crate) text: String,
}

/// What a function is given.
#[derive(Debug)]
pub(crate) struct ResourceList {
    api_version: String,
    pub(crate) items: Vec<Item>,
    /// The configuration: `functionConfig`.
    pub(crate) config: Item,
}

/// Why the input is none.
#[derive(Debug)]
pub(crate) enum NotAResourceList {
    /// It cannot be read.
    Syntax(Box<Diagnostic>),
    /// In one sentence.
    Form(String),
}

impl fmt::Display for NotAResourceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(fault) => f.write_str(&fault.message.line()),
            Self::Form(sentence) => f.write_str(sentence),
        }
    }
}

impl ResourceList {
    /// Reads the only document of `source`.
    ///
    /// # Errors
    /// What is wrong with it: no ResourceList, or none with a trust configuration.
    pub(crate) fn read(source: &Source) -> Result<Self, NotAResourceList> {
        let (documents, faults) = parse_stream(SourceId::default(), source);
        if let Some(fault) = faults.into_iter().next() {
            return Err(NotAResourceList::Syntax(Box::new(fault)));
        }
        let form = |sentence: &str| Err(NotAResourceList::Form(sentence.to_owned()));
        let [list] = documents.as_slice() else {
            return form("standard input must hold one ResourceList: kustomize and kpt make it");
        };
        let text = |key: &str| list.value[key].as_str().unwrap_or_default();
        if text("kind") != "ResourceList"
            || !text("apiVersion").starts_with("config.kubernetes.io/")
        {
            return form(
                "standard input is no ResourceList of config.kubernetes.io; to render a configuration use `trustc render -`",
            );
        }
        let source = source.text().unwrap_or_default();
        let item = |pointer: &Pointer, value: &Value| Item {
            text: written(source, list.document.extent(pointer), value),
            value: value.clone(),
        };
        let config = &list.value["functionConfig"];
        let ours = config["apiVersion"]
            .as_str()
            .is_some_and(|version| version.starts_with("trustc.dev/"));
        if !ours || config["kind"] != "TrustConfig" {
            return form(
                "functionConfig must be a TrustConfig: name the file of one under `generators:`",
            );
        }
        let config = item(&Pointer::root().key("functionConfig"), config);
        let at = Pointer::root().key("items");
        let items = list.value["items"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate();
        let items = items.map(|(n, value)| item(&at.index(n), value)).collect();
        Ok(Self {
            api_version: text("apiVersion").to_owned(),
            items,
            config,
        })
    }

    /// The configuration as a file of its own: beside the kustomization, or where its path says.
    pub(crate) fn configuration(&self) -> (PathBuf, Source) {
        let path = path(&self.config.value).unwrap_or("functionConfig");
        (
            PathBuf::from(path),
            Source::new(path, self.config.text.clone().into_bytes()),
        )
    }

    /// The list as it goes out, with these items and results.
    pub(crate) fn print(&self, items: &[Item], results: &[Value]) -> String {
        let mut text = format!(
            "apiVersion: {}\nkind: ResourceList\n",
            scalar(&self.api_version)
        );
        text.push_str(if items.is_empty() {
            "items: []\n"
        } else {
            "items:\n"
        });
        items
            .iter()
            .for_each(|item| indented(&mut text, "- ", &item.text));
        text.push_str("functionConfig:\n");
        indented(&mut text, "  ", &self.config.text);
        if !results.is_empty() {
            text.push_str("results:\n");
            results
                .iter()
                .for_each(|result| indented(&mut text, "- ", &escape_json(&format!("{result}\n"))));
        }
        text
    }
}

fn indented(text: &mut String, first: &str, item: &str) {
    for (n, line) in item.lines().enumerate() {
        if !line.is_empty() {
            text.push_str(if n == 0 { first } else { "  " });
        }
        text.push_str(line);
        text.push('\n');
    }
}

/// The value's own text, moved to the left margin; JSON, which is YAML too, where that would be something else, or
/// something that a terminal or a CI log obeys.
fn written(source: &str, extent: Option<Range<usize>>, value: &Value) -> String {
    let moved = extent.and_then(|extent| moved(source, extent));
    let same = |text: &String| {
        let (documents, faults) = parse_stream(
            SourceId::default(),
            &Source::new("item", text.clone().into_bytes()),
        );
        let same = documents.len() == 1 && documents[0].value == *value;
        faults.is_empty() && same && is_neutral(text)
    };
    moved
        .filter(same)
        .unwrap_or_else(|| escape_json(&format!("{value}\n")).into_owned())
}

fn moved(source: &str, extent: Range<usize>) -> Option<String> {
    let start = with_comments(source, extent.start);
    let column = extent.start - source[..extent.start].rfind('\n').map_or(0, |at| at + 1);
    let margin = " ".repeat(column);
    let mut text = String::new();
    for (n, line) in source
        .get(start..extent.end)?
        .trim_end()
        .lines()
        .enumerate()
    {
        let line = if n == 0 || line.trim().is_empty() {
            line.trim_start()
        } else {
            line.strip_prefix(&margin)?
        };
        text.push_str(line.trim_end_matches('\r'));
        text.push('\n');
    }
    Some(text)
}

/// Comments above the first key belong to the value.
fn with_comments(source: &str, start: usize) -> usize {
    let mut begin = start;
    loop {
        let before = source[..begin].trim_end_matches(' ');
        let Some(above) = before.strip_suffix('\n') else {
            return begin;
        };
        let line = above.rfind('\n').map_or(0, |at| at + 1);
        let comment = above[line..]
            .trim_start()
            .trim_start_matches("- ")
            .trim_start();
        if !comment.starts_with('#') {
            return begin;
        }
        begin = above.len() - comment.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ResourceList, NotAResourceList> {
        ResourceList::read(&Source::new("<stdin>", text.as_bytes().to_vec()))
    }

    const LIST: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- # above
  apiVersion: v1
  kind: ConfigMap   # beside
  metadata: {name: a}
  data:
    yes: \"no\"
    text: |
      one

        two
- {apiVersion: v1, kind: Namespace, metadata: {name: b}}
functionConfig:
  apiVersion: trustc.dev/v1alpha1
  kind: TrustConfig
";

    #[test]
    fn items_come_out_as_they_went_in() {
        let list = read(LIST).expect("a list");
        assert_eq!(list.print(&list.items, &[]), LIST);
        let json = serde_json::json!({
            "apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList",
            "items": [{"kind": "ConfigMap", "data": {"a": "x\ny"}}, {}],
            "functionConfig": {"apiVersion": "trustc.dev/v1alpha1", "kind": "TrustConfig"}
        });
        for text in [json.to_string(), format!("{json:#}")] {
            let list = read(&text).expect("JSON is YAML");
            let out = read(&list.print(&list.items, &[])).expect("what goes out can come in");
            let values = |list: &ResourceList| {
                list.items
                    .iter()
                    .map(|item| item.value.clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(values(&out), values(&list));
        }
    }

    #[test]
    fn what_is_no_list_is_said_to_be_none() {
        for text in [
            "",
            "a: [",
            "kind: List\n",
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n",
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {kind: ConfigMap}\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
