//! Any bytes as PEM, DER, PKCS#7 or manifests that hold certificates.

#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    common::promise(&["inspect", "-", "--now", "2026-07-01"], input);
    common::promise(&["inspect", "-", "--format", "text"], input);
});
