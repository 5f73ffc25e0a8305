//! The names of sites, each with the file that it was read from: two sites of one name would share a folder.

use std::collections::HashMap;

use crate::compile::{Outcome, Site};
use crate::report::sort;
use crate::trust::SITE_NAME_TAKEN;

/// The names of the sites so far, and the file of each.
#[derive(Default)]
pub(crate) struct SiteNames(HashMap<Box<str>, Box<str>>);

impl SiteNames {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes the name of a site; refuses the site if another one has it.
    pub(crate) fn claim(&mut self, site: &mut Site) {
        let Some(name) = site.name() else { return };
        let Some(other) = self.0.get(name) else {
            let file = site.sources.get(site.id).name();
            self.0.insert(name.into(), file.into());
            return;
        };
        let message = format!("`{name}` is also the name of {other}");
        let origin = site.name_origin();
        site.diagnostics.push(SITE_NAME_TAKEN.at(origin, message));
        sort(&site.sources, &mut site.diagnostics);
        site.outcome = Outcome::Refused;
    }
}
