//! Carrying plans out: everything that changes is first written into a folder beside the sites, and only when all of it is
//! there is each file moved into its place by a rename; of a site that is new, its folder; and of an output folder that is
//! new, all of it.
//!
//! So a run that finds an error in its last site, or a full disk, has changed nothing; one that is killed leaves every
//! file either old or new, and what it left beside them is removed by the next run. One run at a time works on a folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::lock::lock;
use super::plan::{Action, Change, Plan};
use super::stage::{self, Stage};

/// Where new files wait, inside the output folder: a rename needs the same file system.
const WAITING: &str = ".trustc";
/// The waiting files are spread over folders, so that threads do not wait for one.
const SHELVES: u32 = 16;

/// Why something could not be written, and where.
pub(crate) type WriteFault = (PathBuf, io::Error);

/// An output folder that this run alone works on. What was not committed is gone when it is dropped.
pub(crate) struct Output {
    out: PathBuf,
    /// What becomes the folder, if there is none yet.
    stage: Option<Stage>,
    /// The uppermost folder that was made for this run.
    made: Option<PathBuf>,
    shelves: OnceLock<bool>,
    number: AtomicU32,
    _lock: Option<File>,
}

/// What waits for one site: there is one for every site that changes, and so it can be kept elsewhere than in memory.
#[derive(Serialize, Deserialize)]
pub(crate) struct Waiting {
    site: Box<str>,
    /// Its number; of several things the first one's: the others have the next ones.
    number: u32,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    /// Nothing: it goes with the folder of all sites.
    Staged,
    /// The folder of a site that has none yet.
    Folder,
    /// Some files of a site, and those to be removed, by their names inside its folder.
    Files {
        files: Vec<Box<str>>,
        removals: Vec<Box<str>>,
    },
}

impl Waiting {
    pub(crate) fn is_empty(&self) -> bool {
        match &self.what {
            What::Staged => true,
            What::Folder => false,
            What::Files { files, removals } => files.is_empty() && removals.is_empty(),
        }
    }
}

impl Output {
    /// Takes the folder for this run, and removes what a run that was killed has left. If another run has the folder,
    /// says so by `wait` and waits for its end.
    ///
    /// # Errors
    /// The folder cannot be made, read or locked.
    pub(crate) fn open(out: &Path, mut wait: impl FnMut()) -> Result<Self, WriteFault> {
        let made = out
            .ancestors()
            .take_while(|folder| is_missing(folder))
            .last()
            .map(Path::to_path_buf);
        let at = |error| (out.to_path_buf(), error);
        let stage = Stage::open(out, &mut wait);
        let (shelves, number) = (OnceLock::new(), AtomicU32::new(0));
        let mut output = Self {
            out: out.to_path_buf(),
            stage,
            made,
            shelves,
            number,
            _lock: None,
        };
        if output.stage.is_none() {
            fs::create_dir_all(out).map_err(|error| at(in_the_way(out, error)))?;
            output._lock = lock(out, wait).map_err(at)?;
            output.heal().map_err(|error| (output.waiting(), error))?;
        }
        Ok(output)
    }

    /// Whether there is such a folder already.
    pub(crate) fn exists(&self) -> bool {
        self.stage.is_none()
    }

    fn waiting(&self) -> PathBuf {
        self.out.join(WAITING)
    }

    fn heal(&self) -> io::Result<()> {
        stage::heal(&self.out);
        match fs::symlink_metadata(self.waiting()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(found) if found.is_dir() && is_of_a_run(&self.waiting())? => {
                fs::remove_dir_all(self.waiting())
            }
            Ok(_) => Err(io::Error::other(
                "something that trustc did not make stands where it keeps what it is writing; move it away first",
            )),
        }
    }

