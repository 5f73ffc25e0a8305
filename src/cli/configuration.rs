//! Configurations to compile, in order. There may be any number of them: of files that were found only the paths are kept, and
//! those on disk if they are many; the rest is made when its turn comes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Stop;
use super::changed::Changed;
use super::inputs::read;
use super::sorted::Sorted;
use super::spool::{Reading, Records};
use super::walk::as_name;
use crate::compile::{Given, Options, Site, compile, compile_row, inputs, inputs_of_row};
use crate::config::Fleet;
use crate::source::{Digest, Limit, Source, without_detours};

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
    Row {
        fleet: Arc<Fleet>,
        row: usize,
        within: Option<Arc<Path>>,
    },
    /// A fleet that could not be read.
    Refused(Box<Site>),
}

impl Configuration {
    pub(super) fn file(path: PathBuf, source: Option<Source>, within: Option<Arc<Path>>) -> Self {
        Self::File {
            path: path.into(),
            source: source.map(Box::new),
            within,
            fleet: None,
        }
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
            Self::File {
                path,
                source: _,
                within,
                fleet,
            } => {
                let source = read(path, Limit::Configuration)?;
                inputs(
                    Given {
                        path,
                        source,
                        within: within.as_deref(),
                        fleet: fleet.as_deref(),
                    },
                    options,
                )
            }
            Self::Row { fleet, row, within } => {
                inputs_of_row(fleet, *row, within.as_deref(), options)
            }
            Self::Refused(_) => None,
        };
        Ok(inputs.is_none_or(|inputs| changed.any(inputs.iter().map(PathBuf::as_path))))
    }

    /// What it is known by among those of a run; in order, as a walk finds them. None if it is no site.
    pub(super) fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::File { path, .. } => path.to_str().map(Cow::from),
            Self::Row { fleet, row, .. } => fleet
                .path()
                .to_str()
                .map(|path| format!("{path}#{row:09}").into()),
            Self::Refused(_) => None,
        }
    }

    /// Reads it, if it is a file that has not been read.
    pub(super) fn read(&mut self) -> Result<(), Stop> {
        if let Self::File {
            path,
            source: source @ None,
            ..
        } = self
        {
            *source = Some(Box::new(read(path, Limit::Configuration)?));
        }
        Ok(())
    }

    /// The digest of everything that it says itself, once it has been read.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::File { source, fleet, .. } => {
                let own = Sha256::new_with_prefix(
                    source
                        .as_ref()
                        .map(|source| *source.digest())
                        .unwrap_or_default(),
                );
                own.chain_update(format!(
                    "{:?}",
                    fleet.as_ref().and_then(|fleet| fleet.base())
                ))
                .finalize()
                .into()
            }
            Self::Row { fleet, row, .. } => Sha256::digest(fleet.row_bytes(*row)).into(),
            Self::Refused(_) => Digest::default(),
        }
    }

    pub(super) fn compile(self, options: &Options) -> Result<Site, Stop> {
        match self {
            Self::File {
                path,
                source,
                within,
                fleet,
            } => {
                let source = source
                    .map_or_else(|| read(&path, Limit::Configuration), |source| Ok(*source))?;
                let given = Given {
                    path: &path,
                    source,
                    within: within.as_deref(),
                    fleet: fleet.as_deref(),
                };
                Ok(compile(given, options)?)
            }
            Self::Row { fleet, row, within } => {
                Ok(compile_row(&fleet, row, within.as_deref(), options)?)
            }
            Self::Refused(site) => Ok(*site),
        }
    }
}

/// Any number of configurations.
#[derive(Default)]
pub(super) struct Configurations {
    parts: Vec<Part>,
    /// The paths of all files that have not been read.
    paths: Records,
    len: usize,
    /// The files that globs of fleets have found, and what each extends by that.
    by_glob: Sorted,
    /// The last file, and whether a file has come that is not behind the one before it. Those of one walk are in order, and so
    /// each is there once.
    last: Option<Box<Path>>,
    is_out_of_order: bool,
}

enum Part {
    /// So many files that have not been read, found in one folder or by one glob.
    Files {
        count: usize,
        within: Option<Arc<Path>>,
        fleet: Option<Arc<Fleet>>,
    },
    /// All rows of a fleet.
    Rows {
        fleet: Arc<Fleet>,
        within: Option<Arc<Path>>,
    },
    /// Anything else.
    One(Box<Configuration>),
}

