//! A configuration and the files that it extends, as one value: each file over the one that it names, the site's own on top.
//!
//! `spec.extends` names a file, or a folder with a `trust.defaults.yaml`. A site without `extends` extends the
//! `trust.defaults.yaml` of its own folder, if there is one. Only `spec` is inherited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::load::{NOT_A_TRUST_CONFIG, value_of};
use super::written::{Located, Written, merge};
use super::{API_VERSION, KIND};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Files, Latest, Reader, Source, Sources, shown, without_detours};
use crate::text::Clean;

/// The file of a folder that its sites extend.
pub(crate) const DEFAULTS_FILE: &str = "trust.defaults.yaml";
/// The kind of a file that is no site and only extended.
pub(crate) const DEFAULTS_KIND: &str = "TrustDefaults";
const EXTENDS: &str = "extends";

pub(crate) static EXTENDS_CYCLE: RuleInfo = RuleInfo {
    id: "extends-cycle",
    severity: Severity::Error,
    summary: "a file extends itself, directly or through others",
    why: "there would be no last word: nothing can be rendered from files that run in a circle",
    fix: "delete `extends` in the file that all others extend",
};

/// What may be read, and what has been.
pub(crate) struct Reach<'r> {
    /// Folders that the user allowed.
    pub(crate) allow_roots: &'r [PathBuf],
    /// The folder on the command line that the site was found in: what is extended may be anywhere in it.
    pub(crate) within: Option<&'r Path>,
    pub(crate) files: &'r Files,
    pub(crate) bases: &'r Bases,
}

impl Reach<'_> {
    /// Reads what `file` names as certificates: in its own folder only.
    pub(crate) fn reader(&self, file: &Path) -> Reader<'_> {
        Reader::new(
            file,
            self.allow_roots.iter().map(PathBuf::as_path),
            self.files,
        )
    }

    fn base_reader(&self, file: &Path) -> Reader<'_> {
        let allowed = self
            .allow_roots
            .iter()
            .map(PathBuf::as_path)
            .chain(self.within);
        Reader::new(file, allowed, self.files)
    }
}

/// Files that sites extend, by where they are and how they are called: read and parsed once for all of them.
pub(crate) type Bases = Latest<(PathBuf, String), Arc<Base>, MAX_BYTES>;

/// Parsed they are some twenty times as large, and more if they are small.
const MAX_BYTES: usize = 256 * 1024;
const PER_FILE: usize = 512;

#[derive(Debug)]
pub(crate) struct Base {
    source: Arc<Source>,
    /// The path that it extends itself.
    extends: Option<String>,
    /// What it hands on.
    spec: Value,
}

/// The topmost layer: a site as written.
pub(crate) struct Top {
    pub(crate) path: PathBuf,
    pub(crate) value: Value,
    pub(crate) written: Written,
    /// What it extends unless it says so itself.
    pub(crate) extends: Option<Extends>,
    /// Values that are written as text, whatever their fields take.
    pub(crate) texts: Vec<Pointer>,
    /// The path of each file that it is written in: paths in it are relative to it.
    pub(crate) paths: BTreeMap<SourceId, PathBuf>,
}

impl Top {
    /// The file of its folder that it extends if it is there: it names none.
    pub(crate) fn defaults(&self) -> Option<PathBuf> {
        // Standard input is in no folder.
        let names_none = written_extends(&self.value).is_none() && self.extends.is_none();
        (names_none && self.path.as_os_str() != "-")
            .then(|| self.path.with_file_name(DEFAULTS_FILE))
    }
}

/// A path that is relative to `file`, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Extends {
    pub(crate) file: PathBuf,
    pub(crate) path: String,
    pub(crate) named: Origin,
}

/// All layers as one.
pub(crate) struct Layered {
    pub(crate) value: Value,
    pub(crate) written: Written,
    /// The path of each file that was merged: paths in it are relative to it.
    pub(crate) paths: BTreeMap<SourceId, PathBuf>,
}

