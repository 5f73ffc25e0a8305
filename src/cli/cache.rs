//! What earlier runs over a large fleet have found, so that a site none of whose files has changed costs a read and a compare.
//!
//! A site is remembered only if nothing at all was found in it. Then the same bytes in, judged at an instant at which every
//! question about time has the same answer, are the same bytes out. Whether they are what lies in the folder is read, or seen
//! from what the file system says of files that were read before, as git does. The file is in the user's own cache folder: who can write there can run programs as this user anyway. In a repository it
//! would let a pull request vouch for itself. Whatever goes wrong with it costs time and nothing else.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::compile::{Grounds, Options, Outcome, Site};
use crate::config::Engine;
use crate::output::{Listed, Stamp, digest_of_tree};
use crate::source::{Digest, Question};

/// Fewer sites are compiled sooner than anything about them is looked up.
pub(super) const FLEET: usize = 100;
/// How many runs are remembered: of each command line the last.
const RUNS: usize = 16;
/// The coarsest clock of a file system has ticks of two seconds (FAT).
const TICK: i64 = 3;
/// The ending of the files, and of those that a run is writing.
const ENDING: &str = ".fleet";
const UNFINISHED: &str = ".fleet-tmp";

/// What the last run of the same command line has found, site by site.
#[derive(Default)]
pub(super) struct LastRun {
    lines: Option<Lines<BufReader<File>>>,
    /// A site that was read and has not been asked for: its line, and where its key ends.
    next: Option<(String, usize)>,
    /// Whether something was not asked for.
    skipped: bool,
}

/// What this run finds: written as sites go by, and valid once the run has ended well.
#[derive(Default)]
pub(super) struct ThisRun {
    path: PathBuf,
    file: Option<BufWriter<NamedTempFile>>,
    /// Whether anything is to be remembered that was not.
    changed: bool,
}

/// What all sites of a run have in common. Another program, or other options, remember nothing of each other.
#[derive(Debug, Serialize)]
struct Common<'c> {
    program: (&'static str, u64, Option<SystemTime>),
    folder: PathBuf,
    paths: &'c [PathBuf],
    out: &'c Path,
    engine: Option<&'static str>,
    allow_roots: &'c [PathBuf],
    fail_if_expires_within: Option<String>,
}

/// One site.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    site: String,
    /// The name of its file.
    source: String,
    /// The seconds of the Unix epoch between which it holds.
    since: i64,
    until: i64,
    /// The digest of its own text and of every answer of the file system.
    inputs: String,
    questions: Vec<Question>,
    /// The digest of what lies in its folder.
    output: String,
    /// What the file system said of those files when that was read, if they had been at rest for a while.
    stamp: Option<String>,
}

/// A site that was found to be as it was.
pub(super) struct Unchanged {
    pub(super) site: String,
    pub(super) source: String,
    pub(super) folder: PathBuf,
    pub(super) files: usize,
    /// What is to be remembered of it, if that is more than was.
    pub(super) anew: Option<String>,
}

impl Entry {
    /// What is to be remembered of a site whose folder is as its tree says; nothing if anything was found.
    pub(super) fn of(configuration: &Digest, site: &Site) -> Option<String> {
        let (Outcome::Tree(tree), Some(grounds)) = (&site.outcome, &site.grounds) else {
            return None;
        };
        if !site.diagnostics.is_empty() {
            return None;
        }
        let Grounds {
            questions,
            answers,
            holds,
        } = grounds;
        let entry = Self {
            site: tree.site.clone(),
            source: site.sources.get(site.id).name().to_owned(),
            since: holds.start().unix_timestamp().saturating_add(1),
            until: holds.end().unix_timestamp(),
            inputs: inputs(configuration, answers),
            questions: questions.clone(),
            output: hex(&digest_of_tree(tree)),
            stamp: None,
        };
        serde_json::to_string(&entry).ok()
    }

    /// Whether what was remembered holds: the configuration, what it names, the time, and the folder in `out`.
    pub(super) fn still(
        entry: &str,
        configuration: &Digest,
        options: &Options,
        out: &Path,
    ) -> Option<Unchanged> {
        let mut entry: Self = serde_json::from_str(entry).ok()?;
        let now = options.terms.now.unix_timestamp();
        let answers = options.shared.answers(&entry.questions)?;
        if !(entry.since..entry.until).contains(&now)
            || inputs(configuration, &answers) != entry.inputs
        {
            return None;
        }
        let folder = out.join(&entry.site);
        let listed = Listed::of(&folder)?;
        let files = listed.len();
        // Before anything is read: what is written from here on, it does not vouch for.
        let stamp = listed.stamp();
        let digest = stamp.as_ref().map(|stamp| hex(&stamp.digest));
        let mut anew = None;
        if digest.is_none() || digest != entry.stamp {
            if hex(&listed.digest()?) != entry.output {
                return None;
            }
            entry.stamp = digest.filter(|_| stamp.is_some_and(|stamp| is_at_rest(&stamp)));
            anew = entry
                .stamp
                .is_some()
                .then(|| serde_json::to_string(&entry).ok())
                .flatten();
        }
        Some(Unchanged {
            site: entry.site,
            source: entry.source,
            folder,
            files,
            anew,
        })
    }
}

