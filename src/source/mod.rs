//! Texts and the places in them: files as read, lines and columns.
//!
//! Bytes come in; out comes a [`Source`] that turns any [`Origin`] into line and column. Budgets for size are enforced here,
//! those for depth and aliases in [`crate::yaml`], before anything else reads the text.

mod border;
mod latest;
mod lines;
mod parse;
mod read;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::diagnostic::{Diagnostic, Origin, Place, RuleInfo, SourceId};
use crate::text::{self, Clean, Untrusted};
use crate::yaml;

pub(crate) use crate::text::quoted as shown;
pub(crate) use crate::yaml::{
    Document, Entry, NodeId, NodeKind, Places, Scalar, Spans, StreamDocument, YAML_SYNTAX,
    YAML_UNUSUAL,
};
pub(crate) use border::{A_LINK, Border, is_open_stream, link_at, repository};
pub(crate) use latest::Latest;
pub(crate) use lines::LineIndex;
pub(crate) use parse::{each_document, parse, parse_stream};
pub(crate) use read::{
    FILE_OUTSIDE_TREE, Files, Limit, NOT_UTF8, ReadFault, Reader, read_named, read_stream,
    without_detours,
};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[
    &yaml::YAML_SYNTAX,
    &yaml::YAML_DUPLICATE_KEY,
    &yaml::YAML_TOO_DEEP,
    &yaml::YAML_TOO_LARGE,
    &yaml::YAML_ALIAS_BOMB,
    &yaml::YAML_UNUSUAL,
    &yaml::SEVERAL_DOCUMENTS,
    &yaml::EMPTY_FILE,
    &read::FILE_NOT_READABLE,
    &read::FILE_OUTSIDE_TREE,
    &read::FILE_TOO_LARGE,
    &read::NOT_UTF8,
];

/// One file of a run: its name as the user wrote it and, if it is text, the text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    name: String,
    /// Where it was read from, if it is a file.
    path: Option<PathBuf>,
    /// The text, or what is none.
    content: Result<String, Vec<u8>>,
    // Made when somebody asks: of most files nobody does.
    document: OnceLock<Option<Document>>,
    /// What a report may show of it: the same length in bytes, masked.
    display: OnceLock<Option<String>>,
    /// Confidential values in it, for finding them in messages.
    secrets: OnceLock<Option<Secrets>>,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// A file by name and content. Content that is no UTF-8 has no lines to show.
    pub(crate) fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            name: Clean::line(&name.into()).into_string(),
            path: None,
            content: String::from_utf8(bytes).map_err(FromUtf8Error::into_bytes),
            document: OnceLock::new(),
            display: OnceLock::new(),
            secrets: OnceLock::new(),
            lines: OnceLock::new(),
        }
    }

    /// The same file with other content.
    pub(crate) fn rewritten(&self, text: String) -> Self {
        Self {
            path: self.path.clone(),
            ..Self::new(self.name.clone(), text.into_bytes())
        }
    }

    /// Where it was read from; none for streams.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The name as the user wrote it, with forward slashes.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Ok(text) => text.as_bytes(),
            Err(bytes) => bytes,
        }
    }

    /// The text, if it is UTF-8; without a leading byte order mark it is what was read.
    pub(crate) fn text(&self) -> Option<&str> {
        self.content.as_deref().ok()
    }

    /// The document in it, if it is one.
    fn document(&self) -> Option<&Document> {
        self.document
            .get_or_init(|| parse(SourceId(0), self).ok())
            .as_ref()
    }

    fn lines(&self) -> &LineIndex {
        self.lines
            .get_or_init(|| LineIndex::new(self.text().unwrap_or_default()))
    }

    /// The text with key material and confidential values masked, for reports.
    pub(crate) fn display(&self) -> Option<&str> {
        self.display
            .get_or_init(|| self.text().map(|text| text::mask_file(text).into_owned()))
            .as_deref()
    }

    /// A sentence about this file with its confidential values masked.
    pub(crate) fn without_secrets<'s>(&self, sentence: &'s str) -> Cow<'s, str> {
        let secrets = self.secrets.get_or_init(|| {
            let text = self.text()?;
            let values = text::confidential_values(text);
            (!values.is_empty()).then(|| Secrets::new(values))
        });
        let ranges = secrets.as_ref().map(|secrets| secrets.find(sentence));
        text::blank(sentence, &ranges.unwrap_or_default())
    }

    /// These lines of it, and the byte at which they begin. Lines count from one.
    pub(crate) fn excerpt(&self, first: usize, last: usize) -> Option<(&str, usize)> {
        let text = self.display()?;
        let range = self.lines().range(first, last, text.len());
        Some((text.get(range.clone())?, range.start))
    }
}

