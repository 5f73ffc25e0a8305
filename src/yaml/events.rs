//! The events of the first document of a text.
//!
//! kubectl reads YAML with go-yaml v2, which is libyaml in Go, and libyaml-safer is libyaml in Rust: tabs, flow collections
//! and quoted text that reach to the left of their key, line ends and anchors are read alike. Where they differ, the
//! text is changed before libyaml sees it, byte for byte, and what was changed is put back into the values.

use std::io::{BufReader, Chain, Read as _};
use std::ops::Range;

use libyaml_safer::{Error, EventData, MappingStyle, Mark, Parser, ScalarStyle, SequenceStyle};

/// Behind every text: an end that neither changes the value of a block scalar nor lets the scanner look beyond the last
/// byte, where it panics.
const END: &[u8] = b"\n...\n\n\n\n\n\n\n\n\n\n\n";
/// How much of a text waits as characters, of four bytes each.
const BUFFER: usize = 8 * 1024;
/// So often a text is changed for what only go-yaml reads. Each time it is read from its beginning.
const MOST_CHANGES: usize = 16;

/// One step of a document. Ends of collections are `End`.
#[derive(Debug)]
pub(super) enum Event {
    Scalar {
        text: String,
        /// Whether what it looks like decides on its type.
        plain: bool,
        tag: Option<String>,
        anchor: Option<String>,
    },
    Alias(String),
    Start {
        is_mapping: bool,
        tag: Option<String>,
        anchor: Option<String>,
    },
    End,
}

/// What keeps a text from being read, and at which byte.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: usize,
}

type Input<'t> = BufReader<Chain<&'t [u8], &'static [u8]>>;

/// The events of a text, up to the end of its first document.
pub(super) struct Events<'t> {
    text: &'t str,
    parser: Parser<Input<'t>>,
    changes: &'t Changes,
    /// Of each open collection, whether it is one in brackets.
    flow: Vec<bool>,
    /// The document has ended.
    done: bool,
    /// The text has ended.
    ended: bool,
}

/// The bytes of a text that libyaml sees differently, and what they stand for.
#[derive(Default)]
pub(super) struct Changes {
    text: Option<String>,
    /// Stands for a colon or a comma.
    marks: Vec<(char, &'static str)>,
    count: usize,
}

impl Changes {
    /// A text that libyaml can read as far as can be told in advance.
    pub(super) fn new(text: &str) -> Self {
        let mut changes = Self::default();
        // At a comma right behind a tag it panics; go-yaml reads on. Here it becomes an error.
        let ends: Vec<usize> = text
            .match_indices('!')
            .filter(|(at, _)| text[..*at].chars().next_back().is_none_or(begins_token))
            .filter_map(|(at, _)| {
                let is_in_full = text[at..].starts_with("!<");
                let name = if is_in_full { text[at..].find('>')? } else { 0 };
                let end = text[at + name..].find(|c: char| c == ',' || c.is_whitespace())?;
                let end = at + name + end;
                text[end..].starts_with(',').then_some(end)
            })
            .collect();
        let free = ['^', '`'].into_iter().find(|c| !text.contains(*c));
        if let (false, Some(mark)) = (ends.is_empty(), free) {
            let mut changed = text.as_bytes().to_vec();
            ends.into_iter().for_each(|at| changed[at] = mark as u8);
            changes.text = String::from_utf8(changed).ok();
            changes.marks.push((mark, ","));
        }
        changes
    }

    /// Whether an error of libyaml's is none to go-yaml, and the text was changed so that it will not come again.
    pub(super) fn undo(&mut self, text: &str, error: &Error) -> bool {
        let Some(at) = error.problem_mark().and_then(|mark| byte(mark, text)) else {
            return false;
        };
        self.count += 1;
        if self.count > MOST_CHANGES {
            return false;
        }
        let current = self.text.as_deref().unwrap_or(text);
        match error.problem() {
            // `[fd00::, x]`: to go-yaml the colon is text.
            "found unexpected ':'" if current[at..].starts_with(':') => {
                self.replace(text, at..at + 1, ":", |c| c.len_utf8() == 1)
            }
            // `"it\'s"`: to go-yaml this is an apostrophe.
            "found unknown escape character" if current[at..].starts_with("\\'") => {
                self.replace(text, at..at + 2, "'", |c| c.len_utf8() == 2)
            }
            _ => false,
        }
    }

