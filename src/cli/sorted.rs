//! Texts by key, of any number: some wait in memory, the others in sorted runs in files without a name. An external merge
//! sort that can be asked, while it grows, what it has.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use tempfile::SpooledTempFile;

use super::Stop;
use super::spool::{cannot_wait, new_file};

/// So many keys wait in memory.
pub(super) const IN_MEMORY: usize = 32 * 1024;
/// So many bytes of them and their values do.
const BYTES_IN_MEMORY: usize = 4 * 1024 * 1024;
/// So much of a run is read at once.
const BLOCK: usize = 32 * 1024;

/// Keys and their values. Keys that come in their order cost next to nothing.
#[derive(Default)]
pub(super) struct Sorted {
    /// Older ones are longer: each key is copied only as often as their lengths double.
    runs: Vec<Run>,
    waiting: BTreeMap<Box<[u8]>, Box<[u8]>>,
    /// How many bytes wait.
    bytes: usize,
}

type Pair = (Vec<u8>, Vec<u8>);

impl Sorted {
    /// The value of a key.
    pub(super) fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
        if let Some(value) = self.waiting.get(key) {
            return Ok(Some(value.to_vec()));
        }
        for run in &mut self.runs {
            if let Some(value) = run.get(key)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Adds a key that is not there.
    pub(super) fn insert(&mut self, key: &[u8], value: &[u8]) -> Result<(), Stop> {
        if self.runs.is_empty() {
            self.runs.push(Run::default());
        }
        if let Some(last) = self.runs.last_mut().filter(|run| run.is_before(key)) {
            return last.push(key, value);
        }
        self.waiting.insert(key.into(), value.into());
        self.bytes += key.len() + value.len();
        if self.waiting.len() < IN_MEMORY && self.bytes < BYTES_IN_MEMORY {
            return Ok(());
        }
        self.bytes = 0;
        let waiting = std::mem::take(&mut self.waiting);
        self.add_run(waiting.iter().map(|(key, value)| (&**key, &**value)))
    }

    /// Adds keys that are in order and not there.
    pub(super) fn add_run<'p>(
        &mut self,
        pairs: impl Iterator<Item = (&'p [u8], &'p [u8])>,
    ) -> Result<(), Stop> {
        let mut run = Run::default();
        for (key, value) in pairs {
            run.push(key, value)?;
        }
        self.runs.push(run);
        while let [.., older, newer] = self.runs.as_slice()
            && older.len < 2 * newer.len
        {
            self.merge_last()?;
        }
        Ok(())
    }

    fn merge_last(&mut self) -> Result<(), Stop> {
        if let (Some(newer), Some(older)) = (self.runs.pop(), self.runs.pop()) {
            self.runs.push(merge(older, newer)?);
        }
        Ok(())
    }

    /// All pairs in the order of their keys.
    pub(super) fn read(mut self) -> Result<Reading, Stop> {
        let waiting = std::mem::take(&mut self.waiting);
        self.add_run(waiting.iter().map(|(key, value)| (&**key, &**value)))?;
        drop(waiting);
        while self.runs.len() > 1 {
            self.merge_last()?;
        }
        Ok(Reading::of(self.runs.pop().unwrap_or_default()))
    }
}

/// Pairs in the order of their keys, in blocks.
struct Run {
    file: SpooledTempFile,
    len: usize,
    /// The blocks in the file: the first key of each, where it begins and where it ends.
    blocks: Vec<(Box<[u8]>, u64, u64)>,
    /// The last block, which is not in the file yet, and its first key.
    open: (Box<[u8]>, Vec<u8>),
    last: Vec<u8>,
    /// The block that was read last.
    read: Option<(usize, Vec<u8>)>,
}

impl Default for Run {
    fn default() -> Self {
        let (blocks, open, last) = (Vec::new(), Default::default(), Vec::new());
        Self {
            file: new_file(),
            len: 0,
            blocks,
            open,
            last,
            read: None,
        }
    }
}

impl Run {
    /// Whether all its keys are before this one.
    fn is_before(&self, key: &[u8]) -> bool {
        self.len == 0 || self.last.as_slice() < key
    }

    /// Adds a pair behind all others.
    fn push(&mut self, key: &[u8], value: &[u8]) -> Result<(), Stop> {
        debug_assert!(self.is_before(key));
        let (first, block) = &mut self.open;
        if block.is_empty() {
            *first = key.into();
        }
        for part in [key, value] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            block.extend_from_slice(&length.to_le_bytes());
            block.extend_from_slice(part);
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.len += 1;
        if block.len() >= BLOCK {
            self.close_block()
        } else {
            Ok(())
        }
    }

    fn close_block(&mut self) -> Result<(), Stop> {
        let (first, block) = &mut self.open;
        let begin = self.blocks.last().map_or(0, |(_, _, end)| *end);
        let end = begin + block.len() as u64;
        self.file
            .seek(SeekFrom::Start(begin))
            .and_then(|_| self.file.write_all(block))
            .map_err(cannot_wait)?;
        self.blocks.push((std::mem::take(first), begin, end));
        block.clear();
        Ok(())
    }

    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Stop> {
        if self.is_before(key) {
            return Ok(None);
        }
        let block = match self
            .blocks
            .partition_point(|(first, ..)| **first <= *key)
            .checked_sub(1)
        {
            _ if !self.open.1.is_empty() && *self.open.0 <= *key => self.open.1.as_slice(),
            Some(n) => self.block(n)?,
            None => return Ok(None),
        };
        let mut pairs = Pairs { block, at: 0 };
        Ok(pairs
            .find(|(found, _)| *found >= key)
            .filter(|(found, _)| *found == key)
            .map(|(_, value)| value.to_vec()))
    }

