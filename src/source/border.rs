//! Where files may be read: links inside a repository that lead out of it are not followed. Who reviews a pull request reviews
//! what is in the repository, and a link is one line that may read whatever the machine holds.

use std::io;
use std::path::{Path, PathBuf};

/// The folders that may be read, as they really are.
#[derive(Clone, Debug)]
pub(crate) struct Border(pub(super) Vec<PathBuf>);

impl Border {
    /// Around a folder that the user named: the repository that holds it, else the folder itself; and what is allowed.
    ///
    /// # Errors
    /// There is no such folder.
    pub(crate) fn around<'p>(
        folder: &Path,
        allowed: impl IntoIterator<Item = &'p Path>,
    ) -> io::Result<Self> {
        let own = folder.canonicalize()?;
        if is_of_the_system(&own) {
            return Err(io::Error::other(OF_THE_SYSTEM));
        }
        let own = repository(&own).map(Path::to_path_buf).unwrap_or(own);
        let allowed = allowed.into_iter().flat_map(Path::canonicalize);
        Ok(Self(std::iter::once(own).chain(allowed).collect()))
    }

    /// Whether the file that is really here may be read.
    pub(crate) fn holds(&self, real: &Path) -> bool {
        let inside = |root: &PathBuf| {
            // What git itself keeps is nobody's input: its configuration may hold tokens.
            let rest = real.strip_prefix(root);
            rest.is_ok_and(|rest| rest.components().all(|part| part.as_os_str() != ".git"))
        };
        !is_of_the_system(real) && self.0.iter().any(inside)
    }
}

/// The root of the git repository that a real folder is in.
pub(crate) fn repository(real: &Path) -> Option<&Path> {
    real.ancestors()
        .find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

/// Whether a real path is one of the kernel's: such files are state of the machine, claim to be empty, or never end. Shared
/// memory is a disk like any other.
pub(super) fn is_of_the_system(real: &Path) -> bool {
    let is_below = |root: &&str| real.starts_with(root);
    cfg!(unix) && ["/proc", "/sys", "/dev"].iter().any(is_below) && !is_below(&"/dev/shm")
}

/// Whether a path on the command line is a stream that is open already, such as `<(kubectl get ...)` of a shell: it can be
/// read once.
pub(crate) fn is_open_stream(path: &Path) -> bool {
    let text = path.to_str().unwrap_or_default();
    let number = ["/dev/fd/", "/proc/self/fd/"]
        .iter()
        .find_map(|fds| text.strip_prefix(fds));
    let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    cfg!(unix) && (text == "/dev/stdin" || number.is_some_and(is_number))
}

/// Why nothing is read there.
pub(super) const OF_THE_SYSTEM: &str =
    "it is not a regular file: what is below /proc, /sys and /dev is state of this machine";

/// Why nothing is written there.
pub(crate) const A_LINK: &str =
    "this is a link, and nothing is written through it; name what it leads to, or remove it";

/// The path itself if it is a link, else the first link on the way to it.
pub(crate) fn link_at(path: &Path) -> Option<PathBuf> {
    // Without a slash at its end, with which a link would be what it leads to.
    let path: PathBuf = path.components().collect();
    match path.is_symlink() {
        true => Some(path),
        false => link_on_the_way(&path),
    }
}

/// The first link on the way to a path that the current folder or a repository holds: whoever may write there decides where
/// it leads. Links elsewhere are the system's own.
fn link_on_the_way(path: &Path) -> Option<PathBuf> {
    let here = Path::new(".").canonicalize().unwrap_or_default();
    let is_ours = |link: &PathBuf| {
        let holder = link
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let holder = holder.unwrap_or(Path::new(".")).canonicalize();
        holder.is_ok_and(|holder| holder.starts_with(&here) || repository(&holder).is_some())
    };
    let mut way = PathBuf::new();
    path.components().find_map(|part| {
        way.push(part);
        Some(&way)
            .filter(|way| way.is_symlink() && is_ours(way))
            .cloned()
    })
}
