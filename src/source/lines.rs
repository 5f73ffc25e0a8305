//! Bytes to lines and columns.

use std::ops::Range;

use super::Location;

/// Where each line of a text begins.
#[derive(Clone, Debug)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { starts }
    }

    /// Line and column, from one; the column counts characters, as editors do.
    pub(crate) fn position(&self, text: &str, byte: usize) -> (usize, usize) {
        let byte = floor_boundary(text, byte);
        let line = self.starts.partition_point(|&start| start <= byte) - 1;
        let before = &text[self.starts[line]..byte];
        let bom = usize::from(line == 0 && before.starts_with('\u{feff}'));
        (line + 1, before.chars().count() - bom + 1)
    }

    /// The bytes of these lines, of a text with so many bytes.
    pub(crate) fn range(&self, first: usize, last: usize, length: usize) -> Range<usize> {
        let start = |line: usize| {
            self.starts
                .get(line.saturating_sub(1))
                .copied()
                .unwrap_or(length)
        };
        start(first)..start(last + 1).max(start(first))
    }

    pub(crate) fn locate(&self, text: &str, bytes: Range<usize>) -> Location {
        let start = floor_boundary(text, bytes.start);
        let mut end = floor_boundary(text, bytes.end.max(start));
        // A range that ends inside a character, or is empty before one, covers that character.
        if end == start && start < text.len() && !text[start..].starts_with('\n') {
            end = start + text[start..].chars().next().map_or(0, char::len_utf8);
        }
        let (line, column) = self.position(text, start);
        let (end_line, end_column) = self.position(text, end);
        Location {
            bytes: start..end,
            line,
            column,
            end_line,
            end_column,
        }
    }
}

fn floor_boundary(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let text = "a: ä b\r\nc: d\n";
        let lines = LineIndex::new(text);
        assert_eq!(lines.position(text, 0), (1, 1));
        assert_eq!(lines.position(text, 6), (1, 6));
        assert_eq!(lines.position(text, text.find("d").unwrap_or(0)), (2, 4));
        assert_eq!(lines.position(text, text.len()), (3, 1));
        assert_eq!(lines.position(text, 999), (3, 1));
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = "\u{feff}a: 1";
        assert_eq!(LineIndex::new(text).position(text, 3), (1, 1));
    }

    #[test]
    fn an_empty_range_covers_the_character_behind_it() {
        let text = "ä";
        assert_eq!(LineIndex::new(text).locate(text, 0..0).bytes, 0..2);
        assert_eq!(LineIndex::new(text).locate(text, 1..1).bytes, 0..2);
    }
}
