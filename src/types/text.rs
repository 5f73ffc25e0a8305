//! Free text, PEM text and paths.

use super::{Refusal, checked_string};

checked_string!(
    /// Free text that survives YAML, JSON and variable substitution. Never empty: to an API server an empty text is a value
    /// that is missing.
    Text, "text", check_some,
    "Text without control characters and without '${'",
    "minLength": 1
);
checked_string!(
    /// The same where nothing is a value too.
    AnyText, "text", check,
    "Text without control characters and without '${'; may be empty"
);
checked_string!(
    /// Certificates in PEM; what is in them is judged later.
    PemText, "pem", check_pem,
    "Public certificates in PEM"
);
checked_string!(
    /// A path relative to the configuration file.
    FilePath, "file-path", check_path,
    "A path relative to this file, inside its folder"
);

checked_string!(
    /// A file that is named in what is emitted, and never read.
    NamedFile, "named-file", check_named_file,
    "The path of a file, relative to this one"
);

checked_string!(
    /// A folder in a repository.
    RepositoryPath, "repository-path", check_repository_path,
    "A folder in the repository, from its root, such as deploy/plant-berlin"
);

/// Whether some YAML reader takes the unquoted text for something else than a string. Errs on the side of yes.
pub(crate) fn is_typed_in_yaml(text: &str) -> bool {
    is_word(text) || is_numeric(text)
}

/// Whether every byte is such a one. Looks at whole chunks, which the compiler makes vectors of.
pub(crate) fn every_byte(text: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    text.chunks(64)
        .all(|chunk| chunk.iter().fold(true, |all, byte| all & is_such(*byte)))
}

/// A set of ASCII characters. Whether a text is of these only is looked up, not compared: most texts of an object are such.
pub(crate) struct Characters([bool; 256]);

impl Characters {
    pub(crate) const fn of(characters: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut n = 0;
        while n < characters.len() {
            set[characters[n] as usize] = true;
            n += 1;
        }
        Self(set)
    }

    pub(crate) fn hold(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Whether they hold every byte of a text.
    pub(crate) fn hold_all(&self, text: &[u8]) -> bool {
        every_byte(text, |byte| self.hold(byte))
    }
}

/// Words that YAML 1.1 or 1.2 read as booleans or null.
fn is_word(text: &str) -> bool {
    let words = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"];
    text.len() <= 5 && words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether some reader might take the text for a number, a base-60 number or a timestamp: it begins with a digit or an
/// underscore and holds nothing but what those are made of. A Go duration is saved by its `h`, `m` or `s`.
fn is_numeric(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || c == '_');
    begins
        && text
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || b"xXoO_.:+-TtZz ".contains(&b))
}

pub(super) fn check(text: &str) -> Result<(), Refusal> {
    if text.contains("${") {
        let reason = "it holds `${`, the beginning of a variable".to_owned();
        return Err(Refusal {
            substitution: true,
            reason,
            suggestion: None,
        });
    }
    if text.contains("PRIVATE KEY") {
        let reason = "it holds `PRIVATE KEY`, as private keys do, and would be committed";
        return Err(Refusal::because(reason).suggest("say it in other words, without a key"));
    }
    if let Some(c) = text.chars().find(|c| {
        c.is_control()
            || matches!(
                c,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    }) {
        let reason = format!("it holds the control character U+{:04X}", u32::from(c));
        return Err(
            Refusal::because(reason).suggest("write it on one line, without tabs and line breaks")
        );
    }
    Ok(())
}

fn check_some(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::because("it is empty"));
    }
    check(text)
}

pub(super) fn check_pem(text: &str) -> Result<(), Refusal> {
    if text.contains("-----BEGIN ") {
        return Ok(());
    }
    Err(
        Refusal::because("there is no `-----BEGIN CERTIFICATE-----` in it")
            .suggest("write `inLine: |` and the certificate in PEM below, indented"),
    )
}

pub(super) fn check_path(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::because("it is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::because("it holds a control character"));
    }
    if text.starts_with("-----BEGIN") {
        return Err(Refusal::because("it is a certificate, not a path")
            .suggest("write `inLine: |` instead of `file:`"));
    }
    if text.contains('\\') {
        return Err(Refusal::because("it holds a backslash")
            .suggest("write `/` between folders: that works everywhere"));
    }
    Ok(())
}

pub(super) fn check_named_file(text: &str) -> Result<(), Refusal> {
    check(text)?;
    check_path(text)
}

/// Flux and Argo CD refuse paths that leave the repository.
pub(super) fn check_repository_path(text: &str) -> Result<(), Refusal> {
    check(text)?;
    check_path(text)?;
    if text.starts_with('/') || text.split('/').any(|segment| segment == "..") {
        return Err(Refusal::because("it is not inside the repository").suggest(
            "write it from the root of the repository, without `..`: `deploy/plant-berlin`",
        ));
    }
    Ok(())
}

/// The candidate that was probably meant.
pub(crate) fn nearest<'c>(
    text: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    // Comparing takes time by the product of both lengths, and nobody mistypes a name that long.
    let is_short = |text: &str| text.len() <= 256;
    if !is_short(text) {
        return None;
    }
    let lower = text.to_lowercase();
    candidates
        .filter(|candidate| is_short(candidate))
        .map(|c| (strsim::jaro_winkler(&lower, &c.to_lowercase()), c))
        .filter(|(score, _)| *score > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_that_survives() {
        for text in [
            "",
            "\": #",
            "{{",
            "yes",
            "0o14",
            "*x",
            "ä€𝄞",
            " a ",
            "$x",
            "$$",
            "{",
        ] {
            assert!(check(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn text_that_would_not() {
        for text in [
            "a\nb", "\t", "\u{0}", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}",
        ] {
            assert!(check(text).is_err(), "{text:?}");
        }
        assert!(check("a ${X}").expect_err("a variable").substitution);
        assert!(check("-----BEGIN EC PRIVATE KEY-----").is_err());
        assert!(check("a private key").is_ok());
        assert!(check_some("").is_err() && check_some("a").is_ok());
    }

    #[test]
    fn paths() {
        assert!(check_path("pki/root.pem").is_ok());
        for text in ["", "a\\b", "a\nb", "-----BEGIN CERTIFICATE-----"] {
            assert!(check_path(text).is_err(), "{text:?}");
            assert!(check_named_file(text).is_err(), "{text:?}");
        }
        assert!(check_named_file("secrets/a.yaml").is_ok());
        assert!(check_named_file("${X}").is_err());
    }

    #[test]
    fn folders_of_a_repository() {
        for text in [".", "./deploy/a", "deploy/a..b", "deploy/a/"] {
            assert!(check_repository_path(text).is_ok(), "{text:?}");
        }
        for text in [
            "",
            "/deploy",
            "../deploy",
            "deploy/../..",
            "deploy\\a",
            "deploy/${SITE}",
        ] {
            assert!(check_repository_path(text).is_err(), "{text:?}");
        }
    }
}
