//! Places of the protocol: lines from zero, columns in UTF-16 code units.

use std::ops::Range;

use lsp_types::Position;

/// The place of a byte. A byte inside a character counts as its beginning.
pub(super) fn position(text: &str, byte: usize) -> Position {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let line = before.bytes().filter(|b| *b == b'\n').count();
    let column: usize = before[before.rfind('\n').map_or(0, |n| n + 1)..]
        .chars()
        .map(char::len_utf16)
        .sum();
    Position::new(number(line), number(column))
}

pub(super) fn range(text: &str, bytes: &Range<usize>) -> lsp_types::Range {
    lsp_types::Range::new(position(text, bytes.start), position(text, bytes.end))
}

/// The byte of a place. What is behind the end of a line is its end, as the protocol says.
pub(super) fn byte(text: &str, position: Position) -> usize {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let line = text[start..].split(['\n', '\r']).next().unwrap_or_default();
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= position.character as usize {
            return start + at;
        }
        units += c.len_utf16();
    }
    start + line.len()
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf_16_units() {
        let text = "a: ü\r\n😀b: c\n";
        for (needle, line, column) in [("ü", 0, 3), ("b", 1, 2), ("c", 1, 5)] {
            let at = text.find(needle).unwrap_or_default();
            assert_eq!(position(text, at), Position::new(line, column));
            assert_eq!(byte(text, Position::new(line, column)), at);
        }
        assert_eq!(position(text, text.len()), Position::new(2, 0));
        assert_eq!(
            byte(text, Position::new(0, 99)),
            text.find('\r').unwrap_or_default()
        );
        assert_eq!(byte(text, Position::new(99, 0)), text.len());
        // In the middle of a pair, and in the middle of a character.
        assert_eq!(
            byte(text, Position::new(1, 1)),
            text.find('b').unwrap_or_default()
        );
        assert_eq!(
            position(text, text.find("😀").unwrap_or_default() + 2),
            Position::new(1, 0)
        );
    }
}
