//! Configurations to compile, in order. There may be a million: of files that were found only the paths are kept, one behind
//! the other, and the rest is made when its turn comes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Stop;
use super::changed::Changed;
use super::inputs::read;
use crate::config::Fleet;
use crate::site::{Given, Options, Site, compile, compile_row, inputs, inputs_of_row};
use crate::source::{Digest, Limit, Source};

/// A configuration to compile.
pub(super) enum Configuration {
    /// A file: where it is, and, if it has been read already, what it holds.
    File {
        path: Box<Path>,
        source: Option<Box<Source>>,
        /// The folder on the command line that it was found in.
        within: Option<Arc<Path>>,
        /// The fleet whose glob found it.
        fleet: Option<Arc<Fleet>>,
    },
    /// A row of a fleet.
    Row { fleet: Arc<Fleet>, row: usize, within: Option<Arc<Path>> },
    /// A fleet that could not be read.
    Refused(Box<Site>),
}

impl Configuration {
    pub(super) fn file(path: PathBuf, source: Option<Source>, within: Option<Arc<Path>>) -> Self {
        Self::File { path: path.into(), source: source.map(Box::new), within, fleet: None }
    }

    /// Where it is, if it is a file.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Row { .. } | Self::Refused(_) => None,
        }
    }

    /// Whether one of its files is among those that changed. What cannot be told is compiled.
    pub(super) fn is_changed(&self, changed: &Changed, options: &Options) -> Result<bool, Stop> {
        let inputs = match self {
            Self::File { path, source: _, within, fleet } => {
                let source = read(path, Limit::Configuration)?;
                inputs(Given { path, source, within: within.as_deref(), fleet: fleet.as_deref() }, options)
            }
            Self::Row { fleet, row, within } => inputs_of_row(fleet, *row, within.as_deref(), options),
            Self::Refused(_) => None,
        };
        Ok(inputs.is_none_or(|inputs| changed.any(inputs.iter().map(PathBuf::as_path))))
    }

    /// What it is known by among those of a run; in order, as a walk finds them. None if it is no site.
    pub(super) fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::File { path, .. } => path.to_str().map(Cow::from),
            Self::Row { fleet, row, .. } => fleet.path().to_str().map(|path| format!("{path}#{row:09}").into()),
            Self::Refused(_) => None,
        }
    }

    /// Reads it, if it is a file that has not been read.
    pub(super) fn read(&mut self) -> Result<(), Stop> {
        if let Self::File { path, source: source @ None, .. } = self {
            *source = Some(Box::new(read(path, Limit::Configuration)?));
        }
        Ok(())
    }

    /// The digest of everything that it says itself, once it has been read.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::File { source, fleet, .. } => {
                let own = Sha256::new_with_prefix(source.as_ref().map(|source| *source.digest()).unwrap_or_default());
                own.chain_update(fleet.as_ref().and_then(|fleet| fleet.extends()).unwrap_or_default()).finalize().into()
            }
            Self::Row { fleet, row, .. } => Sha256::digest(fleet.row_bytes(*row)).into(),
            Self::Refused(_) => Digest::default(),
        }
    }

    pub(super) fn compile(self, options: &Options) -> Result<Site, Stop> {
        match self {
            Self::File { path, source, within, fleet } => {
                let source = source.map_or_else(|| read(&path, Limit::Configuration), |source| Ok(*source))?;
                let given = Given { path: &path, source, within: within.as_deref(), fleet: fleet.as_deref() };
                Ok(compile(given, options)?)
            }
            Self::Row { fleet, row, within } => Ok(compile_row(&fleet, row, within.as_deref(), options)?),
            Self::Refused(site) => Ok(*site),
        }
    }
}

/// Any number of configurations.
#[derive(Default)]
pub(super) struct Configurations(Vec<Part>);

enum Part {
    /// Files that have not been read, found in one folder or by one glob.
    Files { paths: Paths, within: Option<Arc<Path>>, fleet: Option<Arc<Fleet>> },
    /// All rows of a fleet.
    Rows { fleet: Arc<Fleet>, within: Option<Arc<Path>> },
    /// Anything else; none once it was handed on.
    One(Option<Configuration>),
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Files { paths, .. } => paths.ends.len(),
            Self::Rows { fleet, .. } => fleet.len(),
            Self::One(one) => usize::from(one.is_some()),
        }
    }

    fn path(&self, n: usize) -> Option<&Path> {
        match self {
            Self::Files { paths, .. } => paths.get(n).map(Path::new),
            Self::Rows { .. } => None,
            Self::One(one) => one.as_ref().and_then(Configuration::path),
        }
    }

    /// Hands the one of this number on.
    fn take(&mut self, n: usize) -> Option<Configuration> {
        match self {
            Self::Files { paths, within, fleet } => {
                let path = Path::new(paths.get(n)?).into();
                Some(Configuration::File { path, source: None, within: within.clone(), fleet: fleet.clone() })
            }
            Self::Rows { fleet, within } => {
                let row = Some(n).filter(|row| *row < fleet.len())?;
                Some(Configuration::Row { fleet: fleet.clone(), row, within: within.clone() })
            }
            Self::One(one) => one.take(),
        }
    }
}

