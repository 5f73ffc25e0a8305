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
            _ => replace(change.path.parent().unwrap_or(&plan.folder), change),
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

fn replace(folder: &Path, change: &Change) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".trustc-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(change.text.as_bytes())?;
    share(file.as_file())?;
    file.persist(&change.path).map_err(|error| error.error)?;
    Ok(())
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
