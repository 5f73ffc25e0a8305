//! Where a path leads, and over which links.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// More links than this are a circle, to Linux too.
const MOST_LINKS: usize = 40;

/// The place of an absolute path without links and detours, whether there is something or not. Each link on the way is visited:
/// the path of the link itself, which has no other links in it. None if the way cannot be told.
pub(crate) fn resolve(path: &Path, visit: &mut impl FnMut(&Path)) -> Option<PathBuf> {
    let (mut real, mut links) = (PathBuf::new(), 0);
    let mut ahead = reversed(path);
    while let Some(part) = ahead.pop() {
        // A root or a prefix replaces what is there; `..` of the root is the root.
        match Path::new(&part).components().next()? {
            Component::CurDir => continue,
            Component::ParentDir => {
                real.pop();
                continue;
            }
            Component::Prefix(_) | Component::RootDir => {
                real.push(&part);
                continue;
            }
            Component::Normal(_) => real.push(&part),
        }
        match fs::symlink_metadata(&real) {
            Ok(found) if found.is_symlink() => {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                visit(&real);
                let target = fs::read_link(&real).ok()?;
                real.pop();
                ahead.extend(reversed(&target));
            }
            Ok(_) => {}
            Err(error) if is_missing(&error) => {}
            Err(_) => return None,
        }
    }
    Some(real)
}

fn reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().rev();
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

/// Whether there is nothing: no such name, or a file where a folder would have to be.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
