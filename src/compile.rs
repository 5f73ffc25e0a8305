//! One configuration through the whole corridor, from its bytes to a verified tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::admission::{VerifiedTree, verify};
use crate::config::{
    Bases, CertificateText, Config, Engine, Fleet, Layered, Loaded, Ownership, Reach, Top, Written,
    load, top,
};
use crate::delivery::{annotate, lay_out};
use crate::diagnostic::{Bug, Diagnostic, Origin, Place, SourceId};
use crate::json_pointer::Pointer;
use crate::objects::plan;
use crate::params::Params;
use crate::pki::{self, Found, PRIVATE_KEY_IN_INPUT, Readings, private_keys_in};
use crate::registry;
use crate::report::sort;
use crate::rules::{CheckedTrust, Judged, Open, RehearsableTrust, Terms, beyond, check};
use crate::source::{Files, Source, Sources};
use crate::trust::{Material, resolve};

/// What a compilation depends on beside the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) terms: Terms,
    /// Folders outside the configuration's own that may be read.
    pub(crate) allow_roots: Vec<PathBuf>,
    /// Another engine than the configuration's.
    pub(crate) engine: Option<Engine>,
    /// What configurations of one run have in common.
    pub(crate) shared: Arc<Shared>,
}

/// Files that several configurations refer to, read once.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    files: Files,
    bases: Bases,
    readings: Readings,
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
    /// The configuration as it counts, with defaults; none if it could not be read.
    pub(crate) effective: Option<Effective>,
    /// What the configuration allows in manifests that are judged beside it.
    allowances: Vec<Open>,
    /// Where its name was written, once the configuration is gone.
    name_at: Option<Origin>,
}

/// A configuration with every default, and where what is not a default was written.
pub(crate) struct Effective {
    config: Config,
    /// What was written, in whatever file.
    value: Value,
    written: Written,
}

impl Effective {
    /// Every single value at `pointer` and in it, and where it was written; a default was written nowhere. Empty if there
    /// is nothing.
    pub(crate) fn values(&self, pointer: &Pointer) -> Vec<(Pointer, Value, Option<Origin>)> {
        let mut found = Vec::new();
        if let Some(value) = self.config.with_defaults().pointer(pointer.as_str()) {
            self.collect(pointer, value, &mut found);
        }
        found
    }

    fn collect(
        &self,
        at: &Pointer,
        value: &Value,
        found: &mut Vec<(Pointer, Value, Option<Origin>)>,
    ) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter()
                    .for_each(|(key, value)| self.collect(&at.key(key), value, found));
            }
            Value::Array(items) if !items.is_empty() => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(n, value)| self.collect(&at.index(n), value, found));
            }
            _ => {
                let written = self
                    .value
                    .pointer(at.as_str())
                    .map(|_| self.written.origin(at));
                found.push((at.clone(), value.clone(), written));
            }
        }
    }
}

impl Site {
    /// Takes out of findings over the manifests beside this configuration what it allows there.
    pub(crate) fn allow_in(&mut self, beside: &mut [&mut Vec<Diagnostic>]) {
        let silence =
            |allowance: &Open| allowance.silence(beside.iter_mut().map(|found| &mut **found));
        let found = self.allowances.iter().flat_map(silence).collect();
        self.add(found);
    }

    /// Further findings over the merged configuration.
    pub(crate) fn add(&mut self, mut found: Vec<Diagnostic>) {
        if let Some(effective) = &self.effective {
            found
                .iter_mut()
                .for_each(|diagnostic| effective.written.settle(diagnostic));
        }
        self.diagnostics.extend(found);
        sort(&self.sources, &mut self.diagnostics);
    }

    /// Where a value of the configuration was written.
    pub(crate) fn origin(&self, pointer: &Pointer) -> Origin {
        match &self.effective {
            Some(effective) => effective.written.origin(pointer),
            None => Origin::value(self.id, pointer.clone()),
        }
    }

    /// Where its name was written.
    pub(crate) fn name_origin(&self) -> Origin {
        self.name_at
            .clone()
            .unwrap_or_else(|| self.origin(&Pointer::parse("/metadata/name")))
    }

    /// Drops everything but findings, name, and the texts that are to be written.
    pub(crate) fn keep_texts(&mut self) {
        self.name_at = Some(self.name_origin());
        (self.params, self.rehearsable, self.effective) = (None, None, None);
        if let Outcome::Tree(tree) = &mut self.outcome {
            tree.keep_texts();
        }
    }

    /// Drops everything but findings and name, where it was made and not where one site after the other is handed on.
    pub(crate) fn release(&mut self) {
        self.keep_texts();
        if let Outcome::Tree(tree) = &self.outcome {
            self.outcome = Outcome::Released {
                site: tree.site.clone(),
            };
        }
    }

