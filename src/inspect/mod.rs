//! What certificates are in a file, and what is wrong with them: PEM, DER, PKCS#7, or manifests that hold certificates.
//!
//! Files come in; out comes an [`Inspection`], which `summary`, `text` and `json` print. Keys are never read.

mod gather;
mod json;
mod judge;
mod summary;
mod text;

use crate::diagnostic::{Diagnostic, RuleInfo};
use crate::pki::{Certificate, Link};
use crate::report::sort;
use crate::rules::Terms;
use crate::source::{Source, Sources};

pub(crate) use json::{json, json_schema};
pub(crate) use summary::summary;
pub(crate) use text::text;

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = judge::RULES;

/// Everything that was found in the files of one run.
pub(crate) struct Inspection {
    pub(crate) sources: Sources,
    pub(crate) groups: Vec<Group>,
    /// Sorted by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) terms: Terms,
}

/// Certificates that stand together, in one file or under one key of an object.
pub(crate) struct Group {
    /// `roots.pem`, or `manifests.yaml: ConfigMap/roots ca.crt`.
    title: String,
    holder: Holder,
    certificates: Vec<Certificate>,
    /// How each is tied to the others.
    links: Vec<Link>,
}

/// What certificates in a place are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// A file of its own, or a server's own chain: it may hold anything that makes one chain, or roots.
    Chain,
    /// What clients trust: it should hold roots.
    Trust,
}

/// Reads and judges every file.
pub(crate) fn inspect(files: Vec<Source>, terms: Terms) -> Inspection {
    let mut inspection = Inspection {
        sources: Sources::default(),
        groups: Vec::new(),
        diagnostics: Vec::new(),
        terms,
    };
    for file in files {
        let id = inspection.sources.add(file);
        gather::gather(id, &mut inspection);
    }
    let judged: Vec<_> = inspection
        .groups
        .iter()
        .flat_map(|group| judge::judge(group, terms))
        .collect();
    inspection.diagnostics.extend(judged);
    sort(&inspection.sources, &mut inspection.diagnostics);
    inspection
}

/// What a certificate is by itself.
fn role(certificate: &Certificate, link: Link) -> &'static str {
    match (certificate.is_ca, link) {
        (true, Link::SelfSigned) => "root",
        (true, _) => "intermediate",
        (false, _) => "leaf",
    }
}
