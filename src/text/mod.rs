//! Text from outside, on its way to people: what a file, a name, another program or the operating system said.
//!
//! [`Untrusted`] text has no `Display`, so it cannot be printed by accident. It is shown as [`Clean`] text, in which no
//! terminal, CI log or browser finds anything to obey (`neutral`), and in which key material is masked (`material`,
//! `confidential`). [`Printer`] is the only way to a stream.

mod confidential;
mod material;
mod neutral;
mod printer;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

pub(crate) use confidential::confidential;
pub(crate) use neutral::{is_dangerous, is_neutral};
pub(crate) use printer::Content;
pub use printer::Printer;

/// Text that may hold anything. Only [`Untrusted::line`] leads to an output.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(String);

/// Text that can be shown anywhere: neutralized, and without key material.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Clean(String);

impl Untrusted {
    /// One line: a line break in it is shown as a symbol.
    pub(crate) fn line(&self) -> Clean {
        Clean::line(&self.0)
    }

    /// The text as it is, for comparing and searching, never for printing.
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<&String> for Untrusted {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

impl From<Clean> for Untrusted {
    fn from(text: Clean) -> Self {
        Self(text.0)
    }
}

impl Clean {
    /// One line of text: line breaks become symbols.
    pub(crate) fn line(text: &str) -> Self {
        let masked = mask(text);
        Self(neutral::line(&masked).into_owned())
    }

    /// Text of several lines.
    pub(crate) fn lines(text: &str) -> Self {
        let masked = mask(text);
        Self(neutral::lines(&masked).into_owned())
    }

    /// The name of a file, with forward slashes.
    pub(crate) fn path(path: &(impl AsRef<Path> + ?Sized)) -> Self {
        Self::line(&path.as_ref().to_string_lossy().replace('\\', "/"))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// To readers of JSON it is a string like any other.
impl JsonSchema for Clean {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::ops::Deref for Clean {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// One line with everything neutralized, character for character; nothing is masked.
pub(crate) fn neutral_line(text: &str) -> Cow<'_, str> {
    neutral::line(text)
}

/// The text of several lines with everything neutralized, character for character; nothing is masked.
pub(crate) fn neutral_lines(text: &str) -> Cow<'_, str> {
    neutral::lines(text)
}

/// The same text, as long in bytes, with key material of known shapes replaced by `*`. Line ends stay where they are.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    blank(text, &material::ranges(text))
}

/// The text of a whole file, as long in bytes, with key material and confidential values replaced by `*`.
pub(crate) fn mask_file(text: &str) -> Cow<'_, str> {
    let mut ranges = confidential(text);
    ranges.extend(material::ranges(text));
    blank(text, &ranges)
}

/// What stands between backquotes in a sentence.
pub(crate) fn quotations(sentence: &str) -> Vec<Range<usize>> {
    let marks: Vec<usize> = sentence.match_indices('`').map(|(at, _)| at).collect();
    marks
        .chunks(2)
        .map(|pair| pair[0] + 1..pair.get(1).copied().unwrap_or(sentence.len()))
        .collect()
}

/// The confidential values of a file, as they are written and as they are read, for finding them elsewhere. Short ones
/// could be any word.
pub(crate) fn confidential_values(text: &str) -> Vec<String> {
    const SHORTEST: usize = 4;
    let mut values = Vec::new();
    for line in confidential(text)
        .into_iter()
        .flat_map(|range| text[range].lines())
    {
        let written = line.trim();
        let bare = written.trim_matches(['"', '\'']);
        values.extend([written, bare].map(str::to_owned));
        let decoded = BASE64.decode(bare).ok();
        values.extend(decoded.and_then(|bytes| String::from_utf8(bytes).ok()));
    }
    values.retain(|value| value.len() >= SHORTEST && !value.trim().is_empty());
    values.sort_unstable();
    values.dedup();
    values
}

/// Replaces every byte of these ranges by `*`, but for line ends and blanks at the beginning of a line.
pub(crate) fn blank<'t>(text: &'t str, ranges: &[Range<usize>]) -> Cow<'t, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        // A range ends where characters end; if one did not, more is masked.
        let start = (0..=range.start)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        let end = (range.end.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at));
        let (Some(start), Some(end)) = (start, end) else {
            continue;
        };
        let mut at_line_start = start == 0 || matches!(bytes[start - 1], b'\n' | b'\r');
        for byte in &mut bytes[start..end] {
            match byte {
                b'\n' | b'\r' => at_line_start = true,
                b' ' if at_line_start => {}
                _ => {
                    *byte = b'*';
                    at_line_start = false;
                }
            }
        }
    }
    Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len())))
}

/// A user's value as it may stand in a message: masked, at most 60 characters, in backquotes.
pub(crate) fn quoted(value: &str) -> String {
    let safe = mask(value);
    let first = safe.lines().next().unwrap_or_default();
    let mut short: String = first
        .chars()
        .take(60)
        .flat_map(|c| {
            let hidden = is_dangerous(c) || c == '\t';
            let escape = hidden.then(|| c.escape_default());
            escape.into_iter().flatten().chain((!hidden).then_some(c))
        })
        .collect();
    if first.chars().count() > 60 || safe.lines().count() > 1 {
        short.push('…');
    }
    format!("`{short}`")
}

/// JSON in which every string is escaped so far that nothing outside a JSON reader obeys it. Loses nothing.
pub(crate) fn escape_json(json: &str) -> Cow<'_, str> {
    neutral::escape_json(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_messages_are_short_and_do_not_move_the_cursor() {
        assert_eq!(quoted("a\u{1b}[2Jb"), "`a\\u{1b}[2Jb`");
        assert_eq!(quoted("one\ntwo"), "`one…`");
        assert!(quoted(&"x".repeat(500)).chars().count() < 70);
    }

    #[test]
    fn quotations_are_found_and_an_open_one_reaches_to_the_end() {
        assert_eq!(quotations("a `b` is no `c"), [3..4, 13..14]);
        assert!(quotations("nothing").is_empty());
    }

    #[test]
    fn masking_keeps_lengths_lines_and_indentation() {
        let text = "a: |\n  é secret\n  more\r\nb: c\n";
        let end = text.find("\r\n").unwrap_or_default();
        let masked = blank(text, std::slice::from_ref(&(5..end)));
        assert_eq!(masked, "a: |\n  *********\n  ****\r\nb: c\n");
        assert_eq!(masked.len(), text.len());
    }

    proptest::proptest! {
        #[test]
        fn no_range_can_make_masking_fail(text in ".{0,40}", a in 0usize..60, b in 0usize..60) {
            let masked = blank(&text, std::slice::from_ref(&(a.min(b)..a.max(b)))).into_owned();
            proptest::prop_assert_eq!(masked.len(), text.len());
        }
    }
}