    /// Writes everything new of `plan` where it waits. Touches nothing of the site.
    ///
    /// # Errors
    /// The file that could not be written.
    pub(crate) fn put(&self, plan: &Plan<'_>) -> Result<Waiting, WriteFault> {
        let site = plan
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into();
        if let Some(stage) = &self.stage {
            stage.put(plan)?;
            return Ok(Waiting {
                site,
                number: 0,
                what: What::Staged,
            });
        }
        if plan.is_new {
            let number = self.numbers(1)?;
            let folder = self.place(number);
            fs::create_dir(&folder).map_err(|error| (plan.folder.clone(), error))?;
            put_folder(&folder, plan)?;
            return Ok(Waiting {
                site,
                number,
                what: What::Folder,
            });
        }
        let (removed, written): (Vec<_>, Vec<_>) = plan
            .differences()
            .partition(|change| matches!(change.action, Action::Remove { .. }));
        let number = if written.is_empty() {
            0
        } else {
            self.numbers(written.len())?
        };
        for (change, number) in written.iter().zip(number..) {
            fs::write(self.place(number), change.text)
                .map_err(|error| (plan.path(change), error))?;
        }
        let names = |changes: Vec<&Change<'_>>| {
            changes
                .into_iter()
                .map(|change| change.name.as_ref().into())
                .collect()
        };
        Ok(Waiting {
            site,
            number,
            what: What::Files {
                files: names(written),
                removals: names(removed),
            },
        })
    }

    /// The first of so many numbers that nobody else has, and makes the room for what gets them.
    fn numbers(&self, count: usize) -> Result<u32, WriteFault> {
        if !self.shelves.get_or_init(|| self.make_shelves().is_ok()) {
            // The reason, for the one who asks.
            self.make_shelves()
                .map_err(|error| (self.waiting(), error))?;
        }
        Ok(self
            .number
            .fetch_add(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed))
    }

    fn make_shelves(&self) -> io::Result<()> {
        fs::create_dir_all(self.waiting())?;
        // Nobody commits what a killed run has left.
        fs::write(self.waiting().join(".gitignore"), "*\n")?;
        (0..SHELVES)
            .try_for_each(|shelf| fs::create_dir_all(self.waiting().join(shelf.to_string())))
    }

    fn place(&self, number: u32) -> PathBuf {
        self.waiting()
            .join((number % SHELVES).to_string())
            .join(number.to_string())
    }

    /// Moves what waits for a site into its place: manifests first, then the file that lists them, then removals. One site
    /// after the other: a kernel moves things from folder to folder one at a time, and threads would only wait for it.
    ///
    /// # Errors
    /// The first place that could not be changed. What was changed before it stays.
    pub(crate) fn move_into_place(&self, waiting: &Waiting) -> Result<(), WriteFault> {
        let folder = self.out.join(&*waiting.site);
        let (files, removals) = match &waiting.what {
            What::Staged => return Ok(()),
            What::Folder => {
                return fs::rename(self.place(waiting.number), &folder)
                    .map_err(|error| (folder, error));
            }
            What::Files { files, removals } => (files, removals),
        };
        folder_of_our_own(&folder).map_err(|error| (folder.clone(), error))?;
        let mut inner = BTreeSet::new();
        for (name, number) in files.iter().zip(waiting.number..) {
            let path = folder.join(&**name);
            let moved = match name.rsplit_once('/') {
                Some((engine, _)) if inner.insert(engine) => {
                    folder_of_our_own(&folder.join(engine))
                }
                _ => Ok(()),
            };
            moved
                .and_then(|()| fs::rename(self.place(number), &path))
                .map_err(|error| (path.clone(), error))?;
        }
        for name in removals {
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
        if let Some(stage) = self.stage.take() {
            stage
                .commit(&self.out)
                .map_err(|error| (self.out.clone(), error))?;
        }
        self.made = None;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Before the folders that it stands in.
        self.stage = None;
        if self.shelves.get().is_some() {
            // What stays is removed by the next run.
            let _ = fs::remove_dir_all(self.waiting());
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

/// Writes everything of a site that has nothing yet into `folder`, an empty one.
///
/// # Errors
/// The file that could not be written, by the name that it would have had.
pub(super) fn put_folder(folder: &Path, plan: &Plan<'_>) -> Result<(), WriteFault> {
    let mut inner = BTreeSet::new();
    for change in plan.differences() {
        let made = match change.name.rsplit_once('/') {
            Some((engine, _)) if inner.insert(engine) => fs::create_dir(folder.join(engine)),
            _ => Ok(()),
        };
        let written = made.and_then(|()| fs::write(folder.join(&*change.name), change.text));
        written.map_err(|error| (plan.path(change), error))?;
    }
    Ok(())
}

/// Whether a folder holds nothing but what a run leaves in it when it is killed.
fn is_of_a_run(waiting: &Path) -> io::Result<bool> {
    let is_ours =
        |name: &str| name == ".gitignore" || name.parse::<u32>().is_ok_and(|shelf| shelf < SHELVES);
    let mut names = fs::read_dir(waiting)?.map(|entry| entry.map(|entry| entry.file_name()));
    names.try_fold(true, |all, name| {
        Ok(all && name?.to_str().is_some_and(is_ours))
    })
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

pub(super) fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty()
        && fs::symlink_metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// A folder, made if there is none; not a link that leads somewhere else by now.
fn folder_of_our_own(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}
