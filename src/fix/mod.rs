//! Fixes to bytes: a change of a value becomes a change of the text at its span, and nothing else of the file moves.
//!
//! A [`Source`](crate::source::Source) and the fixes of its findings come in; out comes the new text, or nothing where a
//! change cannot be made without touching more than it says (aliases, block scalars, anchors). Every change is held against
//! a law: the new text must read as the old values with the change applied, and as nothing else.

mod apply;
mod law;
mod print;
mod span;
#[cfg(test)]
mod tests;

pub(crate) use apply::{apply, edits};
pub(crate) use span::{Editor, TextEdit};
