//! Key material never reaches a report: what a private key block or a long base64 run holds is blanked, byte for byte.

/// The shortest run of base64 that is treated as material. A P-256 key in PKCS#8 has 184 characters, a raw one 44.
const RUN: usize = 40;

/// The same text, as long in bytes, with key material replaced by `*`. Line ends stay where they are.
pub(crate) fn redact(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    blank_private_blocks(text, &mut bytes);
    blank_base64_runs(&mut bytes);
    // Whole ASCII bytes and whole blocks are replaced by ASCII, so this cannot fail; if it did, showing nothing is right.
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}

/// A user's value as it may stand in a message: material blanked, at most 60 characters, in backquotes.
pub(crate) fn shown(value: &str) -> String {
    let safe = redact(value);
    let line = safe.lines().next().unwrap_or_default();
    let mut short = String::new();
    line.chars()
        .take(60)
        .for_each(|c| push_visible(&mut short, c));
    if line.chars().count() > 60 || safe.lines().count() > 1 {
        short.push('…');
    }
    format!("`{short}`")
}

/// Control and bidirectional override characters as escapes, everything else as it is: a value must not move the cursor.
fn push_visible(out: &mut String, c: char) {
    let hidden = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if hidden {
        out.extend(c.escape_default())
    } else {
        out.push(c)
    }
}

/// Everything after a `PRIVATE KEY` marker up to the line of its END marker, or to the end of the text.
fn blank_private_blocks(text: &str, bytes: &mut [u8]) {
    let mut from = 0;
    while let Some(found) = text[from..].find("PRIVATE KEY") {
        let start = from + found + "PRIVATE KEY".len();
        let end = text[start..]
            .find("-----END")
            .map_or(text.len(), |at| start + at);
        for byte in &mut bytes[start..end] {
            if !matches!(byte, b'\n' | b'\r' | b'-') {
                *byte = b'*';
            }
        }
        let rest = text[end..].find('\n').map_or(text.len(), |at| end + at);
        from = rest.max(start);
    }
}

fn blank_base64_runs(bytes: &mut [u8]) {
    let mut start = 0;
    while start < bytes.len() {
        let length = bytes[start..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || b"+/=_".contains(b))
            .count();
        let run = &mut bytes[start..start + length];
        if length >= RUN && is_mixed(run) {
            run.fill(b'*');
        }
        start += length.max(1);
    }
}

/// Base64 mixes cases and digits; names, hex fingerprints and words do not.
fn is_mixed(run: &[u8]) -> bool {
    let any = |test: fn(&u8) -> bool| run.iter().any(test);
    let hex = run.iter().all(u8::is_ascii_hexdigit);
    !hex && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_lowercase)
        && any(|b| b.is_ascii_digit() || b"+/=".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_block_is_blanked_and_keeps_its_length() {
        let text = "x: |\n  -----BEGIN EC PRIVATE KEY-----\n  MHcCAQ\n  -----END EC PRIVATE KEY-----\ny: z\n";
        let out = redact(text);
        assert_eq!(out.len(), text.len());
        assert!(!out.contains("MHcCAQ") && out.contains("y: z"), "{out}");
    }

    #[test]
    fn a_block_without_end_is_blanked_to_the_last_byte() {
        assert!(!redact("-----BEGIN PRIVATE KEY-----MIIabc é tail").contains("MIIabc"));
        assert!(!redact("-----BEGIN PRIVATE KEY-----MIIabc é tail").contains("tail"));
    }

    #[test]
    fn base64_goes_and_names_and_pins_stay() {
        let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
        assert!(!redact(key).contains("MIG"));
        let pin = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(redact(pin), pin);
        let name = "a".repeat(70);
        assert_eq!(redact(&name), name);
    }

    #[test]
    fn values_in_messages_are_short_and_do_not_move_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb"), "`a\\u{1b}[2Jb`");
        assert_eq!(shown("one\ntwo"), "`one…`");
        assert!(shown(&"x".repeat(500)).chars().count() < 70);
    }
}
