//! The one reader of YAML and JSON: text to a [`Document`] that knows where each value stands, and to values as
//! Kubernetes reads them.
//!
//! Depth, alias expansion and documents are counted while events arrive, so hostile input costs no more than its length.

mod build;
mod document;
mod events;
mod json;
mod places;
mod scalar;
mod stream;
mod values;

#[cfg(test)]
mod tests;

use crate::diagnostic::{RuleInfo, Severity};

pub(crate) use build::parse;
pub(crate) use document::{Document, Entry, NodeId, NodeKind, Scalar, Spans};
pub(crate) use places::Places;
pub(crate) use stream::{StreamDocument, each_document, parse_stream};

/// Deeper nesting than any configuration or manifest needs; well under every reader's own limit.
pub(crate) const MAX_DEPTH: usize = 64;
/// More values than the manifests of a whole cluster have; each takes some hundred bytes of memory.
const MAX_VALUES: usize = 1_000_000;

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

pub(crate) static YAML_TOO_LARGE: RuleInfo = RuleInfo {
    id: "yaml-too-large",
    severity: Severity::Error,
    summary: "a file has more values than anybody reads",
    why: "no object of that many values is applied, and the file fills the memory of whatever reads it",
    fix: "split the file: manifests of one cluster may stand in several",
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
