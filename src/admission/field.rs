//! A value in a manifest together with its place, as webhook checks walk down it.

use serde_json::Value;

use crate::pointer::Pointer;

/// A field: its value (null if it is absent) and its pointer.
#[derive(Clone, Debug)]
pub(super) struct Field<'v> {
    pub(super) value: &'v Value,
    pub(super) at: Pointer,
}

impl<'v> Field<'v> {
    pub(super) fn root(value: &'v Value) -> Self {
        Self { value, at: Pointer::root() }
    }

    pub(super) fn get(&self, key: &str) -> Self {
        Self { value: &self.value[key], at: self.at.key(key) }
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
        items.map(|(n, value)| Self { value, at: self.at.index(n) })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&'v str, Self)> + use<'_, 'v> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Self { value, at: self.at.key(key) }))
    }

    /// The fields of these names that are there.
    pub(super) fn set_among(&self, keys: &[&str]) -> Vec<Self> {
        keys.iter().map(|key| self.get(key)).filter(Self::is_set).collect()
    }
}
