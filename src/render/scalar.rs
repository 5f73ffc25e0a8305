//! How a string is printed so that every YAML reader, 1.1 and 1.2, reads that string back: plain if nothing in it is
//! special, else in double quotes.

use std::borrow::Cow;

use memchr::memchr;

use crate::text::{is_neutral, neutral_line, neutral_lines};
use crate::types::is_typed_in_yaml;

/// The string as a YAML scalar for block context.
pub(crate) fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quoted(text))
    }
}

/// Whether the text, unquoted, is this very string to readers of YAML 1.1 and 1.2. Errs on the side of quotes.
pub(super) fn is_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    let starts = first.is_ascii_alphanumeric() || matches!(first, b'/' | b'_');
    starts
        && !text.ends_with([' ', ':'])
        && is_tame(text)
        && !is_typed_in_yaml(text)
        && (memchr(b':', text.as_bytes()).is_none() || is_neutral(text))
}

/// Whether nothing in it is special: neither a byte nor `: `, which would begin a value, nor `---`, which would begin a document.
fn is_tame(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b' ' => !bytes[..at].ends_with(b":"),
        b'-' => !bytes[..at].ends_with(b"--"),
        _ => TAME[usize::from(*byte)],
    })
}

/// Bytes that are nothing special inside a plain scalar, whatever is before them.
static TAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'.' | b'/' | b'@' | b'+' | b'=' | b',' | b':' | b';' | b'(' | b')'
            );
        byte += 1;
    }
    table
};

/// A JSON string in which nothing is left that YAML 1.1 would fold, drop or refuse.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    // Where both differ a terminal or the agent of a CI would obey: inside of quotes everything has an escape.
    let neutral = neutral_lines(text);
    for (c, safe) in text.chars().zip(neutral.chars()) {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_unprintable(c) || c != safe => out.push_str(&escaped(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A character by its number (YAML 1.1, section 5.7).
fn escaped(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// What YAML 1.1 does not print (section 5.1), or treats as a line break inside quotes. All of it is in the basic plane.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Of ASCII, and neither a control character nor the end of a line.
pub(super) fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// A comment line's text: nothing in it can end the comment.
pub(super) fn comment(text: &str) -> Cow<'_, str> {
    neutral_line(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stays_plain() {
        for text in [
            "ca.crt",
            "8760h0m0s",
            "cert sign",
            "azure-iot-operations",
            "cert-manager.io/v1",
            "RSA",
            "a: b".split(':').next().unwrap_or("a"),
            "In",
            "/a",
            "A - b (c)",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn what_is_quoted() {
        let hostile = [
            "",
            " ",
            "yes",
            "No",
            "ON",
            "y",
            "null",
            "~",
            "true",
            "0o14",
            "0x1F",
            "0b1",
            "1_000",
            "012",
            "1e3",
            "1.5",
            "-1",
            "+1",
            ".5",
            ".inf",
            "-.INF",
            ".nan",
            "190:20:30",
            "2024-01-01",
            "2024-01-01 10:00:00",
            "<<",
            "=",
            "*x",
            "&x",
            "!x",
            "{a",
            "[a",
            "- a",
            "? a",
            "| a",
            "> a",
            "@a",
            "`a",
            "%a",
            "a: b",
            "a #b",
            "a:",
            "a ",
            " a",
            "# a",
            "'a'",
            "\"a\"",
            "---",
            "...",
            "--- a",
            "ä",
            "a\nb",
            "a\tb",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "a\\b",
            "{{ x }}",
            "0",
            "123",
            "_1",
            "1,000",
        ];
        for text in hostile {
            let printed = scalar(text);
            assert!(
                printed.starts_with('"') || text == "1,000",
                "{text:?} printed as {printed}"
            );
        }
    }

    #[test]
    fn comments_stay_on_their_line() {
        assert_eq!(comment("a\nb\u{2028}c\u{85}"), "a␊b\u{fffd}c\u{fffd}");
    }

    proptest! {
        #[test]
        fn every_string_comes_back_from_a_yaml_reader(text in any::<String>()) {
            let document = format!("key: {}\n", scalar(&text));
            let read: serde_json::Value = serde_yaml::from_str(&document).expect("our own scalar is YAML");
            prop_assert_eq!(read["key"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn every_string_comes_back_as_a_key(text in "[ -~äü€]{1,40}") {
            let document = format!("{}: 1\n", scalar(&text));
            let read: serde_json::Value = serde_yaml::from_str(&document).expect("our own scalar is YAML");
            prop_assert!(read.get(&text).is_some(), "{}", document);
        }

        #[test]
        fn plain_scalars_are_strings_to_yaml_1_1(text in "[a-zA-Z0-9_.:+,=@/ -]{1,12}") {
            if is_plain(&text) {
                prop_assert!(!yaml_1_1::resolves(&text), "{}", text);
            }
        }
    }

    /// The implicit types of YAML 1.1 (yaml.org/type): which plain scalars are not strings.
    mod yaml_1_1 {
        pub(super) fn resolves(text: &str) -> bool {
            boolean(text)
                || null(text)
                || number(text)
                || timestamp(text)
                || matches!(text, "<<" | "=")
        }

        fn boolean(text: &str) -> bool {
            let lower = text.to_lowercase();
            matches!(
                lower.as_str(),
                "y" | "yes" | "n" | "no" | "true" | "false" | "on" | "off"
            )
        }

        fn null(text: &str) -> bool {
            matches!(text, "" | "~" | "null" | "Null" | "NULL")
        }

        /// Integers in bases 2, 8, 10, 16 and 60, floats with underscores, infinities.
        fn number(text: &str) -> bool {
            let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
            let digits = unsigned.replace('_', "");
            let based = |prefix: &str, radix| {
                digits
                    .strip_prefix(prefix)
                    .is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(radix)))
            };
            let sexagesimal = digits.contains(':')
                && digits
                    .split([':', '.'])
                    .all(|p| p.chars().all(|c| c.is_ascii_digit()));
            let infinity = matches!(digits.to_lowercase().as_str(), ".inf" | ".nan");
            based("0b", 2)
                || based("0o", 8)
                || based("0x", 16)
                || sexagesimal
                || infinity
                || digits.parse::<f64>().is_ok()
        }

        fn timestamp(text: &str) -> bool {
            let mut parts = text.splitn(3, '-');
            let digits = |part: Option<&str>, max| {
                part.is_some_and(|p| {
                    !p.is_empty() && p.len() <= max && p.bytes().all(|b| b.is_ascii_digit())
                })
            };
            let (year, month) = (parts.next(), parts.next());
            let day = parts.next().unwrap_or_default();
            digits(year, 4)
                && digits(month, 2)
                && day.starts_with(|c: char| c.is_ascii_digit())
                && day
                    .chars()
                    .all(|c| c.is_ascii_digit() || "Tt :.+-Zz".contains(c))
        }
    }
}
