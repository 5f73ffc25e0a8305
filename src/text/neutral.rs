//! Makes text harmless where it is shown: to terminals (escape sequences, direction marks), to CI agents that obey
//! commands in a log, and to readers who would see another text than the one that is there.
//!
//! Every character is replaced by one character, so that columns stay what they are.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Stands for a character that cannot be shown.
const UNKNOWN: char = '\u{fffd}';
/// Stands between two characters that begin a command of a CI agent.
const BREAK: char = '·';

/// One line: line breaks are replaced as well.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    neutralize(text, false)
}

/// Several lines: line feeds and tabs stay.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    neutralize(text, true)
}

/// Whether there is nothing to replace in a text of several lines.
pub(crate) fn is_neutral(text: &str) -> bool {
    matches!(lines(text), Cow::Borrowed(_))
}

/// The same for text with colors and links of our own: `ESC [ digits m` and `ESC ] 8 ; ; URL ESC \`.
pub(crate) fn is_neutral_but_for_style(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        if !is_neutral(&rest[..at]) {
            return false;
        }
        match style(&rest[at..]) {
            Some(length) => rest = &rest[at + length..],
            None => return false,
        }
    }
    is_neutral(rest)
}

/// The length of the style sequence at the beginning.
fn style(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("\u{1b}[") {
        let digits = rest
            .bytes()
            .take_while(|b| b.is_ascii_digit() || *b == b';');
        let length = digits.count();
        return rest[length..].starts_with('m').then_some(2 + length + 1);
    }
    let rest = text.strip_prefix("\u{1b}]8;;")?;
    let end = rest.find("\u{1b}\\")?;
    let plain = rest[..end].bytes().all(|b| b.is_ascii_graphic());
    plain.then_some("\u{1b}]8;;".len() + end + 2)
}

/// Whether a character moves a cursor, changes the direction of text, or cannot be seen. Line feeds are.
///
/// C0 and C1 controls, line and paragraph separators, and what Unicode calls default ignorable
/// (`DerivedCoreProperties.txt`): among others zero-width and bidirectional controls, fillers, variation selectors
/// and tags.
pub(crate) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn neutralize(text: &str, several: bool) -> Cow<'_, str> {
    let kept = |c: char| several && matches!(c, '\n' | '\t');
    if is_plain(text.as_bytes(), several) {
        return Cow::Borrowed(text);
    }
    // What is invisible goes first: it could stand inside of a command.
    let mut chars: Vec<char> = text.chars().collect();
    let mut changed = false;
    for c in &mut chars {
        if is_dangerous(*c) && !kept(*c) {
            *c = symbol(*c);
            changed = true;
        }
    }
    for at in 0..chars.len() {
        if begins_command(&chars[at..]) {
            chars[at + 1] = BREAK;
            changed = true;
        }
    }
    if changed {
        Cow::Owned(chars.into_iter().collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a text is ASCII in which nothing could be replaced. True of most text, and cheap.
fn is_plain(bytes: &[u8], several: bool) -> bool {
    let mut before = 0;
    bytes.iter().all(|&byte| {
        let pair = byte == before && matches!(byte, b'#' | b':');
        before = byte;
        !pair && ((b' '..=b'~').contains(&byte) || several && matches!(byte, b'\n' | b'\t'))
    })
}

/// Whether an agent could obey what begins here, wherever in a line it stands.
///
/// `##[` and `##vso[` are read anywhere in a line (actions/runner `ActionCommand.cs`, azure-pipelines-agent
/// `Command.cs`), `::name` behind blanks. An IPv6 address, whose groups are hexadecimal, is not a command.
fn begins_command(chars: &[char]) -> bool {
    match chars {
        ['#', '#', rest @ ..] => {
            let word = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
            rest.get(word) == Some(&'[')
        }
        [':', ':', rest @ ..] => {
            let word = rest
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || **c == '-');
            let word: Vec<char> = word.copied().collect();
            let group = word.len() <= 4 && word.iter().all(char::is_ascii_hexdigit);
            word.first().is_some_and(char::is_ascii_alphabetic) && !group
        }
        _ => false,
    }
}

/// A character that stands for one that must not be printed.
fn symbol(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(UNKNOWN),
        0x7f => '\u{2421}',
        _ => UNKNOWN,
    }
}

