//! The only place that reads files of the user: with a size limit, and only inside the folders that are allowed.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::border::{Border, OF_THE_SYSTEM, is_of_the_system, is_open_stream};
use super::{Latest, Source, shown};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity};

/// The largest file that is read: what a ConfigMap can hold, `data` and `binaryData` together (1 MiB).
const MAX_BYTES: u64 = 1024 * 1024;

pub(crate) static FILE_NOT_READABLE: RuleInfo = RuleInfo {
    id: "file-not-readable",
    severity: Severity::Error,
    summary: "a file that the configuration names cannot be read",
    why: "the roots in it would be missing from the trust bundle, and every client would reject the broker's certificate",
    fix: "check the path: it is relative to the configuration file",
};

pub(crate) static FILE_OUTSIDE_TREE: RuleInfo = RuleInfo {
    id: "file-outside-tree",
    severity: Severity::Error,
    summary: "a path leads out of the folder of the configuration file",
    why: "what a pull request reviews must be all that is rendered; a path out of the tree reads whatever that machine holds",
    fix: "move the file below the configuration's folder, or allow its folder with --allow-root DIR",
};

pub(crate) static FILE_TOO_LARGE: RuleInfo = RuleInfo {
    id: "file-too-large",
    severity: Severity::Error,
    summary: "a file is larger than 1 MiB",
    why: "no ConfigMap can hold more than 1 MiB, so what is in it could never be applied",
    fix: "keep only what this site needs: the public roots its clients must trust",
};

pub(crate) static NOT_UTF8: RuleInfo = RuleInfo {
    id: "config-not-utf8",
    severity: Severity::Error,
    summary: "the configuration is no UTF-8 text",
    why: "Kubernetes and every YAML reader expect UTF-8",
    fix: "save the file as UTF-8",
};

/// Why a file could not be had, before it has a place in a report.
pub(crate) struct ReadFault {
    rule: &'static RuleInfo,
    message: String,
}

impl ReadFault {
    pub(crate) fn at(self, origin: Origin) -> Diagnostic {
        self.rule.at(origin, self.message)
    }
}

impl std::fmt::Display for ReadFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Reads files that a configuration refers to.
pub(crate) struct Reader<'f> {
    base: PathBuf,
    /// The configuration's own folder, and what is allowed.
    border: Border,
    /// What the configurations of the run have in common.
    files: &'f Files,
}

/// A file that may be read: where it really is, and how reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Permitted {
    pub(crate) real: PathBuf,
    pub(crate) name: String,
    /// The path as it was reached, for what is relative to it.
    pub(crate) path: PathBuf,
}

impl<'f> Reader<'f> {
    /// For a configuration at `config`; `allowed` are further folders that may be read.
    pub(crate) fn new<'p>(
        config: &Path,
        allowed: impl IntoIterator<Item = &'p Path>,
        files: &'f Files,
    ) -> Self {
        let base = match config.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let mut roots: Vec<PathBuf> = base.canonicalize().into_iter().collect();
        roots.extend(allowed.into_iter().flat_map(Path::canonicalize));
        let border = Border(roots);
        Self {
            base,
            border,
            files,
        }
    }

    /// The file at `path`, relative to the configuration; in a folder, the file of the name `in_folder`. Symbolic links
    /// count by where they lead.
    pub(crate) fn permit(
        &self,
        path: &str,
        in_folder: Option<&str>,
    ) -> Result<Permitted, ReadFault> {
        let mut joined = self.base.join(path);
        let outside = || ReadFault {
            rule: &FILE_OUTSIDE_TREE,
            message: format!("{} leads out of the folder of this file", shown(path)),
        };
        // Said before anything is touched, so that the answer does not depend on what that machine holds there.
        if self.border.0.len() == 1 && climbs(path) {
            return Err(outside());
        }
        if let Some(name) = in_folder.filter(|_| joined.is_dir()) {
            joined.push(name);
        }
        let real = joined.canonicalize().map_err(|e| unreadable(path, &e))?;
        if !self.border.holds(&real) {
            return Err(outside());
        }
        let path = without_detours(&joined);
        Ok(Permitted {
            real,
            name: display_name(&path),
            path,
        })
    }

    /// Whether there is something of this name in the configuration's folder.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.base.join(name).symlink_metadata().is_ok()
    }

    /// The content of the file at `path`, which several configurations of a run may share.
    pub(crate) fn read(&self, path: &str) -> Result<Arc<Source>, ReadFault> {
        self.get(&self.permit(path, None)?, path)
    }

    /// The content of a file that may be read; `path` is how it was named.
    pub(crate) fn get(&self, file: &Permitted, path: &str) -> Result<Arc<Source>, ReadFault> {
        self.files.get(file, path)
    }
}

