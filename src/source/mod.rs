//! Texts and the places in them: files as read, lines and columns, the YAML tree with spans, syntax faults.
//!
//! Bytes come in; out come a [`Source`] that turns any [`Origin`] into line and column, and a [`Document`] that knows
//! where each value stands. Budgets for size, depth and aliases are enforced here, before anything else reads the text.

mod border;
mod document;
mod latest;
mod lines;
mod parse;
mod read;
mod redact;
mod stream;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Origin, Place, RuleInfo, SourceId};

pub(crate) use border::{A_LINK, Border, is_open_stream, link_at, repository};
pub(crate) use document::{Document, Entry, NodeId, NodeKind, Scalar};
pub(crate) use latest::Latest;
pub(crate) use lines::LineIndex;
pub(crate) use parse::{YAML_SYNTAX, YAML_UNUSUAL, parse};
pub(crate) use read::{
    FILE_OUTSIDE_TREE, Files, Limit, NOT_UTF8, ReadFault, Reader, read_named, read_stream,
    without_detours,
};
pub(crate) use redact::{redact, shown};
pub(crate) use stream::{StreamDocument, parse_stream};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[
    &parse::YAML_SYNTAX,
    &parse::YAML_DUPLICATE_KEY,
    &parse::YAML_TOO_DEEP,
    &parse::YAML_ALIAS_BOMB,
    &parse::YAML_UNUSUAL,
    &parse::SEVERAL_DOCUMENTS,
    &parse::EMPTY_FILE,
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
    /// What a report may show of it: the same length in bytes, key material blanked.
    display: OnceLock<Option<String>>,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// A file by name and content. Content that is no UTF-8 has no lines to show.
    pub(crate) fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            path: None,
            content: String::from_utf8(bytes).map_err(FromUtf8Error::into_bytes),
            document: OnceLock::new(),
            display: OnceLock::new(),
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

    /// The text with key material blanked, for reports.
    pub(crate) fn display(&self) -> Option<&str> {
        self.display
            .get_or_init(|| self.text().map(redact))
            .as_deref()
    }

    /// These lines of it, and the byte at which they begin. Lines count from one.
    pub(crate) fn excerpt(&self, first: usize, last: usize) -> Option<(&str, usize)> {
        let text = self.display()?;
        let range = self.lines().range(first, last, text.len());
        Some((text.get(range.clone())?, range.start))
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

    pub(crate) fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0]
    }

    /// A file, for another configuration that refers to it.
    pub(crate) fn share(&self, id: SourceId) -> Arc<Source> {
        self.0[id.0].clone()
    }

    /// Keeps what stands in these ranges out of every report. Lines stay where they are. Before a file is shared.
    pub(crate) fn hide(&mut self, id: SourceId, ranges: &[Range<usize>]) {
        let Some(source) = Arc::get_mut(&mut self.0[id.0]) else {
            return;
        };
        let Some(text) = source.display() else { return };
        let mut bytes = text.as_bytes().to_vec();
        for range in ranges {
            bytes[range.clone()]
                .iter_mut()
                .filter(|byte| !matches!(byte, b'\n' | b'\r'))
                .for_each(|byte| *byte = b'*');
        }
        // Ranges end where characters end; if one did not, showing nothing is right.
        source.display = String::from_utf8(bytes).ok().into();
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