    fn replace(
        &mut self,
        text: &str,
        bytes: Range<usize>,
        stands_for: &'static str,
        fits: impl Fn(&char) -> bool,
    ) -> bool {
        let known = self
            .marks
            .iter()
            .find(|(c, same)| fits(c) && *same == stands_for);
        let mark = known.map(|(mark, _)| *mark).or_else(|| {
            // Text wherever it stands, and not in this one.
            let mut candidates = ('a'..='z').chain('A'..='Z').chain('\u{100}'..='\u{17f}');
            candidates.find(|c| fits(c) && !text.contains(*c))
        });
        let Some(mark) = mark else { return false };
        if known_is_new(&self.marks, mark) {
            self.marks.push((mark, stands_for));
        }
        let mut changed = self.text.take().unwrap_or_else(|| text.to_owned());
        changed.replace_range(bytes, mark.encode_utf8(&mut [0; 4]));
        self.text = Some(changed);
        true
    }

    /// A text as it was written.
    fn restored(&self, value: String) -> String {
        self.marks.iter().fold(value, |value, (mark, stands_for)| {
            if value.contains(*mark) {
                value.replace(*mark, stands_for)
            } else {
                value
            }
        })
    }
}

/// Whether a tag may stand behind this character.
fn begins_token(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '?' | '[' | '{' | ']' | '}' | ',' | ':' | '"' | '\'' | '\u{feff}'
        )
}

fn known_is_new(marks: &[(char, &str)], mark: char) -> bool {
    marks.iter().all(|(known, _)| *known != mark)
}

fn byte(mark: Mark, text: &str) -> Option<usize> {
    let at = usize::try_from(mark.index).ok()?.min(text.len());
    text.is_char_boundary(at).then_some(at)
}

impl<'t> Events<'t> {
    pub(super) fn new(text: &'t str, changes: &'t Changes) -> Self {
        let seen = changes.text.as_deref().unwrap_or(text);
        let end = if seen.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            &END[1..]
        } else {
            END
        };
        let capacity = BUFFER.min(seen.len() + END.len());
        let mut parser = Parser::new();
        parser.set_input(BufReader::with_capacity(
            capacity,
            seen.as_bytes().chain(end),
        ));
        // Otherwise it takes some letters for a byte order mark.
        parser.set_encoding(libyaml_safer::Encoding::Utf8);
        Self {
            text,
            parser,
            changes,
            flow: Vec::new(),
            done: false,
            ended: false,
        }
    }

    /// The next event and its bytes; none behind the document.
    pub(super) fn next(&mut self) -> Result<Option<(Event, Range<usize>)>, Fault> {
        while !self.done {
            let event = self.parser.parse().map_err(Fault::Libyaml)?;
            let span = self.span(event.start_mark, event.end_mark);
            if let Some(event) = self.event(event.data, &span)? {
                return Ok(Some((event, span)));
            }
        }
        Ok(None)
    }

    fn event(&mut self, data: EventData, span: &Range<usize>) -> Result<Option<Event>, Fault> {
        Ok(Some(match data {
            EventData::Scalar {
                anchor,
                tag,
                value,
                plain_implicit,
                style,
                ..
            } => {
                self.check_scalar(&value, style, span)?;
                Event::Scalar {
                    text: self.changes.restored(value),
                    plain: plain_implicit,
                    tag,
                    anchor,
                }
            }
            EventData::Alias { anchor } => Event::Alias(anchor),
            EventData::SequenceStart {
                anchor, tag, style, ..
            } => {
                self.flow.push(style == SequenceStyle::Flow);
                Event::Start {
                    is_mapping: false,
                    tag,
                    anchor,
                }
            }
            EventData::MappingStart {
                anchor, tag, style, ..
            } => {
                self.flow.push(style == MappingStyle::Flow);
                Event::Start {
                    is_mapping: true,
                    tag,
                    anchor,
                }
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                self.flow.pop();
                Event::End
            }
            EventData::StreamEnd | EventData::DocumentEnd { .. } => {
                self.done = true;
                self.ended = data == EventData::StreamEnd;
                return Ok(None);
            }
            EventData::StreamStart { .. } | EventData::DocumentStart { .. } => return Ok(None),
        }))
    }

    /// What libyaml reads and go-yaml refuses.
    fn check_scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        span: &Range<usize>,
    ) -> Result<(), Fault> {
        let written = &self.text[span.clone()];
        let swallowed = self
            .changes
            .marks
            .iter()
            .find(|(_, stands_for)| *stands_for == ",");
        let is_bracketed = self.flow.last() == Some(&true);
        let (offset, message) = match style {
            ScalarStyle::Plain
                if is_bracketed && swallowed.is_some_and(|(mark, _)| value.contains(*mark)) =>
            {
                (Some(0), "a comma right behind a `!`: quote the text")
            }
            ScalarStyle::Plain if is_bracketed && value.contains('?') => {
                let message =
                    "a `?` in unquoted text inside brackets: kubectl refuses it, so quote the text";
                (written.find('?'), message)
            }
            ScalarStyle::DoubleQuoted => (
                json_escape(written),
                "`\\/` is an escape in JSON only: write `/`",
            ),
            _ => (None, ""),
        };
        match offset {
            Some(offset) => Err(Fault::Other(SyntaxError {
                message: message.to_owned(),
                at: span.start + offset,
            })),
            None => Ok(()),
        }
    }

    /// Goes on to the next document; false if there is none.
    pub(super) fn begin_next(&mut self) -> bool {
        self.done = self.ended;
        !self.ended
    }

    fn span(&self, start: Mark, end: Mark) -> Range<usize> {
        let start = byte(start, self.text).unwrap_or_default();
        start..byte(end, self.text).unwrap_or(start).max(start)
    }

    /// Where more than blank lines, comments and ends of documents follow, be it YAML or not.
    pub(super) fn rest(&mut self) -> Option<usize> {
        let mark = match self.parser.parse() {
            Ok(event) if event.data == EventData::StreamEnd => None,
            Ok(event) => Some(event.start_mark),
            Err(error) => error.problem_mark(),
        };
        byte(mark?, self.text).filter(|at| *at < self.text.len())
    }
}

