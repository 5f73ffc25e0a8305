//! What is kept until it is its turn, of any length: a little of it waits in memory, the rest in a file without a name.

use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile};

use super::{Stop, Streams};

/// So much waits in memory.
const IN_MEMORY: usize = 1024 * 1024;

/// Texts that are printed only at the end, when it is known that they may be.
pub(super) struct Spool(SpooledTempFile);

impl Default for Spool {
    fn default() -> Self {
        Self(new_file())
    }
}

impl Spool {
    pub(super) fn add(&mut self, text: &str) -> Result<(), Stop> {
        self.0.write_all(text.as_bytes()).map_err(cannot_wait)
    }

    /// Prints everything, as it came, on the output stream.
    pub(super) fn print(self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        self.print_to(&mut streams.output)
    }

    /// The same, on any stream.
    pub(super) fn print_to(self, stream: &mut dyn io::Write) -> Result<(), Stop> {
        self.copy(stream, &Stop::from)
    }

    /// Writes everything to a stream; `failed` says what it means that it cannot be written to.
    pub(super) fn copy(
        mut self,
        stream: &mut dyn io::Write,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        self.0.rewind().map_err(cannot_wait)?;
        io::copy(&mut self.0, stream).map(drop).map_err(failed)
    }
}

/// Records that are read once, in the order in which they came.
pub(super) struct Records {
    file: BufWriter<SpooledTempFile>,
    len: usize,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            file: BufWriter::new(new_file()),
            len: 0,
        }
    }
}

impl Records {
    pub(super) fn push(&mut self, record: &[u8]) -> Result<(), Stop> {
        let length = u32::try_from(record.len())
            .map_err(|_| cannot_wait(io::ErrorKind::FileTooLarge.into()))?;
        let written = self
            .file
            .write_all(&length.to_le_bytes())
            .and_then(|()| self.file.write_all(record));
        self.len += 1;
        written.map_err(cannot_wait)
    }

    /// Every record, from the first.
    pub(super) fn read(self) -> Result<Reading, Stop> {
        let mut file = self
            .file
            .into_inner()
            .map_err(|error| cannot_wait(error.into_error()))?;
        file.rewind().map_err(cannot_wait)?;
        Ok(Reading {
            file: BufReader::new(file),
            left: self.len,
        })
    }
}

/// Records that have not been read yet.
pub(super) struct Reading {
    file: BufReader<SpooledTempFile>,
    left: usize,
}

impl Iterator for Reading {
    type Item = Result<Vec<u8>, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut length = [0; 4];
        let read = self.file.read_exact(&mut length).and_then(|()| {
            let mut record = vec![0; u32::from_le_bytes(length) as usize];
            self.file.read_exact(&mut record).map(|()| record)
        });
        Some(read.map_err(cannot_wait))
    }
}

pub(super) fn new_file() -> SpooledTempFile {
    spooled_tempfile(IN_MEMORY)
}

/// In words for whoever runs out of room.
pub(super) fn cannot_wait(error: io::Error) -> Stop {
    let folder = std::env::temp_dir();
    Stop::Failed(format!(
        "cannot use a temporary file in {}: {error}; make room there, or set TMPDIR to a folder that has some",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let record = |n: usize| vec![b'a' + u8::try_from(n % 26).expect("small"); n % 300];
        for many in [0, 1, 20_000] {
            let mut records = Records::default();
            (0..many).for_each(|n| assert!(records.push(&record(n)).is_ok()));
            assert_eq!(records.len, many);
            let read: Vec<Vec<u8>> = records.read().into_iter().flatten().flatten().collect();
            assert!(
                read.iter().enumerate().all(|(n, read)| *read == record(n)) && read.len() == many
            );
        }
    }
}
