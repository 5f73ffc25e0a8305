//! Numbers and codes: UUID, ISBN, credit cards, colors, names.

use std::sync::LazyLock;

use regex::Regex;

use crate::admission::go;

pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Padded base64 of at least one byte, without line breaks: stricter than what decodes a Secret.
pub(super) fn is_base64(text: &str) -> bool {
    let padding = text.bytes().rev().take_while(|b| *b == b'=').count();
    let digits = &text.as_bytes()[..text.len() - padding];
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    !digits.is_empty()
        && text.len().is_multiple_of(4)
        && padding <= 2
        && digits.iter().all(is_digit)
}

/// One label of a name that Kubernetes gives, of any length.
pub(super) fn is_name(label: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !label.is_empty()
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A UUID with or without any of its dashes, of one version or of any.
pub(super) fn is_uuid(text: &str, version: Option<char>) -> bool {
    let mut groups = String::new();
    let mut rest = text;
    for (n, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if n > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        let Some(group) = rest.get(..length) else {
            return false;
        };
        groups.push_str(group);
        rest = &rest[length..];
    }
    let digit = |at: usize| groups.as_bytes().get(at).copied().map(char::from);
    let variant =
        || digit(16).is_some_and(|c| matches!(c.to_ascii_lowercase(), '8' | '9' | 'a' | 'b'));
    rest.is_empty()
        && is_hex(&groups)
        && version.is_none_or(|version| digit(12) == Some(version))
        && (matches!(version, None | Some('3')) || variant())
}

/// The characters of a number that is written with spaces and dashes.
fn compact(text: &str) -> Vec<u8> {
    let is_filling = |b: &u8| matches!(b, b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'-');
    text.bytes().filter(|b| !is_filling(b)).collect()
}

pub(super) fn is_isbn10(text: &str) -> bool {
    let digits = compact(text);
    let value = |(n, b): (usize, &u8)| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'X' if n == 9 => Some(10),
        _ => None,
    };
    let values: Option<Vec<u32>> = digits.iter().enumerate().map(value).collect();
    values.is_some_and(|values| {
        let weighted = (1..)
            .zip(&values)
            .map(|(weight, value): (u32, _)| weight * value);
        values.len() == 10 && weighted.sum::<u32>() % 11 == 0
    })
}

pub(super) fn is_isbn13(text: &str) -> bool {
    let digits = compact(text);
    if digits.len() != 13 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted = [1, 3].into_iter().cycle().zip(&digits);
    weighted
        .map(|(weight, b)| weight * u32::from(b - b'0'))
        .sum::<u32>()
        % 10
        == 0
}

/// Digits with anything between them, of an issuer that is known, and with a sum that is right.
pub(super) fn is_credit_card(text: &str) -> bool {
    static ISSUERS: LazyLock<Regex> = LazyLock::new(|| {
        let (visa, master, discover) = (
            "4[0-9]{12}([0-9]{3})?",
            "5[1-5][0-9]{14}",
            "6(011|5[0-9]{2})[0-9]{12}",
        );
        let (amex, diners) = ("3[47][0-9]{13}", "3(0[0-5]|[68][0-9])[0-9]{11}");
        let jcb = "(2131|1800|35[0-9]{3})[0-9]{11}";
        let all = format!("^({visa}|{master}|{discover}|{amex}|{diners}|{jcb})$");
        Regex::new(&all).expect("the pattern is right")
    });
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, b)| {
            let doubled = u32::from(b - b'0') * if n % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    ISSUERS.is_match(&digits) && sum.is_multiple_of(10)
}

/// Nine digits in groups of 3, 2 and 4, with both dashes or spaces: eleven characters.
pub(super) fn is_ssn(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes.iter().enumerate().all(|(n, b)| match n {
            3 | 6 => matches!(b, b'-' | b' '),
            _ => b.is_ascii_digit(),
        })
}

pub(super) fn is_hex_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 6) && is_hex(digits)
}

/// `rgb(0, 255, 0)`, with spaces inside of the parentheses.
pub(super) fn is_rgb_color(text: &str) -> bool {
    let inner = text
        .strip_prefix("rgb(")
        .and_then(|rest| rest.strip_suffix(')'));
    let is_part = |part: &str| {
        let part = part.trim_matches(go::is_space);
        let canonical = part == "0" || !part.starts_with('0');
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits && canonical && part.parse::<u8>().is_ok()
    };
    inner.is_some_and(|inner| inner.split(',').count() == 3 && inner.split(',').all(is_part))
}
