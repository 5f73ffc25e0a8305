//! `trustc check --fix`: mends what has one right answer, round by round, until nothing more can be mended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::judged::Judged;
use super::{Stop, Streams};
use crate::diagnostic::{Diagnostic, Fix, Safety, SourceId};
use crate::fix::apply;
use crate::output::{diff_of, rewrite};
use crate::report::{Counts, Findings};
use crate::source::{self, A_LINK, link_at};
use crate::text::Clean;
use crate::{config, types};

/// More rounds than any file needs: each makes every fix that does not overlap with another.
const ROUNDS: usize = 32;

/// Judges a run with other content for some files.
type Judge<'j> = dyn FnMut(&BTreeMap<PathBuf, String>) -> Result<Judged, Stop> + 'j;

/// Files as they will be, and what was learnt about their fixes on the way.
#[derive(Default)]
struct Progress {
    texts: BTreeMap<PathBuf, String>,
    /// Files whose fixes are made one at a time, because all at once they made it worse.
    one_by_one: BTreeSet<PathBuf>,
    /// Fixes that make a file worse.
    given_up: BTreeSet<(PathBuf, String)>,
}

/// What is wrong with everything that a file has a part in: its site, all sites that extend it, or its cluster.
#[derive(Default, PartialEq)]
struct Score {
    unread: bool,
    counts: (usize, usize),
    found: BTreeSet<(&'static str, String)>,
}

/// Mends files until nothing changes, writes them, and shows what was changed.
pub(super) fn fix(
    judge: &mut Judge<'_>,
    wanted: &dyn Fn(&Diagnostic) -> bool,
    risky: bool,
    show: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let mut progress = Progress::default();
    let mut judged = judge(&progress.texts)?;
    for _ in 0..ROUNDS {
        let before = progress.texts.clone();
        let tried = progress.round(&judged, &|found| wanted(found) && is_offered(found, risky));
        if tried.is_empty() {
            break;
        }
        let next = judge(&progress.texts)?;
        let worse = progress.take_back(&before, &tried, &judged, &next);
        judged = if worse { judge(&progress.texts)? } else { next };
    }
    write(&progress.texts, show, streams)
}

impl Progress {
    /// Makes every fix that can be made now. What was tried, by file.
    fn round(
        &mut self,
        judged: &Judged,
        wanted: &dyn Fn(&Diagnostic) -> bool,
    ) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let mut tried = BTreeMap::new();
        for findings in judged.findings() {
            for (path, id, found) in fixable(&findings, wanted) {
                let open =
                    |d: &&Diagnostic| !self.given_up.contains(&(path.to_path_buf(), name(d)));
                let mut found: Vec<&Diagnostic> = found.into_iter().filter(open).collect();
                if self.one_by_one.contains(path) {
                    found.truncate(1);
                }
                let fixes: Vec<&Fix> = found.iter().filter_map(|d| d.fix.as_ref()).collect();
                if let Some(text) = apply(id, findings.sources.get(id), &fixes) {
                    self.texts.insert(path.to_path_buf(), text);
                    tried.insert(path.to_path_buf(), found.into_iter().cloned().collect());
                } else if let Some(first) = found.first().filter(|_| self.one_by_one.contains(path))
                {
                    self.given_up.insert((path.to_path_buf(), name(first)));
                }
            }
        }
        tried
    }

    /// Takes back what made a file worse. Whether anything was.
    fn take_back(
        &mut self,
        before: &BTreeMap<PathBuf, String>,
        tried: &BTreeMap<PathBuf, Vec<Diagnostic>>,
        old: &Judged,
        new: &Judged,
    ) -> bool {
        let mut any = false;
        let (old, new) = (scores(old, tried), scores(new, tried));
        for (((path, found), was), is) in tried.iter().zip(old).zip(new) {
            if !is.worse_than(&was) {
                continue;
            }
            any = true;
            match before.get(path) {
                Some(text) => drop(self.texts.insert(path.clone(), text.clone())),
                None => drop(self.texts.remove(path)),
            }
            if !self.one_by_one.insert(path.clone()) {
                self.given_up
                    .extend(found.iter().map(|d| (path.clone(), name(d))));
            }
        }
        any
    }
}

