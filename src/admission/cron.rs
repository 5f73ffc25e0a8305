//! Cron expressions in the dialect of the library that cert-manager uses (robfig/cron `ParseStandard`): five fields, or a
//! descriptor. No crate speaks it: they count Sundays differently, or want seconds.

use super::go;

struct Bounds {
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const NONE: &[&str] = &[];
const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Bounds; 5] = [
    Bounds {
        low: 0,
        high: 59,
        names: NONE,
    },
    Bounds {
        low: 0,
        high: 23,
        names: NONE,
    },
    Bounds {
        low: 1,
        high: 31,
        names: NONE,
    },
    Bounds {
        low: 1,
        high: 12,
        names: MONTHS,
    },
    Bounds {
        low: 0,
        high: 6,
        names: DAYS,
    },
];

const DESCRIPTORS: &[&str] = &[
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Whether the expression parses.
pub(super) fn is_standard(text: &str) -> bool {
    let Some(text) = without_zone(text) else {
        return false;
    };
    if text.starts_with('@') {
        let every = text.strip_prefix("@every ").and_then(go::duration);
        return DESCRIPTORS.contains(&text) || every.is_some();
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    fields.len() == FIELDS.len()
        && fields
            .iter()
            .zip(&FIELDS)
            .all(|(field, bounds)| bounds.takes(field))
}

/// The expression without a leading `TZ=` or `CRON_TZ=`; none if that names no time zone.
fn without_zone(text: &str) -> Option<&str> {
    let zoned = text
        .strip_prefix("CRON_TZ=")
        .or_else(|| text.strip_prefix("TZ="));
    let Some(zoned) = zoned else {
        return Some(text);
    };
    let (zone, rest) = zoned.split_once(' ')?;
    go::is_time_zone(zone).then(|| rest.trim())
}

impl Bounds {
    fn takes(&self, field: &str) -> bool {
        // Empty items between commas are dropped, as the library does.
        let mut items = field.split(',').filter(|item| !item.is_empty()).peekable();
        items.peek().is_some() && items.all(|item| self.takes_range(item))
    }

    fn takes_range(&self, item: &str) -> bool {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        if step.is_some_and(|step| number(step).is_none_or(|n| n == 0)) {
            return false;
        }
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (first, Some(last)),
            None => (range, None),
        };
        if matches!(first, "*" | "?") {
            return last.is_none();
        }
        let Some(first) = self.value(first) else {
            return false;
        };
        let last = last.map_or(Some(first), |last| self.value(last));
        last.is_some_and(|last| first <= last)
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = named
            .and_then(|n| u32::try_from(n).ok())
            .map(|n| n + self.low)
            .or_else(|| number(text))?;
        (self.low..=self.high).contains(&value).then_some(value)
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides() {
        for text in [
            "0 0 * * *",
            "*/5 0-23 1,15 JAN-mar mon",
            "59 23 31 12 6",
            "0 0 1 1 0",
            "0 2 ? * *",
            "@daily",
            "@every 1h",
            "TZ=Europe/Berlin 0 0 * * *",
            "0/10 * * * *",
        ] {
            assert!(is_standard(text), "{text}");
        }
        for text in [
            "",
            "daily",
            "@Daily",
            "@every 1d",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 0 *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "*-5 * * * *",
            ", * * * *",
            "a * * * *",
            "TZ=Nowhere 0 0 * * *",
            "1/2/3 * * * *",
            "-1 * * * *",
        ] {
            assert!(!is_standard(text), "{text}");
        }
    }
}
