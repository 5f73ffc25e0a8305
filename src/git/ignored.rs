//! Which files git ignores: `git check-ignore`, asked one path at a time.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use super::program::Program;

/// The patterns of a repository. Files in the index are never ignored.
#[derive(Default)]
pub(super) struct Ignored(Mutex<Option<Conversation>>);

impl Ignored {
    /// Whether a file that is in the work tree is ignored. What git cannot tell is not.
    pub(super) fn contains(&self, path: &[u8], program: &Program) -> bool {
        let mut conversation = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ask = || {
            if conversation.is_none() {
                *conversation = Some(Conversation::start(program)?);
            }
            conversation
                .as_mut()
                .map_or(Ok(false), |conversation| conversation.ask(path))
        };
        let answer = ask();
        // A path that git refuses, such as one in a submodule, ends it: the next one asks another.
        if answer.is_err() {
            *conversation = None;
        }
        answer.unwrap_or(false)
    }
}

struct Conversation {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Conversation {
    fn start(program: &Program) -> io::Result<Self> {
        let mut child = program
            .command(&["check-ignore", "--stdin", "-z", "-v", "-n"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self {
            child,
            questions,
            answers: BufReader::new(answers),
        })
    }

    fn ask(&mut self, path: &[u8]) -> io::Result<bool> {
        let questions = self
            .questions
            .as_mut()
            .ok_or(io::Error::from(io::ErrorKind::BrokenPipe))?;
        // A colon at the beginning would be no part of the name.
        questions.write_all(&[b"./", path, b"\0"].concat())?;
        questions.flush()?;
        // The file of the pattern, its line, the pattern, and the path again; the first three are empty if there is none.
        let _file = self.field()?;
        let _line = self.field()?;
        let pattern = self.field()?;
        let _path = self.field()?;
        Ok(!pattern.is_empty() && !pattern.starts_with(b"!"))
    }

    fn field(&mut self) -> io::Result<Vec<u8>> {
        let mut field = Vec::new();
        self.answers.read_until(0, &mut field)?;
        match field.pop() {
            Some(0) => Ok(field),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // It ends with its input.
        self.questions = None;
        let _ = self.child.wait();
    }
}
