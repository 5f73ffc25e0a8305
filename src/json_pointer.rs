//! Where a value stands in a document: a JSON pointer (RFC 6901) that grows by keys and indices.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

/// A JSON pointer (RFC 6901). The empty pointer is the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a pointer in RFC 6901 form, such as `/spec/anchors/0`. Text without a leading slash is taken as the root.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with('/') {
            Self(text.to_owned())
        } else {
            Self::root()
        }
    }

    /// This pointer, one key further down.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut next = String::with_capacity(self.0.len() + 1 + key.len());
        next.push_str(&self.0);
        next.push('/');
        if memchr2(b'~', b'/', key.as_bytes()).is_some() {
            next.push_str(&key.replace('~', "~0").replace('/', "~1"));
        } else {
            next.push_str(key);
        }
        Self(next)
    }

    /// This pointer, one list item further down, counted from zero.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.key(&index.to_string())
    }

    /// The pointer to what holds this value; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rfind('/').map(|at| Self(self.0[..at].to_owned()))
    }

    /// Whether this is `place` or a value in it.
    #[must_use]
    pub fn is_within(&self, place: &Self) -> bool {
        self.0
            .strip_prefix(&place.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The keys and indices from the root down, unescaped.
    pub fn segments(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0
            .split('/')
            .skip(1)
            .map(|segment| match segment.contains('~') {
                true => segment.replace("~1", "/").replace("~0", "~").into(),
                false => segment.into(),
            })
    }

    /// The last key or index, unescaped; none for the root.
    #[must_use]
    pub fn last(&self) -> Option<String> {
        self.segments().last().map(Cow::into_owned)
    }

    /// The RFC 6901 text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_slashes_and_tildes_come_back() {
        let p = Pointer::root().key("a/b").key("c~d").index(3);
        assert_eq!(p.as_str(), "/a~1b/c~0d/3");
        assert_eq!(p.segments().collect::<Vec<_>>(), ["a/b", "c~d", "3"]);
        assert_eq!(p.parent().and_then(|p| p.last()).as_deref(), Some("c~d"));
    }

    #[test]
    fn the_root_has_no_parent_and_shows_as_a_slash() {
        assert_eq!(Pointer::root().parent(), None);
        assert_eq!(Pointer::root().to_string(), "/");
        assert_eq!(Pointer::parse("spec"), Pointer::root());
    }
}
