//! What a scalar is to kubectl: the types of YAML 1.1 as go-yaml v2 has them, then JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Number, Value};

use super::document::Scalar;

/// The tags of YAML begin so.
const YAML: &str = "tag:yaml.org,2002:";

/// A value with the type that go-yaml gives it. Between integers and floats JSON makes no difference, keys do.
#[derive(Clone, Debug, PartialEq)]
enum Typed {
    Null,
    Bool(bool),
    Int(i64),
    /// Above what an `i64` holds.
    Large(u64),
    Float(f64),
    Text(String),
}

/// Whether it is the key that merges other mappings into its own.
pub(super) fn is_merge_key(scalar: &Scalar) -> bool {
    let by_tag = scalar.tag.as_deref().and_then(of_yaml) == Some("merge");
    scalar.text == "<<" && (by_tag || scalar.plain && scalar.tag.is_none())
}

/// The JSON value of a scalar.
pub(super) fn value(scalar: &Scalar) -> Result<Value, &'static str> {
    Ok(match typed(scalar)? {
        Typed::Null => Value::Null,
        Typed::Bool(boolean) => boolean.into(),
        Typed::Int(number) => number.into(),
        Typed::Large(number) => float_value(number as f64)?,
        Typed::Float(number) => float_value(number)?,
        Typed::Text(text) => text.into(),
    })
}

/// The text that a scalar is as a key: sigs.k8s.io/yaml writes numbers and booleans out.
pub(super) fn key(scalar: &Scalar) -> Result<String, &'static str> {
    match typed(scalar)? {
        Typed::Null => Err("a key must be text, and this is null: quote it"),
        Typed::Bool(boolean) => Ok(boolean.to_string()),
        Typed::Int(number) => Ok(number.to_string()),
        Typed::Large(_) => {
            Err("a key must be text, and this number is too large for one: quote it")
        }
        Typed::Float(number) => Ok(float_key(number)),
        Typed::Text(text) => Ok(text),
    }
}

/// Kubernetes reads whole numbers as integers again when Go has printed them without a point.
fn float_value(number: f64) -> Result<Value, &'static str> {
    if !number.is_finite() {
        return Err("JSON, and so the API server, knows no infinity and no NaN");
    }
    // What an `i64` holds, both ends exclusive: -2^63 is printed as an integer as well, and is one.
    let is_integer = number.fract() == 0.0 && number >= -(2f64.powi(63)) && number < 2f64.powi(63);
    if is_integer {
        return Ok((number as i64).into());
    }
    Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
}

/// As Go's `strconv.FormatFloat(number, 'g', -1, 32)` prints it: the shortest digits that are the same single-precision float.
fn float_key(number: f64) -> String {
    let single = number as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{single}")
}

fn of_yaml(tag: &str) -> Option<&str> {
    tag.strip_prefix(YAML)
}

fn typed(scalar: &Scalar) -> Result<Typed, &'static str> {
    let text = scalar.text.as_str();
    let tag = match scalar.tag.as_deref() {
        None if scalar.plain => return Ok(resolve(text)),
        None => return Ok(Typed::Text(text.to_owned())),
        // To go-yaml other tags mean nothing: what they stand at is text.
        Some(tag) => of_yaml(tag).unwrap_or_default(),
    };
    match (tag, resolve(text)) {
        ("binary", _) => binary(text).map(Typed::Text),
        ("null", Typed::Null) => Ok(Typed::Null),
        ("bool", Typed::Bool(boolean)) => Ok(Typed::Bool(boolean)),
        ("int", number @ (Typed::Int(_) | Typed::Large(_))) => Ok(number),
        ("float", Typed::Int(number)) => Ok(Typed::Float(number as f64)),
        ("float", Typed::Float(number)) => Ok(Typed::Float(number)),
        ("timestamp", _) if is_timestamp(text) => Ok(Typed::Text(text.to_owned())),
        ("null" | "bool" | "int" | "float" | "timestamp", _) => {
            Err("its tag names a type, and this is no value of it")
        }
        _ => Ok(Typed::Text(text.to_owned())),
    }
}

