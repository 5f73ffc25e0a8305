//! Any text as a configuration: findings, or manifests that passed admission.

#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    common::promise(&["render", "-", "--now", "2026-07-01"], input);
});
