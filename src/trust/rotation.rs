//! A rotation of roots: what is in force in its phase, and when the others come.

use time::{Duration, OffsetDateTime, Time};

use super::{Anchor, Located, Signing, Trust};
use crate::config::Phase;
use crate::types::{Date, DnsLabel};

/// One root replaces another.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    pub(crate) from: Located<DnsLabel>,
    pub(crate) to: Located<DnsLabel>,
    pub(crate) phase: Located<Phase>,
    pub(crate) switch_after: Option<Located<Date>>,
    /// The anchor that clients do not trust in this phase: the new one before it is distributed, the old one at the end.
    pub(crate) absent: Option<Anchor>,
    /// What signs on the other side of the switch.
    pub(crate) other: Signing,
    /// Which of what `rotation.issuer` says does not fit the type of issuer.
    pub(crate) misfits: Vec<Located<&'static str>>,
}

/// When the phases that are still to come begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) distribute: Option<OffsetDateTime>,
    pub(crate) switch: OffsetDateTime,
    pub(crate) retire: OffsetDateTime,
}

/// How long clients have the new root before anything is signed under it, if the configuration does not say.
const DISTRIBUTED_FOR: Duration = Duration::days(7);

impl Rotation {
    /// The instant from which on the issuer may be switched, as the configuration says.
    pub(crate) fn switched(&self) -> Option<OffsetDateTime> {
        self.switch_after.as_ref().and_then(|day| day.value.end())
    }

    /// The instant from which on nothing lives that the old issuer signed.
    pub(crate) fn safe_to_retire(&self, longest: Duration) -> Option<OffsetDateTime> {
        self.switched()
            .and_then(|switched| switched.checked_add(longest))
            .map(day_after)
    }

    /// When the phases that are still to come begin, each as early as is safe.
    pub(crate) fn schedule(&self, trust: &Trust, now: OffsetDateTime) -> Schedule {
        let phase = self.phase.value;
        let tomorrow = day_after(now);
        let distribute = (phase == Phase::Prepare).then_some(tomorrow);
        let known = distribute.unwrap_or(tomorrow);
        let switch = match self.switched() {
            Some(switched) if phase >= Phase::Switch => switched,
            Some(switched) => switched.max(distribute.map_or(tomorrow, |at| at + Duration::DAY)),
            None if phase >= Phase::Switch => now,
            None => known + DISTRIBUTED_FOR,
        };
        // Nothing is signed under a root that is not valid yet.
        let begins = self
            .begins(trust)
            .map(day_after)
            .filter(|_| phase < Phase::Switch);
        let switch = begins.map_or(switch, |begins| switch.max(begins));
        let retire = switch
            .checked_add(trust.longest_life())
            .map_or(switch, day_after);
        Schedule {
            distribute,
            switch,
            retire,
        }
    }

    /// When the new root begins.
    pub(crate) fn begins(&self, trust: &Trust) -> Option<OffsetDateTime> {
        let anchors = trust
            .anchors
            .iter()
            .chain(&self.absent)
            .filter(|anchor| anchor.name.value == self.to.value);
        anchors
            .flat_map(|anchor| &anchor.certificates)
            .map(|certificate| certificate.not_before)
            .max()
    }
}

impl Trust {
    /// The longest that anything can live that the issuer signs.
    pub(crate) fn longest_life(&self) -> Duration {
        let leaves = self.certificates.iter().map(|leaf| leaf.duration.value);
        let longest = leaves
            .chain([self.broker.certificate.duration])
            .max()
            .map_or(0, |life| life.seconds());
        // An intermediate that cert-manager makes goes on signing until its own end.
        let above = match &self.issuer.signing {
            Signing::Intermediate(intermediate) => {
                intermediate.certificate.duration.value.seconds()
            }
            _ => 0,
        };
        Duration::seconds(i64::try_from(longest.saturating_add(above)).unwrap_or(i64::MAX))
    }
}

/// The first midnight that is not before `at`.
fn day_after(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(time::UtcOffset::UTC);
    if at.time() == Time::MIDNIGHT {
        return at;
    }
    at.date()
        .next_day()
        .map_or(at, |day| day.midnight().assume_utc())
}