impl Configurations {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, configuration: Configuration) -> Result<(), Stop> {
        self.note(configuration.path());
        match configuration {
            Configuration::File {
                path,
                source: None,
                within,
                fleet,
            } if path.to_str().is_some() => {
                if let Some(fleet) = &fleet {
                    self.claim(&path, fleet)?;
                }
                self.push_file(&path, within, fleet)
            }
            other => {
                self.len += 1;
                self.parts.push(Part::One(Box::new(other)));
                Ok(())
            }
        }
    }

    /// Notes that a glob has found a file. What it extends by that must not depend on whose glob was the first.
    fn claim(&mut self, path: &Path, fleet: &Fleet) -> Result<(), Stop> {
        let base = fleet
            .base()
            .map(|(base, file)| without_detours(&file.with_file_name(base)));
        let (key, base) = (path.as_os_str().as_encoded_bytes(), format!("{base:?}"));
        match self.by_glob.get(key)? {
            None => self.by_glob.insert(key, base.as_bytes()),
            Some(known) if known == base.as_bytes() => Ok(()),
            Some(_) => Err(Stop::Failed(format!(
                "{} is found by the globs of two fleets that extend different files, one of them {}: narrow one of the two",
                path.display(),
                fleet.path().display()
            ))),
        }
    }

    fn note(&mut self, path: Option<&Path>) {
        if let Some(path) = path {
            self.is_out_of_order |= self.last.as_deref().is_some_and(|last| last >= path);
            self.last = Some(path.into());
        }
    }

    fn push_file(
        &mut self,
        path: &Path,
        within: Option<Arc<Path>>,
        fleet: Option<Arc<Fleet>>,
    ) -> Result<(), Stop> {
        self.len += 1;
        self.paths
            .push(path.to_str().unwrap_or_default().as_bytes())?;
        if let Some(Part::Files {
            count,
            within: same,
            fleet: fleets,
        }) = self.parts.last_mut()
            && is_same(same.as_ref(), within.as_ref())
            && is_same(fleets.as_ref(), fleet.as_ref())
        {
            *count += 1;
            return Ok(());
        }
        self.parts.push(Part::Files {
            count: 1,
            within,
            fleet,
        });
        Ok(())
    }

    /// All rows of a fleet.
    pub(super) fn push_rows(&mut self, fleet: Arc<Fleet>, within: Option<Arc<Path>>) {
        if fleet.len() == 0 {
            return;
        }
        self.note(Some(fleet.path()));
        self.len += fleet.len();
        self.parts.push(Part::Rows { fleet, within });
    }

    /// Each of them once, by the text of their paths. What a fleet's glob has found is a site of the fleet, wherever else it
    /// was found.
    pub(super) fn each_once(mut self) -> Result<Self, Stop> {
        if !self.is_out_of_order {
            return Ok(self);
        }
        let (mut once, mut seen, mut paths) =
            (Self::default(), Sorted::default(), self.paths.read()?);
        let mut is_new = |path: &Path, fleet: Option<&Arc<Fleet>>| {
            let path = path.as_os_str().as_encoded_bytes();
            if fleet.is_none() && self.by_glob.get(path)?.is_some() {
                return Ok(false);
            }
            let is_new = seen.get(path)?.is_none();
            if is_new {
                seen.insert(path, b"").map(|()| true)
            } else {
                Ok(false)
            }
        };
        for part in self.parts {
            match part {
                Part::Rows { fleet, within } if is_new(fleet.path(), Some(&fleet))? => {
                    once.push_rows(fleet, within)
                }
                Part::Rows { .. } => {}
                Part::One(one) if one.path().map_or(Ok(true), |path| is_new(path, None))? => {
                    once.push(*one)?
                }
                Part::One(_) => {}
                Part::Files {
                    count,
                    within,
                    fleet,
                } => {
                    for path in paths.by_ref().take(count) {
                        let path = as_path(path?);
                        if is_new(&path, fleet.as_ref())? {
                            once.push_file(&path, within.clone(), fleet.clone())?;
                        }
                    }
                }
            }
        }
        Ok(once)
    }

    /// One after the other.
    pub(super) fn each(self) -> Result<Each, Stop> {
        let (parts, paths) = (self.parts.into_iter(), self.paths.read()?);
        Ok(Each {
            parts,
            paths,
            part: None,
            next: 0,
            left: self.len,
        })
    }
}

