//! The virtual clock and the state of the cluster: events in the order of their time, each handled by the actor it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::cert_manager::Managed;
use super::handshake::Rejection;
use super::issue::{CertId, SignedBy, Store};
use super::keys::{KeyId, Keys};
use super::moment::later;
use super::plan::{Action, Block, Issuer, Plan};
use super::state::{BundleState, Entry, EntryId, Event, Part, SecretState, Use, Written};
use super::verdict::Gap;
use super::workloads::{Pair, Workload};
use super::{Fault, moment};
use crate::diagnostic::Bug;

/// The cluster.
pub(super) struct World<'p> {
    pub(super) plan: &'p Plan,
    pub(super) now: OffsetDateTime,
    queue: BTreeMap<(OffsetDateTime, u64), Event>,
    count: u64,
    pub(super) log: Vec<Entry>,
    pub(super) store: Store,
    pub(super) keys: Keys,
    pub(super) given: BTreeMap<String, CertId>,
    pub(super) issuers: BTreeMap<String, (Issuer, EntryId)>,
    pub(super) secrets: BTreeMap<String, SecretState>,
    pub(super) config_maps: BTreeMap<String, Vec<Part>>,
    pub(super) certificates: BTreeMap<String, Managed>,
    pub(super) bundles: BTreeMap<String, BundleState>,
    pub(super) servers: Vec<Workload>,
    pub(super) clients: Vec<Workload>,
    pub(super) pairs: Vec<Pair>,
    pub(super) gaps: Vec<Gap>,
    pub(super) written: Vec<Written>,
    pub(super) uses: Vec<Use>,
    pub(super) issued: usize,
    pub(super) verified: usize,
    /// Every handshake that was verified, for who wants to ask another verifier.
    #[cfg(test)]
    pub(super) witnessed: Vec<super::workloads::Witnessed>,
}

impl<'p> World<'p> {
    pub(super) fn new(plan: &'p Plan) -> Result<Self, Bug> {
        let workload = |every| Workload::new(every);
        let servers: Vec<Workload> = plan
            .servers
            .iter()
            .map(|server| workload(server.reload))
            .collect();
        let clients: Vec<Workload> = plan
            .clients
            .iter()
            .map(|client| workload(client.reload))
            .collect();
        let pairs = (0..clients.len())
            .flat_map(|c| (0..servers.len()).map(move |s| Pair::new(c, s)))
            .collect();
        let mut world = Self {
            plan,
            now: plan.from,
            queue: BTreeMap::new(),
            count: 0,
            log: Vec::new(),
            store: Store::default(),
            keys: Keys::default(),
            given: BTreeMap::new(),
            issuers: BTreeMap::new(),
            secrets: BTreeMap::new(),
            config_maps: BTreeMap::new(),
            certificates: BTreeMap::new(),
            bundles: BTreeMap::new(),
            servers,
            clients,
            pairs,
            gaps: Vec::new(),
            written: Vec::new(),
            uses: Vec::new(),
            issued: 0,
            verified: 0,
            #[cfg(test)]
            witnessed: Vec::new(),
        };
        world.make_given()?;
        for (n, change) in plan.changes.iter().enumerate() {
            let delay = plan
                .delays
                .wave
                .saturating_mul(i32::try_from(change.wave).unwrap_or(i32::MAX));
            world.at(
                later(change.at.unwrap_or(plan.from).max(plan.from), delay),
                Event::Apply(n),
            );
        }
        Ok(world)
    }

    fn make_given(&mut self) -> Result<(), Bug> {
        let mut keys: BTreeMap<&str, KeyId> = BTreeMap::new();
        for given in &self.plan.given {
            let name = given.key.as_deref().unwrap_or(&given.name);
            let key = match keys.get(name) {
                Some(key) => *key,
                None => *keys
                    .entry(name)
                    .or_insert(self.keys.of_ca(given.algorithm, self.plan.from)?),
            };
            self.keys.keep(key, given.not_after);
            let by = match &given.issued_by {
                None => SignedBy::Itself,
                Some(name) => SignedBy::Ca(self.given(name)?),
            };
            let id = self.store.given(given, key, by, &mut self.keys)?;
            self.given.insert(given.name.clone(), id);
            self.schedule_turns(id);
        }
        Ok(())
    }

    pub(super) fn given(&self, name: &str) -> Result<CertId, Bug> {
        self.given
            .get(name)
            .copied()
            .ok_or_else(|| Bug(format!("the plan of the rehearsal names no `{name}`")))
    }

    /// Asks for another look when a certificate begins and ends.
    pub(super) fn schedule_turns(&mut self, id: CertId) {
        for at in [self.store[id].not_before, self.store[id].not_after] {
            if at > self.now {
                self.at(at, Event::Turn(id));
            }
        }
    }

    pub(super) fn at(&mut self, at: OffsetDateTime, event: Event) {
        if at <= self.plan.until {
            self.count += 1;
            self.queue.insert((at, self.count), event);
        }
    }

    /// Lets a while pass before an event.
    pub(super) fn after(&mut self, delay: time::Duration, event: Event) {
        self.at(later(self.now, delay), event);
    }

    pub(super) fn note(&mut self, actor: &str, text: String, cause: Option<EntryId>) -> EntryId {
        self.log.push(Entry {
            at: self.now,
            actor: actor.to_owned(),
            text,
            cause,
            issued: None,
            signer: None,
            trouble: None,
        });
        EntryId(self.log.len() - 1)
    }