    /// Its name, if it was read without errors.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Refused => None,
            Outcome::ProductManaged { site } | Outcome::Released { site } => Some(site),
            Outcome::Tree(tree) => Some(&tree.site),
        }
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
    /// Verified manifests, which were used and are gone.
    Released { site: String },
}

/// A configuration to compile.
pub(crate) struct Given<'g> {
    pub(crate) path: &'g Path,
    pub(crate) source: Source,
    /// The folder on the command line that it was found in.
    pub(crate) within: Option<&'g Path>,
    /// The fleet whose glob found it.
    pub(crate) fleet: Option<&'g Fleet>,
}

impl<'g> Given<'g> {
    /// A configuration that was named itself.
    pub(crate) fn alone(path: &'g Path, source: Source) -> Self {
        Self {
            path,
            source,
            within: None,
            fleet: None,
        }
    }
}

/// Compiles a configuration. Reads the files that it extends and names, and nothing else.
///
/// # Errors
/// A [`Bug`] if a checked configuration does not yield a verified tree.
pub(crate) fn compile(given: Given<'_>, options: &Options) -> Result<Site, Bug> {
    let mut sources = Sources::default();
    let id = sources.add(given.source);
    match top(id, given.path, &mut sources) {
        Ok(top) => {
            let top = match given.fleet {
                Some(fleet) => fleet.over_base(top, &mut sources),
                None => top,
            };
            compile_layers(id, top, sources, given.within, options)
        }
        Err(diagnostics) => Ok(refused(sources, id, None, diagnostics)),
    }
}

/// Reads a fleet: its sites are compiled one by one.
///
/// # Errors
/// The fleet as a site that is refused.
pub(crate) fn read_fleet(given: Given<'_>, options: &Options) -> Result<Fleet, Box<Site>> {
    let fleet = Fleet::read(given.path, given.source, &reach(given.within, options));
    fleet.map_err(|(sources, diagnostics)| Box::new(refused_fleet(sources, diagnostics)))
}

/// A fleet none of whose sites can be compiled.
pub(crate) fn refused_fleet(sources: Sources, diagnostics: Vec<Diagnostic>) -> Site {
    refused(sources, SourceId(0), None, diagnostics)
}

/// Compiles the site of one row of a fleet.
///
/// # Errors
/// As for [`compile`].
pub(crate) fn compile_row(
    fleet: &Fleet,
    row: usize,
    within: Option<&Path>,
    options: &Options,
) -> Result<Site, Bug> {
    let (id, top, sources) = fleet.top(row);
    compile_layers(id, top, sources, within, options)
}

/// The files that a configuration depends on, whether they are there or not: its own, those it extends, certificates. None
/// if that cannot be told because one of them cannot be read.
pub(crate) fn inputs(given: Given<'_>, options: &Options) -> Option<Vec<PathBuf>> {
    let mut sources = Sources::default();
    let id = sources.add(given.source);
    let top = top(id, given.path, &mut sources).ok()?;
    let top = match given.fleet {
        Some(fleet) => fleet.over_base(top, &mut sources),
        None => top,
    };
    let mut files = inputs_of(id, top, sources, given.within, options)?;
    files.extend(given.fleet.map(|fleet| fleet.path().to_path_buf()));
    Some(files)
}

/// The same of a row of a fleet.
pub(crate) fn inputs_of_row(
    fleet: &Fleet,
    row: usize,
    within: Option<&Path>,
    options: &Options,
) -> Option<Vec<PathBuf>> {
    let (id, top, sources) = fleet.top(row);
    inputs_of(id, top, sources, within, options)
}

fn inputs_of(
    id: SourceId,
    top: Top,
    mut sources: Sources,
    within: Option<&Path>,
    options: &Options,
) -> Option<Vec<PathBuf>> {
    let defaults = top.defaults();
    let Loaded {
        config, layered, ..
    } = load(id, top, &mut sources, &reach(within, options)).ok()?;
    let mut files: Vec<PathBuf> = layered.paths.values().cloned().chain(defaults).collect();
    for (pointer, text) in config.certificates() {
        if let CertificateText::File(path) = text {
            let file = layered
                .paths
                .get(&layered.written.origin(&pointer).source)?;
            files.push(file.parent().unwrap_or(Path::new("")).join(path));
        }
    }
    Some(files)
}

fn reach<'r>(within: Option<&'r Path>, options: &'r Options) -> Reach<'r> {
    let shared = &options.shared;
    Reach {
        allow_roots: &options.allow_roots,
        within,
        files: &shared.files,
        bases: &shared.bases,
    }
}

/// Private keys in fields where text of any kind may stand.
fn private_keys(layered: &Layered) -> impl Iterator<Item = Diagnostic> {
    let found = private_keys_in(&layered.value).into_iter();
    found.map(|(pointer, is_key, kind)| {
        let Origin { source, place } = layered.written.origin(&pointer);
        // The place of the key: the value is not shown.
        let origin = match place {
            Place::Value(pointer) => Origin::key(source, pointer),
            place => Origin { source, place },
        };
        let what = if is_key { "the key" } else { "the value" };
        PRIVATE_KEY_IN_INPUT.at(origin, format!("{what} is {kind}"))
    })
}

