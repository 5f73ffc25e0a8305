//! The patterns of definitions, compiled within a bound: what a few characters of a pattern stand for can fill the memory.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use crate::source::shown;

/// Bytes that one compiled pattern may have, and all different ones of a run.
const PATTERN: usize = 4 * 1024 * 1024;
const ALL: usize = 128 * 1024 * 1024;
/// Patterns are tried with this size first, then with four times as much and so on: so their size is known about.
const SMALLEST: usize = 4 * 1024;

/// A compiled pattern. Go's engine and this one have the same syntax, and both take time by the length of the text.
pub(super) type Pattern = Regex;

pub(super) struct Patterns {
    known: HashMap<String, Pattern>,
    left: usize,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            left: ALL,
        }
    }
}

impl Patterns {
    /// # Errors
    /// The text is no regular expression, or a very large one.
    pub(super) fn compile(&mut self, text: &str) -> Result<Pattern, String> {
        if let Some(pattern) = self.known.get(text) {
            return Ok(pattern.clone());
        }
        let (pattern, size) = sized(text)?;
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            "the patterns of all definitions together take more than 128 MiB".to_owned()
        })?;
        self.known.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }
}

/// A pattern, and about how many bytes it takes.
fn sized(text: &str) -> Result<(Pattern, usize), String> {
    let mut size = SMALLEST;
    loop {
        let built = RegexBuilder::new(text)
            .size_limit(size)
            .dfa_size_limit(size.max(SMALLEST * 16))
            .build();
        match built {
            Ok(pattern) => return Ok((pattern, size)),
            Err(regex::Error::CompiledTooBig(_)) if size < PATTERN => size *= 4,
            Err(regex::Error::CompiledTooBig(_)) => {
                return Err(format!("the pattern {} takes more than 4 MiB", shown(text)));
            }
            Err(_) => {
                return Err(format!(
                    "the pattern {} is no regular expression of Go",
                    shown(text)
                ));
            }
        }
    }
}
