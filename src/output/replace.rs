//! One file of a name that the user chose: by a temporary file beside it and a rename, so that it is old or new and never half.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::source::{A_LINK, link_at};
use crate::text::Clean;

/// Puts what `write` writes at `path`: old or new, never half. What is no file, such as a pipe, is written to. `failed` is what
/// it means to the caller that the file could not be made.
///
/// # Errors
/// The folder is not there or cannot be written to, the disk is full, or a link leads elsewhere; and what `write` fails with.
/// Then `path` is as it was.
pub(crate) fn replace<E>(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> Result<(), E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let there = path.metadata();
    // Such as /dev/stdout, which is a link of the system.
    let is_stream = there.is_ok_and(|there| !there.is_file() && !there.is_dir());
    if is_stream && (!path.is_symlink() || path.starts_with("/dev")) {
        let stream = fs::OpenOptions::new().write(true).open(path);
        return write(&mut stream.map_err(failed)?);
    }
    no_link(path).map_err(&failed)?;
    let mut file = temporary(folder_of(path), SHARED).map_err(&failed)?;
    write(&mut file)?;
    keep_private(path, file.as_file()).map_err(&failed)?;
    file.persist(path)
        .map(drop)
        .map_err(|error| failed(error.error))
}

/// Puts another text into a file of the user that exists, all of it or nothing, with the same permissions.
///
/// # Errors
/// Why the file could not be written, such as that it is a link. Then it is as it was.
pub(crate) fn rewrite(path: &Path, text: &str) -> io::Result<()> {
    no_link(path)?;
    let mut file = temporary(folder_of(path), PRIVATE)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(path)?.permissions())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What others may do with a new file, as far as the umask lets them.
const SHARED: u32 = 0o666;
const PRIVATE: u32 = 0o600;

fn no_link(path: &Path) -> io::Result<()> {
    match link_at(path) {
        Some(link) if link != path => Err(io::Error::other(format!(
            "{}: {A_LINK}",
            Clean::path(&link)
        ))),
        Some(_) => Err(io::Error::other(A_LINK)),
        None => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn temporary(folder: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".trustc-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder)
}

/// What takes the place of a private file is private.
#[cfg(unix)]
fn keep_private(path: &Path, new: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(old) = path.metadata() else {
        return Ok(());
    };
    let both = new.metadata()?.permissions().mode() & old.permissions().mode();
    new.set_permissions(fs::Permissions::from_mode(both))
}

#[cfg(not(unix))]
fn keep_private(_: &Path, _: &fs::File) -> io::Result<()> {
    Ok(())
}
