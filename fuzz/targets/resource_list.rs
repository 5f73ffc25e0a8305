//! Any text as a ResourceList: one comes back, or the program says why not.

#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    common::promise(&["fn", "--now", "2026-07-01"], input);
});
