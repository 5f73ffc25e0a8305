//! Runs the real program, with a clean environment, and keeps golden files.

pub(crate) mod harmless;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The day on which golden certificates are judged.
pub(crate) const NOW: &str = "2026-07-01";

/// What a run printed and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Both streams, for messages.
    pub(crate) fn all(&self) -> String {
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.out, self.err
        )
    }
}

/// Runs the program in `folder`.
pub(crate) fn trustc(folder: &Path, args: &[&str]) -> Ran {
    trustc_with(folder, args, b"")
}

/// Runs the program in `folder` with something on standard input.
pub(crate) fn trustc_with(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trustc"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments never reads.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs lines in a shell that finds the program under test first.
pub(crate) fn shell(folder: &Path, script: &str) -> Ran {
    shell_with(folder, "sh", script, &[])
}

/// The same in another shell, with more in its environment.
pub(crate) fn shell_with(folder: &Path, program: &str, script: &str, more: &[(&str, &str)]) -> Ran {
    let here = Path::new(env!("CARGO_BIN_EXE_trustc"))
        .parent()
        .unwrap()
        .to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(std::iter::once(here).chain(std::env::split_paths(&path))).unwrap();
    let mut command = Command::new(program);
    command
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", path)
        .envs(more.iter().copied());
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The root of the project.
pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A configuration of profile quickstart with more of `spec`, indented by two.
pub(crate) fn quickstart(spec: &str) -> String {
    format!(
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata:\n  name: site\nspec:\n  profile: quickstart\n{spec}"
    )
}

/// Writes a file below a folder, and makes the folders in which it is.
pub(crate) fn write(folder: &Path, name: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Compares `actual` with the golden file, or rewrites it under `UPDATE_GOLDEN=1`.
pub(crate) fn golden(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        if fs::read_to_string(path).ok().as_deref() != Some(actual) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, actual).unwrap();
            eprintln!("rewrote {}", path.display());
        }
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_else(|e| {
        panic!(
            "{}: {e}; make it with UPDATE_GOLDEN=1 cargo test",
            path.display()
        )
    });
    assert!(
        expected == actual,
        "{} is stale; read the difference, then UPDATE_GOLDEN=1 cargo test\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    );
}
