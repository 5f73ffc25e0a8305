//! Dates, times and durations.

use crate::admission::go;

/// A day of RFC 3339 that is in the calendar.
pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(n, b)| match n {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shape {
        return false;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// A date, `T`, a time with an offset. What follows a second `t` is not looked at, and the fraction may begin with anything.
pub(super) fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    match (parts.next(), parts.next()) {
        (Some(date), Some(time)) => is_date(date) && is_time(time),
        _ => false,
    }
}

fn is_time(text: &str) -> bool {
    let two = |at: usize| {
        text.get(at..at + 2)
            .filter(|two| two.bytes().all(|b| b.is_ascii_digit()))
    };
    let colons = text.get(2..3) == Some(":") && text.get(5..6) == Some(":");
    let below = |at: usize, most: &str| two(at).is_some_and(|two| two <= most);
    colons
        && below(0, "23")
        && below(3, "59")
        && below(6, "59")
        && text.get(8..).is_some_and(|rest| {
            let ends = |offset: &str| offset.is_empty() || is_fraction(offset);
            rest.strip_suffix('z').is_some_and(ends)
                || rest.len().checked_sub(6).is_some_and(|at| {
                    rest.is_char_boundary(at) && is_offset(&rest[at..]) && ends(&rest[..at])
                })
        })
}

/// One character that is no line break, then digits.
fn is_fraction(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c != '\n');
    let digits = chars.as_str();
    first && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_offset(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes.iter().enumerate().all(|(n, b)| match n {
            0 => matches!(b, b'+' | b'-'),
            3 => *b == b':',
            _ => b.is_ascii_digit(),
        })
}

/// A duration of Go, or a number and a unit such as `2 days` anywhere in the text, as in Scala.
pub(super) fn is_duration(text: &str) -> bool {
    go::duration(text).is_some() || has_scala_duration(text)
}

/// Every number before letters must fit 64 bits, and one of the units be known.
fn has_scala_duration(text: &str) -> bool {
    let mut rest = text;
    let mut known = false;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = &rest[at..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let spaced = tail.trim_start_matches(go::is_space);
        let after = spaced.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == 'µ');
        let unit = &spaced[..spaced.len() - after.len()];
        rest = if unit.is_empty() { tail } else { after };
        if unit.is_empty() {
            continue;
        }
        if number.parse::<i64>().is_err() {
            return false;
        }
        known |= is_unit(&unit.to_lowercase());
    }
    known
}

fn is_unit(unit: &str) -> bool {
    let short = [
        "ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h", "hr", "d", "w", "wk",
    ];
    let long = [
        "nano", "micro", "milli", "sec", "min", "hour", "day", "week",
    ];
    short.contains(&unit) || long.iter().any(|name| unit.starts_with(name))
}