/// Reads everything that `top` extends, and merges it.
///
/// # Errors
/// Files that cannot be read or are no defaults, circles, values that cannot be merged.
pub(crate) fn layered(
    top: Top,
    sources: &mut Sources,
    reach: &Reach<'_>,
) -> Result<Layered, Vec<Diagnostic>> {
    let own = top.written.origin(&Pointer::root()).source;
    let mut chain = Chain {
        sources,
        reach,
        top: top.path.clone(),
        seen: Vec::new(),
        paths: top.paths.clone(),
    };
    let mut bases = Vec::new();
    let mut next = chain.first(&top);
    while let Some(extends) = next {
        let (id, base, file) = chain.read(&extends)?;
        let named = || Origin::value(id, Pointer::parse("/spec").key(EXTENDS));
        next = base.extends.clone().map(|path| Extends {
            file,
            path,
            named: named(),
        });
        bases.push((id, base));
    }
    let paths = chain.paths;
    if bases.is_empty() {
        return Ok(Layered {
            value: top.value,
            written: top.written,
            paths,
        });
    }
    let mut clashes = Vec::new();
    let spec = Pointer::parse("/spec");
    let lay = |below: Located, (id, base): (SourceId, Arc<Base>)| {
        let written = Written::whole(Origin::value(id, spec.clone()));
        merge(below, (base.spec.clone(), written), &spec, &mut clashes)
    };
    let nothing = (
        Value::Object(Map::new()),
        Written::whole(Origin::value(own, spec.clone())),
    );
    let below = bases.into_iter().rev().fold(nothing, lay);
    let merged = onto(below, top.value, top.written, &spec, &mut clashes);
    if clashes.is_empty() {
        Ok(Layered {
            value: merged.0,
            written: merged.1,
            paths,
        })
    } else {
        Err(clashes)
    }
}

/// The site's own file over everything below it. Only `spec` is inherited.
fn onto(
    below: Located,
    value: Value,
    written: Written,
    at: &Pointer,
    clashes: &mut Vec<Diagnostic>,
) -> Located {
    let Value::Object(mut value) = value else {
        return (value, written);
    };
    let (spec, from) = match value.shift_remove("spec") {
        None => below,
        Some(own) => merge(below, (own, written.part("spec")), at, clashes),
    };
    value.insert("spec".to_owned(), spec);
    let written = written.with("spec", from);
    (Value::Object(value), written)
}

/// The path that a file extends. Anything but text is left to the schema.
fn extends_of(value: &Value) -> Option<String> {
    written_extends(value)?.as_str().map(str::to_owned)
}

fn written_extends(value: &Value) -> Option<&Value> {
    value.get("spec")?.get(EXTENDS)
}

/// What a base hands on.
fn spec_of(mut value: Value) -> Value {
    let mut spec = value.get_mut("spec").map_or(Value::Null, Value::take);
    if let Some(spec) = spec.as_object_mut() {
        spec.shift_remove(EXTENDS);
    }
    if spec.is_null() {
        Value::Object(Map::new())
    } else {
        spec
    }
}

struct Chain<'c> {
    sources: &'c mut Sources,
    reach: &'c Reach<'c>,
    top: PathBuf,
    /// Where each file that was extended really is, and what named it.
    seen: Vec<(PathBuf, Origin)>,
    paths: BTreeMap<SourceId, PathBuf>,
}

