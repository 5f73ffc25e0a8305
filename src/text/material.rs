//! Finds key material by its shape, in any text: private key blocks, base64 and hexadecimal of keys, tokens of
//! well-known services, passwords in URLs and assignments.

use std::ops::Range;

use memchr::{memchr, memmem};

/// The shortest run of base64 that counts. A P-256 key in PKCS#8 has 184 characters, a raw key of 32 bytes 44.
const BASE64: usize = 40;
/// The shortest run of hexadecimal digits that counts when it begins as DER does: an Ed25519 key in PKCS#8 has 96.
const HEX_OF_DER: usize = 90;
/// The longest run of hexadecimal digits that is taken for a digest: SHA-512.
const HEX_OF_DIGEST: usize = 128;
/// The shortest line of base64 that counts among others: programs wrap at 64 or 76 columns, people at fewer.
const WRAPPED: usize = 16;

/// What every boundary of a private key says.
const LABEL: &str = "PRIVATE KEY";
/// What stands before the private part of a PuTTY key.
const PUTTY: &str = "Private-Lines:";

/// Tokens that say what they are: a prefix, and how many token characters follow at least.
const TOKENS: &[(&str, usize)] = &[
    ("AGE-SECRET-KEY-", 16),
    ("AGE-PLUGIN-", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 12),
    ("gldt-", 12),
    ("glrt-", 12),
    ("glcbt-", 12),
    ("glptt-", 12),
    ("glagent-", 12),
    ("gloas-", 12),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("sk-ant-", 12),
    ("sk-proj-", 12),
    ("whsec_", 12),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 16),
    ("hvs.", 12),
    ("hvb.", 12),
    ("hvr.", 12),
    ("npm_", 16),
    ("pypi-", 16),
    ("dop_v1_", 16),
    ("doo_v1_", 16),
    ("dckr_pat_", 12),
    ("shpat_", 16),
    ("tskey-", 12),
    ("SG.", 30),
    ("EAACEdEose0cBA", 10),
    ("eyJ", 30),
];

/// Words at the end of a name whose value is a secret.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "token",
    "secretid",
    "secretkey",
    "clientsecret",
    "apikey",
    "accesskey",
    "privatekey",
    "sharedkey",
    "signingkey",
    "encryptionkey",
    "tsigsecret",
    "credential",
];

/// Where key material stands in a text. Ranges may overlap.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Nothing that is found here is shorter than a password in an assignment.
    if text.len() < 6 {
        return found;
    }
    let bytes = text.as_bytes();
    if memmem::find(bytes, LABEL.as_bytes()).is_some() {
        private_blocks(text, &mut found);
    }
    if memmem::find(bytes, PUTTY.as_bytes()).is_some() {
        putty_keys(text, &mut found);
    }
    runs(text, &mut found);
    if memchr(b'\n', bytes).is_some() {
        wrapped_lines(text, &mut found);
    }
    tokens(text, &mut found);
    if memmem::find(bytes, b"://").is_some() {
        passwords_in_urls(text, &mut found);
    }
    if memchr(b'=', bytes).is_some() {
        assignments(text, &mut found);
    }
    found
}

/// Whether a value under this name is a secret: `dbPassword`, `API_TOKEN`, `secret-id`.
pub(super) fn names_a_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    NAMES.iter().any(|known| plain.ends_with(known))
}

/// Everything between the boundaries of a private key, or to the end of the text where the second one is missing.
fn private_blocks(text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(at) = text[from..].find(LABEL).map(|at| from + at) {
        from = at + LABEL.len();
        let line = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let last = |word: &str| text[line..at].rfind(word);
        if last("BEGIN") <= last("END") {
            continue;
        }
        let end = text[from..]
            .find("-END")
            .or_else(|| text[from..].find("- END"));
        let end = end.map_or(text.len(), |end| from + end);
        // The dashes of both boundaries stay.
        let start = from + (text[from..end].len() - text[from..end].trim_start_matches('-').len());
        let body = text[start.min(end)..end].trim_end_matches('-').len();
        found.push(start..start + body);
        from = end;
    }
}

/// The private part of a PuTTY key file: the lines behind `Private-Lines`, and the code over them.
fn putty_keys(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices(PUTTY) {
        let start = at + mark.len();
        let code = text[start..].find("Private-MAC:").map(|code| start + code);
        let end = code.map_or(text.len(), |code| {
            text[code..]
                .find('\n')
                .map_or(text.len(), |feed| code + feed)
        });
        found.push(start..end);
    }
}

