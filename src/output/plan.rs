//! What would have to change in a site's folder, and what stands in the way.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::admission::VerifiedTree;
use crate::delivery::{FOLDERS, KUSTOMIZATION, NAMES, VALUES, is_generated};
use crate::text::Clean;

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update {
        old: String,
    },
    /// A file of an earlier run. It is not kept in memory: there may be any number.
    Remove,
    Keep,
}

/// One file and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Change<'t> {
    /// The name inside the site's folder, with forward slashes.
    pub(crate) name: Cow<'t, str>,
    pub(crate) action: Action,
    /// The new text; empty when the file is removed.
    pub(crate) text: &'t str,
}

/// Something in the folder that must not be touched.
#[derive(Debug)]
pub(crate) enum Obstacle {
    /// A file of this name was made by somebody else.
    Foreign(PathBuf),
    /// A file of this name was made from another configuration.
    OtherSource(PathBuf),
    /// A link, a folder or a device where a file should be, or a link where the folder should be.
    NotAFile(PathBuf),
    /// The folder is the root of a repository.
    RepositoryRoot(PathBuf),
    /// A name that differs from ours in upper and lower case only: on Windows and macOS the two are one file.
    Twin(PathBuf),
    /// The file or folder cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign(path) => {
                write!(
                    f,
                    "{} was not made by trustc, and will not be overwritten; move it away first",
                    Clean::path(&path)
                )
            }
            Self::OtherSource(path) => write!(
                f,
                "{} was made from another configuration; give each site its own metadata.name, or, if the configuration has got another name, delete the file",
                Clean::path(&path)
            ),
            Self::NotAFile(path) => write!(
                f,
                "{} is a link, a folder or a device; nothing is written through it; remove it first",
                Clean::path(&path)
            ),
            Self::RepositoryRoot(path) => {
                write!(
                    f,
                    "{} is the root of a repository; choose a folder inside it",
                    Clean::path(&path)
                )
            }
            Self::Twin(path) => write!(
                f,
                "{} differs from a name of ours only in upper and lower case, and on Windows and macOS the two are one; rename or delete it first",
                Clean::path(&path)
            ),
            Self::Unreadable(path, error) => {
                write!(f, "cannot read {}: {error}", Clean::path(&path))
            }
        }
    }
}

/// All changes of one site's folder, in the order in which they are made: manifests, then the file that lists them, then
/// removals. An aborted run never leaves a list that names a missing file, and never a smaller tree.
#[derive(Debug)]
pub(crate) struct Plan<'t> {
    pub(crate) folder: PathBuf,
    /// Whether there is no such folder yet.
    pub(crate) is_new: bool,
    pub(crate) changes: Vec<Change<'t>>,
    /// Files in the folder that are not ours; left alone.
    pub(crate) foreign: Vec<PathBuf>,
}

impl<'t> Plan<'t> {
    /// What differs, in order.
    pub(crate) fn differences(&self) -> impl Iterator<Item = &Change<'t>> {
        self.changes
            .iter()
            .filter(|change| change.action != Action::Keep)
    }

    pub(crate) fn path(&self, change: &Change<'_>) -> PathBuf {
        self.folder.join(&*change.name)
    }
}

/// Compares `tree` with what is in `<out>/<site>`, or with nothing if `out` itself is known not to exist. Reads, and changes
/// nothing.
///
/// # Errors
/// Everything that must not be touched.
pub(crate) fn plan<'t>(
    out: &Path,
    exists: bool,
    tree: &'t VerifiedTree,
) -> Result<Plan<'t>, Vec<Obstacle>> {
    let folder = out.join(&tree.site);
    let looked_at = match exists {
        true => present(&folder, "", tree)?,
        false => None,
    };
    let is_new = looked_at.is_none();
    let present = with_engines(looked_at.unwrap_or_default(), &folder, tree)?;
    let mut obstacles = Vec::new();
    let mut changes = Vec::with_capacity(tree.files.len());
    for file in &tree.files {
        let action = match present.iter().find(|found| found.name == file.name) {
            None => Ok(Action::Create),
            Some(found) => found.compare(&tree.mark, file.text()),
        };
        match action {
            Ok(action) => changes.push(Change {
                name: file.name.as_str().into(),
                action,
                text: file.text(),
            }),
            Err(obstacle) => obstacles.push(obstacle(folder.join(&file.name))),
        }
    }
    let mut foreign = Vec::new();
    for Present { name, kind } in present {
        if tree.files.iter().any(|file| file.name == name) {
            continue;
        }
        let path = folder.join(&name);
        if matches!(kind, Kind::Stale) {
            changes.push(Change {
                name: name.into(),
                action: Action::Remove,
                text: "",
            });
        } else if is_twin(&name, tree.files.iter().map(|file| file.name.as_str())) {
            obstacles.push(Obstacle::Twin(path));
        } else if is_kustomization(&name) {
            obstacles.push(Obstacle::Foreign(path));
        } else {
            foreign.push(path);
        }
    }
    if obstacles.is_empty() {
        Ok(Plan {
            folder,
            is_new,
            changes,
            foreign,
        })
    } else {
        Err(obstacles)
    }
}

