//! A report that is one document: what it says of findings waits, on disk if it is much, until there are no more.

use std::io::{self, Write};

use super::Stop;
use super::sorted::Sorted;
use super::spool::Spool;
use crate::diagnostic::Severity;
use crate::report::{Counts, Entry, Findings, Form, Frame};

pub(super) struct Kept {
    form: Box<dyn Form>,
    /// The words for each finding behind its severity, by group and number.
    entries: Sorted,
    number: u64,
    counts: Counts,
}

impl Kept {
    pub(super) fn new(form: Box<dyn Form>) -> Self {
        Self {
            form,
            entries: Sorted::default(),
            number: 0,
            counts: Counts::default(),
        }
    }

    pub(super) fn add(&mut self, findings: &Findings<'_>) -> Result<(), Stop> {
        for Entry {
            group,
            severity,
            text,
        } in self.form.entries(findings)
        {
            let key = [group.as_bytes(), b"\0", &self.number.to_be_bytes()].concat();
            self.entries
                .insert(&key, &[&[severity as u8], text.as_bytes()].concat())?;
            self.number += 1;
            self.counts.add(severity);
        }
        Ok(())
    }

    /// Writes all of it; `failed` says what it means that something cannot be written.
    pub(super) fn write(
        self,
        out: &mut dyn Write,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        let mut out = io::BufWriter::new(out);
        let Frame {
            before,
            between,
            behind,
        } = self.form.frame(self.counts);
        out.write_all(before.as_bytes()).map_err(failed)?;
        let (mut group, mut separator) = (Group::default(), "");
        for entry in self.entries.read()? {
            let (key, value) = entry?;
            let name = &key[..key.len() - size_of::<u64>() - 1];
            let (severity, text) = value.split_first().unwrap_or((&0, &[]));
            if !self.form.is_grouped() {
                out.write_all(separator.as_bytes())
                    .and_then(|()| out.write_all(text))
                    .map_err(failed)?;
                separator = between;
                continue;
            }
            if group.name != name {
                std::mem::take(&mut group).write(&*self.form, &mut out, failed)?;
                group.name = name.to_vec();
            }
            group.counts.add(severity_of(*severity));
            group.entries.add(&String::from_utf8_lossy(text))?;
        }
        group.write(&*self.form, &mut out, failed)?;
        out.write_all(behind.as_bytes())
            .and_then(|()| out.flush())
            .map_err(failed)
    }
}

fn severity_of(number: u8) -> Severity {
    let all = [Severity::Error, Severity::Warning];
    all.into_iter()
        .find(|severity| *severity as u8 == number)
        .unwrap_or(Severity::Note)
}

/// Entries whose frame says how many they are.
#[derive(Default)]
struct Group {
    name: Vec<u8>,
    counts: Counts,
    entries: Spool,
}

impl Group {
    fn write(
        self,
        form: &dyn Form,
        out: &mut dyn Write,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        if self.counts == Counts::default() {
            return Ok(());
        }
        let [before, behind] = form.group_frame(&String::from_utf8_lossy(&self.name), self.counts);
        out.write_all(before.as_bytes()).map_err(failed)?;
        self.entries.copy(out, failed)?;
        out.write_all(behind.as_bytes()).map_err(failed)
    }
}
