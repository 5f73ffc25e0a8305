//! Any text as a stream of manifests: a judgement, in text and as JSON.

#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    common::promise(&["check", "-", "--now", "2026-07-01"], input);
});
