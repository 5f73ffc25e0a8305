//! A value in a manifest together with its place, as webhook checks walk down it.

use serde_json::Value;

use crate::json_pointer::Pointer;

/// The value of a key; null if it is absent. Objects have so few keys that looking at each takes less than hashing one.
pub(super) fn value_at<'v>(object: &'v Value, key: &str) -> &'v Value {
    let entry = object
        .as_object()
        .and_then(|entries| entries.iter().find(|(known, _)| *known == key));
    entry.map_or(&Value::Null, |(_, value)| value)
}

/// The text of a key; empty if there is none, as Go's zero value is.
pub(super) fn text_at<'v>(object: &'v Value, key: &str) -> &'v str {
    value_at(object, key).as_str().unwrap_or_default()
}

/// Where a field stands. It becomes a pointer only if something is said of it, and of most manifests nothing is.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'v> {
    segments: [Segment<'v>; At::DEEPEST],
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'v> {
    Key(&'v str),
    Index(usize),
}

impl<'v> At<'v> {
    /// No check goes deeper: the deepest is that of a node affinity in the pod template of an ACME solver.
    const DEEPEST: usize = 16;

    const ROOT: Self = Self {
        segments: [Segment::Index(0); At::DEEPEST],
        depth: 0,
    };

    /// One step further down. What is deeper than the deepest is said of what holds it.
    fn step(mut self, segment: Segment<'v>) -> Self {
        debug_assert!(
            self.depth < At::DEEPEST,
            "a check goes deeper than the deepest"
        );
        if let Some(next) = self.segments.get_mut(self.depth) {
            *next = segment;
            self.depth += 1;
        }
        self
    }
}

impl From<&At<'_>> for Pointer {
    fn from(at: &At<'_>) -> Self {
        at.segments[..at.depth]
            .iter()
            .fold(Self::root(), |pointer, segment| match segment {
                Segment::Key(key) => pointer.key(key),
                Segment::Index(index) => pointer.index(*index),
            })
    }
}

/// A field: its value (null if it is absent) and its place.
#[derive(Clone, Debug)]
pub(super) struct Field<'v> {
    pub(super) value: &'v Value,
    pub(super) at: At<'v>,
}

impl<'v> Field<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self {
            value,
            at: At::ROOT,
        }
    }

    pub(super) fn get(&self, key: &'v str) -> Self {
        Self {
            value: value_at(self.value, key),
            at: self.at.step(Segment::Key(key)),
        }
    }

    pub(super) fn is_set(&self) -> bool {
        !self.value.is_null()
    }

    /// The text; empty if there is none, as Go's zero value is.
    pub(super) fn text(&self) -> &'v str {
        self.value.as_str().unwrap_or_default()
    }

    /// The text, if there is one that is not empty.
    pub(super) fn some_text(&self) -> Option<&'v str> {
        self.value.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn is_true(&self) -> bool {
        self.value.as_bool().unwrap_or_default()
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'_, 'v> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(n, value)| Self {
            value,
            at: self.at.step(Segment::Index(n)),
        })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&'v str, Self)> + use<'_, 'v> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| {
            (
                key.as_str(),
                Self {
                    value,
                    at: self.at.step(Segment::Key(key)),
                },
            )
        })
    }

    /// The fields of these names that are there.
    pub(super) fn set_among(&self, keys: &[&'v str]) -> Vec<Self> {
        keys.iter()
            .map(|key| self.get(key))
            .filter(Self::is_set)
            .collect()
    }
}
