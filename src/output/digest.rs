//! One number for a site's folder, and the same one for a tree: equal if there is nothing to write, to remove or to say.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::admission::VerifiedTree;
use crate::delivery::FOLDERS;
use crate::source::Digest;

/// So many files no tree has: a folder that holds more is read by whoever looks for stale ones.
const MANY: usize = 256;

/// The files in a site's folder and in its folders of engines, by name.
pub(crate) struct Listed<'f> {
    folder: &'f Path,
    files: Vec<(String, Option<Metadata>)>,
}

/// What the file system says of files without their being read. Nobody writes into a file and leaves this as it was: the time of
/// its last change is not for users to set.
pub(crate) struct Stamp {
    pub(crate) digest: Digest,
    /// The last change of any of the files, in seconds of the Unix epoch.
    pub(crate) changed: i64,
}

impl<'f> Listed<'f> {
    /// Lists a folder. None if anything is there that no tree has, such as a link, or if something cannot be read.
    pub(crate) fn of(folder: &'f Path) -> Option<Self> {
        if !fs::symlink_metadata(folder).ok()?.is_dir() {
            return None;
        }
        let mut files = Vec::new();
        list(folder, "", &mut files)?;
        for engine in FOLDERS {
            if let Some(at) = files.iter().position(|(name, _)| name == engine) {
                files.swap_remove(at);
                list(&folder.join(engine), engine, &mut files)?;
            }
        }
        files.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Some(Self { folder, files })
    }

    /// How many files there are.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Of every file what it is by now. None where the file system does not say so.
    #[cfg(unix)]
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt as _;
        let (mut sum, mut changed) = (Sha256::new(), i64::MIN);
        for (name, metadata) in &self.files {
            let of = metadata.as_ref()?;
            sum.update((name.len() as u64).to_le_bytes());
            sum.update(name);
            for number in [of.dev(), of.ino(), of.size()] {
                sum.update(number.to_le_bytes());
            }
            for number in [of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec()] {
                sum.update(number.to_le_bytes());
            }
            changed = changed.max(of.ctime());
        }
        Some(Stamp {
            digest: sum.finalize().into(),
            changed,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        None
    }

    /// The digest of names and contents. None if a file cannot be read.
    pub(crate) fn digest(&self) -> Option<Digest> {
        let (mut sum, mut bytes) = (Sha256::new(), Vec::with_capacity(8 * 1024));
        for (name, _) in &self.files {
            bytes.clear();
            let file = fs::File::open(self.folder.join(name)).ok()?;
            file.take(u64::MAX).read_to_end(&mut bytes).ok()?;
            add(&mut sum, name, &bytes);
        }
        Some(sum.finalize().into())
    }
}

/// The digest of the folder that a tree becomes.
pub(crate) fn digest_of_tree(tree: &VerifiedTree) -> Digest {
    let mut files: Vec<_> = tree
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.text()))
        .collect();
    files.sort_unstable();
    let mut sum = Sha256::new();
    files
        .iter()
        .for_each(|(name, text)| add(&mut sum, name, text.as_bytes()));
    sum.finalize().into()
}

fn add(sum: &mut Sha256, name: &str, bytes: &[u8]) {
    // Lengths first: no two lists of files are one text.
    sum.update((name.len() as u64).to_le_bytes());
    sum.update((bytes.len() as u64).to_le_bytes());
    sum.update(name);
    sum.update(bytes);
}

/// Names of files and of folders of engines. None if anything else is there.
fn list(folder: &Path, engine: &str, files: &mut Vec<(String, Option<Metadata>)>) -> Option<()> {
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let (kind, name) = (
            entry.file_type().ok()?,
            entry.file_name().into_string().ok()?,
        );
        let is_engine = engine.is_empty() && kind.is_dir() && FOLDERS.contains(&&*name);
        if !kind.is_file() && !is_engine || files.len() == MANY {
            return None;
        }
        // Not that of what a link leads to.
        let metadata = entry.metadata().ok().filter(Metadata::is_file);
        files.push((
            if engine.is_empty() {
                name
            } else {
                format!("{engine}/{name}")
            },
            metadata,
        ));
    }
    Some(())
}
