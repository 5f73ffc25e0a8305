//! YAML text to a [`Document`], in one pass over the parser's events, within a budget.
//!
//! The parser is saphyr-parser (YAML 1.2 events with positions). Positions come as characters and leave as bytes.
//! Depth, alias expansion and documents are counted while events arrive, so hostile input costs no more than its length.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::Source;
use super::document::{Document, Entry, Node, NodeId, NodeKind, Scalar};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity, SourceId};

/// Deeper nesting than any configuration or manifest needs; well under every reader's own limit.
pub(super) const MAX_DEPTH: usize = 64;
/// How many values aliases may add to those that are written.
const MAX_ALIASED: usize = 10_000;

pub(crate) static YAML_SYNTAX: RuleInfo = RuleInfo {
    id: "yaml-syntax",
    severity: Severity::Error,
    summary: "the file is no YAML",
    why: "nothing can be read from it, so nothing would be rendered or applied",
    fix: "mend the syntax at the place shown; quote text that holds `: `, ` #`, `{`, `*` or `&`",
};

pub(crate) static YAML_DUPLICATE_KEY: RuleInfo = RuleInfo {
    id: "yaml-duplicate-key",
    severity: Severity::Error,
    summary: "a key is written twice in one mapping",
    why: "readers disagree on which of the two counts: some keep the last, strict ones (kubectl, Flux) refuse the file",
    fix: "keep one of the two and delete the other",
};

pub(crate) static YAML_TOO_DEEP: RuleInfo = RuleInfo {
    id: "yaml-too-deep",
    severity: Severity::Error,
    summary: "values are nested too deeply",
    why: "no configuration or manifest is nested more than 64 levels deep; such a file only exhausts its readers",
    fix: "flatten the value, or check the file for runaway brackets or indentation",
};

pub(crate) static YAML_ALIAS_BOMB: RuleInfo = RuleInfo {
    id: "yaml-alias-bomb",
    severity: Severity::Error,
    summary: "aliases expand to far more than is written",
    why: "a few lines of aliases can fill the memory of every tool that reads the file",
    fix: "write the values out instead of repeating them with `*`",
};

pub(crate) static YAML_UNUSUAL: RuleInfo = RuleInfo {
    id: "yaml-unusual",
    severity: Severity::Error,
    summary: "a YAML feature that Kubernetes tools read differently from each other",
    why: "merge keys, own tags and keys that are no text mean different things to kubectl, Flux and Argo CD",
    fix: "write the value out in plain YAML",
};

pub(crate) static SEVERAL_DOCUMENTS: RuleInfo = RuleInfo {
    id: "config-several-documents",
    severity: Severity::Error,
    summary: "a configuration file holds more than one document",
    why: "one file is one site: of several documents only the first would be rendered",
    fix: "give each site a file of its own, named trust.yaml or <site>.trust.yaml",
};

pub(crate) static EMPTY_FILE: RuleInfo = RuleInfo {
    id: "config-empty",
    severity: Severity::Error,
    summary: "the file holds no document",
    why: "nothing would be rendered, and an empty result means \"delete everything\" to a GitOps tool that prunes",
    fix: "start from a starter: trustc init --profile quickstart trust.yaml",
};

/// Reads the one document of `source`.
///
/// Returns the document, or every fault that could be found: all duplicate keys, or the first fault of another kind.
pub(crate) fn parse(id: SourceId, source: &Source) -> Result<Document, Vec<Diagnostic>> {
    let (mut documents, faults) = parse_all(id, source, false);
    if !faults.is_empty() {
        return Err(faults);
    }
    documents
        .pop()
        .ok_or_else(|| vec![EMPTY_FILE.at(Origin::file(id), "the file holds no document")])
}

/// Reads every document of `source` that is not empty, up to the first fault that leaves nothing to go on with.
///
/// With `stream` it reads as Kubernetes does: several documents, and merge keys, which are left to whoever takes the values.
pub(super) fn parse_all(
    id: SourceId,
    source: &Source,
    stream: bool,
) -> (Vec<Document>, Vec<Diagnostic>) {
    let text = source.text().unwrap_or_default();
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offsets = Offsets::new(body, text.len() - body.len());
    let mut builder = Builder {
        source: id,
        offsets,
        text,
        stream,
        ..Builder::default()
    };
    for event in Parser::new_from_str(body) {
        let step = match event {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => Err(builder.syntax(&error)),
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            break;
        }
        if builder.done {
            break;
        }
    }
    builder.close();
    (builder.documents, builder.faults)
}

/// Characters, as the parser counts them, to bytes of the whole text.
#[derive(Default)]
pub(super) struct Offsets {
    base: usize,
    /// Empty when every character is one byte.
    starts: Vec<u32>,
    length: usize,
}