    /// Something that did not happen as it should to `subject`.
    pub(super) fn note_trouble(
        &mut self,
        actor: &str,
        subject: &str,
        text: String,
        cause: EntryId,
    ) -> EntryId {
        let entry = self.note(actor, text, Some(cause));
        self.log[entry.0].trouble = Some(subject.to_owned());
        entry
    }

    /// Lets the time pass, for as many certificates. Handshakes are judged when everything of one instant has happened.
    pub(super) fn run(&mut self, limit: usize) -> Result<(), Fault> {
        while let Some(((at, _), event)) = self.queue.pop_first() {
            self.now = at;
            self.handle(event)?;
            if self.issued > limit {
                return Err(Fault::TooMuch {
                    limit,
                    reached: moment::day(at),
                });
            }
            if self
                .queue
                .first_key_value()
                .is_none_or(|((next, _), _)| *next > at)
            {
                self.judge();
            }
        }
        self.now = self.plan.until;
        self.judge_the_absent();
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<(), Bug> {
        match event {
            Event::Apply(n) => self.apply(n)?,
            Event::Issue { name, turn, cause } => self.issue(&name, turn, cause)?,
            Event::Sync { bundle, cause } => self.sync(&bundle, cause),
            Event::Mount {
                client,
                content,
                cause,
            } => self.mount(client, content, cause),
            Event::Load {
                server,
                chain,
                cause,
            } => self.load(server, chain, cause),
            Event::Restart { server, workload } => self.restart(server, workload, None),
            Event::Turn(id) => self.turn(id),
        }
        Ok(())
    }

    fn apply(&mut self, n: usize) -> Result<(), Bug> {
        match self.plan.changes[n].action.clone() {
            Action::Issuer(issuer) => self.apply_issuer(issuer),
            Action::Certificate(certificate) => self.apply_certificate(certificate),
            Action::Secret(secret) => {
                let (tls, ca) = (self.blocks(&secret.tls_crt)?, self.blocks(&secret.ca_crt)?);
                let again = if self.secrets.contains_key(&secret.name) {
                    "gets another CA"
                } else {
                    "holds a CA"
                };
                let titles = self.named(&tls);
                let cause = self.note(
                    "PKI",
                    format!("Secret {} {again}: {titles}", secret.name),
                    None,
                );
                self.put_secret(
                    &secret.name,
                    SecretState {
                        tls,
                        ca,
                        since: Some(cause),
                    },
                    cause,
                );
            }
            Action::ConfigMap(map) => {
                let blocks = self.blocks(&map.data)?;
                let cause = self.note(
                    "GitOps",
                    format!("ConfigMap {} holds {}", map.name, self.named(&blocks)),
                    None,
                );
                self.config_maps.insert(map.name.clone(), blocks);
                self.source_changed(&map.name, false, cause);
            }
            Action::Bundle(bundle) => self.apply_bundle(bundle),
            Action::Renew(name) => self.renew_by_hand(&name),
            Action::Restart(name) => self.restart_by_hand(&name),
        }
        Ok(())
    }

    fn blocks(&self, blocks: &[Block]) -> Result<Vec<Part>, Bug> {
        let one = |block: &Block| match block {
            Block::Pem(name) => self.given(name).map(Part::Pem),
            Block::Der(_) => Ok(Part::Der),
            Block::Other(_) => Ok(Part::Other),
        };
        blocks.iter().map(one).collect()
    }

    fn named(&self, blocks: &[Part]) -> String {
        let title = |block: &Part| match block {
            Part::Pem(id) => self.store[*id].title.as_str(),
            Part::Der => "a certificate in DER",
            Part::Other => "a PEM block that is no certificate",
        };
        super::plan::listed(blocks.iter().map(title))
    }

    /// Writes a Secret, and tells everybody who reads it.
    pub(super) fn put_secret(&mut self, name: &str, state: SecretState, cause: EntryId) {
        let chain = SecretState::certificates(&state.tls);
        self.secrets.insert(name.to_owned(), state);
        if let Some(chain) = chain {
            let chain: Arc<[CertId]> = chain.into();
            for server in 0..self.plan.servers.len() {
                if self.plan.servers[server].secret == name {
                    let chain = Arc::clone(&chain);
                    self.after(
                        self.plan.delays.mount,
                        Event::Load {
                            server,
                            chain,
                            cause,
                        },
                    );
                }
            }
        }
        self.source_changed(name, true, cause);
        self.retry_waiting(cause);
    }

    /// Every certificate that somebody uses or trusts at this moment.
    pub(super) fn is_held(&self, id: CertId) -> bool {
        let holds = |workload: &Workload| {
            workload
                .holds
                .as_ref()
                .is_some_and(|held| held.contains(&id))
        };
        self.servers.iter().chain(&self.clients).any(holds)
    }

    /// Clients and servers without a partner, and everything that stands open, at the end.
    fn judge_the_absent(&mut self) {
        let absent: BTreeSet<usize> = (0..self.pairs.len())
            .filter(|n| !self.pairs[*n].met)
            .collect();
        for n in absent {
            let pair = &self.pairs[n];
            let rejection = if self.servers[pair.server].holds.is_none() {
                Rejection::NoCertificate
            } else {
                Rejection::NoRoots
            };
            self.open_gap(n, self.plan.from, rejection, None);
        }
    }
}