impl Chain<'_> {
    fn first(&mut self, top: &Top) -> Option<Extends> {
        let root = top.written.origin(&Pointer::root());
        if written_extends(&top.value).is_some() {
            let named = || top.written.origin(&Pointer::parse("/spec").key(EXTENDS));
            return extends_of(&top.value).map(|path| Extends {
                file: top.path.clone(),
                path,
                named: named(),
            });
        }
        let in_folder =
            || top.defaults().is_some() && self.reach.reader(&top.path).has(DEFAULTS_FILE);
        let defaults = || Extends {
            file: top.path.clone(),
            path: DEFAULTS_FILE.to_owned(),
            named: root,
        };
        top.extends.clone().or_else(|| in_folder().then(defaults))
    }

    /// What is extended: its id, what it says and its own path.
    fn read(
        &mut self,
        extends: &Extends,
    ) -> Result<(SourceId, Arc<Base>, PathBuf), Vec<Diagnostic>> {
        let Extends { file, path, named } = extends;
        let reader = self.reach.base_reader(file);
        let found = reader.permit(path, Some(DEFAULTS_FILE));
        let found = found
            .map_err(|fault| vec![in_words_of_extends(fault.at(named.clone()), file, path)])?;
        if self.is_top(&found.real) {
            return Err(vec![cycle(&self.seen, path, named)]);
        }
        if let Some(n) = self.seen.iter().position(|(real, _)| *real == found.real) {
            return Err(vec![cycle(&self.seen[n + 1..], path, named)]);
        }
        self.seen.push((found.real.clone(), named.clone()));
        let key = (found.real.clone(), found.name.clone());
        if let Some(base) = self.reach.bases.get(&key) {
            let id = self.sources.add(base.source.clone());
            self.paths.insert(id, found.path.clone());
            return Ok((id, base, found.path));
        }
        let source = reader
            .get(&found, path)
            .map_err(|fault| vec![fault.at(named.clone())])?;
        let id = self
            .sources
            .add(Source::new(source.name(), source.bytes().to_vec()));
        self.paths.insert(id, found.path.clone());
        let value = value_of(id, self.sources)?;
        envelope(id, &value)?;
        let base = Base {
            source: self.sources.share(id),
            extends: extends_of(&value),
            spec: spec_of(value),
        };
        let base = Arc::new(base);
        self.reach
            .bases
            .keep(key, base.clone(), source.bytes().len() + PER_FILE);
        Ok((id, base, found.path))
    }

    /// Whether a file is the topmost one. If that is a link of another name, the circle is found one file later.
    fn is_top(&self, real: &Path) -> bool {
        real.file_name() == self.top.file_name()
            && self.top.canonicalize().is_ok_and(|top| top == real)
    }
}

/// `between` are the files between the one at which the circle begins and this one: what named them is in the circle.
fn cycle(between: &[(PathBuf, Origin)], path: &str, named: &Origin) -> Diagnostic {
    let fault = EXTENDS_CYCLE.at(
        named.clone(),
        format!("{} leads back to a file that extends this one", shown(path)),
    );
    let circle = between.iter().map(|(_, named)| named.clone());
    circle
        .filter(|origin| origin != named)
        .fold(fault.label("and back"), |fault, origin| {
            fault.also(origin, "from here")
        })
}

/// The law of paths is that of certificate files; what to type is not.
fn in_words_of_extends(fault: Diagnostic, file: &Path, path: &str) -> Diagnostic {
    if fault.rule.id != "file-outside-tree" {
        return fault
            .breaks("what the site inherits would be missing from it")
            .help("check the path: it is relative to this file");
    }
    let target = without_detours(&file.parent().unwrap_or(Path::new("")).join(path));
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fault.help(format!(
        "name the folder that holds both files on the command line instead of this one, or allow it: --allow-root {}",
        Clean::path(&folder)
    ))
}

/// Whether a file may be extended at all.
fn envelope(id: SourceId, value: &Value) -> Result<(), Vec<Diagnostic>> {
    let root = Pointer::root();
    let refuse = |key: &str, message: String| {
        let fault = NOT_A_TRUST_CONFIG.at(Origin::value(id, root.key(key)), message);
        Err(vec![fault.help(format!(
            "begin the file with `apiVersion: {API_VERSION}` and `kind: {DEFAULTS_KIND}`"
        ))])
    };
    let Some(map) = value.as_object() else {
        return refuse(
            "",
            "what is extended is a mapping of keys to values".to_owned(),
        );
    };
    if map.get("apiVersion").and_then(Value::as_str) != Some(API_VERSION) {
        return refuse(
            "apiVersion",
            format!("what is extended must say `apiVersion: {API_VERSION}`"),
        );
    }
    if !map
        .get("kind")
        .and_then(Value::as_str)
        .is_some_and(|kind| [KIND, DEFAULTS_KIND].contains(&kind))
    {
        return refuse(
            "kind",
            format!("what is extended must be of kind {DEFAULTS_KIND} or {KIND}"),
        );
    }
    if let Some(key) = map
        .keys()
        .find(|key| !["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str()))
    {
        return refuse(
            key,
            format!(
                "{} is not known beside apiVersion, kind, metadata and spec",
                shown(key)
            ),
        );
    }
    match map.get("spec") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => refuse(
            "spec",
            "spec must be a mapping of keys to values".to_owned(),
        ),
    }
}
