//! Verified trees to disk, stream or diff. Owns stale files: what a configuration no longer yields is removed, and only
//! what it once wrote itself.
//!
//! First everything is compared (`plan`); then, and only if nothing stands in the way of any site, everything is written
//! (`Output`). Comparing and writing share the plan, so `--check` and `--out` cannot disagree.

mod diff;
mod left_behind;
mod lock;
mod plan;
mod replace;
mod stage;
mod write;

pub(crate) use diff::{diff, diff_of};
pub(crate) use left_behind::left_behind;
pub(crate) use plan::{Action, Obstacle, Plan, plan, twins};
pub(crate) use replace::{replace, rewrite};
pub(crate) use write::{Output, Waiting, WriteFault, not_a_link};