/// kustomize refuses a folder with two of these.
fn is_kustomization(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    matches!(file, KUSTOMIZATION | "kustomization.yml" | "Kustomization")
}

/// What is in the site's folder, with what is in the folders of engines inside it: an earlier run may have left something
/// there.
fn with_engines(
    mut all: Vec<Present>,
    folder: &Path,
    tree: &VerifiedTree,
) -> Result<Vec<Present>, Vec<Obstacle>> {
    for engine in FOLDERS {
        let Some(found) = all.iter().position(|found| found.name == *engine) else {
            continue;
        };
        let inside = folder.join(engine);
        let is_folder = fs::symlink_metadata(&inside).is_ok_and(|metadata| metadata.is_dir());
        if is_folder {
            all.remove(found);
            let inner = present(&inside, &format!("{engine}/"), tree)?;
            all.extend(inner.into_iter().flatten());
        } else if tree
            .files
            .iter()
            .any(|file| file.name.starts_with(&format!("{engine}/")))
        {
            return Err(vec![Obstacle::NotAFile(inside)]);
        }
    }
    Ok(all)
}

/// Whether a name is one of ours but for its case. As in Windows and macOS, more than ASCII counts.
fn is_twin<'n>(name: &str, mut ours: impl Iterator<Item = &'n str>) -> bool {
    let lower = name.to_lowercase();
    lower != name && ours.any(|our| our == lower)
}

/// Folders in `out` whose names are those of sites but for their case.
pub(crate) fn twins(out: &Path, is_site: impl Fn(&str) -> bool) -> Vec<Obstacle> {
    let mut names = Vec::new();
    for entry in fs::read_dir(out).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        if lower != name && is_site(&lower) {
            names.push(name);
        }
    }
    names.sort();
    names
        .into_iter()
        .map(|name| Obstacle::Twin(out.join(name)))
        .collect()
}

/// The same first line: made by this program, from this configuration.
fn is_of(text: &str, mark: &str) -> bool {
    text.lines().next() == Some(mark)
}

/// An entry of the folder.
struct Present {
    name: String,
    kind: Kind,
}

enum Kind {
    /// A regular file that the tree has too, and its text, if it is UTF-8.
    Wanted(Option<String>),
    /// A file of this configuration that the tree does not have any more.
    Stale,
    /// A regular file of somebody else.
    Other,
    /// A link, a folder or a device.
    NotAFile,
}

impl Present {
    fn compare(&self, mark: &str, new: &str) -> Result<Action, fn(PathBuf) -> Obstacle> {
        let old = match &self.kind {
            Kind::NotAFile => return Err(Obstacle::NotAFile),
            Kind::Wanted(Some(old)) => old,
            Kind::Wanted(None) | Kind::Stale | Kind::Other => return Err(Obstacle::Foreign),
        };
        // Line ends that a checkout has changed are no edit by hand.
        if old == new || old.replace("\r\n", "\n") == new {
            return Ok(Action::Keep);
        }
        if is_of(old, mark) {
            return Ok(Action::Update { old: old.clone() });
        }
        Err(if is_generated(old) {
            Obstacle::OtherSource
        } else {
            Obstacle::Foreign
        })
    }
}

/// What is in a folder, by names that begin with `prefix`; none if there is no folder.
fn present(
    folder: &Path,
    prefix: &str,
    tree: &VerifiedTree,
) -> Result<Option<Vec<Present>>, Vec<Obstacle>> {
    let unreadable = |error| vec![Obstacle::Unreadable(folder.to_path_buf(), error)];
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(vec![Obstacle::NotAFile(folder.to_path_buf())]);
        }
        Ok(_) => {}
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == ".git" {
            return Err(vec![Obstacle::RepositoryRoot(folder.to_path_buf())]);
        }
        let name = format!("{prefix}{name}");
        let kind = match entry.file_type().map_err(unreadable)?.is_file() {
            false => Kind::NotAFile,
            true => kind_of(&entry.path(), &name, tree)?,
        };
        entries.push(Present { name, kind });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(entries))
}

fn kind_of(path: &Path, name: &str, tree: &VerifiedTree) -> Result<Kind, Vec<Obstacle>> {
    let unreadable = |error| vec![Obstacle::Unreadable(path.to_path_buf(), error)];
    if tree.files.iter().any(|file| file.name == name) {
        return read(path).map(Kind::Wanted).map_err(unreadable);
    }
    let is_ours = may_be_ours(name) && begins_with_line(path, &tree.mark).map_err(unreadable)?;
    Ok(if is_ours { Kind::Stale } else { Kind::Other })
}

/// Whether an earlier run may have written a file of this name.
fn may_be_ours(name: &str) -> bool {
    [".yaml", ".yml", NAMES, VALUES]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    // Most files fit: asking for the size of each would be one call in five.
    let mut bytes = Vec::with_capacity(8 * 1024);
    fs::File::open(path)?
        .take(u64::MAX)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok())
}

/// Whether the first line of a file is this one.
fn begins_with_line(path: &Path, line: &str) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(line.len() + 2);
    let file = fs::File::open(path)?;
    file.take(line.len() as u64 + 2).read_to_end(&mut bytes)?;
    let rest = bytes.strip_prefix(line.as_bytes());
    Ok(rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'\n' || rest == b"\r\n"))
}