/// Confidential values, for finding them in sentences.
#[derive(Clone, Debug)]
struct Secrets {
    short: Option<AhoCorasick>,
    /// Longer than nearly every sentence, so these are looked for one by one.
    long: Vec<String>,
    /// There are so many that looking for them would cost more than the file: whatever is quoted may be one.
    many: bool,
}

impl Secrets {
    const LONG: usize = 1024;
    /// More values than fit into a Secret of 1 MiB, the most that an API server takes.
    const MANY: usize = 50_000;

    fn new(mut values: Vec<String>) -> Self {
        let many = values.len() > Self::MANY;
        if many {
            values.clear();
        }
        let long = values
            .extract_if(.., |value| value.len() > Self::LONG)
            .collect();
        // The other kinds take time by the square of a value that repeats itself.
        let short = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(values);
        Self {
            short: short.ok(),
            long,
            many,
        }
    }

    fn find(&self, sentence: &str) -> Vec<Range<usize>> {
        if self.many {
            return text::quotations(sentence);
        }
        let short = self.short.iter();
        let short = short.flat_map(|short| short.find_overlapping_iter(sentence));
        let long = self
            .long
            .iter()
            .filter(|value| value.len() <= sentence.len());
        let long = long.flat_map(|value| sentence.match_indices(value.as_str()));
        let long = long.map(|(at, value)| at..at + value.len());
        short.map(|found| found.range()).chain(long).collect()
    }
}

/// A place made concrete. Lines and columns count from one; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bytes: Range<usize>,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

/// All files of one configuration: itself first, then what it refers to. Files that several configurations refer to are
/// shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Vec<Arc<Source>>);

impl Sources {
    pub(crate) fn add(&mut self, source: impl Into<Arc<Source>>) -> SourceId {
        self.0.push(source.into());
        SourceId(self.0.len() - 1)
    }

    /// Every file, and its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.0
            .iter()
            .enumerate()
            .map(|(n, source)| (SourceId(n), &**source))
    }

    /// Text of a finding as it may be shown, without confidential values of the files that it is about.
    pub(crate) fn clean(&self, diagnostic: &Diagnostic, text: &Untrusted) -> Clean {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let mut seen = BTreeSet::new();
        let mut masked = Cow::Borrowed(text.raw());
        for label in labels.filter(|label| seen.insert(label.origin.source)) {
            masked = match self.get(label.origin.source).without_secrets(&masked) {
                Cow::Borrowed(_) => masked,
                Cow::Owned(masked) => masked.into(),
            };
        }
        Clean::line(&masked)
    }

    pub(crate) fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0]
    }

    /// A file, for another configuration that refers to it.
    pub(crate) fn share(&self, id: SourceId) -> Arc<Source> {
        self.0[id.0].clone()
    }

    pub(crate) fn set_document(&mut self, id: SourceId, document: Document) {
        // A file that is shared has its document already.
        if let Some(source) = Arc::get_mut(&mut self.0[id.0]) {
            source.document = Some(document).into();
        }
    }

    /// Where `origin` is. A pointer that is not written falls back to the nearest value around it; the file as such to
    /// its beginning. None for files that have no lines.
    pub(crate) fn locate(&self, origin: &Origin) -> Option<Location> {
        let source = self.get(origin.source);
        let Some(text) = source.text() else {
            return source.locate_in_bytes(&origin.place);
        };
        let bytes = match &origin.place {
            Place::File => 0..0,
            Place::Bytes(range) => range.clone(),
            Place::Key(pointer) => source.document()?.key_span(pointer),
            Place::Value(pointer) => source.document()?.value_span(pointer),
        };
        Some(source.lines().locate(text, first_line(text, bytes)))
    }
}

impl Source {
    /// Exactly these bytes as lines and columns; none for files that have no lines.
    pub(crate) fn place_of(&self, bytes: Range<usize>) -> Option<Location> {
        let text = self.text()?;
        let (line, column) = self.lines().position(text, bytes.start);
        let (end_line, end_column) = self.lines().position(text, bytes.end);
        Some(Location {
            bytes,
            line,
            column,
            end_line,
            end_column,
        })
    }

    /// Lines of a file that is no UTF-8: good enough to open an editor at the place.
    fn locate_in_bytes(&self, place: &Place) -> Option<Location> {
        let Place::Bytes(range) = place else {
            return None;
        };
        let before = &self.bytes()[..range.start.min(self.bytes().len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .count()
            + 1;
        Some(Location {
            bytes: range.clone(),
            line,
            column,
            end_line: line,
            end_column: column + 1,
        })
    }
}

/// Only the first line of a range is ever pointed at: block scalars and mappings would drown the message.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = range.start.min(text.len());
    let slice = text
        .get(start..range.end.min(text.len()))
        .unwrap_or_default();
    let line = slice.lines().next().unwrap_or_default().trim_end();
    start
        ..start
            + line.len().max(usize::from(
                start < text.len() && !text[start..].starts_with(['\n', '\r']),
            ))
}