/// Inside a JSON text such characters and sequences stand only in strings, where every one of them has an escape.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    let cleaned = lines(json);
    if matches!(cleaned, Cow::Borrowed(_)) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    // `lines` goes character for character: where both differ, the JSON has to be escaped.
    for (is, safe) in json.chars().zip(cleaned.chars()) {
        if is == safe {
            out.push(is);
            continue;
        }
        for unit in is.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_terminals_obey_is_replaced() {
        assert_eq!(
            lines("a\u{1b}[2J\u{9b}31m\u{7f}\r\n"),
            "a␛[2J\u{fffd}31m␡␍\n"
        );
        assert_eq!(
            lines("\u{202e}txt\u{200b}.\u{feff}"),
            "\u{fffd}txt\u{fffd}.\u{fffd}"
        );
        assert_eq!(line("a\nb\tc"), "a␊b␉c");
        assert_eq!(lines("a\nb\tc"), "a\nb\tc");
    }

    #[test]
    fn what_agents_obey_is_broken_wherever_it_stands() {
        assert_eq!(lines("  ::error::x"), "  :·error:·x");
        assert_eq!(
            lines("a ::set-output name=b::c"),
            "a :·set-output name=b::c"
        );
        assert_eq!(
            lines("see ##vso[task.x]y ##[group]z"),
            "see #·vso[task.x]y #·[group]z"
        );
        assert_eq!(
            lines("##VSO[x] #\u{200b}#vso[y]"),
            "#·VSO[x] #\u{fffd}#vso[y]"
        );
        assert_eq!(lines("###[error]"), "##·[error]");
        assert_eq!(lines(":::debug::"), "::·debug::");
    }

    #[test]
    fn what_people_write_stays() {
        for text in [
            "[::1]:8883",
            "fd00::a:1",
            "fe80::abcd",
            "## Title",
            "a: b",
            "é 漢字 😀",
            "x ::",
        ] {
            assert_eq!(lines(text), text);
        }
    }

    #[test]
    fn colors_and_links_of_our_own_pass_and_nothing_else() {
        let own = "\u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m \u{1b}]8;;https://a.example/b#c\u{1b}\\c\u{1b}]8;;\u{1b}\\";
        assert!(is_neutral_but_for_style(own));
        for foreign in [
            "\u{1b}[2J",
            "\u{1b}]0;title\u{7}",
            "\u{1b}c",
            "\u{1b}",
            "\u{1b}]8;;a b\u{1b}\\",
        ] {
            assert!(!is_neutral_but_for_style(foreign), "{foreign:?}");
        }
    }

    proptest! {
        #[test]
        fn one_pass_is_enough_and_columns_stay(text in "(?s)([#:\\[a-z\u{1b}\u{200b} \n]|.){0,60}") {
            let once = lines(&text).into_owned();
            prop_assert!(is_neutral(&once), "{:?}", once);
            prop_assert_eq!(once.chars().count(), text.chars().count());
            prop_assert!(!line(&text).contains('\n'));
        }

        #[test]
        fn escaped_json_is_the_same_json_and_neutral(text in "(?s)([#:\\[a-z\u{1b}\u{200b}]|.){0,60}") {
            let json = serde_json::to_string(&text).expect("a string");
            let escaped = escape_json(&json).into_owned();
            prop_assert!(is_neutral(&escaped), "{}", escaped);
            let back: String = serde_json::from_str(&escaped).expect("JSON");
            prop_assert_eq!(back, text);
        }
    }
}
