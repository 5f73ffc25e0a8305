//! URIs as Go's `url.ParseRequestURI` takes them: absolute, or an absolute path.

pub(super) fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = scheme(text) else {
        return false;
    };
    let rest = rest.split('?').next().unwrap_or_default();
    if !rest.starts_with('/') {
        return scheme.is_some();
    }
    let (authority, path) = match rest.strip_prefix("//").filter(|_| scheme.is_some()) {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let scheme = scheme.unwrap_or_default().to_ascii_lowercase();
    is_authority(&scheme, authority) && are_escapes_right(path)
}

/// The scheme, if there is one, and the rest; none if the text begins with a colon.
fn scheme(text: &str) -> Option<(Option<&str>, &str)> {
    for (at, b) in text.bytes().enumerate() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((Some(&text[..at]), &text[at + 1..])),
            _ => break,
        }
    }
    Some((None, text))
}

/// Each `%` is followed by two hexadecimal digits.
fn are_escapes_right(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|after| escaped(after).is_some())
}

/// The byte that two hexadecimal digits at the start of a text stand for.
fn escaped(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
    are_digits.then(|| u8::from_str_radix(digits, 16).ok())?
}

fn is_authority(scheme: &str, authority: &str) -> bool {
    match authority.rsplit_once('@') {
        Some((user, host)) => is_user(user) && is_host(scheme, host),
        None => is_host(scheme, authority),
    }
}

fn is_user(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    text.bytes().all(is_allowed) && are_escapes_right(text)
}

fn is_host(scheme: &str, host: &str) -> bool {
    match host.rfind('[') {
        Some(0) => return is_ip_literal(host),
        Some(_) => return false,
        None => {}
    }
    // Databases list their hosts with ports; only of web servers there can be no more than one.
    let colon = match scheme {
        "http" | "https" => host.find(':'),
        _ => host.rfind(':'),
    };
    colon.is_none_or(|at| is_port(&host[at..])) && is_host_text(host)
}

/// An IPv6 address in brackets, with a zone behind `%25`, and a port.
fn is_ip_literal(host: &str) -> bool {
    let Some((inner, port)) = host[1..].rsplit_once(']') else {
        return false;
    };
    let (address, zone) = match inner.split_once("%25") {
        Some((address, zone)) => (address, Some(zone)),
        None => (inner, None),
    };
    let is_zone = |zone: &str| !zone.is_empty() && is_zone_text(zone);
    is_port(port) && address.parse::<std::net::Ipv6Addr>().is_ok() && zone.is_none_or(is_zone)
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_host_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80 || b"!\"$&'()*+,-.:;<=>[]_~".contains(&b)
}

/// In a host only bytes that are no ASCII may be escaped, and the percent sign.
fn is_host_text(text: &str) -> bool {
    are_chars_right(text, |byte| byte >= 0x80 || byte == b'%')
}

/// In a zone, whatever could stand there without an escape, and the space of Windows.
fn is_zone_text(text: &str) -> bool {
    are_chars_right(text, |byte| {
        byte == b' ' || byte == b'%' || (byte < 0x80 && is_host_byte(byte))
    })
}

fn are_chars_right(text: &str, may_be_escaped: impl Fn(u8) -> bool) -> bool {
    let mut parts = text.split('%');
    let plain = |part: &str| part.bytes().all(is_host_byte);
    parts.next().is_none_or(plain)
        && parts.all(|part| escaped(part).is_some_and(&may_be_escaped) && plain(&part[2..]))
}
