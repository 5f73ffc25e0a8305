//! Where the values of a document stand, and nothing else: small enough to be kept for a hundred thousand objects.

use std::ops::Range;

use super::document::{Document, Node, NodeId, NodeKind, Spans};

/// The places of one document. A file has less than 4 GiB, so its bytes are counted in 32 bits.
#[derive(Debug)]
pub(crate) struct Places {
    nodes: Box<[Place]>,
    /// Items of all lists, those of one list beside each other.
    items: Box<[u32]>,
    fields: Box<[Field]>,
    /// The text of every key.
    keys: Box<str>,
    root: u32,
}

#[derive(Debug)]
struct Place {
    span: Span,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar,
    Alias(u32),
    Sequence(Span),
    Mapping(Span),
}

#[derive(Debug)]
struct Field {
    key: Span,
    span: Span,
    value: u32,
}

/// A range of bytes, or of what is beside each other.
#[derive(Clone, Copy, Debug)]
struct Span(u32, u32);

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self(short(range.start), short(range.end))
    }
}

impl From<Span> for Range<usize> {
    fn from(Span(start, end): Span) -> Self {
        start as usize..end as usize
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<Document> for Places {
    fn from(document: Document) -> Self {
        let (mut items, mut fields, mut keys) = (Vec::new(), Vec::new(), String::new());
        let mut place = |node: Node| {
            let kind = match node.kind {
                NodeKind::Scalar(_) => Kind::Scalar,
                NodeKind::Alias(target) => Kind::Alias(short(target)),
                NodeKind::Sequence(children) => {
                    let start = items.len();
                    items.extend(children.into_iter().map(short));
                    Kind::Sequence((start..items.len()).into())
                }
                NodeKind::Mapping(entries) => {
                    let start = fields.len();
                    for entry in entries {
                        let at = keys.len();
                        keys.push_str(&entry.key);
                        fields.push(Field {
                            key: (at..keys.len()).into(),
                            span: entry.span.into(),
                            value: short(entry.value),
                        });
                    }
                    Kind::Mapping((start..fields.len()).into())
                }
            };
            Place {
                span: node.span.into(),
                kind,
            }
        };
        Self {
            root: short(document.root),
            nodes: document.nodes.into_iter().map(&mut place).collect(),
            items: items.into(),
            fields: fields.into(),
            keys: keys.into(),
        }
    }
}

impl Places {
    fn fields(&self, span: Span) -> &[Field] {
        &self.fields[Range::from(span)]
    }
}

impl Spans for Places {
    fn root(&self) -> NodeId {
        self.root as usize
    }

    fn span(&self, node: NodeId) -> Range<usize> {
        self.nodes[node].span.into()
    }

    fn step(&self, from: NodeId, segment: &str) -> Option<(NodeId, Option<Range<usize>>)> {
        // Aliases of aliases do not exist in YAML, so one step is enough.
        let at = match self.nodes[from].kind {
            Kind::Alias(target) => target as usize,
            _ => from,
        };
        match self.nodes[at].kind {
            Kind::Mapping(span) => self
                .fields(span)
                .iter()
                .find(|field| &self.keys[Range::from(field.key)] == segment)
                .map(|field| (field.value as usize, Some(field.span.into()))),
            Kind::Sequence(span) => {
                let items = &self.items[Range::from(span)];
                let index: usize = segment.parse().ok()?;
                items.get(index).map(|node| (*node as usize, None))
            }
            Kind::Scalar | Kind::Alias(_) => None,
        }
    }

    fn begin(&self, node: NodeId) -> Option<Range<usize>> {
        let Place { span, kind } = &self.nodes[node];
        match kind {
            Kind::Mapping(fields) => {
                let first = self.fields(*fields).first();
                Some(first.map_or(*span, |field| field.span).into())
            }
            Kind::Sequence(_) => Some(Span(span.0, span.0).into()),
            Kind::Scalar | Kind::Alias(_) => None,
        }
    }
}
