//! The names of sites, each with the file that it was read from: two sites of one name would share a folder. All names of a run
//! have to be known, and there may be a million.

use std::collections::BTreeMap;

use crate::report::sort;
use crate::site::{Outcome, Site};
use crate::trust::SITE_NAME_TAKEN;

/// The names of sites so far, and the file of each.
#[derive(Default)]
pub(super) struct Names {
    /// Names that came in their order, one behind the other: sites are most often named like their folders.
    text: String,
    /// Where each of them ends, and its file.
    ordered: Vec<(u32, File)>,
    /// The others.
    others: BTreeMap<Box<str>, File>,
    files: Files,
}

impl Names {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.file(name).is_some()
    }

    fn file(&self, name: &str) -> Option<File> {
        let mut range = 0..self.ordered.len();
        while let Some(middle) = Some(range.start.midpoint(range.end)).filter(|_| !range.is_empty()) {
            match self.ordered_name(middle).cmp(name) {
                std::cmp::Ordering::Less => range.start = middle + 1,
                std::cmp::Ordering::Equal => return Some(self.ordered[middle].1),
                std::cmp::Ordering::Greater => range.end = middle,
            }
        }
        self.others.get(name).copied()
    }

    fn ordered_name(&self, n: usize) -> &str {
        let begin = n.checked_sub(1).map_or(0, |before| self.ordered[before].0 as usize);
        &self.text[begin..self.ordered[n].0 as usize]
    }

    fn insert(&mut self, name: &str, file: &str) {
        let file = self.files.number(name, file);
        let last = self.ordered.len().checked_sub(1).map(|last| self.ordered_name(last));
        match u32::try_from(self.text.len() + name.len()) {
            Ok(end) if last.is_none_or(|last| last < name) => {
                self.text.push_str(name);
                self.ordered.push((end, file));
            }
            _ => drop(self.others.insert(name.into(), file)),
        }
    }

    /// Takes the name of a site that is as it was; false if another has it.
    pub(super) fn take(&mut self, name: &str, file: &str) -> bool {
        let is_free = !self.contains(name);
        if is_free {
            self.insert(name, file);
        }
        is_free
    }

    /// Two sites of one name would share a folder.
    pub(super) fn refuse_if_taken(&mut self, site: &mut Site) {
        let Some(name) = site.name() else { return };
        if let Some(other) = self.file(name) {
            let message = format!("`{name}` is also the name of {}", self.files.text(name, other));
            let origin = site.name_origin();
            site.diagnostics.push(SITE_NAME_TAKEN.at(origin, message));
            sort(&site.sources, &mut site.diagnostics);
            site.outcome = Outcome::Refused;
        } else {
            self.insert(name, site.sources.get(site.id).name());
        }
    }
}

/// The number of what a file is called around the name of its site.
type File = u32;

/// What files are called before and behind the names of their sites, if they are called after them: most are called alike.
#[derive(Default)]
struct Files {
    known: Vec<(Box<str>, Option<Box<str>>)>,
    numbers: BTreeMap<(Box<str>, Option<Box<str>>), File>,
}

impl Files {
    fn number(&mut self, name: &str, file: &str) -> File {
        let around = match file.split_once(name).filter(|_| !name.is_empty()) {
            Some((before, behind)) => (before, Some(behind)),
            None => (file, None),
        };
        // Most often it is like the one before.
        let is_last = self.known.last().is_some_and(|(before, behind)| (&**before, behind.as_deref()) == around);
        if is_last {
            return self.last();
        }
        let around = (around.0.into(), around.1.map(Into::into));
        if let Some(number) = self.numbers.get(&around) {
            return *number;
        }
        self.known.push(around.clone());
        self.numbers.insert(around, self.last());
        self.last()
    }

    fn last(&self) -> File {
        File::try_from(self.known.len() - 1).unwrap_or(File::MAX)
    }

    fn text(&self, name: &str, file: File) -> String {
        match self.known.get(file as usize) {
            Some((before, Some(behind))) => format!("{before}{name}{behind}"),
            Some((file, None)) => file.to_string(),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_that_are_called_alike_are_kept_once() {
        let mut names = Names::default();
        for n in 0..1000 {
            assert!(names.take(&format!("s{n:04}"), &format!("sites/s{n:04}/trust.yaml")));
        }
        assert_eq!((names.files.known.len(), names.others.len()), (1, 0));
        assert!(names.contains("s0999") && !names.contains("s1000") && !names.contains(""));
    }

    proptest! {
        #[test]
        fn every_name_is_known_with_its_file(sites in prop::collection::vec(("[a-c]{0,3}", "[a-c/.]{1,8}"), 0..40)) {
            let (mut names, mut known) = (Names::default(), BTreeMap::new());
            for (name, file) in &sites {
                let is_free = !known.contains_key(name);
                prop_assert_eq!(names.take(name, file), is_free);
                known.entry(name).or_insert(file);
            }
            for (name, file) in known {
                let found = names.file(name).map(|number| names.files.text(name, number));
                prop_assert_eq!(found.as_deref(), Some(file.as_str()));
            }
        }
    }
}
