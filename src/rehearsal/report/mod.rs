//! What a rehearsal showed, for people, for programs, and as a picture.

mod chart;
mod human;
mod json;
mod svg;
mod timeline;

pub(crate) use human::human;
pub(crate) use json::{Report, json, json_begin, json_end, json_item};
pub(crate) use svg::svg;

use super::Rehearsal;

/// A site and what its rehearsal showed.
pub(crate) struct Rehearsed {
    pub(crate) site: String,
    pub(crate) rehearsal: Rehearsal,
}
