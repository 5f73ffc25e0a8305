//! Clients and servers: what they have read of their mounted files, and whether they understand each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::handshake::{Meeting, Rejection, verify};
use super::issue::CertId;
use super::plan::{Reload, listed};
use super::state::{EntryId, Event};
use super::verdict::Gap;
use super::world::World;

/// A client or server.
pub(super) struct Workload {
    reload: Reload,
    /// What it works with: the server's chain, the client's roots.
    pub(super) holds: Option<Arc<[CertId]>>,
    /// What its files hold, if it has not read them yet.
    unread: Option<(Arc<[CertId]>, EntryId)>,
    /// When it got what it holds.
    pub(super) since: Option<EntryId>,
}

impl Workload {
    pub(super) fn new(reload: Reload) -> Self {
        Self {
            reload,
            holds: None,
            unread: None,
            since: None,
        }
    }
}

/// A client and a server.
pub(super) struct Pair {
    pub(super) client: usize,
    pub(super) server: usize,
    /// Whether both have had what they need at the same time.
    pub(super) met: bool,
    /// The gap that is open.
    gap: Option<usize>,
    /// What asks for another judgement.
    dirty: Option<Option<EntryId>>,
}

impl Pair {
    pub(super) fn new(client: usize, server: usize) -> Self {
        Self {
            client,
            server,
            met: false,
            gap: None,
            dirty: None,
        }
    }
}

/// A handshake that was verified, and how it went.
#[cfg(test)]
pub(crate) struct Witnessed {
    pub(crate) at: OffsetDateTime,
    pub(crate) presented: Arc<[CertId]>,
    pub(crate) trusted: Arc<[CertId]>,
    pub(crate) names: Vec<String>,
    pub(crate) partial_chain: bool,
    pub(crate) accepted: bool,
}

