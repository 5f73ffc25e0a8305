//! The git program: which one runs, and with what.

use crate::text::Clean;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use super::GitError;
use super::resolve::resolve;
use crate::source::shown;

/// Whatever the configuration of the repository says, these start programs and must not.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "protocol.allow=never",
    // A name that two refs have is an error here: the warning says so.
    "core.warnAmbiguousRefs=true",
];

/// The whole environment but for what the system needs: nothing that is inherited names a repository or a program.
const ENVIRONMENT: &[(&str, &str)] = &[
    // Objects that a partial clone does not have are not fetched: no protocol is allowed, whatever protocol.* says.
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    // Objects and parents are what they say they are.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
];

/// What Windows, and the git of Xcode, cannot start without.
const INHERITED: &[&str] = &["SystemRoot", "DEVELOPER_DIR"];

/// A git program, and the repository that it is asked about.
pub(super) struct Program {
    path: PathBuf,
    root: PathBuf,
}

impl Program {
    /// The first git on a PATH that is not part of the work tree.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn find(search: &OsStr, root: &Path) -> Result<Self, GitError> {
        let name = format!("git{}", env::consts::EXE_SUFFIX);
        let path = env::split_paths(search)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&name))
            .find(|program| is_program(program, root));
        let path = path.ok_or_else(|| {
            GitError("this needs the program git, which is in no folder on the PATH: install it (relative folders, and those of the work tree, do not count)".to_owned())
        })?;
        Ok(Self {
            path,
            root: root.to_path_buf(),
        })
    }

    /// A command that starts no other program, contacts nothing and writes nothing. Its repository is given by name, so nothing is
    /// discovered and nobody's ownership is asked about.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env_clear()
            .envs(INHERITED.iter().filter_map(inherited))
            .envs(ENVIRONMENT.iter().copied())
            .env("GIT_DIR", self.root.join(".git"))
            .env("GIT_WORK_TREE", &self.root)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .arg("--no-pager");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        command
    }

    /// What a command printed, or the first line of what it says instead.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, GitError> {
        Ok(match self.run(arguments)? {
            Ran {
                ok: true, output, ..
            } => Ok(output),
            Ran { said, .. } => Err(shown(&said)),
        })
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Ran, GitError> {
        let output = self
            .command(arguments)
            .output()
            .map_err(|error| self.cannot_start(&error))?;
        Ok(Ran {
            ok: output.status.success(),
            output: output.stdout,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    pub(super) fn cannot_start(&self, error: &std::io::Error) -> GitError {
        GitError(format!("cannot start {}: {error}", Clean::path(&self.path)))
    }
}

/// How a command ended, and what it wrote.
pub(super) struct Ran {
    pub(super) ok: bool,
    pub(super) output: Vec<u8>,
    pub(super) said: String,
}

fn inherited(name: &&'static str) -> Option<(&'static str, OsString)> {
    Some((*name, env::var_os(name)?))
}

/// Whether a path is a program, and neither it nor what it links to is below the work tree.
fn is_program(path: &Path, root: &Path) -> bool {
    let mut is_outside = true;
    let mut judge = |path: &Path| is_outside &= !path.starts_with(root);
    let Some(real) = resolve(path, &mut judge) else {
        return false;
    };
    judge(path);
    judge(&real);
    is_outside && fs::metadata(real).is_ok_and(|found| found.is_file() && may_run(&found))
}

#[cfg(unix)]
fn may_run(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn may_run(_: &fs::Metadata) -> bool {
    true
}
