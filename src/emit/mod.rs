//! Verified trees to disk, stream or diff. Owns stale files: what a configuration no longer yields is removed, and only
//! what it once wrote itself.
//!
//! First everything is compared (`plan`), then, and only if nothing stands in the way, everything is written
//! (`write`). Comparing and writing share the plan, so `--check` and `--out` cannot disagree.

mod diff;
mod left_behind;
mod plan;
mod write;

pub(crate) use diff::{diff, diff_of};
pub(crate) use left_behind::left_behind;
pub(crate) use plan::{Action, Plan, plan};
pub(crate) use write::{replace, rewrite, write};