fn compile_layers(
    id: SourceId,
    top: Top,
    mut sources: Sources,
    within: Option<&Path>,
    options: &Options,
) -> Result<Site, Bug> {
    let file = match top.path.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    };
    let reach = reach(within, options);
    let loaded = match load(id, top, &mut sources, &reach) {
        Ok(loaded) => loaded,
        Err(diagnostics) => return Ok(refused(sources, id, None, diagnostics)),
    };
    let Loaded {
        config,
        findings: mut found,
        layered,
    } = loaded;
    let (material, unread) = read_certificates(
        &config,
        id,
        &mut sources,
        &layered,
        &reach,
        &options.shared.readings,
    );
    found.extend(unread);
    found.extend(private_keys(&layered));
    let mut trust = resolve(&config, id, &file, &material);
    trust.engine = options.engine.unwrap_or(trust.engine);
    let (allowances, wrong) = beyond(&trust, options.terms, registry::elsewhere, registry::near);
    found.extend(wrong);
    let (judged, mut diagnostics) = check(trust, found, options.terms);
    let effective = Effective {
        config,
        value: layered.value,
        written: layered.written,
    };
    let checked = match judged {
        Judged::Sound(checked) => checked,
        Judged::Rehearsable(trust) => {
            return Ok(Site {
                rehearsable: Some(trust),
                ..refused(sources, id, Some(effective), diagnostics)
            });
        }
        Judged::Unsound => return Ok(refused(sources, id, Some(effective), diagnostics)),
    };
    diagnostics
        .iter_mut()
        .for_each(|diagnostic| effective.written.settle(diagnostic));
    sort(&sources, &mut diagnostics);
    let params = Some(Params::of(&checked));
    let (outcome, effective) = (outcome(&checked)?, Some(effective));
    Ok(Site {
        sources,
        id,
        diagnostics,
        outcome,
        params,
        rehearsable: Some(checked.into()),
        effective,
        allowances,
        name_at: None,
    })
}

/// Places in the merged configuration become places in files; without one they are final.
fn refused(
    sources: Sources,
    id: SourceId,
    effective: Option<Effective>,
    mut diagnostics: Vec<Diagnostic>,
) -> Site {
    if let Some(effective) = &effective {
        diagnostics
            .iter_mut()
            .for_each(|diagnostic| effective.written.settle(diagnostic));
    }
    sort(&sources, &mut diagnostics);
    Site {
        sources,
        id,
        diagnostics,
        outcome: Outcome::Refused,
        params: None,
        rehearsable: None,
        effective,
        allowances: Vec::new(),
        name_at: None,
    }
}

fn outcome(trust: &CheckedTrust) -> Result<Outcome, Bug> {
    if trust.ownership.value == Ownership::ProductManaged {
        return Ok(Outcome::ProductManaged {
            site: trust.site.to_string(),
        });
    }
    let mut objects = plan(trust)?;
    annotate(&mut objects, trust);
    Ok(Outcome::Tree(verify(lay_out(trust, objects)?)?))
}

/// Reads every certificate that the configuration names or holds. A file that cannot be read is a finding at its path.
fn read_certificates(
    config: &Config,
    id: SourceId,
    sources: &mut Sources,
    layered: &Layered,
    reach: &Reach<'_>,
    readings: &Readings,
) -> (Material, Vec<Diagnostic>) {
    let mut readers = BTreeMap::new();
    let mut material = Material::new();
    let mut faults = Vec::new();
    for (pointer, text) in config.certificates() {
        let read = match text {
            CertificateText::InLine(text) => {
                let here = Origin::key(id, pointer.clone());
                Ok(Arc::new(pki::read(
                    text.as_bytes(),
                    &Found {
                        text: here.clone(),
                        named: here,
                    },
                )))
            }
            CertificateText::File(path) => {
                // Relative to the file that names it.
                let file = layered.written.origin(&pointer).source;
                let reader = layered.paths.get(&file).map(|path| (file, path));
                let named = Origin::value(id, pointer.clone());
                match reader
                    .map(|(file, path)| &*readers.entry(file).or_insert_with(|| reach.reader(path)))
                {
                    Some(reader) => {
                        let source = reader.read(path).map_err(|fault| fault.at(named.clone()));
                        source.map(|source| {
                            let file = sources.add(source.clone());
                            readings.read(
                                &source,
                                &Found {
                                    text: Origin::file(file),
                                    named,
                                },
                            )
                        })
                    }
                    None => continue,
                }
            }
        };
        match read {
            Ok(reading) => {
                faults.extend(reading.findings.iter().cloned());
                if let Some(certificates) = reading.sound() {
                    material.insert(pointer, certificates.to_vec());
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    (material, faults)
}
