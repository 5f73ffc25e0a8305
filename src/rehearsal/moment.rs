//! Instants as reports write them: UTC, to the minute where that is exact.

use time::OffsetDateTime;
use time::macros::format_description;

/// `2027-06-14 09:00`, with seconds if there are any.
pub(super) fn shown(at: OffsetDateTime) -> String {
    let minutes = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let seconds = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let text = if at.second() == 0 {
        at.format(minutes)
    } else {
        at.format(seconds)
    };
    text.unwrap_or_else(|_| at.to_string())
}

/// The day of `at`, or the moment if it is not a day's beginning.
pub(super) fn day(at: OffsetDateTime) -> String {
    if at.time() == time::Time::MIDNIGHT {
        at.date().to_string()
    } else {
        shown(at)
    }
}

/// `at` and a while; the end of time if that is later than a calendar can say.
pub(super) fn later(at: OffsetDateTime, delay: time::Duration) -> OffsetDateTime {
    at.checked_add(delay).unwrap_or(END_OF_TIME)
}

/// The last second that a certificate can name (RFC 5280 4.1.2.5).
pub(super) const END_OF_TIME: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

#[cfg(test)]
pub(super) use reading::{read, read_duration, read_some};

#[cfg(test)]
mod reading {
    use serde::{Deserialize, Deserializer, de::Error};
    use time::{Duration, OffsetDateTime};

    use crate::types::Lifetime;

    fn parse(text: &str) -> Option<OffsetDateTime> {
        let (day, hour) = text.split_once(' ').unwrap_or((text, "00:00"));
        let hour = if hour.len() == 5 {
            format!("{hour}:00")
        } else {
            hour.to_owned()
        };
        OffsetDateTime::parse(
            &format!("{day}T{hour}Z"),
            &time::format_description::well_known::Rfc3339,
        )
        .ok()
    }

    pub(in crate::rehearsal) fn read<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<OffsetDateTime, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).ok_or_else(|| D::Error::custom(format!("no moment: {text}")))
    }

    pub(in crate::rehearsal) fn read_some<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        read(from).map(Some)
    }

    pub(in crate::rehearsal) fn read_duration<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        let life =
            Lifetime::parse(&text).map_err(|_| D::Error::custom(format!("no duration: {text}")))?;
        Ok(Duration::seconds(
            i64::try_from(life.seconds()).map_err(D::Error::custom)?,
        ))
    }
}
