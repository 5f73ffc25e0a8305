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

/// Puts `text` in place of `old`, the content of a file of the user; its permissions stay. A link counts by where it leads.
///
/// # Errors
/// What the system says, or that somebody else has changed the file since it was read.
pub(crate) fn rewrite(path: &Path, old: &[u8], text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    if fs::read(&path)? != old {
        return Err(io::Error::other("somebody else has changed it meanwhile"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".trustc-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn replace(folder: &Path, change: &Change) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".trustc-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(change.text.as_bytes())?;
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