/// Long runs of base64 and of hexadecimal digits.
fn runs(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    if bytes.len() < BASE64 {
        return;
    }
    let mut start = 0;
    while start < bytes.len() {
        let end = start + run(&bytes[start..]);
        if end - start >= BASE64 && is_mixed(&text[start..end]) {
            found.push(start..end);
        }
        start = end.max(start + 1);
    }
    let mut start = 0;
    while start < bytes.len() {
        let (length, digits) = hex_run(&bytes[start..]);
        let der = bytes[start..].starts_with(b"30") && digits >= HEX_OF_DER;
        if der || digits > HEX_OF_DIGEST {
            found.push(start..start + length);
        }
        start += length.max(1);
    }
}

/// The length of the base64 at the beginning. JSON and YAML may write some of its characters and line ends as escapes.
fn run(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let escape = match &bytes[at..] {
            [b'\\', b'n' | b'r' | b'/', ..] => 2,
            [b'\\', b'u', b'0', b'0', _, _, ..] => 6,
            [b, ..] if b.is_ascii_alphanumeric() || b"+/=_".contains(b) => 1,
            _ => return at,
        };
        at += escape;
    }
}

/// The length of the hexadecimal text at the beginning, and how many digits are in it. Pairs may be set apart by colons
/// or blanks.
fn hex_run(bytes: &[u8]) -> (usize, usize) {
    let (mut at, mut digits) = (0, 0);
    loop {
        let pair = |from: usize| {
            let pair = bytes.get(from..from + 2);
            pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
        };
        if pair(at) {
            (at, digits) = (at + 2, digits + 2);
        } else if digits > 0 && matches!(bytes.get(at), Some(b':' | b' ')) && pair(at + 1) {
            // A single blank between two words of digits is as good as none.
            at += 1;
        } else {
            return (at, digits);
        }
    }
}

/// Base64 mixes cases and digits; names, hexadecimal fingerprints and words do not.
fn is_mixed(run: &str) -> bool {
    let any = |test: fn(&u8) -> bool| run.as_bytes().iter().any(test);
    let hex = run.bytes().all(|b| b.is_ascii_hexdigit());
    !hex && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_lowercase)
        && any(|b| b.is_ascii_digit() || b"+/=".contains(b))
}

/// Lines of nothing but base64 or hexadecimal digits, and the short one at their end.
fn wrapped_lines(text: &str, found: &mut Vec<Range<usize>>) {
    let (mut block, mut lines): (Option<Range<usize>>, usize) = (None, 0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        let coded = !content.is_empty() && run(content.as_bytes()) == content.len();
        let long = coded && content.len() >= WRAPPED && has_digit_or_case(content);
        match (&mut block, long) {
            (Some(block), _) if coded && (long || lines > 1) => {
                block.end = start + content.len();
                lines += 1;
                if !long {
                    found.push(block.clone());
                    lines = 0;
                }
            }
            (_, true) => (block, lines) = (Some(start..start + content.len()), 1),
            _ => {
                found.extend(block.take().filter(|_| lines > 1));
                lines = 0;
            }
        }
        if lines == 0 {
            block = None;
        }
    }
    found.extend(block.filter(|_| lines > 1));
}

/// Words of one case without digits are names.
fn has_digit_or_case(text: &str) -> bool {
    let any = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic)
        || any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase)
}

fn tokens(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut in_word = false;
    for at in 0..bytes.len() {
        let begins = bytes[at].is_ascii_alphanumeric() && !in_word;
        in_word = bytes[at].is_ascii_alphanumeric();
        if !begins {
            continue;
        }
        for (prefix, least) in TOKENS {
            if bytes[at..].starts_with(prefix.as_bytes()) {
                let start = at + prefix.len();
                let token = |b: &u8| b.is_ascii_alphanumeric() || b"-_.+/=".contains(b);
                let length = bytes[start..].iter().take_while(|b| token(b)).count();
                found.extend((length >= *least).then_some(start..start + length));
            }
        }
    }
}