/// Where a slash is escaped.
fn json_escape(written: &str) -> Option<usize> {
    if !written.contains("\\/") {
        return None;
    }
    let mut characters = written.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && characters.next().is_some_and(|(_, escaped)| escaped == '/') {
            return Some(at);
        }
    }
    None
}

/// Why there is no next event.
#[derive(Debug)]
pub(super) enum Fault {
    Libyaml(Error),
    Other(SyntaxError),
}

impl Fault {
    /// For people: what is wrong, and where it begins.
    pub(super) fn explained(self, text: &str) -> SyntaxError {
        let error = match self {
            Self::Other(error) => return error,
            Self::Libyaml(error) => error,
        };
        let Some(problem) = error.problem_mark().and_then(|mark| byte(mark, text)) else {
            return SyntaxError {
                message: error.problem().to_owned(),
                at: text.find(is_refused).unwrap_or_default(),
            };
        };
        let context = error.context_mark().and_then(|mark| byte(mark, text));
        let is_end = text[problem..].trim().is_empty();
        let (message, at) = match (error.context().unwrap_or_default(), error.problem()) {
            (
                "while scanning a quoted scalar",
                "found unexpected end of stream" | "found unexpected document indicator",
            ) => ("a quotation mark is never closed", context),
            ("while parsing a flow sequence" | "while parsing a flow mapping", _) if is_end => {
                ("a bracket is never closed", context)
            }
            (_, problem) => (plainly(problem), None),
        };
        SyntaxError {
            message: message.to_owned(),
            at: at.unwrap_or(problem),
        }
    }
}

/// Characters that YAML does not allow in any text.
fn is_refused(c: char) -> bool {
    let is_allowed = matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    !is_allowed
}

/// The most frequent complaints, for people who never read the YAML specification.
fn plainly(problem: &str) -> &str {
    match problem {
        "could not find expected ':'" | "did not find expected key" => {
            "a line `key: value` is expected, and here is no key"
        }
        "mapping values are not allowed in this context" => {
            "a second `: ` on this line, or the line is indented deeper than the one it belongs to"
        }
        "did not find expected '-' indicator" => {
            "the indentation fits no line above, or a list and keys are mixed"
        }
        "did not find expected node content" => "a value is expected here",
        "found character that cannot start any token" => {
            "no value begins with this character: quote it"
        }
        other => other,
    }
}
