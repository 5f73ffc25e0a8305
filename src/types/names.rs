//! Names as Kubernetes checks them: apimachinery `pkg/util/validation/validation.go` and
//! `pkg/api/validate/content/kube.go`. Lengths are in bytes.

use super::text::Characters;
use super::{Refusal, checked_string, is_typed_in_yaml};

checked_string!(
    /// A DNS label (RFC 1123): names of namespaces.
    DnsLabel, "dns-label", dns_label,
    "A DNS label: 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit"
);
checked_string!(
    /// A DNS subdomain (RFC 1123): names of most objects.
    DnsSubdomain, "dns-subdomain", dns_subdomain,
    "A DNS subdomain: DNS labels joined by dots, at most 253 characters"
);
checked_string!(
    /// A DNS name as it may stand in a certificate; the first label may be `*`.
    DnsName, "dns-name", dns_name,
    "A DNS name for a certificate, in ASCII (punycode); the first label may be '*'"
);
checked_string!(
    /// A key of a ConfigMap or Secret.
    ConfigMapKey, "config-map-key", config_map_key,
    "A ConfigMap key: 1 to 253 of letters, digits, '-', '_' and '.', not '.' and not beginning with '..'"
);
const LABEL: usize = 63;
const SUBDOMAIN: usize = 253;

pub(super) fn dns_label(text: &str) -> Result<(), Refusal> {
    if is_label(text) {
        return Ok(());
    }
    let reason = if text.len() > LABEL {
        format!("it has {} characters and may have 63", text.len())
    } else if text.is_empty() {
        "it is empty".to_owned()
    } else {
        "only a-z, 0-9 and '-' may stand in it, with a letter or digit at both ends".to_owned()
    };
    Err(with_repair(reason, text, is_label, false))
}

pub(super) fn dns_subdomain(text: &str) -> Result<(), Refusal> {
    if is_subdomain(text) {
        return Ok(());
    }
    let reason = if text.len() > SUBDOMAIN {
        format!("it has {} characters and may have 253", text.len())
    } else if text.is_empty() {
        "it is empty".to_owned()
    } else {
        "only a-z, 0-9, '-' and '.' may stand in it, with a letter or digit at both ends of each part".to_owned()
    };
    Err(with_repair(reason, text, is_subdomain, true))
}

pub(super) fn dns_name(text: &str) -> Result<(), Refusal> {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let labels = bare
        .split('.')
        .all(|label| label.len() <= LABEL && is_name_label(label));
    if !bare.is_empty() && text.len() <= SUBDOMAIN && labels {
        return Ok(());
    }
    if !text.is_ascii() {
        return Err(Refusal::because(
            "a DNS name in a certificate is ASCII: write it in punycode (xn--…)",
        ));
    }
    Err(Refusal::because(
        "it is no DNS name: labels of 1 to 63 letters, digits and '-', joined by dots",
    ))
}

pub(super) fn config_map_key(text: &str) -> Result<(), Refusal> {
    let characters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() {
        return Err(Refusal::because("it is empty"));
    }
    if text.len() > SUBDOMAIN {
        return Err(Refusal::because(format!(
            "it has {} characters and may have 253",
            text.len()
        )));
    }
    if !text.chars().all(characters) {
        return Err(Refusal::because(
            "only letters, digits, '-', '_' and '.' may stand in a key; it becomes a file name",
        ));
    }
    if text == "." || text.starts_with("..") {
        return Err(Refusal::because(
            "a key must not be '.' nor begin with '..': the kubelet keeps those for itself",
        ));
    }
    Ok(())
}

pub(super) fn label_key(text: &str) -> Result<(), Refusal> {
    if is_typed_in_yaml(text) {
        return Err(Refusal::because(
            "kustomize drops the quotes of such a key, and then it is a number or a boolean",
        )
        .suggest("give it a prefix of your own, such as `example.com/`"));
    }
    let (prefix, name) = match text.rsplit_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(prefix) = prefix
        && !is_subdomain(prefix)
    {
        return Err(Refusal::because(
            "the part before the slash must be one DNS subdomain, such as example.com",
        ));
    }
    if name.len() > LABEL || !is_qualified(name) {
        return Err(Refusal::because(
            "the name must be 1 to 63 of letters, digits, '-', '_' and '.', with a letter or digit at both ends",
        ));
    }
    Ok(())
}