impl World<'_> {
    pub(super) fn load(&mut self, server: usize, chain: Arc<[CertId]>, cause: EntryId) {
        let name = &self.plan.servers[server].name;
        let text = format!("presents {}", listed(self.store.titles(&chain[..1])));
        let (name, reload) = (name.clone(), self.servers[server].reload);
        if reload != Reload::OnChange && self.servers[server].holds.is_some() {
            let text =
                "has a new certificate in its volume, and reads it when it is restarted".to_owned();
            let cause = self.note_trouble(&name, &name, text, cause);
            self.servers[server].unread = Some((chain, cause));
            return self.schedule_restart(true, server, reload);
        }
        let since = self.note(&name, text, Some(cause));
        let workload = &mut self.servers[server];
        (workload.holds, workload.since, workload.unread) = (Some(chain), Some(since), None);
        self.look_at_pairs(Some(since), |pair| pair.server == server);
    }

    pub(super) fn mount(&mut self, client: usize, content: Arc<[CertId]>, cause: EntryId) {
        let name = self.plan.clients[client].name.clone();
        let reload = self.clients[client].reload;
        if reload != Reload::OnChange && self.clients[client].holds.is_some() {
            let text = "have other roots in their volumes, and read them when they are restarted"
                .to_owned();
            let cause = self.note_trouble(&name, &name, text, cause);
            self.clients[client].unread = Some((content, cause));
            return self.schedule_restart(false, client, reload);
        }
        let text = format!("trust {}", listed(self.store.titles(&content)));
        let since = self.note(&name, text, Some(cause));
        let workload = &mut self.clients[client];
        (workload.holds, workload.since, workload.unread) = (Some(content), Some(since), None);
        self.look_at_pairs(Some(since), |pair| pair.client == client);
    }

    /// The next restart of a workload that restarts now and then, counted from the beginning.
    fn schedule_restart(&mut self, server: bool, workload: usize, reload: Reload) {
        let Reload::EveryRestart(every) = reload else {
            return;
        };
        let seconds = every.whole_seconds().max(1);
        let passed = (self.now - self.plan.from).whole_seconds();
        let next = time::Duration::seconds((passed / seconds + 1) * seconds);
        let at = super::moment::later(self.plan.from, next);
        self.at(at, Event::Restart { server, workload });
    }

    pub(super) fn restart(&mut self, server: bool, workload: usize, cause: Option<EntryId>) {
        let list = if server {
            &mut self.servers
        } else {
            &mut self.clients
        };
        let Some((content, written)) = list[workload].unread.take() else {
            return;
        };
        // Reading anew is what a workload without anything does.
        list[workload].holds = None;
        let cause = cause.unwrap_or(written);
        if server {
            self.load(workload, content, cause)
        } else {
            self.mount(workload, content, cause)
        }
    }

    pub(super) fn restart_by_hand(&mut self, name: &str) {
        let cause = self.note("operator", format!("restarts {name}"), None);
        let server = self
            .plan
            .servers
            .iter()
            .position(|server| server.name == name);
        let client = self
            .plan
            .clients
            .iter()
            .position(|client| client.name == name);
        server
            .into_iter()
            .for_each(|n| self.restart(true, n, Some(cause)));
        client
            .into_iter()
            .for_each(|n| self.restart(false, n, Some(cause)));
    }

    /// A certificate begins or ends: whoever holds it is judged anew.
    pub(super) fn turn(&mut self, id: CertId) {
        if !self.is_held(id) {
            return;
        }
        let verb = if self.store[id].not_after <= self.now {
            "ends"
        } else {
            "begins"
        };
        let text = format!("`{}` {verb}", self.store[id].title);
        let cause = self.note("clock", text, None);
        let holds =
            |held: &Option<Arc<[CertId]>>| held.as_ref().is_some_and(|held| held.contains(&id));
        let clients: Vec<bool> = self
            .clients
            .iter()
            .map(|client| holds(&client.holds))
            .collect();
        let servers: Vec<bool> = self
            .servers
            .iter()
            .map(|server| holds(&server.holds))
            .collect();
        self.look_at_pairs(Some(cause), |pair| {
            clients[pair.client] || servers[pair.server]
        });
    }

    fn look_at_pairs(&mut self, cause: Option<EntryId>, which: impl Fn(&Pair) -> bool) {
        self.pairs
            .iter_mut()
            .filter(|pair| which(pair))
            .for_each(|pair| pair.dirty = Some(cause));
    }

    /// Verifies every handshake that something has changed for.
    pub(super) fn judge(&mut self) {
        type Known<'k> = BTreeMap<(&'k [CertId], &'k [CertId], usize, bool), Result<(), Rejection>>;
        let mut known = Known::new();
        let mut turned = Vec::new();
        let mut asked = Vec::new();
        for (n, pair) in self.pairs.iter().enumerate() {
            let Some(cause) = pair.dirty else { continue };
            let (client, server) = (&self.clients[pair.client], &self.servers[pair.server]);
            let (Some(trusted), Some(presented)) = (&client.holds, &server.holds) else {
                continue;
            };
            let partial_chain = self.plan.clients[pair.client].partial_chain;
            let meeting = Meeting {
                presented,
                trusted,
                names: &self.plan.servers[pair.server].names,
                at: self.now,
                partial_chain,
            };
            let key = (&presented[..], &trusted[..], pair.server, partial_chain);
            let result = known.entry(key).or_insert_with(|| {
                asked.push(n);
                verify(&self.store, meeting)
            });
            turned.push((n, cause, result.clone()));
        }
        self.verified += asked.len();
        #[cfg(test)]
        self.witness(&turned, &asked);
        for (n, cause, result) in turned {
            let pair = &mut self.pairs[n];
            (pair.met, pair.dirty) = (true, None);
            match (result, pair.gap) {
                (Ok(()), Some(gap)) => {
                    pair.gap = None;
                    (self.gaps[gap].to, self.gaps[gap].healed_by) = (Some(self.now), cause);
                }
                (Err(rejection), None) => self.open_gap(n, self.now, rejection, cause),
                _ => {}
            }
        }
    }

    pub(super) fn open_gap(
        &mut self,
        pair: usize,
        from: OffsetDateTime,
        rejection: Rejection,
        cause: Option<EntryId>,
    ) {
        let (client, server) = (self.pairs[pair].client, self.pairs[pair].server);
        let held = |workload: &Workload| workload.holds.clone().unwrap_or_else(|| Arc::new([]));
        let (presented, trusted) = (held(&self.servers[server]), held(&self.clients[client]));
        let reason = rejection.sentence(&self.store, &presented, &trusted);
        self.pairs[pair].gap = Some(self.gaps.len());
        self.gaps.push(Gap {
            client,
            server,
            from,
            to: None,
            rejection,
            reason,
            cause,
            presented_since: self.servers[server].since,
            trusted_since: self.clients[client].since,
            healed_by: None,
        });
    }

    #[cfg(test)]
    fn witness(
        &mut self,
        turned: &[(usize, Option<EntryId>, Result<(), Rejection>)],
        asked: &[usize],
    ) {
        for (n, _, result) in turned.iter().filter(|(n, ..)| asked.contains(n)) {
            let pair = &self.pairs[*n];
            let held = |workload: &Workload| workload.holds.clone().expect("judged, so held");
            self.witnessed.push(Witnessed {
                at: self.now,
                presented: held(&self.servers[pair.server]),
                trusted: held(&self.clients[pair.client]),
                names: self.plan.servers[pair.server].names.clone(),
                partial_chain: self.plan.clients[pair.client].partial_chain,
                accepted: result.is_ok(),
            });
        }
    }
}
