//! Streams of manifests as kubectl reads them: JSON values, then documents of YAML, each up to a line that begins with
//! `---` (`NewYAMLOrJSONDecoder` of k8s.io/apimachinery over sigs.k8s.io/yaml).

use std::ops::Range;

use serde_json::Value;

use super::build::{Builder, Part, Reading, read};
use super::document::Document;
use super::json::{self, First};
use super::values::value_of;
use super::{MAX_VALUES, YAML_SYNTAX, events::SyntaxError};
use crate::diagnostic::{Diagnostic, Origin, SourceId};

/// So many bytes kubectl looks at to tell JSON from YAML.
const LOOK_AHEAD: usize = 4096;

/// One document of a stream: where everything stands, and what it means.
#[derive(Debug)]
pub(crate) struct StreamDocument {
    pub(crate) document: Document,
    pub(crate) value: Value,
    /// The bytes of its root value.
    pub(crate) at: Range<usize>,
    /// Which one of its file, counted from zero; documents without a root do not count.
    pub(crate) index: usize,
}

/// Reads every document of a stream. Documents that hold nothing are left out.
///
/// A key that is written twice is a finding, and the last one counts, as for lenient readers. A syntax fault ends the
/// stream; the documents before it are returned. Messages show what somebody wrote as `show` returns it.
pub(crate) fn parse_stream(
    id: SourceId,
    text: &str,
    show: fn(&str) -> String,
) -> (Vec<StreamDocument>, Vec<Diagnostic>) {
    let mut documents = Vec::new();
    let faults = each_document(id, text, show, &mut |document| documents.push(document));
    (documents, faults)
}

/// The same, and each document is handed over before the next one is read: a stream may hold a whole cluster.
pub(crate) fn each_document(
    id: SourceId,
    text: &str,
    show: fn(&str) -> String,
    take: &mut dyn FnMut(StreamDocument),
) -> Vec<Diagnostic> {
    let mut stream = Stream {
        whole: Part {
            id,
            text,
            base: 0,
            room: MAX_VALUES,
            show,
        },
        take,
        faults: Vec::new(),
        index: 0,
    };
    let json_error = match stream.json() {
        Json::All => return stream.faults,
        Json::Until(at, error) => Some((at, error)),
        Json::None => None,
    };
    let (at, error) = json_error.map_or((0, None), |(at, error)| (at, Some(error)));
    stream.yaml(at, error);
    stream.faults
}

struct Stream<'t> {
    whole: Part<'t>,
    take: &'t mut dyn FnMut(StreamDocument),
    faults: Vec<Diagnostic>,
    index: usize,
}

/// How much of a stream was JSON.
enum Json {
    None,
    All,
    /// From this byte on it may be YAML; and why it is no JSON.
    Until(usize, SyntaxError),
}

impl Stream<'_> {
    fn json(&mut self) -> Json {
        let text = self.whole.text;
        let seen = &text.as_bytes()[..text.len().min(LOOK_AHEAD)];
        let blank = text.len() - text.trim_start().len();
        if seen.get(blank) != Some(&b'{') {
            return Json::None;
        }
        let (mut at, mut count) = (0, 0);
        loop {
            match json::first(&text[at..]) {
                First::Nothing => return Json::All,
                First::Value(value) => {
                    let end = at + value.end;
                    if !self.json_value(at + value.start..end) {
                        return Json::All;
                    }
                    (at, count) = (end, count + 1);
                }
                First::Error(error) => {
                    let error = SyntaxError {
                        at: at + error.at,
                        ..error
                    };
                    return match after_line(text, at) {
                        // After two values kubectl is sure that the others are JSON too.
                        Some(next) if count <= 1 => Json::Until(next, error),
                        _ => {
                            self.syntax(error);
                            Json::All
                        }
                    };
                }
            }
        }
    }

    /// Takes in a value of JSON. False if Kubernetes refuses it.
    fn json_value(&mut self, value: Range<usize>) -> bool {
        let mut builder = Builder::new(self.whole, Reading::Manifest);
        let built = json::build(self.whole.text, value, &mut builder);
        let (document, faults) = builder.finish();
        self.add(document, faults, built.err())
    }

    /// Reads YAML from this byte on. `not_json` is why the beginning is no JSON, if it looks like JSON.
    fn yaml(&mut self, start: usize, not_json: Option<SyntaxError>) {
        let text = self.whole.text;
        let (mut begin, mut at) = (start, start);
        for line in text[start..].split_inclusive('\n') {
            let end = at;
            at += line.len();
            let Some(behind) = line.strip_prefix("---").map(str::trim_start) else {
                continue;
            };
            if !behind.is_empty() && !behind.starts_with('#') {
                self.syntax(SyntaxError {
                    message: "text behind `---`: kubectl takes nothing but a comment there"
                        .to_owned(),
                    at: at - behind.len(),
                });
                return;
            }
            // At the beginning of a document the line stays a part of it.
            if begin < end {
                if !self.yaml_document(begin..end, not_json.as_ref()) {
                    return;
                }
                begin = at;
            }
        }
        self.yaml_document(begin..text.len(), not_json.as_ref());
    }

    /// Takes in a document of YAML. False if there is nothing to go on with.
    fn yaml_document(&mut self, bytes: Range<usize>, not_json: Option<&SyntaxError>) -> bool {
        let part = Part {
            text: &self.whole.text[bytes.clone()],
            base: bytes.start,
            ..self.whole
        };
        let (document, mut faults) = read(part, Reading::Manifest);
        let last = faults.pop_if(|fault| fault.rule.id != super::YAML_DUPLICATE_KEY.id);
        // Of text that begins as only JSON does, the reason why it is no JSON says more.
        let is_json = |error: &&SyntaxError| {
            let body = self.whole.text[bytes.start..error.at.max(bytes.start)].trim_start();
            let inside = body.strip_prefix('{').map(str::trim_start);
            bytes.contains(&error.at) && inside.is_some_and(|inside| inside.starts_with('"'))
        };
        match (&last, not_json.filter(is_json)) {
            (Some(fault), Some(error)) if fault.rule.id == YAML_SYNTAX.id => {
                self.faults.extend(faults);
                self.syntax(SyntaxError {
                    message: error.message.clone(),
                    at: error.at,
                });
                false
            }
            _ => self.add(document, faults, last),
        }
    }

    fn add(
        &mut self,
        document: Option<Document>,
        faults: Vec<Diagnostic>,
        last: Option<Diagnostic>,
    ) -> bool {
        self.faults.extend(faults);
        let is_read = last.is_none();
        if let Some(document) = document {
            self.whole.room = self.whole.room.saturating_sub(document.nodes.len());
            let value = value_of(self.whole.id, &document, &mut self.faults);
            if !value.is_null() {
                let at = document.nodes[document.root].span.clone();
                (self.take)(StreamDocument {
                    document,
                    value,
                    at,
                    index: self.index,
                });
            }
            self.index += 1;
        }
        self.faults.extend(last);
        is_read
    }

    fn syntax(&mut self, error: SyntaxError) {
        let origin = Origin::bytes(self.whole.id, error.at..error.at);
        self.faults.push(YAML_SYNTAX.at(origin, error.message));
    }
}

/// Where kubectl begins to read YAML when what follows a value is no JSON: behind what is blank on the line of the value.
/// None where it does not: it looks at four bytes at a time, and gives up where there are fewer.
fn after_line(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let end = rest.find(|c: char| c == '\n' || !c.is_whitespace())?;
    let is_line_end = rest[end..].starts_with('\n');
    (rest.len() - end >= 4).then_some(at + end + usize::from(is_line_end))
}
