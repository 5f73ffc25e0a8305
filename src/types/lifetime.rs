//! Lengths of time as Go prints them (`time.Duration.String`), which is how cert-manager and the API server compare them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Refusal;

/// A positive number of whole seconds. Read as a Go duration (`720h`, `1h30m`) or in days (`90d`); printed in Go's
/// canonical form (`2160h0m0s`), because another spelling is an endless difference to Argo CD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Lifetime(u64);

/// A Go duration is an int64 of nanoseconds: about 292 years.
const MAX_SECONDS: u64 = i64::MAX as u64 / 1_000_000_000;

impl Lifetime {
    pub(crate) const fn hours(hours: u64) -> Self {
        Self(hours * 3600)
    }

    pub(crate) const fn minutes(minutes: u64) -> Self {
        Self(minutes * 60)
    }

    pub(crate) fn seconds(self) -> u64 {
        self.0
    }

    /// A third of it, at least a second: when cert-manager renews if nothing else is said.
    pub(crate) fn third(self) -> Self {
        Self((self.0 / 3).max(1))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let form = || {
            Refusal::because(
                "it is no length of time: write hours, such as `2160h`, or days, such as `90d`",
            )
        };
        let mut nanos: u128 = 0;
        let mut rest = text;
        if text.is_empty() {
            return Err(form());
        }
        while !rest.is_empty() {
            let (number, tail) = split_while(rest, |c| c.is_ascii_digit() || c == '.');
            let (unit, tail) = split_while(tail, |c| !(c.is_ascii_digit() || c == '.'));
            let factor = unit_nanos(unit).ok_or_else(form)?;
            nanos = decimal(number, factor)
                .and_then(|n| nanos.checked_add(n))
                .ok_or_else(form)?;
            rest = tail;
        }
        if !nanos.is_multiple_of(1_000_000_000) {
            return Err(Refusal::because("certificates count whole seconds"));
        }
        match u64::try_from(nanos / 1_000_000_000) {
            Ok(0) => Err(Refusal::because("it is no time at all")),
            Ok(seconds) if seconds <= MAX_SECONDS => Ok(Self(seconds)),
            _ => Err(Refusal::because(
                "it is longer than a Go duration can hold (about 292 years)",
            )),
        }
    }
}

pub(super) fn check(text: &str) -> Result<(), Refusal> {
    Lifetime::parse(text).map(|_| ())
}

fn split_while(text: &str, test: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !test(c)).unwrap_or(text.len()))
}

fn unit_nanos(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    })
}

/// `number` times `factor`, exactly; none if it is no number, too long, or no whole number of nanoseconds.
fn decimal(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() > 18
        || (whole.is_empty() && fraction.is_empty())
        || fraction.contains('.')
    {
        return None;
    }
    let digits = |s: &str| {
        if s.is_empty() {
            Some(0)
        } else {
            s.parse::<u128>().ok()
        }
    };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = digits(fraction)? * factor;
    part.is_multiple_of(scale).then_some(())?;
    digits(whole)?
        .checked_mul(factor)?
        .checked_add(part / scale)
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        match (hours, minutes) {
            (0, 0) => write!(f, "{seconds}s"),
            (0, _) => write!(f, "{minutes}m{seconds}s"),
            _ => write!(f, "{hours}h{minutes}m{seconds}s"),
        }
    }
}

impl TryFrom<String> for Lifetime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|refusal| refusal.reason)
    }
}

impl From<Lifetime> for String {
    fn from(lifetime: Lifetime) -> Self {
        lifetime.to_string()
    }
}

impl schemars::JsonSchema for Lifetime {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lifetime".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "go-duration",
            "description": "A length of time: hours, minutes and seconds as Go writes them (2160h, 1h30m), or days (90d)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<String> {
        Lifetime::parse(text).ok().map(|l| l.to_string())
    }

    #[test]
    fn spellings_become_canonical() {
        for (text, expected) in [
            ("2160h", "2160h0m0s"),
            ("90d", "2160h0m0s"),
            ("1.5h", "1h30m0s"),
            ("1d12h", "36h0m0s"),
            ("90m", "1h30m0s"),
            ("5m", "5m0s"),
            ("30s", "30s"),
            ("3600000ms", "1h0m0s"),
            ("2160h0m0s", "2160h0m0s"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "", "90", "h", "-1h", "1x", "P90D", "1 h", "1h ", "0h", "1.h.2", "500ms", "1y", ".h",
            "1..5h", "+1h",
        ] {
            assert_eq!(canonical(text), None, "{text:?}");
        }
        assert_eq!(canonical("2562047h"), Some("2562047h0m0s".to_owned()));
        assert_eq!(canonical("2562048h"), None);
        assert_eq!(canonical(&"9".repeat(400)), None);
        assert_eq!(canonical(&format!("{}h", "9".repeat(400))), None);
    }

    proptest! {
        #[test]
        fn printing_and_reading_is_the_identity(seconds in 1..MAX_SECONDS) {
            let lifetime = Lifetime(seconds);
            prop_assert_eq!(Lifetime::parse(&lifetime.to_string()).ok(), Some(lifetime));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Lifetime::parse(&text);
        }
    }
}
