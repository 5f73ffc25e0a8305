//! A [`Source`] to what its text says.

use super::{Source, shown};
use crate::diagnostic::{Diagnostic, SourceId};
use crate::yaml::{self, Document, StreamDocument};

// For the list of items, which reads events of its own.
pub(super) use crate::yaml::MAX_DEPTH;

/// Reads the one document of `source`: see [`yaml::parse`].
pub(crate) fn parse(id: SourceId, source: &Source) -> Result<Document, Vec<Diagnostic>> {
    yaml::parse(id, source.text().unwrap_or_default(), shown)
}

/// Reads `source` as Kubernetes reads a stream of manifests: see [`yaml::parse_stream`].
pub(crate) fn parse_stream(
    id: SourceId,
    source: &Source,
) -> (Vec<StreamDocument>, Vec<Diagnostic>) {
    yaml::parse_stream(id, source.text().unwrap_or_default(), shown)
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
