//! A change of a value to a change of bytes.

use std::ops::Range;

use serde_json::Value;

use super::print;
use crate::diagnostic::{Change, Edit, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Document, Entry, NodeId, NodeKind, Source, parse_stream};

/// Other text in place of these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextEdit {
    pub(crate) bytes: Range<usize>,
    pub(crate) text: String,
}

/// A file whose values can be changed: its text, and where everything stands.
pub(crate) struct Editor<'s> {
    pub(super) text: &'s str,
    pub(super) documents: Vec<Document>,
    pub(super) values: Vec<Value>,
    /// How many faults the reader found: an edit must not add any.
    pub(super) faults: usize,
}

/// A value and what holds it. Values behind an alias stand elsewhere, and are not reached.
struct Slot {
    node: NodeId,
    holder: Option<Holder>,
}

/// A collection, and which of its entries or items.
struct Holder {
    pointer: Pointer,
    node: NodeId,
    at: usize,
}

impl<'s> Editor<'s> {
    /// None for files that are no text.
    pub(crate) fn of(id: SourceId, source: &'s Source) -> Option<Self> {
        let text = source.text()?;
        let (documents, faults) = parse_stream(id, source);
        // Documents that mean nothing are left out by the reader; then the count of the others would be wrong.
        let in_order = documents
            .iter()
            .enumerate()
            .all(|(n, document)| document.index == n);
        let (documents, values) = documents.into_iter().map(|d| (d.document, d.value)).unzip();
        in_order.then_some(Self {
            text,
            documents,
            values,
            faults: faults.len(),
        })
    }

    /// The bytes that an edit changes; none if it cannot be made here.
    pub(crate) fn text_edit(&self, edit: &Edit) -> Option<TextEdit> {
        let document = self.documents.get(edit.document)?;
        let place = Place {
            text: self.text,
            document,
        };
        let slot = place.walk(&edit.at)?;
        match &edit.change {
            Change::Replace(value) => place.replace(&slot, value),
            Change::Quote => place.quote(&slot),
            Change::Rename(key) => place.rename(&slot, key),
            Change::Insert(key, value) => place.insert(&slot, key, value),
            Change::Remove => place.remove(&slot),
        }
    }

    /// The collection that a removal takes from, and how much is in it.
    pub(super) fn holder(&self, edit: &Edit) -> Option<(Pointer, usize)> {
        let document = self.documents.get(edit.document)?;
        let place = Place {
            text: self.text,
            document,
        };
        let holder = place.walk(&edit.at)?.holder?;
        let size = place.size(holder.node);
        Some((holder.pointer, size))
    }
}

struct Place<'p> {
    text: &'p str,
    document: &'p Document,
}

