//! A report that is one document, kept until there are no more findings: what stands at its beginning counts them.

use std::collections::BTreeMap;
use std::io;

use super::Stop;
use super::spill_file::SpillFile;
use crate::report::{Counts, Entry, Findings, Form, Frame, left_out};
use crate::text::Printer;

pub(super) struct BufferedReport {
    form: Box<dyn Form>,
    /// By name: what a form does not group is one group.
    groups: BTreeMap<String, Group>,
    counts: Counts,
    left_out: usize,
}

#[derive(Default)]
struct Group {
    counts: Counts,
    entries: SpillFile,
}

impl BufferedReport {
    pub(super) fn new(form: Box<dyn Form>) -> Self {
        Self {
            form,
            groups: BTreeMap::new(),
            counts: Counts::default(),
            left_out: 0,
        }
    }

    pub(super) fn add(&mut self, findings: &Findings<'_>) -> Result<(), Stop> {
        let room = self.form.limit().map_or(usize::MAX, |limit| {
            limit.saturating_sub(self.counts.total())
        });
        let taken = findings.diagnostics.len().min(room);
        self.left_out += findings.diagnostics.len() - taken;
        let findings = Findings {
            diagnostics: &findings.diagnostics[..taken],
            ..*findings
        };
        for Entry {
            group,
            severity,
            text,
        } in self.form.entries(&findings)
        {
            let group = self.groups.entry(group).or_default();
            if group.counts != Counts::default() {
                group.entries.add(self.form.separator())?;
            }
            group.entries.add(&text)?;
            group.counts.add(severity);
            self.counts.add(severity);
        }
        Ok(())
    }

    /// What is said to people about findings that the report has no room for.
    pub(super) fn left_out(&self) -> Option<String> {
        let limit = self.form.limit().filter(|_| self.left_out > 0)?;
        Some(left_out(limit, self.left_out))
    }

    /// Writes all of it; `failed` says what it means that something cannot be written.
    pub(super) fn write(
        self,
        out: &mut Printer<'_>,
        failed: &dyn Fn(io::Error) -> Stop,
    ) -> Result<(), Stop> {
        let content = self.form.content();
        let Frame { before, behind } = self.form.frame(self.counts, self.left_out);
        out.print(content, &before).map_err(failed)?;
        for (name, group) in self.groups {
            let [before, behind] = self.form.group_frame(&name, group.counts);
            out.print(content, &before).map_err(failed)?;
            group.entries.copy(content, out, failed)?;
            out.print(content, &behind).map_err(failed)?;
        }
        out.print(content, &behind)
            .and_then(|()| out.flush())
            .map_err(failed)
    }
}