/// Bytes as text; those that are no UTF-8 become replacement characters, one each, as in Go.
fn binary(text: &str) -> Result<String, &'static str> {
    let written: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let bytes = BASE64_STANDARD
        .decode(written)
        .map_err(|_| "its tag says base64, and this is none")?;
    let mut decoded = String::new();
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(decoded)
}

/// A date with a month and a day, and maybe a time behind it.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut part = |most: u8| {
        let digits = parts.next().unwrap_or_default();
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let number = digits[..end.unwrap_or(digits.len())].parse::<u8>();
        number.is_ok_and(|number| (1..=most).contains(&number))
    };
    let is_year = text.len() > 4 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    is_year && text.as_bytes()[4] == b'-' && {
        part(u8::MAX);
        part(12) && part(31)
    }
}

/// What a plain scalar is; its first character says what it may be.
fn resolve(text: &str) -> Typed {
    let other = || Typed::Text(text.to_owned());
    match text.as_bytes().first() {
        None | Some(b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => {
            word(text).unwrap_or_else(other)
        }
        Some(b'.') => infinite(text)
            .or_else(|| float_without_integer(text))
            .map_or_else(other, Typed::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => infinite(text)
            .map(Typed::Float)
            .or_else(|| number(text))
            .unwrap_or_else(other),
        _ => other(),
    }
}

fn word(text: &str) -> Option<Typed> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Typed::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Typed::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Typed::Bool(false)
        }
        _ => return None,
    })
}

fn infinite(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// `.5`: Go's own syntax of floats, in which `_` may stand between digits.
fn float_without_integer(text: &str) -> Option<f64> {
    let between_digits = |(at, _): (usize, &str)| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        is_digit(text.as_bytes().get(at.wrapping_sub(1))) && is_digit(text.as_bytes().get(at + 1))
    };
    text.match_indices('_')
        .all(between_digits)
        .then(|| decimal(&text.replace('_', "")))?
}

fn number(text: &str) -> Option<Typed> {
    let digits = text.replace('_', "");
    let (is_negative, unsigned) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let is_unsigned = unsigned.len() == digits.len();
    integer(is_negative, is_unsigned, unsigned)
        .or_else(|| decimal(&digits).map(Typed::Float))
        .or_else(|| signed_binary(&digits))
}

/// Go's integers: `0x`, `0o` and `0b` in front of digits in either case, and a zero alone for octal.
fn integer(is_negative: bool, is_unsigned: bool, unsigned: &str) -> Option<Typed> {
    let with = |letters: [char; 2]| unsigned.strip_prefix('0')?.strip_prefix(letters);
    let octal = || unsigned.strip_prefix('0').filter(|rest| !rest.is_empty());
    let (digits, radix) = None
        .or_else(|| Some((with(['x', 'X'])?, 16)))
        .or_else(|| Some((with(['o', 'O'])?, 8)))
        .or_else(|| Some((with(['b', 'B'])?, 2)))
        .or_else(|| Some((octal()?, 8)))
        .unwrap_or((unsigned, 10));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match i64::try_from(magnitude) {
        Ok(number) => Some(Typed::Int(if is_negative { -number } else { number })),
        Err(_) if is_negative => (magnitude == 1 << 63).then_some(Typed::Int(i64::MIN)),
        Err(_) => is_unsigned.then_some(Typed::Large(magnitude)),
    }
}

/// go-yaml gives what follows `0b` to a reader that takes a sign there.
fn signed_binary(digits: &str) -> Option<Typed> {
    let rest = digits.strip_prefix("0b")?;
    i64::from_str_radix(rest, 2).ok().map(Typed::Int)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, unless it is too large for a float.
fn decimal(text: &str) -> Option<f64> {
    let is_sign = |c: char| matches!(c, '+' | '-');
    let unsigned = text.strip_prefix(is_sign).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.strip_prefix(is_sign).unwrap_or(exponent))
        }
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let fits = has_digits
        && !exponent.is_empty()
        && [whole, fraction, exponent].into_iter().all(are_digits);
    fits.then(|| text.parse::<f64>().ok())?
        .filter(|number| number.is_finite())
}
