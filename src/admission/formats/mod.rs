//! Formats of strings and numbers in the schemas of definitions, as the API server checks them.
//!
//! It checks those that it supports and ignores all others. Most are what Go's standard library parses, with its quirks; a
//! table of answers of the real validators stands beside the tests (`tests/differential/formats`).

mod codes;
mod email;
mod network;
mod time;
mod uri;

use serde_json::Number;

/// A format that the API server checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    BsonObjectId,
    Byte,
    Cidr,
    CreditCard,
    Date,
    DateTime,
    Duration,
    Email,
    Float,
    HexColor,
    Hostname,
    Int32,
    Ipv4,
    Ipv6,
    Isbn,
    Isbn10,
    Isbn13,
    LongName,
    Mac,
    RgbColor,
    ShortName,
    Ssn,
    Uri,
    Uuid,
    Uuid3,
    Uuid4,
    Uuid5,
}

impl Format {
    /// The format of a name in a schema of a type (`string`, `integer`, `number`, or empty); none if it is not checked.
    /// Dashes in names do not count: `date-time` and `datetime` are one format.
    pub(super) fn of(name: &str, kind: &str) -> Option<Self> {
        let name = name.replace('-', "");
        match (kind, name.as_str()) {
            ("integer", "int32") => Some(Self::Int32),
            ("number", "float") => Some(Self::Float),
            ("" | "string", name) => Self::of_text(name),
            _ => None,
        }
    }

    fn of_text(name: &str) -> Option<Self> {
        Some(match name {
            "bsonobjectid" => Self::BsonObjectId,
            "byte" => Self::Byte,
            "cidr" => Self::Cidr,
            "creditcard" => Self::CreditCard,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "duration" => Self::Duration,
            "email" => Self::Email,
            "hexcolor" => Self::HexColor,
            "hostname" => Self::Hostname,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "isbn" => Self::Isbn,
            "isbn10" => Self::Isbn10,
            "isbn13" => Self::Isbn13,
            "k8slongname" => Self::LongName,
            "k8sshortname" => Self::ShortName,
            "mac" => Self::Mac,
            "rgbcolor" => Self::RgbColor,
            "ssn" => Self::Ssn,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            "uuid3" => Self::Uuid3,
            "uuid4" => Self::Uuid4,
            "uuid5" => Self::Uuid5,
            _ => return None,
        })
    }

    pub(super) fn takes_text(self, text: &str) -> bool {
        match self {
            Self::BsonObjectId => text.len() == 24 && codes::is_hex(text),
            Self::Byte => codes::is_base64(text),
            Self::Cidr => network::is_cidr(text),
            Self::CreditCard => codes::is_credit_card(text),
            Self::Date => time::is_date(text),
            Self::DateTime => time::is_date_time(text),
            Self::Duration => time::is_duration(text),
            Self::Email => email::is_address(text),
            Self::HexColor => codes::is_hex_color(text),
            Self::Hostname => network::is_hostname(text),
            Self::Ipv4 => network::is_ipv4(text),
            Self::Ipv6 => network::is_ipv6(text),
            Self::Isbn => codes::is_isbn10(text) || codes::is_isbn13(text),
            Self::Isbn10 => codes::is_isbn10(text),
            Self::Isbn13 => codes::is_isbn13(text),
            Self::LongName => text.len() <= 253 && text.split('.').all(codes::is_name),
            Self::Mac => network::is_mac(text),
            Self::RgbColor => codes::is_rgb_color(text),
            Self::ShortName => text.len() <= 63 && codes::is_name(text),
            Self::Ssn => codes::is_ssn(text),
            Self::Uri => uri::is_request_uri(text),
            Self::Uuid => codes::is_uuid(text, None),
            Self::Uuid3 => codes::is_uuid(text, Some('3')),
            Self::Uuid4 => codes::is_uuid(text, Some('4')),
            Self::Uuid5 => codes::is_uuid(text, Some('5')),
            Self::Float | Self::Int32 => true,
        }
    }

    pub(super) fn takes_number(self, number: &Number) -> bool {
        let value = number.as_f64().unwrap_or_default();
        match self {
            Self::Int32 => (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value),
            // What is rounded to the largest float32 is none too large.
            #[expect(clippy::cast_possible_truncation, reason = "this is the question")]
            Self::Float => (value as f32).is_finite(),
            _ => true,
        }
    }

    /// What must be there instead.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::BsonObjectId => "a BSON object ID of 24 hexadecimal digits",
            Self::Byte => "base64",
            Self::Cidr => "a CIDR, such as 10.0.0.0/8",
            Self::CreditCard => "a credit card number",
            Self::Date => "a date, such as 2026-01-31",
            Self::DateTime => "a date and time of RFC 3339, such as 2026-01-31T12:00:00Z",
            Self::Duration => "a duration, such as 1h30m",
            Self::Email => "an email address",
            Self::Float => "a number that a 32-bit float can hold",
            Self::HexColor => "a color, such as #00ff00",
            Self::Hostname => "a host name",
            Self::Int32 => "an integer of 32 bits",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Isbn => "an ISBN",
            Self::Isbn10 => "an ISBN of 10 digits",
            Self::Isbn13 => "an ISBN of 13 digits",
            Self::LongName => {
                "a name of lowercase letters, digits, `-` and `.`, at most 253 characters"
            }
            Self::Mac => "a MAC address",
            Self::RgbColor => "a color, such as rgb(0,255,0)",
            Self::ShortName => "a name of lowercase letters, digits and `-`, at most 63 characters",
            Self::Ssn => "a social security number, such as 123-45-6789",
            Self::Uri => "an absolute URI, or an absolute path",
            Self::Uuid => "a UUID",
            Self::Uuid3 => "a UUID of version 3",
            Self::Uuid4 => "a UUID of version 4",
            Self::Uuid5 => "a UUID of version 5",
        }
    }
}

#[cfg(test)]
mod tests;