/// Texts of paths, one behind the other, and where each ends.
#[derive(Default)]
struct Paths {
    text: String,
    ends: Vec<u32>,
}

impl Paths {
    /// Adds a path; false if there is no room for it.
    fn push(&mut self, path: &str) -> bool {
        let end = u32::try_from(self.text.len() + path.len());
        if let Ok(end) = end {
            self.text.push_str(path);
            self.ends.push(end);
        }
        end.is_ok()
    }

    fn get(&self, n: usize) -> Option<&str> {
        let begin = n.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(begin as usize..*self.ends.get(n)? as usize)
    }
}

impl Configurations {
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Part::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, configuration: Configuration) {
        let (path, within, fleet) = match configuration {
            Configuration::File { path, source: None, within, fleet } if path.to_str().is_some() => {
                (path, within, fleet)
            }
            other => return self.0.push(Part::One(Some(other))),
        };
        let text = path.to_str().unwrap_or_default();
        if let Some(Part::Files { paths, within: same, fleet: fleets }) = self.0.last_mut()
            && is_same(same.as_ref(), within.as_ref())
            && is_same(fleets.as_ref(), fleet.as_ref())
            && paths.push(text)
        {
            return;
        }
        let mut paths = Paths::default();
        paths.push(text);
        self.0.push(Part::Files { paths, within, fleet });
    }

    /// All rows of a fleet.
    pub(super) fn push_rows(&mut self, fleet: Arc<Fleet>, within: Option<Arc<Path>>) {
        self.0.push(Part::Rows { fleet, within });
    }

    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Where each is, if it is a file.
    pub(super) fn paths(&self) -> impl Iterator<Item = Option<&Path>> {
        self.0.iter().flat_map(|part| (0..part.len()).map(|n| part.path(n)))
    }
}

/// The same one, not one that is equal.
fn is_same<T: ?Sized>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl FromIterator<Configuration> for Configurations {
    fn from_iter<I: IntoIterator<Item = Configuration>>(configurations: I) -> Self {
        let mut all = Self::default();
        configurations.into_iter().for_each(|one| all.push(one));
        all
    }
}

impl IntoIterator for Configurations {
    type Item = Configuration;
    type IntoIter = Each;

    fn into_iter(self) -> Each {
        Each { left: self.len(), parts: self.0.into_iter(), part: None, next: 0 }
    }
}

/// One configuration after the other.
pub(super) struct Each {
    parts: std::vec::IntoIter<Part>,
    part: Option<Part>,
    /// The number of the next one in its part.
    next: usize,
    left: usize,
}

impl Iterator for Each {
    type Item = Configuration;

    fn next(&mut self) -> Option<Configuration> {
        loop {
            if let Some(one) = self.part.as_mut().and_then(|part| part.take(self.next)) {
                (self.next, self.left) = (self.next + 1, self.left - 1);
                return Some(one);
            }
            (self.part, self.next) = (Some(self.parts.next()?), 0);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Each {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_out_as_it_went_in() {
        let within: Arc<Path> = Path::new("sites").into();
        let found = |path: &str, within: Option<&Arc<Path>>| Configuration::file(path.into(), None, within.cloned());
        let all: Configurations = [
            found("sites/a/trust.yaml", Some(&within)),
            found("sites/\u{e4}/trust.yaml", Some(&within)),
            found("x.trust.yaml", None),
            Configuration::file("-".into(), Some(Source::new("<stdin>", b"x".to_vec())), None),
            found("y.trust.yaml", None),
            // Equal, but another one.
            found("sites/b/trust.yaml", Some(&Path::new("sites").into())),
        ]
        .into_iter()
        .collect();
        assert_eq!((all.len(), all.0.len()), (6, 5));
        let paths: Vec<PathBuf> = all.paths().flatten().map(Path::to_path_buf).collect();
        let mut each = all.into_iter();
        for (n, path) in paths.iter().enumerate() {
            assert_eq!(each.len(), 6 - n);
            let Some(Configuration::File { path: own, source, within, .. }) = each.next() else { panic!("a file") };
            assert_eq!((&*own, source.is_some()), (path.as_path(), n == 3));
            assert_eq!(within.is_some(), path.starts_with("sites"));
        }
        assert!(each.next().is_none() && each.len() == 0 && Configurations::default().is_empty());
    }
}
