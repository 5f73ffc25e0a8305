//! Everything the program promises, from the outside. One file a promise, one binary for all: it links once.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at the first surprise, and say what they skip"
)]

mod common;

mod allowances;
mod architecture;
mod awkward_values;
mod certificates;
mod changed;
mod cli;
mod delivery;
mod emit;
mod explain;
#[cfg(unix)]
mod faults;
mod fixes;
mod function;
#[cfg(unix)]
mod git_is_data;
mod goldens;
mod inspect;
mod integrations;
mod issuers;
mod keys;
mod kubectl_yaml;
mod kustomize;
mod layers;
mod limits;
#[cfg(unix)]
mod links;
mod lsp;
mod manifests;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod pains;
mod params;
mod properties;
mod readme;
mod rehearse;
mod reports;
mod repositories;
mod rotate;
mod schemas;
mod selection;
mod structures;
mod untrusted_text;
