//! The value of a document, as Kubernetes reads it.

use serde_json::{Map, Value};

use super::document::{Document, Entry, NodeId, NodeKind};
use super::{YAML_UNUSUAL, scalar};
use crate::diagnostic::{Diagnostic, Origin, SourceId};

/// The value of a document, and what of it Kubernetes refuses.
pub(super) fn value_of(id: SourceId, document: &Document, faults: &mut Vec<Diagnostic>) -> Value {
    let mut reader = Reader {
        document,
        source: id,
        faults,
    };
    reader.value(document.root)
}

struct Reader<'d> {
    document: &'d Document,
    source: SourceId,
    faults: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Depth and expansion were bounded when the document was built, so recursion is safe here.
    fn value(&mut self, node: NodeId) -> Value {
        let document = self.document;
        let node = &document.nodes[document.target(node)];
        match &node.kind {
            NodeKind::Scalar(scalar) => scalar::value(scalar).unwrap_or_else(|why| {
                let origin = Origin::bytes(self.source, node.span.clone());
                self.faults.push(YAML_UNUSUAL.at(origin, why));
                Value::Null
            }),
            NodeKind::Sequence(items) => items.iter().map(|item| self.value(*item)).collect(),
            NodeKind::Mapping(entries) => {
                let mut map = Map::with_capacity(entries.len());
                self.fill(&mut map, entries);
                Value::Object(map)
            }
            // An alias never leads to another one.
            NodeKind::Alias(_) => Value::Null,
        }
    }

    /// What is written later counts, be it a key or what a merge key brings along.
    fn fill(&mut self, map: &mut Map<String, Value>, entries: &[Entry]) {
        for entry in entries {
            if entry.merges {
                self.merge(map, entry);
            } else {
                let value = self.value(entry.value);
                map.insert(entry.key.clone(), value);
            }
        }
    }

    /// A merge key takes a mapping, or a list of them of which the first wins.
    fn merge(&mut self, map: &mut Map<String, Value>, entry: &Entry) {
        let document = self.document;
        // The list itself must stand here.
        let sources = match &document.nodes[entry.value].kind {
            NodeKind::Sequence(items) => items.iter().rev().copied().collect(),
            _ => vec![entry.value],
        };
        for source in sources {
            match &document.nodes[document.target(source)].kind {
                NodeKind::Mapping(entries) => self.fill(map, entries),
                _ => {
                    let origin = Origin::bytes(self.source, entry.span.clone());
                    let message = "a merge key takes a mapping or a list of mappings";
                    self.faults.push(YAML_UNUSUAL.at(origin, message));
                }
            }
        }
    }
}
