//! Why a manifest would not be admitted.

use crate::diagnostic::Change;
use crate::json_pointer::Pointer;

/// Which layer of the API server refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// The schema of the kind: unknown fields (server-side apply and strict clients refuse them), types, enums.
    Schema,
    /// ObjectMeta: names, labels, annotations.
    Metadata,
    /// The API server's own code for core kinds.
    Core,
    /// A CEL rule of the custom resource definition.
    Cel,
    /// The validating webhook of cert-manager or trust-manager.
    Webhook,
}

impl Layer {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Metadata => "metadata",
            Self::Core => "API server",
            Self::Cel => "CEL rule",
            Self::Webhook => "webhook",
        }
    }
}

/// One reason against a manifest, at a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) pointer: Pointer,
    pub(crate) layer: Layer,
    pub(crate) reason: String,
    /// What to type, where that is known.
    pub(crate) help: Option<String>,
    /// What mends it, where there is one right answer.
    pub(crate) change: Option<Change>,
}

impl Refusal {
    /// The field as the API server names it: `spec.sources[0].configMap`.
    pub(crate) fn field(&self) -> String {
        let mut text = String::new();
        for segment in self.pointer.segments() {
            let is_index = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
            if is_index || segment.contains(['.', '/']) {
                text.push_str(&format!("[{segment}]"));
                continue;
            }
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&segment);
        }
        text
    }
}

/// Collects refusals of one layer below one place.
pub(super) struct Refusals<'r> {
    pub(super) layer: Layer,
    pub(super) found: &'r mut Vec<Refusal>,
}

impl Refusals<'_> {
    /// A refusal at a JSON pointer, `/spec/sources/0`.
    pub(super) fn at(&mut self, at: impl Into<Pointer>, reason: impl Into<String>) {
        self.with_help(at, reason, None);
    }

    /// A refusal, and what to type.
    pub(super) fn with_help(
        &mut self,
        at: impl Into<Pointer>,
        reason: impl Into<String>,
        help: Option<String>,
    ) {
        self.with_change(at, reason, help, None);
    }

    /// A refusal, what to type, and the change that does so.
    pub(super) fn with_change(
        &mut self,
        at: impl Into<Pointer>,
        reason: impl Into<String>,
        help: Option<String>,
        change: Option<Change>,
    ) {
        self.found.push(Refusal {
            pointer: at.into(),
            layer: self.layer,
            reason: reason.into(),
            help,
            change,
        });
    }

    /// The same list, under another layer.
    pub(super) fn layer(&mut self, layer: Layer) -> Refusals<'_> {
        Refusals {
            layer,
            found: self.found,
        }
    }
}