impl Score {
    fn add(&mut self, diagnostics: &[Diagnostic]) {
        let reading = |d: &Diagnostic| {
            let rooms = [source::RULES, config::RULES, types::RULES];
            rooms.into_iter().flatten().any(|info| info.id == d.rule.id)
        };
        let counts = Counts::of(diagnostics);
        self.counts.0 += counts.errors;
        self.counts.1 += counts.errors + counts.warnings + counts.notes;
        self.found.extend(
            diagnostics
                .iter()
                .map(|d| (d.rule.id, d.message.raw().to_owned())),
        );
        self.unread |= diagnostics.iter().any(reading);
    }

    /// A file that could not be read to its end may show more once it can; else there must be no more errors. Something must
    /// be gone in any case.
    fn worse_than(&self, before: &Self) -> bool {
        let back = self.unread && !before.unread;
        back || (!before.unread && self.counts > before.counts) || self == before
    }
}

/// The score of each file that was tried, in the order of their paths.
fn scores(judged: &Judged, tried: &BTreeMap<PathBuf, Vec<Diagnostic>>) -> Vec<Score> {
    let mut scores: BTreeMap<&Path, Score> = tried
        .keys()
        .map(|path| (path.as_path(), Score::default()))
        .collect();
    for findings in judged.findings() {
        for (_, source) in findings.sources.iter() {
            if let Some(score) = source.path().and_then(|path| scores.get_mut(path)) {
                score.add(findings.diagnostics);
            }
        }
    }
    scores.into_values().collect()
}

fn name(diagnostic: &Diagnostic) -> String {
    format!("{}: {}", diagnostic.rule.id, diagnostic.message.raw())
}

fn is_offered(diagnostic: &Diagnostic, risky: bool) -> bool {
    diagnostic
        .fix
        .as_ref()
        .is_some_and(|fix| risky || fix.safety == Safety::Safe)
}

/// Files with findings that can be mended.
fn fixable<'f>(
    findings: &Findings<'f>,
    wanted: &dyn Fn(&Diagnostic) -> bool,
) -> Vec<(&'f Path, SourceId, Vec<&'f Diagnostic>)> {
    let mut by_file: BTreeMap<SourceId, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in findings.diagnostics {
        let Some(fix) = diagnostic.fix.as_ref().filter(|_| wanted(diagnostic)) else {
            continue;
        };
        if let Some(file) = fix.edits.first().map(|edit| edit.source)
            && fix.edits.iter().all(|edit| edit.source == file)
        {
            by_file.entry(file).or_default().push(diagnostic);
        }
    }
    let files = by_file.into_iter();
    files
        .filter_map(|(id, found)| Some((findings.sources.get(id).path()?, id, found)))
        .collect()
}

fn write(
    texts: &BTreeMap<PathBuf, String>,
    show: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    // Links come last: what they lead to may be mended by itself.
    let (links, files): (Vec<_>, Vec<_>) =
        texts.iter().partition(|(path, _)| link_at(path).is_some());
    for (path, text) in files.into_iter().chain(links) {
        let failed = |error: &dyn std::fmt::Display| {
            Stop::Failed(format!("cannot write {}: {error}", Clean::path(&path)))
        };
        let old =
            source::read_named(path, source::Limit::Manifests).map_err(|fault| failed(&fault))?;
        if old.text() == Some(text) {
            continue;
        }
        if let Some(link) = link_at(path) {
            let link = Clean::path(&link);
            writeln!(
                streams.errors,
                "warning: {} was not mended: {link}: {A_LINK}",
                Clean::path(&path)
            )?;
            continue;
        }
        rewrite(path, text).map_err(|error| failed(&error))?;
        let diff = diff_of(old.name(), old.text().unwrap_or_default(), text);
        let stream = if show {
            &mut streams.output
        } else {
            &mut streams.errors
        };
        stream.document(&diff)?;
        stream.flush()?;
    }
    Ok(())
}