/// Files that several configurations refer to are read once. Bounded: the latest are kept.
#[derive(Debug, Default)]
pub(crate) struct Files {
    read: Latest<Permitted, Arc<Source>, { Self::MAX_BYTES }>,
}

impl Files {
    const MAX_BYTES: usize = 4 * 1024 * 1024;
    /// What a file takes beside its bytes.
    const PER_FILE: usize = 1024;

    fn get(&self, file: &Permitted, shown_as: &str) -> Result<Arc<Source>, ReadFault> {
        if let Some(known) = self.read.get(file) {
            return Ok(known);
        }
        let bytes = read_limited(&file.real, shown_as, Limit::Configuration)?;
        let size = bytes.len() + Self::PER_FILE;
        let source = Arc::new(Source::new(file.name.clone(), bytes));
        self.read.keep(file.clone(), source.clone(), size);
        Ok(source)
    }

    /// A table of sites: as large as a stream of manifests, and read by one fleet only.
    pub(crate) fn get_table(&self, file: &Permitted, shown_as: &str) -> Result<Source, ReadFault> {
        read_limited(&file.real, shown_as, Limit::Manifests)
            .map(|bytes| Source::new(file.name.clone(), bytes))
    }
}

/// The path without `.` and without `folder/..`, for people.
pub(crate) fn without_detours(path: &Path) -> PathBuf {
    let mut straight = PathBuf::with_capacity(path.as_os_str().len());
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(
                    straight.components().next_back(),
                    Some(Component::Normal(_))
                ) =>
            {
                straight.pop();
            }
            other => straight.push(other),
        }
    }
    straight
}

/// How much is read: a configuration is small, a stream of manifests may be a whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Configuration,
    Manifests,
}

impl Limit {
    fn bytes(self) -> u64 {
        match self {
            Self::Configuration => MAX_BYTES,
            Self::Manifests => 16 * MAX_BYTES,
        }
    }
}

/// Reads a file the user named on the command line.
pub(crate) fn read_named(path: &Path, limit: Limit) -> Result<Source, ReadFault> {
    let name = display_name(path);
    if is_open_stream(path) {
        let mut stream = File::open(path).map_err(|error| unreadable(&name, &error))?;
        return read_stream(&name, &mut stream, limit);
    }
    let bytes = read_limited(path, &name, limit)?;
    Ok(Source {
        path: Some(path.to_path_buf()),
        ..Source::new(name, bytes)
    })
}

/// Reads any stream, within the same limit.
pub(crate) fn read_stream(
    name: &str,
    stream: &mut dyn io::Read,
    limit: Limit,
) -> Result<Source, ReadFault> {
    take_limited(stream, name, limit, 0).map(|bytes| Source::new(name, bytes))
}

fn climbs(path: &str) -> bool {
    let mut depth = 0_i32;
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn read_limited(path: &Path, shown_as: &str, limit: Limit) -> Result<Vec<u8>, ReadFault> {
    let real = path.canonicalize();
    if is_of_the_system(&real.map_err(|e| unreadable(shown_as, &e))?) {
        return Err(unreadable(shown_as, &io::Error::other(OF_THE_SYSTEM)));
    }
    let metadata = path.metadata().map_err(|e| unreadable(shown_as, &e))?;
    if !metadata.is_file() {
        let message = format!("{} is not a regular file", shown(shown_as));
        return Err(ReadFault {
            rule: &FILE_NOT_READABLE,
            message,
        });
    }
    let mut file = File::open(path).map_err(|e| unreadable(shown_as, &e))?;
    take_limited(&mut file, shown_as, limit, metadata.len())
}

/// What a stream holds, which probably is so long.
fn take_limited(
    stream: &mut dyn io::Read,
    shown_as: &str,
    limit: Limit,
    likely: u64,
) -> Result<Vec<u8>, ReadFault> {
    let limit = limit.bytes();
    // With some room behind it the end is seen at once.
    let mut bytes = Vec::with_capacity(usize::try_from(likely.min(limit)).unwrap_or_default() + 64);
    stream
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(shown_as, &e))?;
    if bytes.len() as u64 > limit {
        let message = format!(
            "{} is larger than {} MiB",
            shown(shown_as),
            limit / MAX_BYTES
        );
        return Err(ReadFault {
            rule: &FILE_TOO_LARGE,
            message,
        });
    }
    Ok(bytes)
}

