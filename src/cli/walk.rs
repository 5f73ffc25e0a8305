//! Folders: which files in them may be of interest.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::Stop;

/// So many entries of a folder are worth a pool of threads.
const MANY: usize = 100;
/// So many are walked before what was found in them is gathered.
const AT_ONCE: usize = 4096;

/// What is below a folder.
#[derive(Default)]
pub(super) struct Walked {
    /// In order.
    pub(super) files: Vec<PathBuf>,
    /// What could not be entered, and why.
    pub(super) unread: Vec<String>,
}

/// Every YAML and JSON file below a folder, and templates of such; hidden folders are left out. Links to files are
/// followed, links to folders are not: they may lead anywhere, and in a circle.
///
/// # Errors
/// The folder itself cannot be read.
pub(super) fn walk(folder: &Path) -> Result<Walked, Stop> {
    let mut walked = Walked::default();
    for entry in visible(folder, usize::MAX) {
        match entry {
            Ok(entry) if counts(&entry) && is_file(&entry) => walked.files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) if error.depth() == 0 => return Err(failed(folder, &error)),
            Err(error) => walked.unread.push(unread(&error)),
        }
    }
    Ok(walked)
}

/// The same, of which nothing may be unreadable, down to a depth. A file is itself.
pub(super) fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for entry in visible(folder, depth) {
        let entry = entry.map_err(|error| failed(folder, &error))?;
        if is_file(&entry) && (entry.depth() == 0 || counts(&entry)) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Hands every regular file below a folder on that is wanted, but for hidden ones, in order. Nothing may be unreadable.
pub(super) fn every_file_below(
    folder: &Path,
    wanted: impl Fn(&Path) -> bool + Sync,
    mut found: impl FnMut(PathBuf) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let here = inside_of(folder)?;
    let below = |(name, is_folder): &(Box<OsStr>, bool)| {
        let mut files = Vec::new();
        descend(folder.join(&**name), *is_folder, &wanted, &mut files).map(|()| files)
    };
    for some in here.chunks(AT_ONCE) {
        let files: Vec<Result<Vec<PathBuf>, Stop>> = match some.len() {
            ..MANY => some.iter().map(below).collect(),
            MANY.. => some.par_iter().map(below).collect(),
        };
        for files in files {
            files?.into_iter().try_for_each(&mut found)?;
        }
    }
    Ok(())
}

fn descend(
    path: PathBuf,
    is_folder: bool,
    wanted: &impl Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
) -> Result<(), Stop> {
    if !is_folder {
        files.extend(Some(path).filter(|path| wanted(path)));
        return Ok(());
    }
    inside_of(&path)?.iter().try_for_each(|(name, is_folder)| descend(path.join(&**name), *is_folder, wanted, files))
}

/// The names of the folders and regular files in a folder, in order, but for hidden ones; and which of them are folders.
/// [`WalkDir`] asks more of the file system, and there may be ten thousand folders.
fn inside_of(folder: &Path) -> Result<Vec<(Box<OsStr>, bool)>, Stop> {
    let failed = |error| Stop::Failed(format!("cannot read {}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (kind, name) = (entry.file_type().map_err(failed)?, entry.file_name());
        if (kind.is_dir() || kind.is_file()) && !name.as_encoded_bytes().starts_with(b".") {
            found.push((name.into(), kind.is_dir()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn visible(folder: &Path, depth: usize) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    WalkDir::new(folder).max_depth(depth).sort_by_file_name().into_iter().filter_entry(move |entry| !hidden(entry))
}

fn counts(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().into_owned();
    let templates = [".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".gotmpl"];
    let name = templates.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}

fn unread(error: &walkdir::Error) -> String {
    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    match error.io_error() {
        Some(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            format!("cannot read `{path}`: permission denied")
        }
        _ => format!("cannot read `{path}`: {error}"),
    }
}

fn failed(folder: &Path, error: &walkdir::Error) -> Stop {
    Stop::Failed(format!("cannot read {}: {error}", folder.display()))
}
