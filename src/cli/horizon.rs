//! How far a rehearsal looks: `--horizon`.

use time::OffsetDateTime;

use crate::types::Lifetime;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Horizon {
    Years(i32),
    Span(Lifetime),
}

/// Nobody's PKI is planned further.
const MAX_YEARS: i32 = 100;

pub(super) fn parse_horizon(text: &str) -> Result<Horizon, String> {
    let too_far = || format!("at most {MAX_YEARS}y: nobody's roots are planned further");
    if let Some(years) = text.strip_suffix('y') {
        return match years.parse::<u32>() {
            Ok(0) => Err("a rehearsal of no time shows nothing: write 5y".to_owned()),
            Ok(years) => match i32::try_from(years) {
                Ok(years) if years <= MAX_YEARS => Ok(Horizon::Years(years)),
                _ => Err(too_far()),
            },
            Err(_) => Err("write whole years, such as 5y, or days, such as 400d".to_owned()),
        };
    }
    let span = Lifetime::parse(text).map_err(|_| {
        let zero = text.chars().all(|c| c == '0' || !c.is_ascii_digit()) && text.contains('0');
        let why = if zero {
            "a rehearsal of no time shows nothing"
        } else {
            "this is no length of time"
        };
        format!("{why}: write years, days or hours, such as 5y, 400d or 2160h")
    })?;
    if span > Lifetime::hours(u64::from(MAX_YEARS.unsigned_abs()) * 8766) {
        Err(too_far())
    } else {
        Ok(Horizon::Span(span))
    }
}

impl Horizon {
    pub(super) fn after(self, from: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::Years(years) => {
                let year = from.year() + years;
                // The 29th of February has no namesake in most years.
                from.replace_year(year)
                    .or_else(|_| (from - time::Duration::DAY).replace_year(year))
                    .ok()
            }
            Self::Span(span) => from.checked_add(time::Duration::seconds(
                i64::try_from(span.seconds()).unwrap_or(i64::MAX),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_on_both_sides_of_each_bound() {
        for (text, expected) in [("1y", Horizon::Years(1)), ("100y", Horizon::Years(100))] {
            assert_eq!(parse_horizon(text), Ok(expected), "{text}");
        }
        for text in ["400d", "2160h", "876600h", "1s"] {
            assert!(
                matches!(parse_horizon(text), Ok(Horizon::Span(_))),
                "{text}"
            );
        }
        for text in [
            "0",
            "0y",
            "0h",
            "0d",
            "101y",
            "500y",
            "876601h",
            "-1y",
            "1.5y",
            "",
            "y",
            "5",
            "5 y",
            "99999999999y",
        ] {
            assert!(parse_horizon(text).is_err(), "{text}");
        }
    }

    #[test]
    fn years_are_those_of_the_calendar() {
        use time::macros::datetime;
        let after = |from| Horizon::Years(1).after(from);
        assert_eq!(
            after(datetime!(2027-03-01 9:00 UTC)),
            Some(datetime!(2028-03-01 9:00 UTC))
        );
        assert_eq!(
            after(datetime!(2028-02-29 9:00 UTC)),
            Some(datetime!(2029-02-28 9:00 UTC))
        );
    }
}
