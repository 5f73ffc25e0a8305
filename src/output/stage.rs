//! An output folder that does not exist yet: it is made beside its place, and appears by one rename with all that is in it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::lock::lock;
use super::output::{WriteFault, is_missing, put_folder};
use super::plan::Plan;

/// Keeps what a killed run has left from being committed. Goes before the folder appears.
const IGNORED: &str = ".gitignore";

/// A folder that will be the output folder. It is gone when it is dropped, unless it was moved.
pub(super) struct Stage {
    folder: PathBuf,
    moved: bool,
    /// On the folder, not on its name: it is that of the output folder later.
    _lock: Option<File>,
}

impl Stage {
    /// Takes a folder beside `out` for this run if `out` does not exist. None if it does, or if nothing can be made there:
    /// whoever then makes `out` itself finds out why.
    pub(super) fn open(out: &Path, wait: impl FnOnce()) -> Option<Self> {
        // Windows moves no folder in which a file is open, such as the one that is locked there.
        if cfg!(not(unix)) || !is_missing(out) {
            return None;
        }
        let folder = beside(out)?;
        fs::create_dir_all(folder.parent()?).ok()?;
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
            Err(_) if !is_folder(&folder) => return None,
            _ => {}
        }
        let lock = lock(&folder, wait).ok()?;
        // While this run waited, the other one may have moved or removed what is locked now.
        if !is_missing(out) || !lock.as_ref().is_none_or(|lock| is_at(lock, &folder)) {
            return None;
        }
        empty(&folder).ok()?;
        fs::write(folder.join(IGNORED), "*\n").ok()?;
        Some(Self {
            folder,
            moved: false,
            _lock: lock,
        })
    }

    /// Writes a site's folder.
    ///
    /// # Errors
    /// The file that could not be written.
    pub(super) fn put(&self, plan: &Plan<'_>) -> Result<(), WriteFault> {
        let folder = self
            .folder
            .join(plan.folder.file_name().unwrap_or_default());
        match fs::create_dir(&folder) {
            // Another site has this name: an error of the configurations, after which nothing is moved.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err((plan.folder.clone(), error)),
            Ok(()) => put_folder(&folder, plan),
        }
    }

    /// Moves all of it to its place.
    ///
    /// # Errors
    /// There is something by now.
    pub(super) fn commit(mut self, out: &Path) -> io::Result<()> {
        fs::remove_file(self.folder.join(IGNORED))?;
        fs::rename(&self.folder, out)?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.moved {
            // What stays is removed by the next run.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Removes what a run that was killed has left beside `out`.
pub(super) fn heal(out: &Path) {
    let Some(folder) = beside(out).filter(|folder| is_folder(folder)) else {
        return;
    };
    if let Ok(file) = File::open(&folder)
        && file.try_lock().is_ok()
    {
        // What stays is hidden, and in nobody's way.
        let _ = fs::remove_dir_all(folder);
    }
}

/// `sites` is made in `.sites.trustc`.
fn beside(out: &Path) -> Option<PathBuf> {
    let name = out.file_name()?.to_str()?;
    Some(out.with_file_name(format!(".{name}.trustc")))
}

/// Whether what is open still has this name.
#[cfg(unix)]
fn is_at(open: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(open), Ok(there)) = (open.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    is_folder(path)
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        }?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn stage(out: &Path) -> Option<Stage> {
        Stage::open(out, || {})
    }

    #[test]
    fn it_appears_at_once_or_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("deep/out");
        for commits in [false, true] {
            let stage = stage(&out).expect("there is no such folder");
            fs::create_dir(stage.folder.join("s0")).expect("it is ours");
            assert!(!out.exists() && stage.folder.join(IGNORED).exists());
            if commits {
                stage.commit(&out).expect("nothing is there");
            } else {
                drop(stage);
            }
            assert!(!folder.path().join("deep/.out.trustc").exists());
        }
        let names: Vec<_> = fs::read_dir(&out)
            .expect("it is there")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names, ["s0"]);
        assert!(stage(&out).is_none(), "it exists by now");
    }

    #[test]
    fn what_somebody_else_has_put_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let stage = stage(&out).expect("there is no such folder");
        fs::create_dir(&out)
            .and_then(|()| fs::write(out.join("theirs"), "x"))
            .expect("it can be made");
        assert!(stage.commit(&out).is_err());
        assert!(out.join("theirs").exists() && !folder.path().join(".out.trustc").exists());
    }

    #[test]
    fn where_nothing_can_be_made_beside_it_there_is_no_stage() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(folder.path(), folder.path().join(".linked.trustc"))
            .expect("a link");
        fs::write(folder.path().join(".file.trustc"), "x").expect("a file");
        for name in ["linked", "file", &"n".repeat(255), ".."] {
            assert!(stage(&folder.path().join(name)).is_none(), "{name}");
        }
        assert_eq!(
            fs::read(folder.path().join(".file.trustc")).expect("it stays"),
            b"x"
        );
    }

    #[test]
    fn only_one_run_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let first = stage(&out).expect("there is no such folder");
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let mut waited = false;
                (Stage::open(&out, || waited = true).is_some(), waited)
            });
            std::thread::sleep(std::time::Duration::from_millis(100));
            first.commit(&out).expect("nothing is there");
            assert_eq!(
                waits.join().expect("no panic"),
                (false, true),
                "the folder exists by now"
            );
        });
    }
}
