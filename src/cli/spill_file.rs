//! Buffers text in memory and spills to a temporary file above 1 MiB: rehearsals, parameters and differences of many sites are
//! printed only at the end, when it is known that they may be.

use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile};

use super::Stop;
use crate::text::Clean;
use crate::text::{Content, Printer};

const IN_MEMORY: usize = 1024 * 1024;
/// How much is printed at a time: whole lines.
const CHUNK: usize = 64 * 1024;

/// Text that is printed later.
pub(super) struct SpillFile(SpooledTempFile);

impl Default for SpillFile {
    fn default() -> Self {
        Self(spooled_tempfile(IN_MEMORY))
    }
}

impl SpillFile {
    pub(super) fn add(&mut self, text: &str) -> Result<(), Stop> {
        self.0.write_all(text.as_bytes()).map_err(no_room)
    }

    /// Writes everything, as it came, to a stream; `failed` says what it means that it cannot be written to.
    pub(super) fn copy(
        mut self,
        content: Content,
        stream: &mut Printer<'_>,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        self.0.rewind().map_err(no_room)?;
        let mut lines = BufReader::with_capacity(CHUNK, self.0);
        let mut chunk = String::new();
        loop {
            let length = lines.read_line(&mut chunk).map_err(no_room)?;
            if length == 0 || chunk.len() >= CHUNK {
                stream.print(content, &chunk).map_err(failed)?;
                chunk.clear();
            }
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// In words for whoever runs out of room.
fn no_room(error: io::Error) -> Stop {
    let folder = std::env::temp_dir();
    Stop::Failed(format!(
        "cannot use a temporary file in {}: {error}; make room there, or set TMPDIR to a folder that has some",
        Clean::path(&folder)
    ))
}