pub(super) fn metadata_key(text: &str) -> Result<(), Refusal> {
    label_key(&text.to_lowercase())
}

pub(super) fn label_value(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || (text.len() <= LABEL && is_qualified(text)) {
        return Ok(());
    }
    let reason = if text.len() > LABEL {
        format!(
            "it has {} characters and a label value may have 63",
            text.len()
        )
    } else {
        "a label value holds only letters, digits, '-', '_' and '.', with a letter or digit at both ends".to_owned()
    };
    Err(Refusal::because(reason).suggest("put free text into spec.annotations instead"))
}

fn is_label(text: &str) -> bool {
    text.len() <= LABEL && is_dns(text.as_bytes())
}

/// Labels of a subdomain have no length limit of their own; only the whole has.
fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN && text.as_bytes().split(|byte| *byte == b'.').all(is_dns)
}

fn is_dns(label: &[u8]) -> bool {
    static CHARACTERS: Characters = Characters::of(b"abcdefghijklmnopqrstuvwxyz0123456789-");
    CHARACTERS.hold_all(label) && has_ends(label)
}

fn is_name_label(label: &str) -> bool {
    static CHARACTERS: Characters =
        Characters::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    CHARACTERS.hold_all(label.as_bytes()) && has_ends(label.as_bytes())
}

fn is_qualified(text: &str) -> bool {
    static CHARACTERS: Characters =
        Characters::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    CHARACTERS.hold_all(text.as_bytes()) && has_ends(text.as_bytes())
}

/// Whether there is a letter or a digit at both ends.
fn has_ends(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphanumeric)
        && text.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Lower case and dashes mend most slips; only a mended name that is valid is offered.
fn with_repair(reason: String, text: &str, valid: fn(&str) -> bool, dots: bool) -> Refusal {
    let mended: String = text
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || (dots && c == '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let mended = mended.trim_matches(['-', '.']);
    let refusal = Refusal::because(reason);
    if valid(mended) {
        refusal.suggest(format!("write `{mended}`"))
    } else {
        refusal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_sides(check: fn(&str) -> Result<(), Refusal>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(check(text).is_ok(), "{text:?} should pass");
        }
        for text in bad {
            assert!(check(text).is_err(), "{text:?} should be refused");
        }
    }

    #[test]
    fn labels() {
        let (max, over) = ("a".repeat(63), "a".repeat(64));
        both_sides(
            dns_label,
            &["a", "0", "a-b", "1-2", &max],
            &["", "-a", "a-", "A", "a_b", "a.b", "ä", " a", &over],
        );
    }

    #[test]
    fn subdomains() {
        let (max, over) = ("a".repeat(253), "a".repeat(254));
        both_sides(
            dns_subdomain,
            &["a.b", "a-1.b", "0.1", &max],
            &["", "a..b", ".a", "a.", "a.-b", "A.b", "a_b", &over],
        );
    }

    #[test]
    fn names_in_certificates() {
        both_sides(
            dns_name,
            &["aio-broker", "*.corp.example", "A.b"],
            &["", "*", "a.*.b", "ü.example", "a..b", "a b", "a."],
        );
    }

    #[test]
    fn keys_of_config_maps() {
        let (max, over) = ("a".repeat(253), "a".repeat(254));
        both_sides(
            config_map_key,
            &["ca.crt", ".hidden", "A_b-1", "a..b", &max],
            &["", ".", "..", "..a", "a/b", "a b", &over],
        );
    }

    #[test]
    fn keys_and_values_of_labels() {
        let (max, over) = ("a".repeat(63), "a".repeat(64));
        both_sides(
            label_key,
            &["a", "x.io/A_b", &max, "a.b-c"],
            &["", "/a", "a/", "a/b/c", "X.io/a", "-a", "a b", &over],
        );
        both_sides(
            metadata_key,
            &["X.io/a", "x.io/1", "x.io/yes"],
            &["", "x io/a", "1", "yes", "1e3"],
        );
        both_sides(
            label_value,
            &["", "a", "A.b_c-1", &max],
            &["a b", "a=b", "-a", "a/", "a+b", "ä", &over],
        );
    }

    #[test]
    fn a_slip_comes_with_its_repair() {
        let refusal = dns_label("Azure_IoT").expect_err("upper case");
        assert_eq!(refusal.suggestion.as_deref(), Some("write `azure-iot`"));
        assert_eq!(dns_label("---").expect_err("dashes").suggestion, None);
    }
}
