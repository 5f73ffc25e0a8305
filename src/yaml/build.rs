//! Events to a [`Document`], within a budget.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::document::{Document, Entry, Node, NodeId, NodeKind, Scalar};
use super::events::{Changes, Event, Events, Fault};
use super::{
    EMPTY_FILE, MAX_DEPTH, MAX_VALUES, SEVERAL_DOCUMENTS, YAML_ALIAS_BOMB, YAML_DUPLICATE_KEY,
    YAML_SYNTAX, YAML_TOO_DEEP, YAML_TOO_LARGE, YAML_UNUSUAL, scalar,
};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, SourceId};

/// How many values aliases may add to those that are written.
const MAX_ALIASED: usize = 10_000;

/// A text that is read: which file it is of, and at which of its bytes it begins.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) id: SourceId,
    pub(super) text: &'t str,
    pub(super) base: usize,
    /// How many values it may have.
    pub(super) room: usize,
    /// How a message may show what somebody wrote.
    pub(super) show: fn(&str) -> String,
}

/// Reads the one document of a configuration. Messages show what somebody wrote as `show` returns it.
///
/// Returns the document, or every fault that could be found: all duplicate keys, or the first fault of another kind.
pub(crate) fn parse(
    id: SourceId,
    text: &str,
    show: fn(&str) -> String,
) -> Result<Document, Vec<Diagnostic>> {
    let part = Part {
        id,
        text,
        base: 0,
        room: MAX_VALUES,
        show,
    };
    let (document, faults) = read(part, Reading::Configuration);
    if !faults.is_empty() {
        return Err(faults);
    }
    document.ok_or_else(|| vec![EMPTY_FILE.at(Origin::file(id), "the file holds no document")])
}

/// How a text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it is one document, in YAML that nobody can misunderstand.
    Configuration,
    /// Its first document, as Kubernetes reads it.
    Manifest,
}

/// Reads a text, up to the first fault that leaves nothing to go on with.
pub(super) fn read(mut part: Part<'_>, reading: Reading) -> (Option<Document>, Vec<Diagnostic>) {
    if let Some(body) = part.text.strip_prefix('\u{feff}') {
        part.base += part.text.len() - body.len();
        part.text = body;
    }
    let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    if part.text.split(breaks).all(is_blank) {
        return (None, Vec::new());
    }
    let mut changes = Changes::new(part.text);
    loop {
        let mut builder = Builder::new(part, reading);
        let stop = builder.take(&mut Events::new(part.text, &changes));
        match stop {
            Ok(()) => {}
            Err(Stop::Finding(fault)) => builder.faults.push(fault),
            Err(Stop::Syntax(Fault::Libyaml(error))) if changes.undo(part.text, &error) => continue,
            Err(Stop::Syntax(fault)) => {
                let fault = builder.syntax(fault);
                builder.faults.push(fault);
            }
        }
        return builder.finish();
    }
}

/// Whether there is nothing on a line but a comment.
fn is_blank(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    line.is_empty() || line.starts_with('#')
}

/// Why a document is not read on.
enum Stop {
    Syntax(Fault),
    Finding(Diagnostic),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Syntax(fault)
    }
}

impl From<Diagnostic> for Stop {
    fn from(fault: Diagnostic) -> Self {
        Self::Finding(fault)
    }
}

/// A collection whose end has not come yet.
struct Open {
    node: NodeId,
    children: Vec<NodeId>,
    entries: Vec<Entry>,
    is_mapping: bool,
    key: Option<Key>,
    /// The keys of a mapping of many; of few, its entries are looked through.
    seen: HashSet<String>,
}

/// A key whose value has not come yet.
struct Key {
    text: String,
    merges: bool,
    span: Range<usize>,
}

impl Open {
    const FEW: usize = 16;

