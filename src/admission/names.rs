//! Names exactly as Kubernetes checks them (apimachinery `pkg/util/validation/validation.go`, `pkg/api/validate/content/kube.go`).
//! The configuration's own types are stricter in places; these must agree with the API server.

use crate::types::Characters;

/// Why a text is no DNS label of at most 63 bytes.
pub(super) fn dns_label(text: &str) -> Option<&'static str> {
    let fits = text.len() <= 63 && is_dns(text.as_bytes());
    (!fits)
        .then_some("must be a DNS label: at most 63 of a-z, 0-9 and '-', alphanumeric at both ends")
}

/// Why a text is no DNS subdomain of at most 253 bytes.
pub(super) fn dns_subdomain(text: &str) -> Option<&'static str> {
    let fits = text.len() <= 253 && text.as_bytes().split(|byte| *byte == b'.').all(is_dns);
    (!fits).then_some(
        "must be a DNS subdomain: at most 253 of a-z, 0-9, '-' and '.', alphanumeric at both ends of each part",
    )
}

/// Why a text is no key of a label, an annotation or a selector: `[prefix/]name`.
pub(super) fn qualified_name(text: &str) -> Option<&'static str> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if prefix.is_some_and(|prefix| dns_subdomain(prefix).is_some()) {
        return Some("the part before the slash must be one DNS subdomain");
    }
    let fits = name.len() <= 63 && is_qualified(name.as_bytes());
    (!fits).then_some(
        "the name must be 1 to 63 of letters, digits, '-', '_' and '.', alphanumeric at both ends",
    )
}

/// The same of an annotation's key, which may be in any case.
pub(super) fn annotation_key(text: &str) -> Option<&'static str> {
    let is_lower = text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower {
        qualified_name(text)
    } else {
        qualified_name(&text.to_lowercase())
    }
}

/// Why a text is no label value.
pub(super) fn label_value(text: &str) -> Option<&'static str> {
    let fits = text.is_empty() || (text.len() <= 63 && is_qualified(text.as_bytes()));
    (!fits).then_some(
        "a label value must be empty, or at most 63 of letters, digits, '-', '_' and '.', alphanumeric at both ends",
    )
}

/// Why a text is no key of a ConfigMap or Secret.
pub(super) fn config_map_key(text: &str) -> Option<&'static str> {
    let characters = KEY.hold_all(text.as_bytes());
    if !(1..=253).contains(&text.len()) || !characters {
        return Some("a key must be 1 to 253 of letters, digits, '-', '_' and '.'");
    }
    (text == "." || text.starts_with("..")).then_some("a key must not be '.' nor begin with '..'")
}

fn is_dns(part: &[u8]) -> bool {
    static CHARACTERS: Characters = Characters::of(b"abcdefghijklmnopqrstuvwxyz0123456789-");
    CHARACTERS.hold_all(part) && has_ends(part)
}

static KEY: Characters =
    Characters::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

fn is_qualified(name: &[u8]) -> bool {
    KEY.hold_all(name) && has_ends(name)
}

fn has_ends(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphanumeric)
        && text.last().is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_sides(check: fn(&str) -> Option<&'static str>, good: &[&str], bad: &[&str]) {
        good.iter()
            .for_each(|text| assert_eq!(check(text), None, "{text:?}"));
        bad.iter()
            .for_each(|text| assert!(check(text).is_some(), "{text:?}"));
    }

    #[test]
    fn both_sides_of_every_form() {
        let of = |n: usize| "a".repeat(n);
        both_sides(
            dns_label,
            &["a", "0", "1-b", &of(63)],
            &["", "a.b", "A", "-a", "a-", "a_b", &of(64)],
        );
        both_sides(
            dns_subdomain,
            &["a.b", "0.1", &of(253)],
            &["", ".a", "a..b", "a.-b", "A.b", &of(254)],
        );
        let prefixed = format!("{}/a", of(253));
        both_sides(
            qualified_name,
            &["a", "A_b.c", "x.io/1", "1", &of(63), &prefixed],
            &["", "/a", "a/", "a/b/c", "X.io/a", "-a", &of(64)],
        );
        both_sides(
            label_value,
            &["", "1", "A.b_c", &of(63)],
            &["a b", "a=b", "a/b", "a+b", "-a", "a-", &of(64)],
        );
        both_sides(
            config_map_key,
            &["ca.crt", ".a", "a..b", &of(253)],
            &["", ".", "..", "..a", "a/b", "ä", &of(254)],
        );
    }
}