    /// The bytes of a block in the file, which stay at hand: what is asked for next is often near.
    fn block(&mut self, n: usize) -> Result<&[u8], Stop> {
        let (known, mut block) = self.read.take().unwrap_or((usize::MAX, Vec::new()));
        if known != n {
            self.load(n, &mut block)?;
        }
        Ok(&self.read.insert((n, block)).1)
    }

    fn load(&mut self, n: usize, block: &mut Vec<u8>) -> Result<(), Stop> {
        let (_, begin, end) = self.blocks[n];
        block.resize(usize::try_from(end - begin).unwrap_or_default(), 0);
        let found = self.file.seek(SeekFrom::Start(begin));
        found
            .and_then(|_| self.file.read_exact(block))
            .map_err(cannot_wait)
    }
}

/// The pairs in a block.
struct Pairs<'b> {
    block: &'b [u8],
    at: usize,
}

impl<'b> Pairs<'b> {
    fn part(&mut self) -> Option<&'b [u8]> {
        let rest = self.block.get(self.at..)?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        self.at += size_of::<u32>() + length;
        rest.get(..length)
    }
}

impl<'b> Iterator for Pairs<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.part()?, self.part()?))
    }
}

/// Two runs without a common key as one.
fn merge(one: Run, other: Run) -> Result<Run, Stop> {
    let (mut one, mut other, mut merged) = (Reading::of(one), Reading::of(other), Run::default());
    let (mut next, mut other_next) = (one.next().transpose()?, other.next().transpose()?);
    loop {
        let (taken, from) = match (&next, &other_next) {
            (Some((key, _)), Some((other_key, _))) if key > other_key => {
                (&mut other_next, &mut other)
            }
            (Some(_), _) => (&mut next, &mut one),
            (None, Some(_)) => (&mut other_next, &mut other),
            (None, None) => return Ok(merged),
        };
        if let Some((key, value)) = std::mem::replace(taken, from.next().transpose()?) {
            merged.push(&key, &value)?;
        }
    }
}

/// Pairs of a run that have not been read yet.
pub(super) struct Reading {
    run: Run,
    /// The number of the next block.
    next: usize,
    block: Vec<u8>,
    at: usize,
}

impl Reading {
    fn of(run: Run) -> Self {
        Self {
            run,
            next: 0,
            block: Vec::new(),
            at: 0,
        }
    }

    fn fill(&mut self) -> Result<(), Stop> {
        if self.next < self.run.blocks.len() {
            self.run.load(self.next, &mut self.block)?;
        } else {
            self.block = std::mem::take(&mut self.run.open.1);
        }
        (self.next, self.at) = (self.next + 1, 0);
        Ok(())
    }
}

impl Iterator for Reading {
    type Item = Result<Pair, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.block.len()
            && let Err(stop) = self.fill()
        {
            return Some(Err(stop));
        }
        let mut pairs = Pairs {
            block: &self.block,
            at: self.at,
        };
        let (key, value) = pairs.next()?;
        self.at = pairs.at;
        Some(Ok((key.to_vec(), value.to_vec())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(sorted: Sorted) -> Vec<(String, String)> {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let pairs = sorted
            .read()
            .into_iter()
            .flatten()
            .map(|pair| pair.unwrap_or_default());
        pairs.map(|(key, value)| (text(key), text(value))).collect()
    }

    /// Some 200,000 keys in an order of their own.
    fn shuffled(n: u64) -> String {
        format!(
            "key-{:06}-{}",
            n * 7_919 % 200_003,
            "x".repeat(usize::try_from(n % 50).expect("small"))
        )
    }

    #[test]
    fn many_more_than_memory_holds_are_found_and_come_in_order() {
        for key in [
            shuffled,
            |n| format!("{n:09}"),
            |n| format!("{:09}", 999_999 - n),
        ] {
            let (mut sorted, many) = (Sorted::default(), 150_000);
            for n in 0..many {
                assert!(
                    sorted
                        .get(key(n).as_bytes())
                        .is_ok_and(|found| found.is_none()),
                    "{n}"
                );
                assert!(
                    sorted
                        .insert(key(n).as_bytes(), n.to_string().as_bytes())
                        .is_ok()
                );
                if n % 1_000 == 999 {
                    let old = n * 31 % n;
                    let found = sorted.get(key(old).as_bytes()).ok().flatten();
                    assert_eq!(found, Some(old.to_string().into_bytes()), "{old} of {n}");
                }
            }
            assert!(sorted.waiting.len() < IN_MEMORY && sorted.runs.len() < 20);
            let mut wanted: Vec<(String, String)> =
                (0..many).map(|n| (key(n), n.to_string())).collect();
            wanted.sort();
            assert!(all(sorted) == wanted);
        }
    }

    proptest! {
        #[test]
        fn it_is_a_map(keys in prop::collection::vec("[a-c]{0,4}", 0..60), runs in prop::collection::vec(0..4, 60)) {
            let (mut sorted, mut known) = (Sorted::default(), BTreeMap::new());
            for (n, (key, run)) in keys.iter().zip(runs).enumerate() {
                let found = sorted.get(key.as_bytes()).ok().flatten();
                prop_assert_eq!(found.map(|value| String::from_utf8(value).expect("text")), known.get(key).cloned());
                if !known.contains_key(key) {
                    known.insert(key.clone(), n.to_string());
                    let value = n.to_string();
                    let added = match run {
                        0 => sorted.add_run([(key.as_bytes(), value.as_bytes())].into_iter()),
                        _ => sorted.insert(key.as_bytes(), value.as_bytes()),
                    };
                    prop_assert!(added.is_ok());
                }
            }
            prop_assert_eq!(all(sorted), known.into_iter().collect::<Vec<_>>());
        }
    }
}