    /// Whether the mapping has such a key already.
    fn has(&mut self, key: &str) -> bool {
        if self.entries.len() < Self::FEW {
            return self
                .entries
                .iter()
                .any(|entry| entry.key == key && !entry.merges);
        }
        if self.seen.is_empty() {
            self.seen.extend(
                self.entries
                    .iter()
                    .filter(|entry| !entry.merges)
                    .map(|entry| entry.key.clone()),
            );
        }
        !self.seen.insert(key.to_owned())
    }
}

pub(super) struct Builder<'t> {
    part: Part<'t>,
    reading: Reading,
    nodes: Vec<Node>,
    /// How many values each node stands for once aliases are followed.
    weights: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<String, NodeId>,
    root: Option<NodeId>,
    aliased: usize,
    pub(super) faults: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(part: Part<'t>, reading: Reading) -> Self {
        Self {
            part,
            reading,
            nodes: Vec::new(),
            weights: Vec::new(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            aliased: 0,
            faults: Vec::new(),
        }
    }

    fn take(&mut self, events: &mut Events<'_>) -> Result<(), Stop> {
        loop {
            while let Some((event, span)) = events.next()? {
                self.event(event, span)?;
            }
            match self.reading {
                Reading::Manifest => return Ok(self.check_rest(events.rest())?),
                Reading::Configuration if events.begin_next() => self.anchors.clear(),
                Reading::Configuration => return Ok(()),
            }
        }
    }

    /// Of what stands between two lines of `---` kubectl reads one document, and leaves out the others without a word.
    fn check_rest(&self, rest: Option<usize>) -> Result<(), Diagnostic> {
        let Some(at) = rest else { return Ok(()) };
        let message = "kubectl reads nothing from here to the next line that begins with `---`";
        Err(self.fault(&YAML_UNUSUAL, at..at, message))
    }

    /// Takes in an event, at these bytes of the part.
    pub(super) fn event(&mut self, event: Event, span: Range<usize>) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar {
                text,
                plain,
                tag,
                anchor,
            } => {
                let is_null_document = self.open.is_empty()
                    && text.is_empty()
                    && plain
                    && tag.is_none()
                    && anchor.is_none();
                if is_null_document {
                    return Ok(());
                }
                self.check_tag(tag.as_deref(), &span)?;
                let span = self.without_properties(span, tag.is_some() || anchor.is_some());
                let span = self.without_header(span);
                self.scalar(Scalar { text, plain, tag }, anchor, span)
            }
            Event::Alias(anchor) => self.alias(&anchor, span),
            Event::Start {
                is_mapping,
                tag,
                anchor,
            } => {
                self.check_tag(tag.as_deref(), &span)?;
                let span = self.without_properties(span, tag.is_some() || anchor.is_some());
                self.start(is_mapping, anchor, span)
            }
            Event::End => self.end(span),
        }
    }

    /// The bytes of a value without its anchor and its tag.
    fn without_properties(&self, span: Range<usize>, has_any: bool) -> Range<usize> {
        let mut start = span.start;
        while has_any && self.part.text[start..span.end].starts_with(['&', '!']) {
            let rest = &self.part.text[start..span.end];
            let property = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let blank = rest[property..].len() - rest[property..].trim_start().len();
            start += property + blank;
        }
        start..span.end
    }

    /// The bytes of a scalar without the line on which only `|` or `>` says how it is written.
    fn without_header(&self, span: Range<usize>) -> Range<usize> {
        let written = &self.part.text[span.clone()];
        let header = written
            .find('\n')
            .filter(|_| written.starts_with(['|', '>']));
        header.map_or(span.start, |end| span.start + end + 1)..span.end
    }

    fn scalar(
        &mut self,
        scalar: Scalar,
        anchor: Option<String>,
        span: Range<usize>,
    ) -> Result<(), Diagnostic> {
        let is_key = self.wants_key();
        if is_key {
            self.take_key(&scalar, span.clone())?;
        }
        if is_key && anchor.is_none() {
            return Ok(());
        }
        // A key that has a name is a value of its own for aliases.
        let node = Node {
            span: self.in_file(span),
            kind: NodeKind::Scalar(scalar),
        };
        let node = self.push(node, 1)?;
        self.name(anchor, node);
        if is_key { Ok(()) } else { self.attach(node) }
    }

    fn start(
        &mut self,
        is_mapping: bool,
        anchor: Option<String>,
        span: Range<usize>,
    ) -> Result<(), Diagnostic> {
        if self.wants_key() {
            let message = "a key must be text, not a list or a mapping";
            return Err(self.fault(&YAML_UNUSUAL, span, message));
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(self.fault(&YAML_TOO_DEEP, span, message));
        }
        let kind = if is_mapping {
            NodeKind::Mapping(Vec::new())
        } else {
            NodeKind::Sequence(Vec::new())
        };
        let span = self.in_file(span);
        let node = self.push(Node { span, kind }, 1)?;
        self.name(anchor, node);
        self.open.push(Open {
            node,
            children: Vec::new(),
            entries: Vec::new(),
            is_mapping,
            key: None,
            seen: HashSet::new(),
        });
        Ok(())
    }

    fn end(&mut self, span: Range<usize>) -> Result<(), Diagnostic> {
        let Some(mut open) = self.open.pop() else {
            return Ok(());
        };
        open.entries.shrink_to_fit();
        open.children.shrink_to_fit();
        let values = open
            .children
            .iter()
            .chain(open.entries.iter().map(|e| &e.value));
        self.weights[open.node] =
            values.fold(1, |sum, child| sum.saturating_add(self.weights[*child]));
        let end = self.in_file(span).end;
        let node = &mut self.nodes[open.node];
        node.span.end = end.max(node.span.start);
        node.kind = if open.is_mapping {
            NodeKind::Mapping(open.entries)
        } else {
            NodeKind::Sequence(open.children)
        };
        self.attach(open.node)
    }

    fn alias(&mut self, anchor: &str, span: Range<usize>) -> Result<(), Diagnostic> {
        let Some(target) = self.anchors.get(anchor).copied() else {
            let message = "an alias to an anchor that is not there";
            return Err(self.fault(&YAML_SYNTAX, span, message));
        };
        if self.open.iter().any(|open| open.node == target) {
            let message = "an alias inside the value it stands for never ends";
            return Err(self.fault(&YAML_ALIAS_BOMB, span, message));
        }
        if self.wants_key() {
            return match &self.nodes[target].kind {
                NodeKind::Scalar(scalar) => self.take_key(&scalar.clone(), span),
                _ => {
                    let message = "a key must be text, and this stands for a list or a mapping";
                    Err(self.fault(&YAML_UNUSUAL, span, message))
                }
            };
        }
        let weight = self.weights[target];
        self.aliased = self.aliased.saturating_add(weight);
        if self.aliased > MAX_ALIASED {
            let message =
                format!("the aliases up to here stand for more than {MAX_ALIASED} values");
            return Err(self.fault(&YAML_ALIAS_BOMB, span, message));
        }
        let node = Node {
            span: self.in_file(span),
            kind: NodeKind::Alias(target),
        };
        let node = self.push(node, weight)?;
        self.attach(node)
    }

    fn attach(&mut self, node: NodeId) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            if self.root.is_some() {
                let origin = Origin::bytes(self.part.id, self.nodes[node].span.clone());
                return Err(SEVERAL_DOCUMENTS.at(origin, "a second document begins here"));
            }
            self.root = Some(node);
            return Ok(());
        };
        match open.key.take() {
            Some(key) => open.entries.push(Entry {
                key: key.text,
                merges: key.merges,
                span: key.span,
                value: node,
            }),
            None => open.children.push(node),
        }
        Ok(())
    }

    fn take_key(&mut self, scalar: &Scalar, span: Range<usize>) -> Result<(), Diagnostic> {
        let merges = scalar::is_merge_key(scalar);
        if self.reading == Reading::Configuration && scalar.text == "<<" {
            let message = "merge keys (`<<`) are not understood by Kubernetes";
            return Err(self.fault(&YAML_UNUSUAL, span, message));
        }
        let text = match self.reading {
            // What it looks like is decided by who reads the value.
            Reading::Configuration => scalar.text.clone(),
            Reading::Manifest if merges => scalar.text.clone(),
            Reading::Manifest => {
                scalar::key(scalar).map_err(|why| self.fault(&YAML_UNUSUAL, span.clone(), why))?
            }
        };
        let span = self.in_file(span);
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        // go-yaml takes any number of merge keys.
        if !merges && open.has(&text) {
            let first = open.entries.iter().find(|e| e.key == text && !e.merges);
            let first = first.map(|e| Origin::bytes(self.part.id, e.span.clone()));
            let message = format!("the key {} is written twice", (self.part.show)(&text));
            let fault = YAML_DUPLICATE_KEY
                .at(Origin::bytes(self.part.id, span.clone()), message)
                .label("second time");
            self.faults.push(match first {
                Some(first) => fault.also(first, "first time"),
                None => fault,
            });
        }
        open.key = Some(Key { text, merges, span });
        Ok(())
    }

    /// kubectl takes what has a tag of its own for text; a configuration is no place for one.
    fn check_tag(&self, tag: Option<&str>, span: &Range<usize>) -> Result<(), Diagnostic> {
        let written = &self.part.text[span.clone()];
        let length = written.find(char::is_whitespace).unwrap_or(written.len());
        let span = span.start..span.start + length;
        let is_own = tag.is_some_and(|tag| !tag.starts_with("tag:yaml.org,2002:"));
        if is_own && self.reading == Reading::Configuration {
            let message = "a tag of one's own (`!…`) means nothing to Kubernetes";
            return Err(self.fault(&YAML_UNUSUAL, span, message));
        }
        Ok(())
    }

    fn wants_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.is_mapping && open.key.is_none())
    }

    fn name(&mut self, anchor: Option<String>, node: NodeId) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node);
        }
    }

    fn push(&mut self, node: Node, weight: usize) -> Result<NodeId, Diagnostic> {
        if self.nodes.len() >= self.part.room {
            let origin = Origin::bytes(self.part.id, node.span);
            let message = format!("the file has more than {MAX_VALUES} values up to here");
            return Err(YAML_TOO_LARGE.at(origin, message));
        }
        self.nodes.push(node);
        self.weights.push(weight);
        Ok(self.nodes.len() - 1)
    }

    /// Bytes of the part as bytes of the file.
    fn in_file(&self, span: Range<usize>) -> Range<usize> {
        self.part.base + span.start..self.part.base + span.end
    }

    pub(super) fn fault(
        &self,
        rule: &'static RuleInfo,
        span: Range<usize>,
        message: impl Into<crate::text::Untrusted>,
    ) -> Diagnostic {
        rule.at(Origin::bytes(self.part.id, self.in_file(span)), message)
    }

    fn syntax(&self, fault: Fault) -> Diagnostic {
        let error = fault.explained(self.part.text);
        let line = self.part.text[..error.at].rfind('\n').map_or(0, |n| n + 1);
        let indented_by_tab = self.part.text[line..]
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .any(|c| c == '\t');
        let message = format!("this is no YAML: {}", error.message);
        let fault = self.fault(&YAML_SYNTAX, error.at..error.at, message);
        if indented_by_tab {
            fault.help("indent with spaces: YAML forbids tabs there")
        } else {
            fault
        }
    }

    /// What was built is a document, if it is anything and nothing in it is still open.
    pub(super) fn finish(mut self) -> (Option<Document>, Vec<Diagnostic>) {
        self.nodes.shrink_to_fit();
        let root = self.root.filter(|_| self.open.is_empty());
        let document = root.map(|root| Document {
            nodes: self.nodes,
            root,
        });
        (document, self.faults)
    }
}
