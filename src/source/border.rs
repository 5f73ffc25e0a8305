//! Where files may be read: links inside a repository that lead out of it are not followed. Who reviews a pull request reviews
//! what is in the repository, and a link is one line that may read whatever the machine holds.

use std::io;
use std::path::{Path, PathBuf};

/// The folders that may be read, as they really are.
#[derive(Clone, Debug)]
pub(crate) struct Border(Vec<PathBuf>);

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

/// Whether a real path is one of the kernel's: such files are state of the machine, claim to be empty, or never end.
pub(crate) fn is_of_the_system(real: &Path) -> bool {
    cfg!(unix)
        && ["/proc", "/sys", "/dev"]
            .iter()
            .any(|root| real.starts_with(root))
}

/// Why nothing is written there.
pub(crate) const A_LINK: &str =
    "this is a link, and nothing is written through it; name what it leads to, or remove it";

/// The first link on the way to a path that the current folder or a repository holds: whoever may write there decides where
/// it leads. Links elsewhere are the system's own.
pub(crate) fn link_on_the_way(path: &Path) -> Option<PathBuf> {
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
