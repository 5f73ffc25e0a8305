//! Carrying a plan out: each file by a temporary file beside it and a rename, so that it is old or new and never half.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::plan::{Action, Change, Plan};

/// Makes every change of `plan`, in its order.
///
/// # Errors
/// The file that could not be written, and why. What was written before it stays.
pub(crate) fn write(plan: &Plan) -> Result<(), (String, io::Error)> {
    let at = |path: &Path, error| (path.display().to_string(), error);
    if plan.differences().next().is_some() {
        fs::create_dir_all(&plan.folder).map_err(|e| at(&plan.folder, e))?;
    }
    for change in plan.differences() {
        let done = match change.action {
            Action::Remove { .. } => remove(plan, &change.path),
            _ => create(&plan.folder, change),
        };
        done.map_err(|e| at(&change.path, e))?;
    }
    Ok(())
}

/// An engine's folder goes with its last file; the site's own stays.
fn remove(plan: &Plan, path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    if let Some(folder) = path.parent().filter(|folder| *folder != plan.folder) {
        // Other files may be there: then it stays.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

fn create(folder: &Path, change: &Change) -> io::Result<()> {
    fs::create_dir_all(change.path.parent().unwrap_or(folder))?;
    replace(&change.path, change.text.as_bytes())
}

/// Puts `bytes` at `path`: old or new, never half. What is no file, such as a pipe, is written to.
///
/// # Errors
/// The folder is not there or cannot be written to, or the disk is full.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    share(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
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
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".trustc-").suffix(".tmp").tempfile_in(folder)
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
