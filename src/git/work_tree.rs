//! The files of a work tree against those of a commit.
//!
//! A file is the same if its bytes are, or its lines are once they end as Git keeps them. No filter runs, so a file that one
//! rewrites (Git LFS, git-crypt) always differs; so does a file of a submodule, about which another repository knows.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::ignored::Ignored;
use super::listing::{Kind, Listing};
use super::{GitError, Repository, resolve};

/// More than trustc reads of any file. What is larger differs.
const LARGEST: u64 = 32 << 20;

/// A work tree, and the commit that it is compared with.
pub(crate) struct WorkTree {
    repository: Repository,
    commit: Listing,
    /// What a sparse checkout leaves out, once a file is missing.
    left_out: OnceLock<Listing>,
    ignored: Ignored,
}

impl WorkTree {
    /// # Errors
    /// The reference names no commit, or its files cannot be listed.
    pub(crate) fn since(repository: Repository, reference: &str) -> Result<Self, GitError> {
        let commit = repository.files(&repository.commit(reference)?)?;
        Ok(Self {
            repository,
            commit,
            left_out: OnceLock::new(),
            ignored: Ignored::default(),
        })
    }

    /// Whether a file, or a link on the way to it, differs from the commit, is new and not ignored, or is gone. What is not in
    /// the work tree does not.
    pub(crate) fn differs(&self, file: &Path) -> bool {
        let mut links = Vec::new();
        let Some(file) = resolve(file, &mut |link| links.push(link.to_path_buf())) else {
            return true;
        };
        links.iter().any(|link| self.link_differs(link)) || self.file_differs(&file)
    }

    fn link_differs(&self, link: &Path) -> bool {
        let Some(path) = self.inside(link) else {
            return false;
        };
        match (self.commit.get(&path), fs::read_link(link)) {
            (Some((Kind::Link, id)), Ok(target)) => {
                !is_content(&slashed(target.as_os_str().as_encoded_bytes()), id)
            }
            (Some(_), _) | (_, Err(_)) => true,
            (None, Ok(_)) => self.is_new(&path),
        }
    }

    fn file_differs(&self, file: &Path) -> bool {
        let Some(path) = self.inside(file) else {
            return false;
        };
        match (self.commit.get(&path), fs::symlink_metadata(file)) {
            (Some((Kind::File, id)), Ok(found)) if found.is_file() => !holds(file, id),
            (Some(_), Ok(_)) => true,
            (Some(entry), Err(_)) => self.left_out().get(&path) != Some(entry),
            (None, Ok(_)) => self.is_new(&path),
            (None, Err(_)) => self.commit.is_in_submodule(&path),
        }
    }

    /// Whether a file that the commit does not have counts.
    fn is_new(&self, path: &[u8]) -> bool {
        self.commit.is_in_submodule(path) || !self.ignored.contains(path, &self.repository.program)
    }

    fn left_out(&self) -> &Listing {
        self.left_out.get_or_init(|| {
            let listing = self.repository.left_out();
            listing.unwrap_or_else(|_| Listing::new(Vec::new()))
        })
    }

    /// A path as Git writes it, if it is in the work tree.
    fn inside(&self, path: &Path) -> Option<Vec<u8>> {
        let inside = path.strip_prefix(self.repository.root()).ok()?;
        let parts: Vec<&[u8]> = inside.iter().map(|part| part.as_encoded_bytes()).collect();
        Some(parts.join(&b'/'))
    }
}

#[cfg(windows)]
fn slashed(path: &[u8]) -> Vec<u8> {
    let slash = |byte: &u8| if *byte == b'\\' { b'/' } else { *byte };
    path.iter().map(slash).collect()
}

#[cfg(not(windows))]
fn slashed(path: &[u8]) -> Vec<u8> {
    path.to_vec()
}

/// Whether a file holds what an id stands for, as it is or with line feeds only.
fn holds(file: &Path, id: &[u8]) -> bool {
    let mut content = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut content));
    let is_whole = read.is_ok() && content.len() as u64 <= LARGEST;
    is_whole
        && (is_content(&content, id)
            || with_line_feeds(&content).is_some_and(|content| is_content(&content, id)))
}

/// A text whose lines all end with a carriage return and a line feed, as Git keeps it.
fn with_line_feeds(content: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(content).ok()?;
    let lines = text.split_inclusive('\n');
    let is_windows = text.contains('\n')
        && !text.contains('\0')
        && lines
            .clone()
            .all(|line| line.ends_with("\r\n") || !line.ends_with('\n'));
    is_windows.then(|| text.replace("\r\n", "\n").into_bytes())
}

/// Whether Git gives content this id.
fn is_content(content: &[u8], id: &[u8]) -> bool {
    match id.len() {
        40 => hex::<Sha1>(content) == id,
        64 => hex::<Sha256>(content) == id,
        _ => false,
    }
}

/// The id of a file: the digest of its length and its bytes.
fn hex<D: Digest>(content: &[u8]) -> Vec<u8> {
    let head = format!("blob {}\0", content.len());
    let digest = D::new_with_prefix(head).chain_update(content).finalize();
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| b"0123456789abcdef"[usize::from(digit)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        // printf hello | git hash-object --stdin
        assert!(is_content(
            b"hello",
            b"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
        ));
        assert!(!is_content(
            b"hello\n",
            b"b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
        ));
        assert!(!is_content(b"hello", b""));
    }

    #[test]
    fn only_texts_with_line_ends_of_windows_are_the_same_without_them() {
        assert_eq!(
            with_line_feeds(b"a\r\nb\r\n").as_deref(),
            Some(b"a\nb\n".as_slice())
        );
        assert_eq!(
            with_line_feeds(b"a\r\nb").as_deref(),
            Some(b"a\nb".as_slice())
        );
        for other in [
            b"a\nb\r\n".as_slice(),
            b"a\n",
            b"a\rb",
            b"",
            b"\0\r\n",
            b"\x30\x82\r\n",
        ] {
            assert_eq!(with_line_feeds(other), None, "{other:?}");
        }
    }
}
