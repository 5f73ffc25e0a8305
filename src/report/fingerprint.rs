//! What makes a finding the same finding after lines have moved: rule, file and JSON pointer.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Root;
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::source::Sources;

/// Gives every finding of one report a fingerprint of its own.
pub(super) struct Fingerprints<'r> {
    root: &'r Root,
    seen: BTreeMap<String, usize>,
}

impl<'r> Fingerprints<'r> {
    pub(super) fn new(root: &'r Root) -> Self {
        Self { root, seen: BTreeMap::new() }
    }

    /// `0123456789abcdef:1`; the number counts findings that are alike, in the order of the report.
    pub(super) fn next(&mut self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        let path = self.root.path(sources.get(diagnostic.primary.origin.source).name());
        let identity = [diagnostic.rule.id, &path, &self.place(sources, diagnostic)].join("\0");
        let hash = Sha256::digest(identity).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let count = self.seen.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    }

    /// The pointer of the place. Certificates in files and objects in streams have none: for the first the configuration's
    /// that names the file, for the others the sentence, without the numbers that days change.
    fn place(&self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        if let Some(pointer) = pointer(&diagnostic.primary) {
            return pointer.to_owned();
        }
        let named = diagnostic.secondary.iter().find_map(|label| Some((label, pointer(label)?)));
        match named {
            Some((label, pointer)) => {
                format!("{}#{pointer}", self.root.path(sources.get(label.origin.source).name()))
            }
            None => diagnostic.message.chars().filter(|c| !c.is_ascii_digit()).collect(),
        }
    }
}

fn pointer(label: &Label) -> Option<&str> {
    match &label.origin.place {
        Place::Key(pointer) | Place::Value(pointer) => Some(pointer.as_str()),
        Place::File | Place::Bytes(_) => None,
    }
}