impl Offsets {
    pub(super) fn new(body: &str, base: usize) -> Self {
        let starts = if body.is_ascii() {
            Vec::new()
        } else {
            body.char_indices()
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        Self {
            base,
            starts,
            length: body.len(),
        }
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        let at = if self.starts.is_empty() {
            character
        } else {
            self.starts
                .get(character)
                .map_or(self.length, |at| *at as usize)
        };
        self.base + at.min(self.length)
    }
}

/// A collection whose end has not come yet.
struct Open {
    node: NodeId,
    anchor: usize,
    children: Vec<NodeId>,
    entries: Vec<Entry>,
    mapping: bool,
    key: Option<(String, Range<usize>)>,
    /// The keys of a mapping of many; of few, its entries are looked through.
    seen: HashSet<String>,
}

impl Open {
    const FEW: usize = 16;

    /// Whether the mapping has such a key already.
    fn has(&mut self, key: &str) -> bool {
        if self.entries.len() < Self::FEW {
            return self.entries.iter().any(|entry| entry.key == key);
        }
        if self.seen.is_empty() {
            self.seen
                .extend(self.entries.iter().map(|entry| entry.key.clone()));
        }
        !self.seen.insert(key.to_owned())
    }
}

#[derive(Default)]
struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    offsets: Offsets,
    nodes: Vec<Node>,
    /// How many values each node stands for once aliases are followed.
    weights: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, NodeId>,
    roots: Vec<NodeId>,
    aliased: usize,
    stream: bool,
    documents: Vec<Document>,
    faults: Vec<Diagnostic>,
    done: bool,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let range = match &event {
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) => {
                written(self.text, &self.range(span))
            }
            _ => self.range(span),
        };
        match event {
            Event::StreamEnd => self.done = true,
            Event::Scalar(value, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &range)?;
                let null_document = self.open.is_empty()
                    && value.is_empty()
                    && tag.is_none()
                    && style == ScalarStyle::Plain;
                if null_document {
                    return Ok(());
                }
                if self.wants_key() {
                    return self.take_key(value.into_owned(), range);
                }
                let scalar = Scalar {
                    text: value.into_owned(),
                    plain: style == ScalarStyle::Plain,
                    tag: tag.map(|tag| tag.suffix.clone()),
                };
                let node = self.push(
                    Node {
                        span: range,
                        kind: NodeKind::Scalar(scalar),
                    },
                    1,
                );
                self.name(anchor, node);
                self.attach(node)?;
            }
            Event::Alias(anchor) => self.alias(anchor, range)?,
            Event::SequenceStart(anchor, tag) => {
                self.start(anchor, tag.as_deref(), range, false)?
            }
            Event::MappingStart(anchor, tag) => self.start(anchor, tag.as_deref(), range, true)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(range)?,
            Event::DocumentEnd if self.stream => self.close(),
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn start(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        range: Range<usize>,
        mapping: bool,
    ) -> Result<(), Diagnostic> {
        self.refuse_tag(tag, &range)?;
        if self.wants_key() {
            return Err(self.fault(
                &YAML_UNUSUAL,
                range,
                "a key must be text, not a list or a mapping",
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fault(
                &YAML_TOO_DEEP,
                range,
                format!("nested more than {MAX_DEPTH} levels deep"),
            ));
        }
        let kind = if mapping {
            NodeKind::Mapping(Vec::new())
        } else {
            NodeKind::Sequence(Vec::new())
        };
        let node = self.push(Node { span: range, kind }, 1);
        self.name(anchor, node);
        let (children, entries, seen) = (Vec::new(), Vec::new(), HashSet::new());
        self.open.push(Open {
            node,
            anchor,
            children,
            entries,
            mapping,
            key: None,
            seen,
        });
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let values = open
            .children
            .iter()
            .chain(open.entries.iter().map(|e| &e.value));
        self.weights[open.node] =
            values.fold(1, |sum, child| sum.saturating_add(self.weights[*child]));
        let node = &mut self.nodes[open.node];
        node.span.end = range.end.max(node.span.start);
        node.kind = if open.mapping {
            NodeKind::Mapping(open.entries)
        } else {
            NodeKind::Sequence(open.children)
        };
        self.attach(open.node)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        if self.wants_key() {
            return Err(self.fault(&YAML_UNUSUAL, range, "a key must be text, not an alias"));
        }
        if self.open.iter().any(|open| open.anchor == anchor) {
            return Err(self.fault(
                &YAML_ALIAS_BOMB,
                range,
                "an alias inside the value it stands for never ends",
            ));
        }
        let Some(target) = self.anchors.get(&anchor).copied() else {
            return Err(self.fault(
                &YAML_SYNTAX,
                range,
                "an alias to an anchor that is not there",
            ));
        };
        let weight = self.weights[target];
        self.aliased = self.aliased.saturating_add(weight);
        if self.aliased > MAX_ALIASED {
            let message =
                format!("the aliases up to here stand for more than {MAX_ALIASED} values");
            return Err(self.fault(&YAML_ALIAS_BOMB, range, message));
        }
        let node = self.push(
            Node {
                span: range,
                kind: NodeKind::Alias(target),
            },
            weight,
        );
        self.attach(node)
    }

    fn attach(&mut self, node: NodeId) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            if !self.roots.is_empty() {
                let range = self.nodes[node].span.clone();
                return Err(self.fault(&SEVERAL_DOCUMENTS, range, "a second document begins here"));
            }
            self.roots.push(node);
            return Ok(());
        };
        match open.key.take() {
            Some((key, span)) => open.entries.push(Entry {
                key,
                span,
                value: node,
            }),
            None => open.children.push(node),
        }
        Ok(())
    }

    fn take_key(&mut self, key: String, range: Range<usize>) -> Result<(), Diagnostic> {
        if key == "<<" && !self.stream {
            return Err(self.fault(
                &YAML_UNUSUAL,
                range,
                "merge keys (`<<`) are not understood by Kubernetes",
            ));
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        if open.has(&key) {
            let first = open
                .entries
                .iter()
                .find(|e| e.key == key)
                .map(|e| e.span.clone());
            let message = format!("the key {} is written twice", super::shown(&key));
            let fault = YAML_DUPLICATE_KEY
                .at(Origin::bytes(self.source, range.clone()), message)
                .label("second time");
            self.faults.push(match first {
                Some(first) => fault.also(Origin::bytes(self.source, first), "first time"),
                None => fault,
            });
        }
        open.key = Some((key, range));
        Ok(())
    }

    fn refuse_tag(&self, tag: Option<&Tag>, range: &Range<usize>) -> Result<(), Diagnostic> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => Err(self.fault(
                &YAML_UNUSUAL,
                range.clone(),
                "a tag of one's own (`!…`) means nothing to Kubernetes",
            )),
            _ => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| open.mapping && open.key.is_none())
    }

    fn name(&mut self, anchor: usize, node: NodeId) {
        if anchor > 0 {
            self.anchors.insert(anchor, node);
        }
    }

    fn push(&mut self, node: Node, weight: usize) -> NodeId {
        self.nodes.push(node);
        self.weights.push(weight);
        self.nodes.len() - 1
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offsets.byte(span.start.index());
        start..self.offsets.byte(span.end.index()).max(start)
    }

    fn fault(
        &self,
        rule: &'static RuleInfo,
        range: Range<usize>,
        message: impl Into<crate::text::Untrusted>,
    ) -> Diagnostic {
        rule.at(Origin::bytes(self.source, range), message)
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = self.offsets.byte(error.marker().index());
        // The scanner's own guard: it counts brackets before it hands out the first of them.
        if error.info() == "recursion limit exceeded" {
            return self.fault(
                &YAML_TOO_DEEP,
                at..at,
                format!("nested more than {MAX_DEPTH} levels deep"),
            );
        }
        let line = self.text[..at].rfind('\n').map_or(0, |n| n + 1);
        let tabs = self.text[line..]
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .any(|c| c == '\t');
        let fault = self.fault(
            &YAML_SYNTAX,
            at..at,
            format!("this is no YAML: {}", plainly(error.info())),
        );
        if tabs {
            fault.help("indent with spaces: YAML forbids tabs there")
        } else {
            fault
        }
    }

    /// Ends a document: what was built so far is one, if it is anything and nothing in it is still open.
    fn close(&mut self) {
        let nodes = std::mem::take(&mut self.nodes);
        self.weights.clear();
        self.anchors.clear();
        if let (Some(root), true) = (self.roots.pop(), self.open.is_empty()) {
            self.documents.push(Document { nodes, root });
        }
    }
}

