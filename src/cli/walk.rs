//! Folders: which files in them may be of interest.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::Stop;
use super::sorted::{IN_MEMORY, Sorted};

/// So many entries of a folder are worth a pool of threads.
const MANY: usize = 100;
/// So many are looked into at once.
const AT_ONCE: usize = 1024;
/// A folder with so many entries in it, at any depth, is looked into at once; a larger one when its turn comes.
const SMALL: usize = 64;

/// What is below a folder.
pub(super) enum Found {
    File(PathBuf),
    /// A folder that could not be read, and why.
    Unread(PathBuf, io::Error),
}

/// Whether links to files are files. Links to folders are not followed: they may lead anywhere, and in a circle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    Followed,
    LeftOut,
}

/// Hands on every file below a folder that is wanted, but for hidden ones, in order. What waits for its turn does not grow
/// with what is there.
pub(super) fn walk(
    folder: &Path,
    links: Links,
    wanted: &(impl Fn(&Path) -> bool + Sync),
    found: &mut impl FnMut(Found) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut entries = match in_order(folder, links)? {
        Ok(entries) => entries,
        Err(error) => return found(Found::Unread(folder.to_path_buf(), error)),
    };
    let look = |(name, is_folder): &Entry| {
        let (path, mut left, mut inside) = (folder.join(name), SMALL, Vec::new());
        match look_into(&path, *is_folder, links, wanted, &mut left, &mut inside) {
            true => Ok(inside),
            false => Err(path),
        }
    };
    loop {
        let some = entries
            .by_ref()
            .take(AT_ONCE)
            .collect::<Result<Vec<Entry>, Stop>>()?;
        let looked_into: Vec<Result<Vec<Found>, PathBuf>> = match some.len() {
            0 => return Ok(()),
            1..MANY => some.iter().map(look).collect(),
            MANY.. => some.par_iter().map(look).collect(),
        };
        for looked_into in looked_into {
            match looked_into {
                Ok(inside) => inside.into_iter().try_for_each(&mut *found)?,
                Err(large) => walk(&large, links, wanted, found)?,
            }
        }
    }
}

/// Adds what is wanted of a file or a folder to `inside`; false if there is more to look at than is left.
fn look_into(
    path: &Path,
    is_folder: bool,
    links: Links,
    wanted: &impl Fn(&Path) -> bool,
    left: &mut usize,
    inside: &mut Vec<Found>,
) -> bool {
    if !is_folder {
        inside.extend(
            Some(path)
                .filter(|path| wanted(path))
                .map(|path| Found::File(path.to_path_buf())),
        );
        return true;
    }
    let mut here = Vec::new();
    let read = entries(path, links).and_then(|entries| {
        for entry in entries.take(*left + 1) {
            here.push(entry?);
        }
        Ok(())
    });
    if let Err(error) = read {
        inside.push(Found::Unread(path.to_path_buf(), error));
        return true;
    }
    let Some(rest) = left.checked_sub(here.len()) else {
        return false;
    };
    *left = rest;
    here.sort_unstable();
    here.iter().all(|(name, is_folder)| {
        look_into(&path.join(name), *is_folder, links, wanted, left, inside)
    })
}

/// The name of something in a folder, and whether it is a folder.
type Entry = (OsString, bool);

/// The folders and files in a folder, but for hidden ones. [`WalkDir`] asks more of the file system, and keeps all of them.
fn entries(folder: &Path, links: Links) -> io::Result<impl Iterator<Item = io::Result<Entry>>> {
    let entry = move |entry: io::Result<fs::DirEntry>| {
        let (kind, entry) = match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let name = entry.file_name();
        let is_linked = || links == Links::Followed && kind.is_symlink() && entry.path().is_file();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        (!is_hidden && (kind.is_dir() || kind.is_file() || is_linked()))
            .then(|| Ok((name, kind.is_dir())))
    };
    Ok(fs::read_dir(folder)?.filter_map(entry))
}

