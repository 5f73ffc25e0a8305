//! A YAML document as a tree of nodes with spans, and the way from a JSON pointer to the bytes.

use std::ops::Range;

use crate::json_pointer::Pointer;

pub(crate) type NodeId = usize;

/// One value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) kind: NodeKind,
}

/// What a value is. Scalars stay as written; what they mean is decided by who reads them.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Scalar(Scalar),
    Sequence(Vec<NodeId>),
    Mapping(Vec<Entry>),
    Alias(NodeId),
}

/// A scalar as written: its text, whether what it looks like decides on its type, and its tag in full.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) plain: bool,
    pub(crate) tag: Option<String>,
}

/// A key, where it stands, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Whether it is the merge key `<<`, and no key of this name.
    pub(crate) merges: bool,
    pub(crate) span: Range<usize>,
    pub(crate) value: NodeId,
}

/// The nodes of one document. Aliases point back into it, so its size is that of the text.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeId,
}

/// What a walk along a pointer met last.
pub(crate) struct Found {
    node: NodeId,
    key: Option<Range<usize>>,
    exact: bool,
}

/// A tree of values that knows where each of them stands.
pub(crate) trait Spans {
    fn root(&self) -> NodeId;

    fn span(&self, node: NodeId) -> Range<usize>;

    /// The value of a key or an index, and where its key stands.
    fn step(&self, from: NodeId, segment: &str) -> Option<(NodeId, Option<Range<usize>>)>;

    /// Where to point for a collection without a key: its first key, else its first byte. None for what is no collection.
    fn begin(&self, node: NodeId) -> Option<Range<usize>>;

    /// Bytes of the key of `pointer`; the value itself in lists and at the root.
    fn key_span(&self, pointer: &Pointer) -> Range<usize> {
        let found = self.walk(pointer);
        found.key.clone().unwrap_or_else(|| self.head(&found))
    }

    /// Bytes of the value of `pointer`. Collections, and values that are not written, are pointed at by their key.
    fn value_span(&self, pointer: &Pointer) -> Range<usize> {
        let found = self.walk(pointer);
        if found.exact && self.begin(found.node).is_none() {
            self.span(found.node)
        } else {
            self.head(&found)
        }
    }

    /// All bytes of the value of `pointer`, collections included; none if it is not written.
    fn extent(&self, pointer: &Pointer) -> Option<Range<usize>> {
        let found = self.walk(pointer);
        found.exact.then(|| self.span(found.node))
    }

    #[doc(hidden)]
    fn walk(&self, pointer: &Pointer) -> Found {
        let mut found = Found {
            node: self.root(),
            key: None,
            exact: true,
        };
        for segment in pointer.segments() {
            let Some((node, key)) = self.step(found.node, &segment) else {
                found.exact = false;
                return found;
            };
            found = Found {
                node,
                key,
                exact: true,
            };
        }
        found
    }

    #[doc(hidden)]
    fn head(&self, found: &Found) -> Range<usize> {
        let begin = || {
            self.begin(found.node)
                .unwrap_or_else(|| self.span(found.node))
        };
        found.key.clone().unwrap_or_else(begin)
    }
}

impl Spans for Document {
    fn root(&self) -> NodeId {
        self.root
    }

    fn span(&self, node: NodeId) -> Range<usize> {
        self.nodes[node].span.clone()
    }

    fn step(&self, from: NodeId, segment: &str) -> Option<(NodeId, Option<Range<usize>>)> {
        match &self.nodes[self.target(from)].kind {
            NodeKind::Mapping(entries) => entries
                .iter()
                .find(|e| e.key == segment)
                .map(|e| (e.value, Some(e.span.clone()))),
            NodeKind::Sequence(items) => segment
                .parse::<usize>()
                .ok()
                .and_then(|i| items.get(i))
                .map(|n| (*n, None)),
            NodeKind::Scalar(_) | NodeKind::Alias(_) => None,
        }
    }

    fn begin(&self, node: NodeId) -> Option<Range<usize>> {
        let node = &self.nodes[node];
        match &node.kind {
            NodeKind::Mapping(entries) => Some(
                entries
                    .first()
                    .map_or(node.span.clone(), |e| e.span.clone()),
            ),
            NodeKind::Sequence(_) => Some(node.span.start..node.span.start),
            NodeKind::Scalar(_) | NodeKind::Alias(_) => None,
        }
    }
}

impl Document {
    /// The value, or its key, that holds a byte: its pointer, and the bytes of what was hit.
    pub(crate) fn pointer_at(&self, byte: usize) -> Option<(Pointer, Range<usize>)> {
        let (mut node, mut pointer) = (self.root, Pointer::root());
        loop {
            match &self.nodes[node].kind {
                NodeKind::Mapping(entries) => {
                    let entry = entries.iter().rfind(|entry| entry.span.start <= byte)?;
                    pointer = pointer.key(&entry.key);
                    if byte < entry.span.end {
                        return Some((pointer, entry.span.clone()));
                    }
                    node = entry.value;
                }
                NodeKind::Sequence(items) => {
                    let at = items
                        .iter()
                        .rposition(|item| self.nodes[*item].span.start <= byte)?;
                    (node, pointer) = (items[at], pointer.index(at));
                }
                NodeKind::Scalar(_) | NodeKind::Alias(_) => {
                    let span = &self.nodes[node].span;
                    return (span.start <= byte && byte < span.end)
                        .then(|| (pointer, span.clone()));
                }
            }
        }
    }

    /// The keys of the mapping of `pointer`.
    pub(crate) fn keys(&self, pointer: &Pointer) -> Vec<&str> {
        match &self.nodes[self.walk(pointer).node].kind {
            NodeKind::Mapping(entries) => entries.iter().map(|entry| entry.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The text of the scalar of `pointer`, whatever type it has to readers.
    pub(crate) fn scalar_text(&self, pointer: &Pointer) -> Option<&str> {
        let found = self.walk(pointer);
        match &self.nodes[found.node].kind {
            NodeKind::Scalar(scalar) if found.exact => Some(&scalar.text),
            _ => None,
        }
    }

    /// The node that a node stands for. Aliases of aliases do not exist in YAML, so one step is enough.
    pub(super) fn target(&self, node: NodeId) -> NodeId {
        match self.nodes[node].kind {
            NodeKind::Alias(target) => target,
            _ => node,
        }
    }
}
