//! Carrying plans out: everything that changes is first written where it waits, and only when all of it is there is each file
//! moved into its place by a rename; of a site that is new, its folder; and of an output folder that is new, all of it.
//!
//! So a run that finds an error in its last site, or a full disk, has changed nothing; one that is killed leaves every
//! file either old or new, and what it left beside them is removed by the next run. One run at a time works on a folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::lock::lock;
use super::plan::{Action, Change, Plan};
use super::stage::{Stage, clear, heal};
use crate::source::{A_LINK, link_at};

/// Where new files wait inside an output folder: a rename needs the same file system.
const INSIDE: &str = ".trustc";

/// Why something could not be written, and where.
pub(crate) type WriteFault = (PathBuf, io::Error);

/// An output folder that this run alone works on. What was not committed is gone when it is dropped.
pub(crate) struct Output {
    out: PathBuf,
    exists: bool,
    stage: Stage,
    /// The uppermost folder that was made for this run.
    made: Option<PathBuf>,
    _lock: Option<File>,
}

/// What waits for one site.
pub(crate) struct Waiting {
    site: Box<str>,
    /// None if it is all of a site that has no folder yet.
    files: Option<Box<Files>>,
}

/// Files of a site, and those to be removed, by their names inside its folder.
struct Files {
    written: Vec<Box<str>>,
    removed: Vec<Box<str>>,
}

impl Output {
    /// Takes the folder for this run, and removes what a run that was killed has left. If another run has the folder,
    /// says so by `wait` and waits for its end.
    ///
    /// # Errors
    /// The folder cannot be made, read or locked; it is a link; or something of others stands where new files would wait.
    pub(crate) fn open(out: &Path, mut wait: impl FnMut()) -> Result<Self, WriteFault> {
        let out = not_a_link(out)?;
        let made = out.ancestors().take_while(|folder| is_missing(folder));
        let made = made.last().map(Path::to_path_buf);
        while let Some(folder) = beside(&out).filter(|_| is_missing(&out)) {
            let Some(lock) =
                lock_beside(&folder, &mut wait).map_err(|error| (folder.clone(), error))?
            else {
                break;
            };
            // While this run waited, the other one may have moved or removed what is locked now.
            if !is_missing(&out) || !lock.as_ref().is_none_or(|lock| is_at(lock, &folder)) {
                continue;
            }
            clear(&folder).map_err(|error| (folder.clone(), error))?;
            return Ok(Self {
                out,
                exists: false,
                stage: Stage::new(folder),
                made,
                _lock: lock,
            });
        }
        Self::open_existing(out, made, wait)
    }

    /// Makes the folder if there is none, and takes it.
    fn open_existing(
        out: PathBuf,
        made: Option<PathBuf>,
        wait: impl FnMut(),
    ) -> Result<Self, WriteFault> {
        let at = |error| (out.clone(), error);
        fs::create_dir_all(&out).map_err(|error| at(in_the_way(&out, error)))?;
        let lock = lock(&out, wait).map_err(at)?;
        if let Some(folder) = beside(&out).filter(|folder| is_folder(folder))
            && File::open(&folder).is_ok_and(|file| file.try_lock().is_ok())
        {
            // What is not ours stays, and is in nobody's way.
            let _ = heal(&folder);
        }
        let waiting = out.join(INSIDE);
        heal(&waiting).map_err(|error| (waiting.clone(), error))?;
        Ok(Self {
            out,
            exists: true,
            stage: Stage::new(waiting),
            made,
            _lock: lock,
        })
    }

    /// Whether there is such a folder already.
    pub(crate) fn exists(&self) -> bool {
        self.exists
    }