/// The same in order.
fn in_order(
    folder: &Path,
    links: Links,
) -> Result<io::Result<impl Iterator<Item = Result<Entry, Stop>>>, Stop> {
    let (mut few, mut many) = (Vec::new(), None::<Sorted>);
    let entries = match entries(folder, links) {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    for entry in entries {
        match entry {
            Ok(entry) => few.push(entry),
            Err(error) => return Ok(Err(error)),
        }
        if few.len() == IN_MEMORY {
            keep(&mut few, many.get_or_insert_default())?;
        }
    }
    let on_disk = match many {
        None => None,
        Some(mut many) => {
            keep(&mut few, &mut many)?;
            Some(many.read()?)
        }
    };
    few.sort_unstable();
    let from_disk = on_disk
        .into_iter()
        .flatten()
        .map(|pair| pair.map(|(name, kind)| (as_name(name), !kind.is_empty())));
    Ok(Ok(few.into_iter().map(Ok).chain(from_disk)))
}

fn keep(few: &mut Vec<Entry>, many: &mut Sorted) -> Result<(), Stop> {
    few.sort_unstable();
    let kind = |is_folder: bool| if is_folder { b"/".as_slice() } else { b"" };
    many.add_run(
        few.iter()
            .map(|(name, is_folder)| (name.as_encoded_bytes(), kind(*is_folder))),
    )?;
    few.clear();
    Ok(())
}

#[cfg(unix)]
pub(super) fn as_name(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
pub(super) fn as_name(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Every YAML and JSON file below a folder down to a depth, and templates of such. Nothing may be unreadable. A file is itself.
pub(super) fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for entry in visible(folder, depth) {
        let entry = entry.map_err(|error| failed(folder, &error))?;
        if is_file(&entry) && (entry.depth() == 0 || counts(entry.path())) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn visible(folder: &Path, depth: usize) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let hidden = |entry: &DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    WalkDir::new(folder)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| !hidden(entry))
}

/// Whether a file may hold objects: YAML, JSON, or a template of such.
pub(super) fn counts(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let templates = [".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".gotmpl"];
    let name = templates
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}

fn failed(folder: &Path, error: &walkdir::Error) -> Stop {
    Stop::Failed(format!("cannot read {}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path, links: Links) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        let walked = walk(folder, links, &counts, &mut |found| {
            match found {
                Found::File(path) => files.push(path),
                Found::Unread(path, _) => unread.push(path),
            }
            Ok(())
        });
        assert!(walked.is_ok());
        (files, unread)
    }

    /// The same by a walk that keeps everything.
    fn expected(folder: &Path) -> Vec<PathBuf> {
        let all = visible(folder, usize::MAX).map(|entry| entry.expect("it can be read"));
        all.filter(|entry| entry.file_type().is_file() && counts(entry.path()))
            .map(DirEntry::into_path)
            .collect()
    }

    #[test]
    fn files_come_in_order_however_many_there_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
            fs::write(path, "").expect("a file");
        };
        // More than are sorted in memory, more than are looked into at once, folders in folders, and what does not count.
        (0..IN_MEMORY + 10).for_each(|n| file(&format!("flat/{:05}.yaml", n * 7_919 % 50_021)));
        for n in 0..200 {
            file(&format!("regions/{n}/trust.yaml"));
            file(&format!("regions/{n}-x.yaml"));
            file(&format!("regions/deep/{}/{n}/{n}/a.yml", n % 3));
            file(&format!("regions/.hidden/{n}.yaml"));
            file(&format!("regions/{n}/other.txt"));
        }
        let wanted = expected(folder.path());
        assert!(wanted.len() > IN_MEMORY + 600);
        assert!(found(folder.path(), Links::LeftOut) == (wanted, Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_what_cannot_be_read() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a/locked"))
            .and_then(|()| fs::write(path("a/x.yaml"), ""))
            .expect("they can be made");
        symlink("x.yaml", path("a/linked.yaml"))
            .and_then(|()| symlink("a", path("b")))
            .expect("links");
        symlink("nowhere", path("a/broken.yaml")).expect("a link");
        fs::set_permissions(path("a/locked"), fs::Permissions::from_mode(0o000))
            .expect("it is ours");
        // The superuser reads everything.
        let locked: Vec<PathBuf> = fs::read_dir(path("a/locked"))
            .err()
            .map(|_| path("a/locked"))
            .into_iter()
            .collect();
        assert_eq!(
            found(folder.path(), Links::LeftOut),
            (vec![path("a/x.yaml")], locked.clone())
        );
        assert_eq!(
            found(folder.path(), Links::Followed),
            (vec![path("a/linked.yaml"), path("a/x.yaml")], locked)
        );
        assert_eq!(
            found(&path("missing"), Links::Followed),
            (Vec::new(), vec![path("missing")])
        );
        fs::set_permissions(path("a/locked"), fs::Permissions::from_mode(0o700))
            .expect("it is ours");
    }
}