/// Clocks of file systems are coarse: within the same tick a file could be written again and look the same.
fn is_at_rest(stamp: &Stamp) -> bool {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok();
    now.and_then(|now| i64::try_from(now.as_secs()).ok())
        .is_some_and(|now| stamp.changed < now - TICK)
}

fn inputs(configuration: &Digest, answers: &Digest) -> String {
    hex(&Sha256::new_with_prefix(configuration)
        .chain_update(answers)
        .finalize())
}

/// What is remembered of runs of this command line, in `folder`. Nothing if nothing can be.
pub(super) fn open(
    folder: &Path,
    paths: &[PathBuf],
    out: &Path,
    options: &Options,
) -> (LastRun, ThisRun) {
    let Some(path) = place(folder, paths, out, options) else {
        return Default::default();
    };
    let lines = File::open(&path)
        .ok()
        .map(|file| BufReader::new(file).lines());
    let mut last = LastRun {
        lines,
        ..LastRun::default()
    };
    last.advance();
    let file = make_private(folder)
        .and_then(|()| {
            tempfile::Builder::new()
                .suffix(UNFINISHED)
                .tempfile_in(folder)
        })
        .ok()
        .map(BufWriter::new);
    (
        last,
        ThisRun {
            path,
            file,
            changed: false,
        },
    )
}

fn place(folder: &Path, paths: &[PathBuf], out: &Path, options: &Options) -> Option<PathBuf> {
    let program = env::current_exe()
        .and_then(|program| program.metadata())
        .ok()?;
    let common = Common {
        program: (
            env!("CARGO_PKG_VERSION"),
            program.len(),
            program.modified().ok(),
        ),
        folder: Path::new(".").canonicalize().ok()?,
        paths,
        out,
        engine: options.engine.map(Engine::as_str),
        allow_roots: &options.allow_roots,
        fail_if_expires_within: options
            .terms
            .fail_if_expires_within
            .map(|limit| limit.to_string()),
    };
    let name = Sha256::digest(serde_json::to_string(&common).ok()?);
    Some(folder.join(format!("{}{ENDING}", hex(&name[..16]))))
}

impl LastRun {
    /// What is remembered of a site. Sites are asked for in the order of their keys.
    pub(super) fn of(&mut self, key: &str) -> Option<String> {
        loop {
            let (line, end) = self.next.as_ref()?;
            match in_order(&line[..*end], key) {
                Ordering::Greater => return None,
                Ordering::Less => self.skipped = true,
                Ordering::Equal => {
                    let entry = line[end + 1..].to_owned();
                    self.advance();
                    return Some(entry);
                }
            }
            self.advance();
        }
    }

    fn advance(&mut self) {
        let line = self
            .lines
            .as_mut()
            .and_then(Iterator::next)
            .and_then(Result::ok);
        self.next = line.and_then(|line| line.find('\t').map(|end| (line, end)));
        if self.next.is_none() {
            self.lines = None;
        }
    }
}

impl ThisRun {
    /// Whether anything can be remembered.
    pub(super) fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// Remembers a site, which may be new.
    pub(super) fn keep(&mut self, key: Option<Cow<'_, str>>, entry: &str, new: bool) {
        self.changed |= new;
        let written = match (
            &mut self.file,
            key.filter(|key| !key.contains(['\t', '\n'])),
        ) {
            (Some(file), Some(key)) => writeln!(file, "{key}\t{entry}"),
            _ => Ok(()),
        };
        if written.is_err() {
            self.file = None;
        }
    }

    /// The run has ended well: what it found replaces what the last one did.
    pub(super) fn finish(self, last: &LastRun) {
        let new = self.changed || last.skipped || last.next.is_some();
        let Some(file) = self
            .file
            .filter(|_| new)
            .and_then(|file| file.into_inner().ok())
        else {
            return;
        };
        if file.persist(&self.path).is_ok() {
            forget_oldest(&self.path);
        }
    }
}

/// TRUSTC_CACHE_DIR, else a folder in the one that the user's system has for caches; an empty variable means nowhere.
pub(super) fn folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("TRUSTC_CACHE_DIR") {
        return Some(PathBuf::from(folder)).filter(|folder| !folder.as_os_str().is_empty());
    }
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let caches = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Caches"))
    } else {
        // XDG Base Directory Specification.
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    };
    caches.map(|folder| folder.join("trustc"))
}

/// Paths as a walk finds them: what is in a folder before what stands beside it.
fn in_order(one: &str, other: &str) -> Ordering {
    let by_component = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes()
        .map(by_component)
        .cmp(other.bytes().map(by_component))
}

/// Nobody else may say what was found.
fn make_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Of many command lines the latest are remembered; and what killed runs have left goes with the oldest.
fn forget_oldest(newest: &Path) {
    let Some(entries) = newest.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
        return;
    };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.ends_with(ENDING.as_bytes()) || name.ends_with(UNFINISHED.as_bytes())
    };
    let ours = entries.flatten().map(|entry| entry.path()).filter(is_ours);
    let mut dated: Vec<_> = ours
        .map(|path| {
            (
                path.metadata().and_then(|found| found.modified()).ok(),
                path,
            )
        })
        .collect();
    dated.sort_unstable();
    let many = dated.len().saturating_sub(RUNS);
    for (_, path) in &dated[..many] {
        // Another run may have been faster.
        let _ = fs::remove_file(path);
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}
