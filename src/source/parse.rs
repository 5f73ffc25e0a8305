//! A [`Source`] to what its text says.

use super::{Source, shown};
use crate::diagnostic::{Diagnostic, SourceId};
use crate::yaml::{self, Document, StreamDocument};

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

/// The same, document by document: see [`yaml::each_document`].
pub(crate) fn each_document(
    id: SourceId,
    source: &Source,
    take: &mut dyn FnMut(StreamDocument),
) -> Vec<Diagnostic> {
    yaml::each_document(id, source.text().unwrap_or_default(), shown, take)
}