fn as_path(path: Vec<u8>) -> PathBuf {
    as_name(path).into()
}

/// The same one, not one that is equal.
fn is_same<T: ?Sized>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// One configuration after the other.
pub(super) struct Each {
    parts: std::vec::IntoIter<Part>,
    paths: Reading,
    /// The one of several that is being handed on.
    part: Option<Part>,
    /// The number of the next one in it.
    next: usize,
    left: usize,
}

impl Each {
    fn next_of_part(&mut self) -> Option<Result<Configuration, Stop>> {
        match self.part.as_ref()? {
            Part::Files {
                count,
                within,
                fleet,
            } if self.next < *count => {
                let path = self.paths.next()?.map(|path| as_path(path).into());
                let file = |path| Configuration::File {
                    path,
                    source: None,
                    within: within.clone(),
                    fleet: fleet.clone(),
                };
                Some(path.map(file))
            }
            Part::Rows { fleet, within } if self.next < fleet.len() => {
                Some(Ok(Configuration::Row {
                    fleet: fleet.clone(),
                    row: self.next,
                    within: within.clone(),
                }))
            }
            Part::Files { .. } | Part::Rows { .. } | Part::One(_) => None,
        }
    }
}

impl Iterator for Each {
    type Item = Result<Configuration, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(one) = self.next_of_part() {
                (self.next, self.left) = (self.next + 1, self.left - 1);
                return Some(one);
            }
            match self.parts.next()? {
                Part::One(one) => {
                    (self.part, self.left) = (None, self.left - 1);
                    return Some(Ok(*one));
                }
                several => (self.part, self.next) = (Some(several), 0),
            }
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

    fn all(given: impl IntoIterator<Item = Configuration>) -> Configurations {
        let mut all = Configurations::default();
        given
            .into_iter()
            .for_each(|one| assert!(all.push(one).is_ok()));
        all
    }

    fn found(path: &str, within: Option<&Arc<Path>>) -> Configuration {
        Configuration::file(path.into(), None, within.cloned())
    }

    #[test]
    fn each_comes_out_as_it_went_in() {
        let within: Arc<Path> = Path::new("sites").into();
        let paths = [
            "sites/a/trust.yaml",
            "sites/\u{e4}/trust.yaml",
            "x.trust.yaml",
            "-",
            "y.trust.yaml",
            "sites/b/trust.yaml",
        ];
        let all = all([
            found(paths[0], Some(&within)),
            found(paths[1], Some(&within)),
            found(paths[2], None),
            Configuration::file(
                paths[3].into(),
                Some(Source::new("<stdin>", b"x".to_vec())),
                None,
            ),
            found(paths[4], None),
            // Equal, but another one.
            found(paths[5], Some(&Path::new("sites").into())),
        ]);
        assert_eq!(
            (all.len(), all.parts.len(), all.is_out_of_order),
            (6, 5, true)
        );
        let Ok(mut each) = all.each() else {
            panic!("they are in memory")
        };
        for (n, path) in paths.iter().enumerate() {
            assert_eq!(each.len(), 6 - n);
            let Some(Ok(Configuration::File {
                path: own,
                source,
                within,
                ..
            })) = each.next()
            else {
                panic!("a file")
            };
            assert_eq!((&*own, source.is_some()), (Path::new(path), n == 3));
            assert_eq!(within.is_some(), path.starts_with("sites"));
        }
        assert!(each.next().is_none() && each.len() == 0 && Configurations::default().is_empty());
    }

    #[test]
    fn what_is_named_twice_is_there_once() {
        for (given, once) in [
            (&["a", "b", "c"][..], &["a", "b", "c"][..]),
            (&["b", "a", "b", "c", "a"], &["b", "a", "c"]),
            (&["a", "a"], &["a"]),
            (&["sites/a", "./sites/a"], &["sites/a", "./sites/a"]),
        ] {
            let Ok(all) = all(given.iter().map(|path| found(path, None))).each_once() else {
                panic!("they are few")
            };
            let each = all.each().into_iter().flatten().flatten();
            let paths: Vec<PathBuf> = each
                .filter_map(|one| one.path().map(Path::to_path_buf))
                .collect();
            assert_eq!(paths, once.iter().map(PathBuf::from).collect::<Vec<_>>());
        }
    }
}
