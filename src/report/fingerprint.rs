//! What makes a finding the same finding after lines have moved: rule, file and JSON pointer.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Root;
use crate::diagnostic::{Diagnostic, Label, Place};
use crate::source::Sources;

/// Gives every finding of one report a fingerprint of its own.
pub(super) struct Fingerprints {
    pub(super) root: Root,
    /// How many findings there were of each.
    seen: BTreeMap<[u8; 8], u32>,
}

impl Fingerprints {
    pub(super) fn new(root: Root) -> Self {
        Self {
            root,
            seen: BTreeMap::new(),
        }
    }

    /// `0123456789abcdef:1`; the number counts findings that are alike, in the order of the report.
    pub(super) fn next(&mut self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        let path = self
            .root
            .path(sources.get(diagnostic.primary.origin.source).name());
        let identity = [diagnostic.rule.id, &path, &self.place(sources, diagnostic)].join("\0");
        let digest = Sha256::digest(identity);
        let hash = *digest.first_chunk().unwrap_or(&[0; 8]);
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        format!("{:016x}:{count}", u64::from_be_bytes(hash))
    }

    /// The pointer of the place. Certificates in files and objects in streams have none: for the first the configuration's
    /// that names the file, for the others the sentence, without the numbers and dates that days change.
    fn place(&self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        if let Some(pointer) = pointer(&diagnostic.primary) {
            return pointer.to_owned();
        }
        let named = diagnostic
            .secondary
            .iter()
            .find_map(|label| Some((label, pointer(label)?)));
        match named {
            Some((label, pointer)) => {
                format!(
                    "{}#{pointer}",
                    self.root.path(sources.get(label.origin.source).name())
                )
            }
            None => without_numbers(diagnostic.message.raw()),
        }
    }
}

/// A sentence without words that are numbers or dates. Names with digits in them stay.
fn without_numbers(text: &str) -> String {
    let number = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation())
    };
    text.split_whitespace()
        .filter(|word| !number(word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn pointer(label: &Label) -> Option<&str> {
    match &label.origin.place {
        Place::Key(pointer) | Place::Value(pointer) => Some(pointer.as_str()),
        Place::File | Place::Bytes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_and_names_stay() {
        let (today, tomorrow) = (
            "`CN=Root 2` ends on 2026-08-01, in 31 days",
            "`CN=Root 2` ends on 2026-08-01, in 30 days",
        );
        assert_eq!(without_numbers(today), without_numbers(tomorrow));
        assert_ne!(
            without_numbers("Certificate/web-1: isCa"),
            without_numbers("Certificate/web-2: isCa")
        );
    }
}
