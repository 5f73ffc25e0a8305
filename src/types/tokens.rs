//! Small tokens: dates, fingerprints, addresses, versions.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::macros::format_description;

use super::{Refusal, checked_string};

checked_string!(
    /// An IP address without prefix length or zone.
    IpAddress, "ip-address", check_ip,
    "An IP address, IPv4 or IPv6"
);

/// A day, `2027-06-30`. It ends when the day ends, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Date(time::Date);

impl Date {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        time::Date::parse(text, format_description!("[year]-[month]-[day]"))
            .map(Self)
            .map_err(|_| {
                Refusal::because("it is no date: write year, month and day, such as `2027-06-30`")
            })
    }

    /// The instant at which the day is over; none on the last day of the calendar.
    pub(crate) fn end(self) -> Option<time::OffsetDateTime> {
        self.0.next_day().map(|next| next.midnight().assume_utc())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The SHA-256 digest of a certificate's DER, as PKI teams hand it over: hex in any case, with or without colons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let hex: String = text
            .chars()
            .filter(|c| !matches!(c, ':' | ' '))
            .collect::<String>()
            .to_lowercase();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(hex));
        }
        let reason = format!(
            "a SHA-256 fingerprint has 64 hex digits, this has {}",
            hex.chars().count()
        );
        Err(Refusal::because(reason)
            .suggest("openssl x509 -in FILE -noout -fingerprint -sha256 prints it"))
    }

    /// 64 lower-case hex digits.
    pub(crate) fn hex(&self) -> &str {
        &self.0
    }
}

/// A release line, `1.21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Version {
    pub(crate) major: u16,
    pub(crate) minor: u16,
}

impl Version {
    pub(crate) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let form = || {
            Refusal::because("a version is written as two numbers in quotes, such as `\"1.21\"`")
        };
        let number = |s: &str| {
            if s.is_empty() || s.starts_with('+') {
                None
            } else {
                s.parse::<u16>().ok()
            }
        };
        let (major, minor) = text
            .strip_prefix('v')
            .unwrap_or(text)
            .split_once('.')
            .ok_or_else(form)?;
        let minor = minor.split_once('.').map_or(minor, |(minor, _)| minor);
        match (number(major), number(minor)) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => Err(form()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

pub(super) fn check_date(text: &str) -> Result<(), Refusal> {
    Date::parse(text).map(|_| ())
}

pub(super) fn check_fingerprint(text: &str) -> Result<(), Refusal> {
    Fingerprint::parse(text).map(|_| ())
}

pub(super) fn check_version(text: &str) -> Result<(), Refusal> {
    Version::parse(text).map(|_| ())
}

pub(super) fn check_ip(text: &str) -> Result<(), Refusal> {
    let reason = "it is no IP address: no prefix length, port, zone or leading zeros";
    text.parse::<IpAddr>()
        .map(|_| ())
        .map_err(|_| Refusal::because(reason))
}

/// Conversions and schema of a token that is written as a string.
macro_rules! token {
    ($name:ident, $format:literal, $description:literal, |$value:ident| $text:expr) => {
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).map_err(|refusal| refusal.reason)
            }
        }
        impl From<$name> for String {
            fn from($value: $name) -> Self {
                $text
            }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "format": $format, "description": $description})
            }
        }
    };
}

token!(
    Date,
    "calendar-date",
    "A day: year, month and day, such as 2027-06-30",
    |value| value.to_string()
);
token!(
    Fingerprint,
    "sha256",
    "The SHA-256 digest of a certificate: 64 hex digits, colons allowed",
    |value| value.0
);
token!(
    Version,
    "version",
    "A release: two numbers in quotes, such as \"1.21\"",
    |value| value.to_string()
);

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let day = Date::parse("2027-06-30").expect("a date");
        assert_eq!(day.end(), Some(datetime!(2027-07-01 00:00 UTC)));
        assert_eq!(Date::parse("9999-12-31").ok().and_then(Date::end), None);
        for text in [
            "2027-6-30",
            "2027-02-30",
            "30.06.2027",
            "",
            "2027-06-30T00:00:00Z",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fingerprints_in_every_spelling() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let colons: Vec<String> = hex
            .as_bytes()
            .chunks(2)
            .map(|c| String::from_utf8_lossy(c).to_uppercase())
            .collect();
        assert_eq!(
            Fingerprint::parse(&colons.join(":"))
                .expect("a fingerprint")
                .hex(),
            hex
        );
        assert!(Fingerprint::parse(&hex[1..]).is_err());
        assert!(Fingerprint::parse(&format!("{hex}0")).is_err());
        assert!(Fingerprint::parse(&hex.replace('9', "g")).is_err());
    }

    #[test]
    fn versions() {
        assert_eq!(Version::parse("1.21"), Ok(Version::new(1, 21)));
        assert_eq!(Version::parse("v1.21.3"), Ok(Version::new(1, 21)));
        assert!(Version::new(1, 9) < Version::new(1, 21));
        for text in ["1", "", "1.x", "latest", "1.", "+1.2", "1.70000"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses() {
        assert!(check_ip("10.0.0.1").is_ok() && check_ip("2001:db8::1").is_ok());
        for text in ["10.0.0.0/8", "010.0.0.2", "1.2.3.4:443", "fe80::1%eth0", ""] {
            assert!(check_ip(text).is_err(), "{text}");
        }
    }
}
