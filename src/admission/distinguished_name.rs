//! `literalSubject`: a distinguished name as text (RFC 4514), with the attribute keys that cert-manager knows
//! (`pkg/util/pki/subject.go`).

/// Upper case only; everything else must be an object identifier.
const KEYS: &[&str] = &[
    "C",
    "O",
    "OU",
    "CN",
    "SERIALNUMBER",
    "L",
    "ST",
    "STREET",
    "DC",
    "UID",
];

/// One attribute of a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) key: String,
    /// Unescaped.
    pub(super) value: Vec<u8>,
}

/// The attributes of `text`, in its order.
///
/// # Errors
/// Why it is no name that cert-manager takes.
pub(super) fn parse(text: &str) -> Result<Vec<Attribute>, String> {
    let mut attributes = Vec::new();
    let mut rest = text;
    loop {
        let (written, tail) = rest.split_at(end_of_attribute(rest));
        attributes.push(attribute(written)?);
        match tail.chars().next() {
            Some(separator) => rest = &tail[separator.len_utf8()..],
            None => return Ok(attributes),
        }
    }
}

/// Up to the next separator that is not escaped.
fn end_of_attribute(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | ';' | '+' => return at,
            _ => {}
        }
    }
    text.len()
}

fn attribute(text: &str) -> Result<Attribute, String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(
            "must be a distinguished name (RFC 4514), such as CN=Edge Root,O=Example".to_owned(),
        );
    };
    let key = key.trim();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_oid = key.contains('.') && key.split('.').all(is_number);
    if !KEYS.contains(&key) && !is_oid {
        return Err(format!(
            "unknown attribute {}: known are {} and object identifiers",
            crate::source::shown(key),
            KEYS.join(", ")
        ));
    }
    let value = value.trim_start();
    let value = match value.strip_prefix('#') {
        Some(hex) => hex_bytes(hex.trim_end())
            .ok_or("a value after `#` must be pairs of hexadecimal digits")?,
        None => unescape(value)?,
    };
    Ok(Attribute {
        key: key.to_owned(),
        value,
    })
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

fn unescape(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut kept = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            if c != ' ' {
                kept = bytes.len();
            }
            continue;
        }
        let first = rest.next().ok_or("ends in a lone backslash")?;
        if let Some(high) = first.to_digit(16) {
            let low = rest
                .next()
                .and_then(|c| c.to_digit(16))
                .ok_or("a backslash and one hexadecimal digit")?;
            bytes.push(u8::try_from(high * 16 + low).map_err(|_| "no byte")?);
        } else if " \"#+,;<=>\\".contains(first) {
            bytes.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            return Err("a backslash before a character that needs none");
        }
        kept = bytes.len();
    }
    // Spaces at the end count only if they are escaped.
    bytes.truncate(kept);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, String)> {
        let attributes = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        attributes
            .into_iter()
            .map(|a| (a.key, String::from_utf8(a.value).expect("text")))
            .collect()
    }

    #[test]
    fn names_that_are_taken() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(of("CN=a,O=b"), [pair("CN", "a"), pair("O", "b")]);
        assert_eq!(
            of("CN=a b , O=c+OU=d"),
            [pair("CN", "a b"), pair("O", "c"), pair("OU", "d")]
        );
        assert_eq!(
            of(r"CN=a\, b\20,1.2.3=#0c0161"),
            [pair("CN", "a, b "), pair("1.2.3", "\u{c}\u{1}a")]
        );
        assert_eq!(of(r"CN=\c3\a4,UID="), [pair("CN", "ä"), pair("UID", "")]);
        assert_eq!(of("CN=a=b"), [pair("CN", "a=b")]);
    }

    #[test]
    fn names_that_are_not() {
        for text in [
            "", "a", "CN=a,", "CN", "cn=a", "E=a@b", "CN=a\\", r"CN=\x", r"CN=\4", "1.2.=a", "=a",
            "CN=#1", "CN=#xy",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
