//! Folders: which files in them may be of interest.

use std::io;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::Failure;
use crate::source::{Border, Limit, read_named, repository};
use crate::text::Clean;

/// What is below a folder.
pub(super) enum Found {
    File(PathBuf),
    /// A link that leads out of everything that may be read.
    Outside(PathBuf),
    /// Something that cannot be read, and why.
    Unread(PathBuf, String),
}

/// Whether links to files are files. Links to folders are not followed: they may lead anywhere, and in a circle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    Followed,
    LeftOut,
}

/// Which folder to look into, and how.
pub(super) struct Walk<'w> {
    pub(super) folder: &'w Path,
    /// How many folders deep.
    pub(super) depth: usize,
    pub(super) links: Links,
    pub(super) border: &'w Border,
}

impl Walk<'_> {
    /// Hands on every file that is wanted, in order. Left out is what is hidden, and what `.gitignore` says in a repository.
    pub(super) fn run(
        &self,
        wanted: &dyn Fn(&Path) -> bool,
        found: &mut dyn FnMut(Found) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let walk = WalkDir::new(self.folder).max_depth(self.depth);
        let mut entries = walk.sort_by_file_name().into_iter();
        let mut ignored = Ignored::above(self.folder);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found(unread(self.folder, error))?;
                    continue;
                }
            };
            let is_root = entry.depth() == 0;
            let is_folder = entry.file_type().is_dir() || is_root && entry.path().is_dir();
            if !is_root && (is_hidden(&entry) || ignored.matches(&entry, is_folder)) {
                if is_folder {
                    entries.skip_current_dir();
                }
            } else if is_folder {
                ignored.enter(&entry);
            } else if wanted(entry.path())
                && let Some(one) = self.look_at(entry)
            {
                found(one)?;
            }
        }
        Ok(())
    }

    /// What something is that is no folder; none if it is left out.
    fn look_at(&self, entry: DirEntry) -> Option<Found> {
        let is_link = entry.depth() > 0 && entry.path_is_symlink();
        let path = entry.into_path();
        if is_link {
            match path.canonicalize() {
                Ok(real) if self.border.holds(&real) => {}
                Ok(_) => return Some(Found::Outside(path)),
                Err(_) => return Some(Found::Unread(path, "the link leads nowhere".to_owned())),
            }
        }
        match path.metadata() {
            Err(error) => Some(Found::Unread(path, reason(&error))),
            Ok(found) if is_link && (found.is_dir() || self.links == Links::LeftOut) => None,
            Ok(found) if found.is_file() => Some(Found::File(path)),
            Ok(_) => Some(Found::Unread(path, "it is not a regular file".to_owned())),
        }
    }
}

fn unread(folder: &Path, error: walkdir::Error) -> Found {
    let path = error.path().unwrap_or(folder).to_path_buf();
    let error = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::other("links run in a circle"));
    Found::Unread(path, reason(&error))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// What `.gitignore` files say, from the root of the repository down to the folder that is being looked into.
struct Ignored {
    /// The folder of the walk, as it was named and as it really is. None outside of repositories: git would ignore nothing.
    folder: Option<(PathBuf, PathBuf)>,
    files: Vec<Option<Gitignore>>,
    /// How many of the files are above the folder.
    above: usize,
}

impl Ignored {
    fn above(folder: &Path) -> Self {
        let real = folder.canonicalize().unwrap_or_default();
        let above: Vec<&Path> = repository(&real).map_or_else(Vec::new, |root| {
            let here = real.ancestors().skip(1);
            here.take_while(|folder| folder.starts_with(root)).collect()
        });
        let files: Vec<_> = above.iter().rev().map(|folder| gitignore(folder)).collect();
        let folder = repository(&real).map(|_| (folder.to_path_buf(), real.clone()));
        let above = files.len();
        Self {
            folder,
            files,
            above,
        }
    }

    /// Where something really is that was found.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let (named, real) = self.folder.as_ref()?;
        Some(real.join(path.strip_prefix(named).ok()?))
    }

    fn enter(&mut self, folder: &DirEntry) {
        if let Some(real) = self.real(folder.path()) {
            self.files.truncate(self.above + folder.depth());
            self.files.push(gitignore(&real));
        }
    }

    /// The file that is nearest decides.
    fn matches(&self, entry: &DirEntry, is_folder: bool) -> bool {
        let Some(real) = self.real(entry.path()) else {
            return false;
        };
        let around = self.files.iter().take(self.above + entry.depth()).rev();
        let said = around
            .flatten()
            .map(|file| file.matched(&real, is_folder))
            .find(|said| !said.is_none());
        matches!(said, Some(Match::Ignore(_)))
    }
}

/// What the `.gitignore` in a folder says. It is read here and not by the crate, which would read a device as well.
fn gitignore(folder: &Path) -> Option<Gitignore> {
    let path = folder.join(".gitignore");
    // As git does: not through a link.
    path.symlink_metadata()
        .ok()
        .filter(|found| found.is_file())?;
    let source = read_named(&path, Limit::Configuration).ok()?;
    let mut builder = GitignoreBuilder::new(folder);
    for line in source.text()?.lines() {
        // A line that is no pattern ignores nothing, as in git.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

/// Every YAML and JSON file below a folder down to a depth, and templates of such. A file is itself. Nothing may be unreadable.
pub(crate) fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Failure> {
    let border = Border::around(folder, []);
    let walk = Walk {
        folder,
        depth,
        links: Links::Followed,
        border: &border.map_err(|error| cannot_read(folder, &reason(&error)))?,
    };
    let mut files = Vec::new();
    let wanted = |path: &Path| path == folder || may_hold_objects(path);
    walk.run(&wanted, &mut |found| {
        match found {
            Found::File(path) => files.push(path),
            Found::Outside(path) => return Err(Failure(outside(&path))),
            Found::Unread(path, why) => return Err(cannot_read(&path, &why)),
        }
        Ok(())
    })?;
    Ok(files)
}

pub(super) fn cannot_read(path: &Path, why: &str) -> Failure {
    Failure(format!("cannot read {}: {why}", Clean::path(&path)))
}

/// Why a link is not followed.
pub(super) fn outside(path: &Path) -> String {
    format!(
        "`{}` is a link that leads out of the folder and of its repository",
        Clean::path(&path)
    )
}

/// Whether a file may hold objects: YAML, JSON, or a template of such.
pub(super) fn may_hold_objects(path: &Path) -> bool {
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
