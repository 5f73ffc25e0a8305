//! Addresses and names of hosts.

use std::sync::LazyLock;

use regex::Regex;

/// Whether Kubernetes reads it as an address with a dot in it. Leading zeros are fine there, as they were in Go before 1.17.
pub(super) fn is_ipv4(text: &str) -> bool {
    text.contains('.') && is_ip_with_zeros(text)
}

/// Whether `net.ParseIP` reads it as an address with a colon in it.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.contains(':') && text.parse::<std::net::Ipv6Addr>().is_ok()
}

pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = if is_ipv4_with_zeros(address) { 32 } else { 128 };
    let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let length = length.trim_start_matches('0');
    let fits = length.is_empty() || length.parse::<u8>().is_ok_and(|length| length <= most);
    is_ip_with_zeros(address) && digits && fits
}

fn is_ip_with_zeros(text: &str) -> bool {
    if !text.contains(':') {
        return is_ipv4_with_zeros(text);
    }
    // The last two groups may be written as an IPv4 address.
    match text.rsplit_once(':') {
        Some((head, tail)) if tail.contains('.') => {
            is_ipv4_with_zeros(tail) && format!("{head}:0:0").parse::<std::net::Ipv6Addr>().is_ok()
        }
        _ => text.parse::<std::net::Ipv6Addr>().is_ok(),
    }
}

fn is_ipv4_with_zeros(text: &str) -> bool {
    let is_part = |part: &str| {
        let value = part.trim_start_matches('0');
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits && (value.is_empty() || value.parse::<u8>().is_ok())
    };
    text.split('.').count() == 4 && text.split('.').all(is_part)
}

/// 6, 8 or 20 bytes in hexadecimal: in pairs with colons or dashes, in fours with dots, or without anything.
pub(super) fn is_mac(text: &str) -> bool {
    let (separator, group) = match text.as_bytes() {
        [_, _, separator @ (b':' | b'-'), ..] => (Some(*separator), 2),
        [_, _, _, _, b'.', ..] => (Some(b'.'), 4),
        _ => (None, text.len()),
    };
    let groups: Vec<&[u8]> = match separator {
        Some(separator) => text.as_bytes().split(|b| *b == separator).collect(),
        None => vec![text.as_bytes()],
    };
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    matches!(digits, 12 | 16 | 40)
        && groups
            .iter()
            .all(|g| g.len() == group && g.iter().all(u8::is_ascii_hexdigit))
}

/// A name by the pattern of the API server: letters of any script, symbols, digits, and dashes between them. A single label
/// has one dash at most, and the last of several is of letters only.
pub(super) fn is_hostname(text: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        let one = r"[a-zA-Z0-9\p{S}\p{L}]";
        let label = format!(r"{one}([a-zA-Z0-9-\p{{S}}\p{{L}}]{{0,61}}{one})?");
        let single = format!("{one}(-?{one}{{0,62}})?");
        let top = r"[a-zA-Z\p{L}]{2,63}";
        Regex::new(&format!(r"^({single}|({label}\.)+{top})$")).expect("the pattern is right")
    });
    text.len() <= 255 && text.split('.').all(|label| label.len() <= 63) && NAME.is_match(text)
}
