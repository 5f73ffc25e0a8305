//! What `git ls-tree` and `git ls-files` print: files with what they hold, in order.

use std::cmp::Ordering;

/// What git knows of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    /// A commit of another repository.
    Submodule,
}

/// Files, and the ids of what they hold, by their paths from the top of the work tree.
pub(super) struct Listing {
    /// One after the other: mode, something, id, a tab, the path, and a zero byte.
    text: Vec<u8>,
    /// Where each begins, in the order of the paths.
    starts: Vec<usize>,
}

impl Listing {
    pub(super) fn new(text: Vec<u8>) -> Self {
        let mut starts = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == 0) {
            starts.push(start);
            start += line.len();
        }
        let mut listing = Self {
            text,
            starts: Vec::new(),
        };
        // Git's order is this one; a search must not depend on it.
        starts.sort_by(|one, other| listing.path(*one).cmp(listing.path(*other)));
        listing.starts = starts;
        listing
    }

    /// The lines with a tag, without it.
    pub(super) fn of_tagged(text: &[u8], tag: &[u8]) -> Self {
        let lines = text.split_inclusive(|byte| *byte == 0);
        Self::new(
            lines
                .filter_map(|line| line.strip_prefix(tag))
                .flatten()
                .copied()
                .collect(),
        )
    }

    /// What is at a path, and the id of its content in hexadecimal.
    pub(super) fn get(&self, path: &[u8]) -> Option<(Kind, &[u8])> {
        let at = self
            .starts
            .binary_search_by(|start| self.path(*start).cmp(path));
        let line = self.line(*self.starts.get(at.ok()?)?);
        let words = line.split(|byte| *byte == b'\t').next()?;
        let kind = match words.get(..6)? {
            b"120000" => Kind::Link,
            b"160000" => Kind::Submodule,
            _ => Kind::File,
        };
        let id = words.split(|byte| *byte == b' ').max_by(by_length)?;
        Some((kind, id))
    }

    /// Whether a path is below a submodule.
    pub(super) fn is_in_submodule(&self, path: &[u8]) -> bool {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        slashes.into_iter().any(|(at, _)| {
            self.get(&path[..at])
                .is_some_and(|(kind, _)| kind == Kind::Submodule)
        })
    }

    fn line(&self, start: usize) -> &[u8] {
        let rest = &self.text[start..];
        rest.split(|byte| *byte == 0).next().unwrap_or(rest)
    }

    fn path(&self, start: usize) -> &[u8] {
        let line = self.line(start);
        let tab = line.iter().position(|byte| *byte == b'\t');
        tab.map_or(&[], |tab| &line[tab + 1..])
    }
}

/// `ls-tree` and `ls-files` put the id into another column; it is longer than everything beside it.
fn by_length(one: &&[u8], other: &&[u8]) -> Ordering {
    one.len().cmp(&other.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn a_tree_is_searched_by_whole_paths() {
        let text = format!(
            "100644 blob {ID}\ta-b\0100755 blob {ID}\ta/b\tc\n\0120000 blob {ID}\ta/l\0160000 commit {ID}\tsub\0"
        );
        let listing = Listing::new(text.into_bytes());
        let id = ID.as_bytes();
        for (path, expected) in [
            (b"a-b".as_slice(), Some((Kind::File, id))),
            (b"a/b\tc\n", Some((Kind::File, id))),
            (b"a/l", Some((Kind::Link, id))),
            (b"sub", Some((Kind::Submodule, id))),
            (b"a", None),
            (b"a/b", None),
            (b"", None),
        ] {
            assert_eq!(listing.get(path), expected, "{path:?}");
        }
        assert!(listing.is_in_submodule(b"sub/x/y") && !listing.is_in_submodule(b"sub"));
        assert!(!listing.is_in_submodule(b"a/l/x") && !listing.is_in_submodule(b"subs/x"));
    }

    #[test]
    fn of_an_index_what_has_the_tag_counts() {
        let text = format!("H 100644 {ID} 0\tin\0S 100644 {ID} 0\tout\0");
        let listing = Listing::of_tagged(text.as_bytes(), b"S ");
        assert_eq!(listing.get(b"out"), Some((Kind::File, ID.as_bytes())));
        assert_eq!(listing.get(b"in"), None);
    }

    #[test]
    fn what_is_no_listing_holds_nothing() {
        for text in ["", "\0", "x\0", "\t\0", "100644\t\0\0"] {
            let listing = Listing::new(text.as_bytes().to_vec());
            assert_eq!(listing.get(b"x"), None, "{text:?}");
        }
    }
}
