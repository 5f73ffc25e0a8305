//! What is printed only at the end, when it is known that it may be: small texts wait in memory, large ones in a file without
//! a name.

use std::io::{self, Seek as _, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile};

use super::{Stop, Streams};

/// So much waits in memory.
const IN_MEMORY: usize = 4 * 1024 * 1024;

pub(super) struct Spool(SpooledTempFile);

impl Default for Spool {
    fn default() -> Self {
        Self(spooled_tempfile(IN_MEMORY))
    }
}

impl Spool {
    pub(super) fn add(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())
    }

    /// Prints everything, as it came.
    pub(super) fn print(mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        self.0.rewind()?;
        io::copy(&mut self.0, &mut streams.output)?;
        Ok(())
    }
}