    /// Writes everything new of `plan` where it waits. Touches nothing of the site. None if nothing changes.
    ///
    /// # Errors
    /// The file that could not be written.
    pub(crate) fn put(&self, plan: &Plan<'_>) -> Result<Option<Waiting>, WriteFault> {
        let (removed, written): (Vec<_>, Vec<_>) = plan
            .differences()
            .partition(|change| change.action == Action::Remove);
        if removed.is_empty() && written.is_empty() {
            return Ok(None);
        }
        let site = plan
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        if !written.is_empty() {
            self.write(&site, plan, &written)?;
        }
        let names = |changes: Vec<&Change<'_>>| {
            let names = changes
                .into_iter()
                .map(|change| change.name.as_ref().into());
            names.collect()
        };
        let files = (!plan.is_new).then(|| {
            Box::new(Files {
                written: names(written),
                removed: names(removed),
            })
        });
        let site = site.into();
        Ok(self.exists.then_some(Waiting { site, files }))
    }

    fn write(
        &self,
        site: &str,
        plan: &Plan<'_>,
        written: &[&Change<'_>],
    ) -> Result<(), WriteFault> {
        let stage = self.stage.make();
        stage.map_err(|error| (self.stage.folder().to_path_buf(), error))?;
        let folder = self.stage.sites().join(site);
        match fs::create_dir(&folder) {
            // Another site has this name: an error of the configurations, after which nothing is moved.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err((plan.folder.clone(), error)),
            Ok(()) => {}
        }
        let mut inner = BTreeSet::new();
        for change in written {
            let made = match change.name.rsplit_once('/') {
                Some((engine, _)) if inner.insert(engine) => fs::create_dir(folder.join(engine)),
                _ => Ok(()),
            };
            let written = made.and_then(|()| fs::write(folder.join(&*change.name), change.text));
            written.map_err(|error| (plan.path(change), error))?;
        }
        Ok(())
    }

    /// Moves what waits for a site into its place: manifests first, then the file that lists them, then removals. One site
    /// after the other: a kernel moves things from folder to folder one at a time, and threads would only wait for it.
    ///
    /// # Errors
    /// The first place that could not be changed. What was changed before it stays.
    pub(crate) fn move_into_place(&self, waiting: &Waiting) -> Result<(), WriteFault> {
        let (folder, new) = (
            self.out.join(&*waiting.site),
            self.stage.sites().join(&*waiting.site),
        );
        let Some(files) = &waiting.files else {
            return fs::rename(new, &folder).map_err(|error| (folder, error));
        };
        folder_of_our_own(&folder).map_err(|error| (folder.clone(), error))?;
        let mut inner = BTreeSet::new();
        for name in &files.written {
            let path = folder.join(&**name);
            let made = match name.rsplit_once('/') {
                Some((engine, _)) if inner.insert(engine) => {
                    folder_of_our_own(&folder.join(engine))
                }
                _ => Ok(()),
            };
            made.and_then(|()| fs::rename(new.join(&**name), &path))
                .map_err(|error| (path.clone(), error))?;
        }
        for name in &files.removed {
            let path = folder.join(&**name);
            fs::remove_file(&path).map_err(|error| (path.clone(), error))?;
            if let Some((engine, _)) = name.rsplit_once('/') {
                // An engine's folder goes with its last file. Other files may be there: then it stays.
                let _ = fs::remove_dir(folder.join(engine));
            }
        }
        Ok(())
    }

    /// Ends the run, once everything is in its place; of an output folder that is new, moves it there.
    ///
    /// # Errors
    /// It could not be moved.
    pub(crate) fn commit(mut self) -> Result<(), WriteFault> {
        if !self.exists {
            fs::rename(self.stage.sites(), &self.out).map_err(|error| (self.out.clone(), error))?;
        }
        self.made = None;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Before the folders that it stands in. Beside the output folder it was made to be locked.
        if !self.exists || self.stage.is_made() {
            self.stage.remove();
        }
        let Some(made) = &self.made else { return };
        for folder in self
            .out
            .ancestors()
            .take_while(|folder| folder.starts_with(made))
        {
            // Somebody else may have put something there: then it stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The path of an output folder as it is, without a slash at its end.
///
/// # Errors
/// It is a link, or a link of the repository leads to it: whoever may commit one would choose what is written.
pub(crate) fn not_a_link(out: &Path) -> Result<PathBuf, WriteFault> {
    match link_at(out) {
        Some(link) => Err((link, io::Error::other(A_LINK))),
        None => Ok(out.components().collect()),
    }
}

/// Takes the folder beside an output folder that does not exist yet. None if nothing can be made there: whoever then makes
/// the output folder itself finds out why.
fn lock_beside(folder: &Path, wait: &mut impl FnMut()) -> io::Result<Option<Option<File>>> {
    let made = folder.parent().map_or(Ok(()), fs::create_dir_all);
    match made.and_then(|()| fs::create_dir(folder)) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Ok(None),
        // Says what stands there.
        Err(_) if !is_folder(folder) => clear(folder)?,
        _ => {}
    }
    match lock(folder, wait) {
        // The run that had it has removed it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Some(None)),
        Err(_) => Ok(None),
        Ok(lock) => Ok(Some(lock)),
    }
}

/// `sites` is made in `.sites.trustc`. Windows moves no folder in which a file is open, such as the one that is locked there.
fn beside(out: &Path) -> Option<PathBuf> {
    let name = out.file_name()?.to_str().filter(|_| cfg!(unix))?;
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

/// Why no folder could be made, if what is there is none.
fn in_the_way(out: &Path, error: io::Error) -> io::Error {
    match fs::symlink_metadata(out) {
        Ok(_) if !out.is_dir() => {
            io::Error::other("this is no folder: name another one with --out, or remove it")
        }
        _ => error,
    }
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty()
        && fs::symlink_metadata(folder).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// A folder, made if there is none; not a link that leads somewhere else by now.
fn folder_of_our_own(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn open(out: &Path) -> Output {
        let Ok(output) = Output::open(out, || {}) else {
            panic!("it can be made")
        };
        output
    }

    #[test]
    fn a_new_folder_appears_at_once_or_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (deep, out) = (folder.path().join("deep"), folder.path().join("deep/out"));
        for commits in [false, true] {
            let output = open(&out);
            assert!(!output.exists());
            output.stage.make().expect("it is ours");
            fs::create_dir(output.stage.sites().join("s0")).expect("it is ours");
            assert!(!out.exists() && deep.join(".out.trustc").exists());
            if commits {
                assert!(output.commit().is_ok());
            } else {
                drop(output);
                assert!(!deep.exists());
            }
            assert!(!deep.join(".out.trustc").exists());
        }
        assert!(out.join("s0").exists());
        assert!(open(&out).exists(), "it exists by now");
    }

    #[test]
    fn what_somebody_else_has_put_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let output = open(&out);
        output.stage.make().expect("it is ours");
        fs::create_dir(&out)
            .and_then(|()| fs::write(out.join("theirs"), "x"))
            .expect("it can be made");
        assert!(output.commit().is_err());
        assert!(out.join("theirs").exists() && !folder.path().join(".out.trustc").exists());
    }

    #[test]
    fn what_others_keep_beside_it_stays_and_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink(folder.path(), path(".linked.trustc")).expect("a link");
        fs::write(path(".file.trustc"), "x").expect("a file");
        fs::create_dir_all(path(".folder.trustc/mine")).expect("a folder");
        for name in ["linked", "file", "folder"] {
            let Err((at, _)) = Output::open(&path(name), || {}) else {
                panic!("{name}: it is not ours")
            };
            assert_eq!(at, path(&format!(".{name}.trustc")));
            assert!(at.symlink_metadata().is_ok() && !path(name).exists());
        }
        assert!(path(".folder.trustc/mine").exists());
        // Where no such name can be, the folder itself is made.
        assert!(open(&path(&"n".repeat(255))).exists());
    }

    #[test]
    fn only_one_run_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let first = open(&out);
        first.stage.make().expect("it is ours");
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let mut waited = false;
                let output = Output::open(&out, || waited = true);
                (output.is_ok_and(|output| output.exists()), waited)
            });
            std::thread::sleep(std::time::Duration::from_millis(100));
            assert!(first.commit().is_ok());
            assert_eq!(waits.join().expect("no panic"), (true, true));
        });
    }
}
