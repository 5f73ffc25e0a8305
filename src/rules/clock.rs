//! The only way in which a rule sees the time, so that it is known until when a judgement holds.

use std::cell::Cell;
use std::ops::RangeInclusive;

use time::{Duration, OffsetDateTime};

use super::Terms;
use crate::types::{Date, Lifetime};

/// The instant of one judgement. Answers questions about it, and remembers between which instants every answer is the same.
#[derive(Debug)]
pub(crate) struct Clock {
    now: OffsetDateTime,
    /// A CA certificate that ends sooner than this is an error.
    pub(super) fail_if_expires_within: Option<Lifetime>,
    since: Cell<OffsetDateTime>,
    until: Cell<OffsetDateTime>,
}

impl Terms {
    /// A clock for one judgement on these terms.
    pub(crate) fn clock(self) -> Clock {
        Clock {
            now: self.now,
            fail_if_expires_within: self.fail_if_expires_within,
            since: Cell::new(time::Date::MIN.midnight().assume_utc()),
            until: Cell::new(time::Date::MAX.midnight().assume_utc()),
        }
    }
}

impl Clock {
    /// Whether `instant` is still to come.
    pub(super) fn is_before(&self, instant: OffsetDateTime) -> bool {
        self.narrow(instant);
        self.now < instant
    }

    /// Whether `instant` has passed.
    pub(super) fn is_after(&self, instant: OffsetDateTime) -> bool {
        self.narrow(instant);
        self.now > instant
    }

    /// Whether a day is over.
    pub(super) fn is_over(&self, day: Date) -> bool {
        day.end().is_some_and(|end| !self.is_before(end))
    }

    /// How long it is to `instant`, to say so in a finding: what is found is judged anew each time.
    pub(super) fn to(&self, instant: OffsetDateTime) -> Duration {
        instant - self.now
    }

    /// The instants at which every answer so far is the same.
    pub(crate) fn holds(&self) -> RangeInclusive<OffsetDateTime> {
        self.since.get()..=self.until.get()
    }

    fn narrow(&self, instant: OffsetDateTime) {
        let step = Duration::NANOSECOND;
        if instant >= self.now {
            let before = if instant == self.now {
                instant
            } else {
                instant.saturating_sub(step)
            };
            self.until.set(self.until.get().min(before));
        }
        if instant <= self.now {
            let behind = if instant == self.now {
                instant
            } else {
                instant.saturating_add(step)
            };
            self.since.set(self.since.get().max(behind));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The law that it is made for: within what it says, another clock gives the same answers.
        #[test]
        fn answers_are_the_same_while_they_hold(
            now in -3..3_i64,
            instants in prop::collection::vec(-3..3_i64, 0..6),
            other in -3..3_i64,
        ) {
            let at = |nanoseconds| OffsetDateTime::UNIX_EPOCH + Duration::nanoseconds(nanoseconds);
            let clock = |now| Terms { now: at(now), fail_if_expires_within: None }.clock();
            let answers = |clock: &Clock| {
                let both = |instant: &i64| (clock.is_before(at(*instant)), clock.is_after(at(*instant)));
                instants.iter().map(both).collect::<Vec<_>>()
            };
            let (one, two) = (clock(now), clock(other));
            let (first, second) = (answers(&one), answers(&two));
            prop_assert!(one.holds().contains(&at(now)));
            if one.holds().contains(&at(other)) {
                prop_assert_eq!(first, second);
            }
        }
    }

    #[test]
    fn a_day_is_over_when_the_next_begins() {
        let day = Date::parse("2027-06-30").expect("a date");
        let clock = |now| {
            Terms {
                now,
                fail_if_expires_within: None,
            }
            .clock()
        };
        let midnight = time::macros::datetime!(2027-07-01 00:00 UTC);
        assert!(clock(midnight).is_over(day));
        let before = clock(midnight - Duration::NANOSECOND);
        assert!(!before.is_over(day) && !before.holds().contains(&midnight));
        assert!(!clock(midnight).is_over(Date::parse("9999-12-31").expect("the last day")));
    }
}