fn unreadable(path: &str, error: &io::Error) -> ReadFault {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    ReadFault {
        rule: &FILE_NOT_READABLE,
        message: format!("cannot read {}: {reason}", shown(path)),
    }
}

/// The path as reports show it: forward slashes, no leading `./`.
fn display_name(path: &Path) -> String {
    let mut text = path.to_string_lossy();
    if text.contains('\\') {
        text = text.replace('\\', "/").into();
    }
    text.strip_prefix("./")
        .map_or_else(|| text.clone().into_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule_of<T>(result: Result<T, ReadFault>) -> Option<&'static str> {
        result.err().map(|fault| fault.rule.id)
    }

    #[test]
    fn only_the_own_tree_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pki")).expect("folders");
        std::fs::write(site.join("pki/root.pem"), "x").expect("a file");
        std::fs::write(folder.path().join("other.pem"), "x").expect("a file");
        let config = site.join("trust.yaml");
        let files = Files::default();
        let reader = Reader::new(&config, [], &files);
        assert!(reader.read("pki/root.pem").is_ok());
        assert!(reader.read("pki/../pki/root.pem").is_ok());
        assert_eq!(
            rule_of(reader.read("../other.pem")),
            Some("file-outside-tree")
        );
        assert_eq!(
            rule_of(reader.read("../missing.pem")),
            Some("file-outside-tree")
        );
        assert_eq!(
            rule_of(reader.read("/etc/hostname")),
            Some("file-outside-tree")
        );
        assert_eq!(
            rule_of(reader.read("pki/missing.pem")),
            Some("file-not-readable")
        );
        assert_eq!(rule_of(reader.read("pki")), Some("file-not-readable"));
        for no_file in ["pki/root.pem/", "pki/root.pem/."] {
            assert_eq!(
                rule_of(reader.read(no_file)),
                Some("file-not-readable"),
                "whatever was read before"
            );
        }
        let allowed = Reader::new(&config, [folder.path()], &files);
        assert!(allowed.read("../other.pem").is_ok());
        assert_eq!(
            rule_of(allowed.read("/etc/hostname")),
            Some("file-outside-tree")
        );
    }

    #[test]
    fn names_have_no_detours() {
        for (path, straight) in [
            ("a/../b", "b"),
            ("a/./b", "a/b"),
            ("../b", "../b"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(without_detours(Path::new(path)), Path::new(straight));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_counts_by_where_it_leads() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let site = folder.path().join("site");
        std::fs::create_dir_all(&site).expect("a folder");
        std::fs::write(folder.path().join("other.pem"), "x").expect("a file");
        std::os::unix::fs::symlink("../other.pem", site.join("link.pem")).expect("a link");
        let files = Files::default();
        let reader = Reader::new(&site.join("trust.yaml"), [], &files);
        assert_eq!(rule_of(reader.read("link.pem")), Some("file-outside-tree"));
    }

    #[test]
    fn size_has_a_limit_on_both_sides() {
        let exact = vec![b'#'; usize::try_from(MAX_BYTES).expect("fits")];
        assert!(read_stream("-", &mut exact.as_slice(), Limit::Configuration).is_ok());
        let over = [exact.as_slice(), b"#"].concat();
        assert_eq!(
            rule_of(read_stream("-", &mut over.as_slice(), Limit::Configuration)),
            Some("file-too-large")
        );
        assert!(read_stream("-", &mut over.as_slice(), Limit::Manifests).is_ok());
    }
}
