//! JSON text to a `Document`, as Go's `encoding/json` reads it.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use super::YAML_SYNTAX;
use super::build::Builder;
use super::events::{Event, SyntaxError};
use crate::diagnostic::Diagnostic;

/// The first value of a text.
pub(super) enum First {
    /// Its bytes.
    Value(Range<usize>),
    Nothing,
    Error(SyntaxError),
}

/// Finds the first value of a text, and makes sure that it is JSON.
pub(super) fn first(text: &str) -> First {
    let blank = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    match values.next() {
        None => First::Nothing,
        Some(Ok(_)) => First::Value(blank..values.byte_offset()),
        Some(Err(error)) => {
            let written = error.to_string();
            let message = written.split(" at line ").next().unwrap_or_default();
            First::Error(SyntaxError {
                message: format!("this is no JSON: {message}"),
                at: byte_of(text, error.line(), error.column()),
            })
        }
    }
}

/// The byte of a column, which counts bytes from one and may be zero for the end of the line before.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Builds the document of a value that [`first`] has found.
pub(super) fn build(
    text: &str,
    value: Range<usize>,
    builder: &mut Builder<'_>,
) -> Result<(), Diagnostic> {
    let mut at = value.start;
    while let Some(byte) = text.as_bytes().get(at).filter(|_| at < value.end) {
        let end = match byte {
            b'"' => end_of_string(text, at),
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => at + 1,
            _ => text[at..]
                .find([',', '}', ']', ' ', '\t', '\r', '\n'])
                .map_or(value.end, |length| at + length),
        };
        let token = &text[at..end];
        let is_number = matches!(byte, b'-' | b'0'..=b'9');
        if is_number && token.parse::<f64>().is_ok_and(f64::is_infinite) {
            let message = "this number is too large for Kubernetes";
            return Err(builder.fault(&YAML_SYNTAX, at..end, message));
        }
        if let Some(event) = event(*byte, token) {
            builder.event(event, at..end)?;
        }
        at = end;
    }
    Ok(())
}

/// Behind the quotation mark that closes the string that begins here.
fn end_of_string(text: &str, start: usize) -> usize {
    let mut bytes = text.bytes().enumerate().skip(start + 1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn event(first: u8, token: &str) -> Option<Event> {
    let scalar = |text: String, plain| Event::Scalar {
        text,
        plain,
        tag: None,
        anchor: None,
    };
    Some(match first {
        b'{' | b'[' => Event::Start {
            is_mapping: first == b'{',
            tag: None,
            anchor: None,
        },
        b'}' | b']' => Event::End,
        b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => return None,
        b'"' => scalar(decoded(token), false),
        _ => scalar(token.to_owned(), true),
    })
}

/// A string without its escapes. Half of a surrogate pair becomes U+FFFD, as in Go.
fn decoded(token: &str) -> String {
    let whole = if token.contains("\\u") {
        Cow::Owned(without_halves(token))
    } else {
        Cow::Borrowed(token)
    };
    serde_json::from_str(&whole).unwrap_or_default()
}

/// Writes `\ufffd`, which is as long, for every half of a surrogate pair without the other one.
fn without_halves(token: &str) -> String {
    let unit = |at: usize| {
        let digits = token.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(token.len());
    let mut at = 0;
    while let Some(c) = token[at..].chars().next() {
        let is_pair = || unit(at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low));
        let length = match unit(at) {
            Some(0xd800..=0xdbff) if is_pair() => 12,
            Some(0xd800..=0xdfff) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            // What is escaped by a backslash is no escape itself.
            None if c == '\\' => 2,
            _ => c.len_utf8(),
        };
        out.push_str(token.get(at..at + length).unwrap_or_default());
        at += length;
    }
    out
}
