//! Where new files wait until all of them are there: inside the output folder, or beside it if there is none yet.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Says whose the folder is, and keeps what a killed run has left from being committed. It is made first and goes last.
const MARKER: &str = ".gitignore";
const MARK: &str =
    "# A run of trustc writes here. What it leaves when it is killed, the next run removes.\n*\n";
/// The sites, as they will stand in the output folder.
const NEW: &str = "new";

/// A folder for files that wait.
pub(super) struct Stage {
    folder: PathBuf,
    /// Made when something is to wait: where nothing changes, no right to write is needed.
    made: OnceLock<bool>,
}

impl Stage {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            made: OnceLock::new(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where all sites wait, each under its name.
    pub(super) fn sites(&self) -> PathBuf {
        self.folder.join(NEW)
    }

    /// Makes the folder, once.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn make(&self) -> io::Result<()> {
        if *self.made.get_or_init(|| make(&self.folder).is_ok()) {
            return Ok(());
        }
        // The reason, for the one who asks.
        make(&self.folder)
    }

    pub(super) fn is_made(&self) -> bool {
        self.made.get().is_some()
    }

    /// Ends the waiting, with all that still waits. What stays is removed by the next run.
    pub(super) fn remove(&self) {
        let _ = remove_inside(&self.folder).and_then(|()| fs::remove_dir(&self.folder));
    }
}

/// Removes what a run that was killed has left.
///
/// # Errors
/// It was no run that made what is there, and it stays; or it cannot be removed.
pub(super) fn heal(folder: &Path) -> io::Result<()> {
    clear(folder)?;
    missing_is_fine(fs::remove_dir(folder))
}

/// The same, and leaves the folder, which is locked.
///
/// # Errors
/// As for [`heal`].
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.is_dir() && is_of_a_run(folder)? => remove_inside(folder),
        Ok(_) => Err(io::Error::other(
            "something that trustc did not make stands where it keeps what it is writing; move it away first",
        )),
    }
}

/// Whether a folder holds nothing but what a run leaves in it when it is killed, at whatever instant.
fn is_of_a_run(folder: &Path) -> io::Result<bool> {
    let mark = match fs::symlink_metadata(folder.join(MARKER)) {
        Ok(found) if found.is_file() && found.len() <= MARK.len() as u64 => {
            fs::read(folder.join(MARKER))?
        }
        Ok(_) => return Ok(false),
        Err(_) => Vec::new(),
    };
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !(name == MARKER || name == NEW && mark == MARK.as_bytes()) {
            return Ok(false);
        }
    }
    Ok(MARK.as_bytes().starts_with(&mark))
}

fn make(folder: &Path) -> io::Result<()> {
    create_dir(folder)?;
    fs::write(folder.join(MARKER), MARK)?;
    create_dir(&folder.join(NEW))
}

/// Makes a folder, which may be there.
fn create_dir(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn remove_inside(folder: &Path) -> io::Result<()> {
    missing_is_fine(fs::remove_dir_all(folder.join(NEW)))?;
    missing_is_fine(fs::remove_file(folder.join(MARKER)))
}

fn missing_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_leaves_is_removed_and_what_others_keep_there_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let stage = folder.path().join(".out.trustc");
        let half = &MARK[..9];
        for (files, is_ours) in [
            (&[][..], true),
            (&[(MARKER, "")][..], true),
            (&[(MARKER, half)], true),
            (&[(MARKER, MARK)], true),
            (&[(MARKER, MARK), ("new/site/bundle.yaml", "x")], true),
            (&[("new/site/bundle.yaml", "x")], false),
            (&[(MARKER, half), ("new/site/bundle.yaml", "x")], false),
            (&[(MARKER, "*\n")], false),
            (&[(MARKER, MARK), ("notes.txt", "x")], false),
            (&[("mine/file", "x")], false),
        ] {
            fs::create_dir(&stage).expect("a folder");
            for (name, text) in files {
                let path = stage.join(name);
                fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
                fs::write(path, text).expect("a file");
            }
            assert_eq!(heal(&stage).is_ok(), is_ours, "{files:?}");
            assert_eq!(stage.exists(), !is_ours, "{files:?}");
            for (name, text) in files.iter().filter(|_| !is_ours) {
                let now = fs::read_to_string(stage.join(name)).expect("it stays");
                assert_eq!(now, *text);
            }
            let _ = fs::remove_dir_all(&stage);
        }
    }
}
