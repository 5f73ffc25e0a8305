//! The rehearsal: what the cluster will do for years to come, before the first apply.
//!
//! A trust becomes a [`Plan`]; a virtual clock lets it happen: cert-manager issues and renews, trust-manager rebuilds bundles,
//! files appear in volumes, workloads read them. Certificates are real, and each handshake is judged by a real verifier on the
//! bytes that both sides hold at that instant. Out comes a [`Rehearsal`]. Private keys live in memory only.

mod assume;
mod cast;
mod cert_manager;
mod finding;
mod handshake;
mod issue;
mod keys;
mod moment;
mod plan;
mod report;
mod signatures;
mod stand_ins;
mod state;
mod steps;
mod trust_manager;
mod turning;
mod verdict;
mod workloads;
mod world;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use crate::diagnostic::{Bug, RuleInfo};

pub(crate) use assume::Assumptions;
pub(crate) use cast::{Terms, cast};
pub(crate) use finding::findings;
pub(crate) use plan::Plan;
pub(crate) use report::{Rehearsed, Report, human, json, json_begin, json_end, json_item, svg};
pub(crate) use steps::Steps;
pub(crate) use verdict::Rehearsal;

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[&finding::HANDSHAKE_FAILS];

/// Why there is no rehearsal.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Too many certificates would be issued.
    TooMuch {
        limit: usize,
        reached: String,
    },
    Bug(Bug),
}

impl From<Bug> for Fault {
    fn from(bug: Bug) -> Self {
        Self::Bug(bug)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMuch { limit, reached } => {
                write!(
                    f,
                    "more than {limit} certificates would be issued by {reached}: shorten --horizon"
                )
            }
            Self::Bug(bug) => bug.fmt(f),
        }
    }
}

/// About how many certificates a plan issues, without issuing any.
fn expected(plan: &Plan) -> usize {
    let span = (plan.until - plan.from).whole_seconds();
    let renewals = plan
        .changes
        .iter()
        .filter_map(|change| match &change.action {
            plan::Action::Certificate(certificate) => {
                let due = cert_manager::renewal_time(
                    plan.from,
                    moment::later(plan.from, certificate.duration),
                    certificate.renewal,
                );
                due.map(|due| span / (due - plan.from).whole_seconds().max(1))
            }
            _ => None,
        });
    usize::try_from(renewals.fold(0_i64, i64::saturating_add)).unwrap_or(usize::MAX)
}

/// Lets a plan happen.
///
/// # Errors
/// A plan whose certificates live so short that there would be too many of them; or a [`Bug`].
pub(crate) fn rehearse(plan: &Plan) -> Result<Rehearsal, Fault> {
    rehearse_within(plan, MAX_ISSUED)
}

/// More certificates than this are no rehearsal of a site.
const MAX_ISSUED: usize = 20_000;

fn rehearse_within(plan: &Plan, limit: usize) -> Result<Rehearsal, Fault> {
    if expected(plan) > limit {
        return Err(Fault::TooMuch {
            limit,
            reached: moment::day(plan.until),
        });
    }
    let mut world = world::World::new(plan)?;
    world.run(limit)?;
    Ok(Rehearsal::of(plan, world))
}
