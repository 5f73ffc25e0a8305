//! What one configuration asked of the file system, and a digest of the answers: as long as the answers are the same, so is
//! what comes of it.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Source;
use super::read::{Files, Place};

/// SHA-256.
pub(crate) type Digest = [u8; 32];

/// Something that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Question {
    /// Where a path leads, through every link.
    Place(PathBuf),
    /// Whether there is anything of this name.
    Presence(PathBuf),
    /// What a file holds.
    Content(PathBuf),
}

/// Questions in order, each once, and their answers.
#[derive(Debug, Default)]
pub(crate) struct Trail(RefCell<(Vec<Question>, Sha256)>);

impl Trail {
    pub(super) fn place(&self, path: &Path, answer: &io::Result<Place>) {
        self.note(Question::Place(path.to_path_buf()), |answers| {
            of_place(answer, answers)
        });
    }

    pub(super) fn presence(&self, path: PathBuf, answer: bool) {
        self.note(Question::Presence(path), |answers| {
            answers.update([u8::from(answer)])
        });
    }

    /// A file that was read, at its real path.
    pub(crate) fn content(&self, real: &Path, answer: &Source) {
        self.note(Question::Content(real.to_path_buf()), |answers| {
            answers.update(answer.digest())
        });
    }

    fn note(&self, question: Question, answer: impl FnOnce(&mut Sha256)) {
        let mut trail = self.0.borrow_mut();
        if !trail.0.contains(&question) {
            trail.0.push(question);
            answer(&mut trail.1);
        }
    }

    /// What was asked, and the digest of the answers.
    pub(crate) fn end(self) -> (Vec<Question>, Digest) {
        let (questions, answers) = self.0.into_inner();
        (questions, answers.finalize().into())
    }
}

impl Files {
    /// The digest of the answers that these questions have now; none if one of them has none.
    pub(crate) fn answers(&self, questions: &[Question]) -> Option<Digest> {
        let mut answers = Sha256::new();
        for question in questions {
            match question {
                Question::Place(path) => of_place(&self.place(path), &mut answers),
                Question::Presence(path) => {
                    answers.update([u8::from(path.symlink_metadata().is_ok())])
                }
                Question::Content(path) => answers.update(self.digest(path)?),
            }
        }
        Some(answers.finalize().into())
    }
}

/// Each answer says how long it is: one cannot pass for two.
fn of_place(answer: &io::Result<Place>, answers: &mut Sha256) {
    let Ok(place) = answer else {
        return answers.update([0]);
    };
    let real = place.real.as_os_str().as_encoded_bytes();
    answers.update([1 + u8::from(place.is_folder)]);
    answers.update((real.len() as u64).to_le_bytes());
    answers.update(real);
}
