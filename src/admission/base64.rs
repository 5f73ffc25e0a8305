//! Base64 as Go's standard encoding takes it, by the `base64` crate.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

/// The bytes of a text; line breaks are left out, as Go does. None if it is no base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    STANDARD.decode(compact).ok()
}

/// Whether a text is base64.
pub(super) fn is_valid(text: &str) -> bool {
    decode(text).is_some()
}

/// How many bytes a text stands for; none counts nothing.
pub(super) fn decoded_length(text: &str) -> usize {
    decode(text).map_or(0, |bytes| bytes.len())
}