impl Place<'_> {
    fn walk(&self, pointer: &Pointer) -> Option<Slot> {
        let mut slot = Slot {
            node: self.document.root,
            holder: None,
        };
        let mut here = Pointer::root();
        for segment in pointer.segments() {
            let (at, node) = match &self.document.nodes[slot.node].kind {
                NodeKind::Mapping(entries) => {
                    let at = entries.iter().position(|entry| entry.key == segment)?;
                    (at, entries[at].value)
                }
                NodeKind::Sequence(items) => {
                    let at = segment.parse::<usize>().ok()?;
                    (at, *items.get(at)?)
                }
                NodeKind::Scalar(_) | NodeKind::Alias(_) => return None,
            };
            let holder = Holder {
                pointer: here.clone(),
                node: slot.node,
                at,
            };
            slot = Slot {
                node,
                holder: Some(holder),
            };
            here = here.key(&segment);
        }
        Some(slot)
    }

    fn size(&self, node: NodeId) -> usize {
        match &self.document.nodes[node].kind {
            NodeKind::Mapping(entries) => entries.len(),
            NodeKind::Sequence(items) => items.len(),
            NodeKind::Scalar(_) | NodeKind::Alias(_) => 0,
        }
    }

    fn entries(&self, node: NodeId) -> &[Entry] {
        match &self.document.nodes[node].kind {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The bytes of a scalar that stands on one line.
    fn scalar(&self, slot: &Slot) -> Option<(Range<usize>, &str)> {
        let node = &self.document.nodes[slot.node];
        let NodeKind::Scalar(_) = &node.kind else {
            return None;
        };
        let span = node.span.clone();
        let text = self.text.get(span.clone())?;
        let tidy =
            !text.is_empty() && !text.contains(['\n', '\r']) && !text.starts_with(['|', '>']);
        tidy.then_some((span, text))
    }

    fn replace(&self, slot: &Slot, value: &Value) -> Option<TextEdit> {
        let (bytes, old) = self.scalar(slot)?;
        let text = match value {
            Value::String(new) => print::like(old, new),
            other => print::value(other),
        };
        Some(TextEdit { bytes, text })
    }

    fn quote(&self, slot: &Slot) -> Option<TextEdit> {
        let (bytes, old) = self.scalar(slot)?;
        let NodeKind::Scalar(scalar) = &self.document.nodes[slot.node].kind else {
            return None;
        };
        scalar.plain.then(|| TextEdit {
            bytes,
            text: crate::render::quoted(old),
        })
    }

    fn rename(&self, slot: &Slot, key: &str) -> Option<TextEdit> {
        let holder = slot.holder.as_ref()?;
        let entry = self.entries(holder.node).get(holder.at)?;
        let span = entry.span.clone();
        let old = self
            .text
            .get(span.clone())
            .filter(|old| !old.is_empty() && !old.contains('\n'))?;
        Some(TextEdit {
            bytes: span,
            text: print::like(old, key),
        })
    }

    fn insert(&self, slot: &Slot, key: &str, value: &Value) -> Option<TextEdit> {
        let NodeKind::Mapping(entries) = &self.document.nodes[slot.node].kind else {
            return None;
        };
        let new = format!("{}: {}", print::text(key), print::value(value));
        if self.is_flow(slot.node) {
            return match entries.last() {
                Some(last) => {
                    let end = self.end(last.value, last.span.end);
                    Some(TextEdit {
                        bytes: end..end,
                        text: format!(", {new}"),
                    })
                }
                None => {
                    let start = self.document.nodes[slot.node].span.start + 1;
                    Some(TextEdit {
                        bytes: start..start,
                        text: new,
                    })
                }
            };
        }
        let (first, last) = (entries.first()?, entries.last()?);
        let before = &self.text[self.line_start(first.span.start)..first.span.start];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        if !before.chars().all(|c| matches!(c, ' ' | '-')) {
            return None;
        }
        let end = self.line_end(self.end(last.value, last.span.end));
        let line = if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        Some(TextEdit {
            bytes: end..end,
            text: format!("{line}{}{new}", " ".repeat(before.len())),
        })
    }

    fn remove(&self, slot: &Slot) -> Option<TextEdit> {
        let holder = slot.holder.as_ref()?;
        if self.size(holder.node) == 1 {
            return self.remove(&self.walk(&holder.pointer)?);
        }
        let bytes = match &self.document.nodes[holder.node].kind {
            NodeKind::Mapping(entries) => {
                let spans: Vec<_> = entries
                    .iter()
                    .map(|e| e.span.start..self.end(e.value, e.span.end))
                    .collect();
                self.gap(holder, &spans)?
            }
            NodeKind::Sequence(items) => {
                let start = |item: NodeId| self.document.nodes[item].span.start;
                let spans: Vec<_> = items
                    .iter()
                    .map(|item| start(*item)..self.end(*item, start(*item)))
                    .collect();
                self.gap(holder, &spans)?
            }
            NodeKind::Scalar(_) | NodeKind::Alias(_) => return None,
        };
        Some(TextEdit {
            bytes,
            text: String::new(),
        })
    }

    /// What goes with the member at `holder.at` of members that stand at `spans`.
    fn gap(&self, holder: &Holder, spans: &[Range<usize>]) -> Option<Range<usize>> {
        let own = &spans[holder.at];
        let until_next = spans.get(holder.at + 1).map(|next| own.start..next.start);
        if self.is_flow(holder.node) {
            let gap = until_next.or_else(|| Some(spans[holder.at.checked_sub(1)?].end..own.end))?;
            return (!self.text[gap.clone()].contains('#')).then_some(gap);
        }
        let line = self.line_start(own.start);
        let before = &self.text[line..own.start];
        let is_item = matches!(self.document.nodes[holder.node].kind, NodeKind::Sequence(_));
        let alone = if is_item {
            is_one_dash(before)
        } else {
            before.chars().all(|c| c == ' ')
        };
        if alone {
            let end = self.line_end(own.end);
            let next = self.text[end..].find('\n').map(|at| end + at + 1);
            return Some(match next {
                Some(next) => line..next,
                // The last line of a file that does not end with a line feed.
                None => self.text[..line].trim_end_matches(['\n', '\r']).len()..end,
            });
        }
        // The first key behind a dash: the next one moves up.
        let gap = until_next.filter(|_| !is_item && is_one_dash(before))?;
        (!self.text[gap.clone()].contains('#')).then_some(gap)
    }

    fn is_flow(&self, node: NodeId) -> bool {
        self.text[self.document.nodes[node].span.start..].starts_with(['{', '['])
    }

    /// Behind the last character of a value; of a value that is not written, behind its key.
    fn end(&self, node: NodeId, key_end: usize) -> usize {
        let flow = self.is_flow(node);
        let node = &self.document.nodes[node];
        let last = match &node.kind {
            NodeKind::Mapping(entries) if !flow => {
                entries.last().map(|e| self.end(e.value, e.span.end))
            }
            NodeKind::Sequence(items) if !flow => {
                items.last().map(|item| self.end(*item, node.span.start))
            }
            NodeKind::Scalar(_) => Some(node.span.end),
            _ => Some(node.span.end),
        };
        let end = last.unwrap_or(node.span.end).max(key_end);
        if node.span.is_empty() && matches!(node.kind, NodeKind::Scalar(_)) {
            return key_end;
        }
        self.text[..end].trim_end().len().max(key_end)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |n| n + 1)
    }

    /// Before the line's end, `\r\n` or `\n`.
    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |n| at + n);
        if self.text[..end].ends_with('\r') {
            end - 1
        } else {
            end
        }
    }
}

/// `  - `: a list item begins behind it, and nothing else.
fn is_one_dash(before: &str) -> bool {
    before.trim() == "-" && before.ends_with(' ') && !before.contains('\t')
}
