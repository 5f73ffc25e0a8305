//! Buffers text in memory and spills to a temporary file above 1 MiB: rehearsals, parameters and differences of many sites are
//! printed only at the end, when it is known that they may be.

use std::io::{self, Seek as _, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile};

use super::Stop;

const IN_MEMORY: usize = 1024 * 1024;

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
        stream: &mut dyn io::Write,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        self.0.rewind().map_err(no_room)?;
        io::copy(&mut self.0, stream).map(drop).map_err(failed)
    }
}

/// In words for whoever runs out of room.
fn no_room(error: io::Error) -> Stop {
    let folder = std::env::temp_dir();
    Stop::Failed(format!(
        "cannot use a temporary file in {}: {error}; make room there, or set TMPDIR to a folder that has some",
        folder.display()
    ))
}
