//! One file of a name that the user chose: by a temporary file beside it and a rename, so that it is old or new and never half.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Puts what `write` writes at `path`: old or new, never half. What is no file, such as a pipe, is written to. `failed` is what
/// it means to the caller that the file could not be made.
///
/// # Errors
/// The folder is not there or cannot be written to, or the disk is full; and what `write` fails with. Then `path` is as it was.
pub(crate) fn replace<E>(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> Result<(), E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    if path
        .metadata()
        .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
    {
        return write(
            &mut fs::OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(failed)?,
        );
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = temporary(folder).map_err(&failed)?;
    write(&mut file)?;
    share(file.as_file()).map_err(&failed)?;
    file.persist(path)
        .map(drop)
        .map_err(|error| failed(error.error))
}

/// Puts another text into a file of the user that exists, all of it or nothing, with the same permissions. A link stays one:
/// what it leads to is written.
///
/// # Errors
/// Why the file could not be written. Then it is as it was.
pub(crate) fn rewrite(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let mut file = temporary(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".trustc-")
        .suffix(".tmp")
        .tempfile_in(folder)
}

/// Temporary files are private; manifests are for everybody who may read the folder.
#[cfg(unix)]
fn share(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &fs::File) -> io::Result<()> {
    Ok(())
}