/// The scanner's most frequent complaints, for people who never read the YAML specification.
fn plainly(info: &str) -> &str {
    match info {
        "simple key expected" | "simple key expect ':'" => {
            "a line `key: value` is expected, and here is no key"
        }
        "mapping values are not allowed in this context" => {
            "a second `: ` on this line, or the line is indented deeper than the one it belongs to"
        }
        "unexpected eof" | "unexpected end of plain scalar" => {
            "the file ends in the middle of a value"
        }
        "invalid indentation" | "invalid indentation in flow construct" => {
            "the indentation fits no line above"
        }
        "while scanning a quoted scalar, found unexpected end of stream" => {
            "a quotation mark is never closed"
        }
        other => other,
    }
}

/// The bytes of a quoted scalar without what the parser counts to it: for it the scalar ends where the next token begins.
fn written(text: &str, span: &Range<usize>) -> Range<usize> {
    let slice = &text[span.clone()];
    let Some(quote) = slice.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return span.clone();
    };
    let mut escaped = false;
    let mut inside = slice.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        let doubled = quote == '\'' && inside.peek().is_some_and(|(_, next)| *next == quote);
        match c {
            c if c == quote && doubled => drop(inside.next()),
            c if c == quote && !escaped => return span.start..span.start + at + 1,
            _ => escaped = quote == '"' && c == '\\' && !escaped,
        }
    }
    span.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_pointer::Pointer;

    fn parsed(text: &str) -> Result<Document, Vec<&'static str>> {
        parse(
            SourceId(0),
            &Source::new("t.yaml", text.as_bytes().to_vec()),
        )
        .map_err(|faults| faults.iter().map(|f| f.rule.id).collect())
    }

    fn text_at<'t>(text: &'t str, pointer: &str) -> &'t str {
        let document = parsed(text).expect("the test text is YAML");
        &text[document.value_span(&Pointer::parse(pointer))]
    }

    #[test]
    fn pointers_lead_to_the_bytes_of_their_values() {
        let text = "a: ü\nlist:\n- x: 1\n- {y: \"zwei\"}\nflow: [p, q]\n";
        assert_eq!(text_at(text, "/a"), "ü");
        assert_eq!(text_at(text, "/list/0/x"), "1");
        assert_eq!(text_at(text, "/list/1/y"), "\"zwei\"");
        assert_eq!(text_at(text, "/flow/1"), "q");
        assert_eq!(text_at(text, "/list"), "list");
        assert_eq!(text_at(text, "/list/1/missing"), "y");
        assert_eq!(text_at(text, "/list/0/x/deeper"), "x");
    }

    #[test]
    fn quoted_values_end_with_their_quote() {
        let text = "a: \"x # \\\" y\"   # why\nb: 'it''s' # so\n\"c\" : \"e\"  \n";
        assert_eq!(text_at(text, "/a"), "\"x # \\\" y\"");
        assert_eq!(text_at(text, "/b"), "'it''s'");
        assert_eq!(text_at(text, "/c"), "\"e\"");
    }

    #[test]
    fn aliases_lead_to_what_they_stand_for() {
        let text = "base: &b {k: v}\nuse: *b\n";
        assert_eq!(text_at(text, "/use/k"), "v");
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_no_fault() {
        assert_eq!(text_at("\u{feff}a: 1\r\nb: 2\r\n", "/b"), "2");
    }

    #[test]
    fn faults_have_names() {
        assert_eq!(parsed("a: [1").err(), Some(vec!["yaml-syntax"]));
        assert_eq!(
            parsed("a: 1\na: 2\nb: 1\nb: 2\n").err(),
            Some(vec!["yaml-duplicate-key"; 2])
        );
        assert_eq!(parsed("").err(), Some(vec!["config-empty"]));
        assert_eq!(
            parsed("# only a comment\n---\n").err(),
            Some(vec!["config-empty"])
        );
        assert_eq!(
            parsed("a: 1\n---\nb: 2\n").err(),
            Some(vec!["config-several-documents"])
        );
        assert_eq!(parsed("<<: {a: 1}\n").err(), Some(vec!["yaml-unusual"]));
        assert_eq!(parsed("a: !mine 1\n").err(), Some(vec!["yaml-unusual"]));
        assert_eq!(parsed("? [a]\n: 1\n").err(), Some(vec!["yaml-unusual"]));
        assert_eq!(parsed("a: &x [*x]\n").err(), Some(vec!["yaml-alias-bomb"]));
        assert_eq!(parsed("a: *nowhere\n").err(), Some(vec!["yaml-syntax"]));
    }

    #[test]
    fn empty_documents_beside_the_one_do_not_count() {
        assert!(parsed("---\n---\na: 1\n---\n").is_ok());
        assert!(parsed("a: 1\n...\n").is_ok());
    }

    #[test]
    fn nesting_has_a_limit_on_both_sides() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parsed(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            parsed(&nested(MAX_DEPTH + 1)).err(),
            Some(vec!["yaml-too-deep"])
        );
        assert_eq!(parsed(&nested(100_000)).err(), Some(vec!["yaml-too-deep"]));
        assert_eq!(
            parsed(&"- ".repeat(100_000)).err(),
            Some(vec!["yaml-too-deep"])
        );
        let blocks: String = (0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(parsed(&blocks).err(), Some(vec!["yaml-too-deep"]));
    }

    #[test]
    fn a_billion_laughs_are_cut_short() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let item = format!("*a{}", n - 1);
            text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![item; 9].join(", ")));
        }
        assert_eq!(parsed(&text).err(), Some(vec!["yaml-alias-bomb"]));
    }
}
