//! trust-manager: rebuilds a bundle from its sources, all of it or nothing
//! (`pkg/bundle/internal/source/source.go`, `pkg/util/cert_pool.go`).

use std::sync::Arc;

use super::issue::CertId;
use super::plan::{Bundle, Source, listed};
use super::state::{BundleState, EntryId, Event, Part, Written};
use super::world::World;

impl World<'_> {
    pub(super) fn apply_bundle(&mut self, spec: Bundle) {
        let name = spec.name.clone();
        let kind = if spec.plain { "ConfigMap" } else { "Bundle" };
        let cause = self.note("GitOps", format!("{kind} {name} is applied"), None);
        let content = self.bundles.remove(&name).and_then(|state| state.content);
        self.bundles.insert(
            name.clone(),
            BundleState {
                spec,
                content,
                trouble: None,
            },
        );
        self.schedule_sync(&name, cause);
    }

    /// A Secret or ConfigMap has another content: every bundle over it is rebuilt.
    pub(super) fn source_changed(&mut self, name: &str, is_secret: bool, cause: EntryId) {
        let reads = |source: &Source| match source {
            Source::TlsCrt(secret) | Source::CaCrt(secret) => is_secret && secret == name,
            Source::ConfigMap(map) => !is_secret && map == name,
        };
        let over = self
            .bundles
            .values()
            .filter(|bundle| bundle.spec.sources.iter().any(reads));
        let names: Vec<String> = over.map(|bundle| bundle.spec.name.clone()).collect();
        names
            .iter()
            .for_each(|name| self.schedule_sync(name, cause));
    }

    fn schedule_sync(&mut self, bundle: &str, cause: EntryId) {
        let plain = self
            .bundles
            .get(bundle)
            .is_some_and(|bundle| bundle.spec.plain);
        let delay = if plain {
            time::Duration::ZERO
        } else {
            self.plan.delays.sync
        };
        self.after(
            delay,
            Event::Sync {
                bundle: bundle.to_owned(),
                cause,
            },
        );
    }

    pub(super) fn sync(&mut self, name: &str, cause: EntryId) {
        let Some(bundle) = self.bundles.get(name) else {
            return;
        };
        let actor = if bundle.spec.plain {
            "GitOps"
        } else {
            "trust-manager"
        };
        match self.gather(&bundle.spec) {
            Ok(content) => {
                if bundle.content.as_deref() == Some(content.as_slice()) {
                    return;
                }
                let content: Arc<[CertId]> = content.into();
                let unseen = if self.holds_der(name) {
                    "; a certificate in DER is not seen"
                } else {
                    ""
                };
                let text = format!(
                    "writes bundle {name}: {}{unseen}",
                    listed(self.store.titles(&content))
                );
                let cause = self.note(actor, text, Some(cause));
                self.written.push(Written {
                    bundle: name.to_owned(),
                    at: self.now,
                    content: Arc::clone(&content),
                });
                if let Some(bundle) = self.bundles.get_mut(name) {
                    (bundle.content, bundle.trouble) = (Some(Arc::clone(&content)), None);
                }
                for client in 0..self.plan.clients.len() {
                    if self.plan.clients[client].bundle == name {
                        let content = Arc::clone(&content);
                        self.after(
                            self.plan.delays.mount,
                            Event::Mount {
                                client,
                                content,
                                cause,
                            },
                        );
                    }
                }
            }
            Err(why) if bundle.trouble.as_ref() != Some(&why) => {
                self.note_trouble(
                    actor,
                    name,
                    format!("leaves bundle {name} as it is: {why}"),
                    cause,
                );
                if let Some(bundle) = self.bundles.get_mut(name) {
                    bundle.trouble = Some(why);
                }
            }
            Err(_) => {}
        }
    }

    /// The certificates of all sources, each once, in the order of their SHA-256; or why there is nothing to write.
    fn gather(&self, spec: &Bundle) -> Result<Vec<CertId>, String> {
        let mut found: Vec<CertId> = Vec::new();
        for source in &spec.sources {
            for block in self.source(source)? {
                match block {
                    Part::Pem(id) => found.push(*id),
                    // Bytes without a PEM block are text between blocks.
                    Part::Der => {}
                    Part::Other => {
                        return Err("a source holds a PEM block that is no certificate".to_owned());
                    }
                }
            }
        }
        if spec.filter_expired {
            found.retain(|id| self.store[*id].not_after > self.now);
        }
        found.sort_by_key(|id| self.store[*id].fingerprint);
        found.dedup();
        if found.is_empty() {
            Err("no source holds a certificate".to_owned())
        } else {
            Ok(found)
        }
    }

    fn holds_der(&self, bundle: &str) -> bool {
        let sources = self
            .bundles
            .get(bundle)
            .map(|bundle| bundle.spec.sources.as_slice())
            .unwrap_or_default();
        sources
            .iter()
            .filter_map(|source| self.source(source).ok())
            .any(|blocks| blocks.contains(&Part::Der))
    }

    fn source(&self, source: &Source) -> Result<&[Part], String> {
        let (kind, name, blocks) = match source {
            Source::TlsCrt(name) => (
                "Secret",
                name,
                self.secrets.get(name).map(|secret| &secret.tls),
            ),
            Source::CaCrt(name) => (
                "Secret",
                name,
                self.secrets.get(name).map(|secret| &secret.ca),
            ),
            Source::ConfigMap(name) => ("ConfigMap", name, self.config_maps.get(name)),
        };
        blocks
            .map(Vec::as_slice)
            .ok_or_else(|| format!("{kind} {name} is not there"))
    }
}
