//! A compiler for TLS trust on Kubernetes: from one trust configuration to verified cert-manager, trust-manager and
//! Namespace manifests.
//!
//! ```text
//! trust.yaml ─ source ─ config ─ pki ─ trust ─ rules ─> CheckedTrust ─ manifests ─ render ─ delivery ─> Tree
//!                                                                   ─ admission ─> VerifiedTree ─ emit ─> disk, stream, diff
//!                                                    CheckedTrust ─ rehearsal ─> the years to come
//! ```
//!
//! Every room takes one value and hands on the next; none reaches back. Before a checked trust a fault is the user's and
//! becomes a [`Diagnostic`] with a place; after it a fault is this program's and becomes a [`Bug`]. Nothing but a
//! verified tree can be written. The core knows no clock, environment, randomness or network: `now` is an argument. Only keys
//! of stand-ins are random, and nothing that is printed depends on them.
//!
//! The command line ([`cli::run`]) is the interface that is kept stable; the types here are what it reports.

mod admission;
mod batch;
pub mod cli;
mod cluster;
mod compile;
mod config;
mod delivery;
mod diagnostic;
mod fix;
mod git;
mod inspect;
mod json_pointer;
mod k8s;
mod krm;
mod lsp;
mod manifest_rules;
mod objects;
mod output;
mod params;
mod pki;
mod registry;
mod rehearsal;
mod render;
mod report;
mod rules;
mod source;
#[cfg(test)]
mod testing;
mod text;
mod trust;
mod types;
mod yaml;

pub use diagnostic::{
    Bug, Change, Diagnostic, Edit, Fix, Label, Origin, Place, RuleInfo, Safety, Severity, SourceId,
};
pub use json_pointer::Pointer;
