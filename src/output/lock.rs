//! One run at a time works on a folder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// The kernel frees the lock when the process ends, however it ends. File systems that know no locks go without.
pub(super) fn lock(out: &Path, wait: impl FnOnce()) -> io::Result<Option<File>> {
    let file = lockable(out)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            wait();
            file.lock().map(|()| Some(file))
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The folder itself can be locked: no file of ours lies about in it.
#[cfg(unix)]
fn lockable(out: &Path) -> io::Result<File> {
    File::open(out)
}

#[cfg(not(unix))]
fn lockable(out: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(out.join(".trustc-lock"))
}