/// `https://user:password@host`
fn passwords_in_urls(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let authority =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`');
        let end = text[start..]
            .find(authority)
            .map_or(text.len(), |end| start + end);
        let Some(host) = text[start..end].rfind('@').map(|host| start + host) else {
            continue;
        };
        if let Some(colon) = text[start..host].find(':') {
            found.push(start + colon + 1..host);
        }
    }
}

/// `PASSWORD=value` and `--token=value`.
fn assignments(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices('=') {
        let before = &text[..at];
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let name = before.trim_end_matches(word).len();
        if !names_a_secret(&before[name..]) {
            continue;
        }
        let rest = &text[at + 1..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let inside = quote.map_or(0, char::len_utf8);
        let end = rest[inside..].find(|c: char| match quote {
            Some(quote) => c == quote || c == '\n',
            None => {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '&' | ',' | ';' | ']' | '}')
            }
        });
        let end = at + 1 + inside + end.unwrap_or(rest.len() - inside);
        found.push(at + 1 + inside..end);
    }
}

#[cfg(test)]
mod tests {
    use crate::text::mask;

    fn hides(text: &str, part: &str) {
        let masked = mask(text);
        assert!(text.contains(part) && !masked.contains(part), "{masked}");
        assert_eq!(masked.len(), text.len());
    }

    fn keeps(text: &str) {
        assert_eq!(mask(text), text);
    }

    #[test]
    fn private_blocks_of_every_kind_are_masked() {
        for label in ["", "EC ", "RSA ", "ENCRYPTED ", "OPENSSH ", "ANY "] {
            let text = format!(
                "x: |\n  -----BEGIN {label}PRIVATE KEY-----\n  MHcCAQ\n  ab\n  -----END {label}PRIVATE KEY-----\ny: z\n"
            );
            hides(&text, "MHcCAQ");
            hides(&text, "ab\n");
            assert!(mask(&text).contains("y: z"), "{text}");
        }
        hides(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nabc\n-----END PGP PRIVATE KEY BLOCK-----",
            "abc",
        );
        hides(
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nabc\n---- END",
            "abc",
        );
        hides("-----BEGIN PRIVATE KEY-----MIIabc é tail", "tail");
    }

    #[test]
    fn a_second_block_on_a_line_is_masked_as_well() {
        let block = "-----BEGIN PRIVATE KEY-----\\nSHORT\\n-----END PRIVATE KEY-----";
        let text = format!(
            "{{\"a\": \"{block}\", \"b\": \"{}\"}}",
            block.replace("SHORT", "OTHER")
        );
        hides(&text, "SHORT");
        hides(&text, "OTHER");
    }

    #[test]
    fn words_about_keys_stay() {
        keeps("the label says PRIVATE KEY, and nothing follows");
        keeps("-----END PRIVATE KEY----- ends it");
    }

    #[test]
    fn base64_goes_and_names_and_pins_stay() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
        hides(key, "MIGH");
        hides(&key.replace('+', "\\/"), "MIGH");
        hides("MIGHAgEAMBMGByqG\\/SM49AgEGCCqG\\nSM49AwEHBG0wawIB", "SM49");
        keeps("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        keeps(&"a".repeat(70));
        keeps("9f86:d081:884c");
    }

    #[test]
    fn short_lines_of_base64_are_masked_together_with_their_end() {
        let text = "a: |\n  MIGHAgEAMBMGByqGSM49\n  AgEGCCqGSM49AwEHBG0w\n  awIB\nname: x\n";
        hides(text, "MIGH");
        hides(text, "awIB");
        assert!(mask(text).ends_with("\nname: x\n"));
        keeps("one\nMIGHAgEAMBMGByqGSM49\nname: x\n");
    }

    #[test]
    fn hexadecimal_of_der_is_masked_and_digests_stay() {
        let der = format!("302e0201{}", "0a".repeat(44));
        hides(&der, "302e");
        let apart: Vec<&str> = (0..der.len() / 2).map(|n| &der[2 * n..2 * n + 2]).collect();
        hides(&apart.join(":"), "30:2e");
        hides(&apart.join(" "), "30 2e");
        keeps(&"ab".repeat(64));
    }

    #[test]
    fn other_kinds_of_keys_and_tokens_are_masked() {
        hides("Private-Lines: 1\nAAAAIQ\nPrivate-MAC: 0123\n", "AAAAIQ");
        hides("AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQ", "1QQQ");
        hides("token ghp_abcdefghijklmnop1234", "abcdef");
        hides("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "hbGci");
        hides("https://me:hunter2@git.example/x", "hunter2");
        hides("args: [--db-password=hunter2]", "hunter2");
        hides("DB_PASSWORD='hunter 2'", "hunter 2");
        keeps("https://git.example/x?ref=main");
        keeps("passwordSecretRef: a=b");
    }
}
