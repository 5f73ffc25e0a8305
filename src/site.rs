//! One configuration through the whole corridor, from its bytes to a verified tree.

use std::path::{Path, PathBuf};

use crate::admission::{VerifiedTree, verify};
use crate::config::{CertificateText, Config, Engine, Ownership, load};
use crate::delivery::{annotate, lay_out};
use crate::diagnostic::{Bug, Diagnostic, Origin, SourceId};
use crate::manifests::plan;
use crate::params::Params;
use crate::pki::{self, Found};
use crate::pointer::Pointer;
use crate::registry;
use crate::report::sort;
use crate::rules::{CheckedTrust, Judged, Open, RehearsableTrust, Terms, beyond, check};
use crate::source::{Reader, Source, Sources};
use crate::trust::{Material, resolve};

/// What a compilation depends on beside the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) terms: Terms,
    /// Folders outside the configuration's own that may be read.
    pub(crate) allow_roots: Vec<PathBuf>,
    /// Another engine than the configuration's.
    pub(crate) engine: Option<Engine>,
}

/// What came of one configuration.
pub(crate) struct Site {
    pub(crate) sources: Sources,
    /// The configuration among the sources.
    pub(crate) id: SourceId,
    /// Sorted by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) outcome: Outcome,
    /// What the installer must be told; none if there are errors.
    pub(crate) params: Option<Params>,
    /// What can be rehearsed; none if errors stand in the way of that too.
    pub(crate) rehearsable: Option<RehearsableTrust>,
    /// What the configuration allows in manifests that are judged beside it.
    allowances: Vec<Open>,
}

impl Site {
    /// Takes out of findings over the manifests beside this configuration what it allows there.
    pub(crate) fn allow_in(&mut self, beside: &mut [&mut Vec<Diagnostic>]) {
        for allowance in &self.allowances {
            self.diagnostics.extend(allowance.silence(beside.iter_mut().map(|found| &mut **found)));
        }
        sort(&self.sources, &mut self.diagnostics);
    }
}

/// What there is to write.
pub(crate) enum Outcome {
    /// Errors: nothing.
    Refused,
    /// The product's own installation makes the objects of this site: nothing, and that is right.
    ProductManaged { site: String },
    /// Verified manifests.
    Tree(VerifiedTree),
}

/// Compiles `source`, the content of `path`. Reads the files that the configuration names, and nothing else.
///
/// # Errors
/// A [`Bug`] if a checked configuration does not yield a verified tree.
pub(crate) fn compile(path: &Path, source: Source, options: &Options) -> Result<Site, Bug> {
    let mut sources = Sources::default();
    let id = sources.add(source);
    let (config, mut found) = match load(id, &mut sources) {
        Ok(loaded) => loaded,
        Err(diagnostics) => return Ok(refused(sources, id, diagnostics)),
    };
    let (material, unread) = read_certificates(&config, id, &mut sources, &Reader::new(path, &options.allow_roots));
    found.extend(unread);
    let file = match path.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    let mut trust = resolve(&config, id, &file, &material);
    trust.engine = options.engine.unwrap_or(trust.engine);
    let (allowances, wrong) = beyond(&trust, options.terms.now, registry::elsewhere, registry::near);
    found.extend(wrong);
    let (judged, mut diagnostics) = check(trust, found, options.terms);
    let checked = match judged {
        Judged::Sound(checked) => checked,
        Judged::Rehearsable(trust) => {
            return Ok(Site { rehearsable: Some(trust), ..refused(sources, id, diagnostics) });
        }
        Judged::Unsound => return Ok(refused(sources, id, diagnostics)),
    };
    sort(&sources, &mut diagnostics);
    let params = Some(Params::of(&checked));
    let outcome = outcome(&checked)?;
    Ok(Site { sources, id, diagnostics, outcome, params, rehearsable: Some(checked.into()), allowances })
}

fn refused(sources: Sources, id: SourceId, mut diagnostics: Vec<Diagnostic>) -> Site {
    sort(&sources, &mut diagnostics);
    Site {
        sources,
        id,
        diagnostics,
        outcome: Outcome::Refused,
        params: None,
        rehearsable: None,
        allowances: Vec::new(),
    }
}

fn outcome(trust: &CheckedTrust) -> Result<Outcome, Bug> {
    if trust.ownership.value == Ownership::ProductManaged {
        return Ok(Outcome::ProductManaged { site: trust.site.to_string() });
    }
    let mut objects = plan(trust)?;
    annotate(&mut objects, trust);
    Ok(Outcome::Tree(verify(lay_out(trust, &objects)?)?))
}

/// Reads every certificate that the configuration names or holds. A file that cannot be read is a finding at its path.
fn read_certificates(
    config: &Config,
    id: SourceId,
    sources: &mut Sources,
    reader: &Reader,
) -> (Material, Vec<Diagnostic>) {
    let mut material = Material::new();
    let mut faults = Vec::new();
    for (pointer, text) in config.certificates() {
        let read = match text {
            CertificateText::InLine(text) => {
                let here = Origin::key(id, pointer.clone());
                Ok(pki::read(text.as_bytes(), &Found { text: here.clone(), named: here }))
            }
            CertificateText::File(path) => read_file(path, &pointer, id, sources, reader),
        };
        match read {
            Ok(reading) => {
                faults.extend(reading.findings.iter().cloned());
                if let Some(certificates) = reading.sound() {
                    material.insert(pointer, certificates);
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    (material, faults)
}

fn read_file(
    path: &str,
    pointer: &Pointer,
    id: SourceId,
    sources: &mut Sources,
    reader: &Reader,
) -> Result<pki::Reading, Diagnostic> {
    let named = Origin::value(id, pointer.clone());
    let source = reader.read(path).map_err(|fault| fault.at(named.clone()))?;
    let file = sources.add(source);
    Ok(pki::read(sources.get(file).bytes(), &Found { text: Origin::file(file), named }))
}
