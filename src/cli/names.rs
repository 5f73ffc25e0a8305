//! The names of sites, each with the file that it was read from: two sites of one name would share a folder.

use super::Stop;
use super::sorted::Sorted;
use crate::compile::{Outcome, Site};
use crate::report::sort;
use crate::trust::SITE_NAME_TAKEN;

/// The names of sites so far, and the file of each. Sites are most often named like their folders, and so come in order.
#[derive(Default)]
pub(super) struct Names(Sorted);

impl Names {
    pub(super) fn contains(&mut self, name: &str) -> Result<bool, Stop> {
        Ok(self.0.get(name.as_bytes())?.is_some())
    }

    /// Takes the name of a site that is as it was; false if another has it.
    pub(super) fn take(&mut self, name: &str, file: &str) -> Result<bool, Stop> {
        let is_free = !self.contains(name)?;
        if is_free {
            self.0.insert(name.as_bytes(), file.as_bytes())?;
        }
        Ok(is_free)
    }

    /// Two sites of one name would share a folder.
    pub(super) fn refuse_if_taken(&mut self, site: &mut Site) -> Result<(), Stop> {
        let Some(name) = site.name() else {
            return Ok(());
        };
        if let Some(other) = self.0.get(name.as_bytes())? {
            let message = format!(
                "`{name}` is also the name of {}",
                String::from_utf8_lossy(&other)
            );
            let origin = site.name_origin();
            site.diagnostics.push(SITE_NAME_TAKEN.at(origin, message));
            sort(&site.sources, &mut site.diagnostics);
            site.outcome = Outcome::Refused;
            return Ok(());
        }
        self.0
            .insert(name.as_bytes(), site.sources.get(site.id).name().as_bytes())
    }
}
