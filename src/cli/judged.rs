//! What came of a run over configurations and manifests.

use crate::cluster::{Cluster, Skipped};
use crate::compile::Site;
use crate::report::Findings;

/// Everything of a run.
pub(super) struct Judged {
    pub(super) sites: Vec<Site>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) skipped: Skipped,
    pub(super) unread: Vec<String>,
}

impl Judged {
    /// How many objects; none without manifests.
    pub(super) fn objects(&self) -> Option<usize> {
        (!self.clusters.is_empty())
            .then(|| self.clusters.iter().map(|cluster| cluster.objects).sum())
    }

    pub(super) fn findings(&self) -> Vec<Findings<'_>> {
        self.sites
            .iter()
            .map(Into::into)
            .chain(self.clusters.iter().map(Into::into))
            .collect()
    }
}
