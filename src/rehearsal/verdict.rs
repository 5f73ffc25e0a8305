//! What a rehearsal showed: the gaps in which handshakes fail, and for each the events that led to it.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::handshake::Rejection;
use super::issue::{CertId, Store};
use super::moment::{day, shown};
use super::plan::{Action, Plan, listed};
use super::state::{Entry, EntryId, Use, Written};
use super::world::World;

/// A time in which one client rejects one server.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) client: usize,
    pub(super) server: usize,
    pub(super) from: OffsetDateTime,
    pub(super) to: Option<OffsetDateTime>,
    pub(super) rejection: Rejection,
    pub(super) reason: String,
    /// What happened at its first instant.
    pub(super) cause: Option<EntryId>,
    /// When the server got what it presents.
    pub(super) presented_since: Option<EntryId>,
    /// When the client got what it trusts.
    pub(super) trusted_since: Option<EntryId>,
    pub(super) healed_by: Option<EntryId>,
}

/// Gaps of the same time and the same reason.
pub(crate) struct Outage {
    pub(crate) from: OffsetDateTime,
    /// None: it lasts beyond the horizon.
    pub(crate) to: Option<OffsetDateTime>,
    pub(crate) clients: Vec<String>,
    pub(crate) servers: Vec<String>,
    /// One clause.
    pub(crate) reason: String,
    /// A word for programs.
    pub(crate) code: &'static str,
    /// What led to it, oldest first.
    pub(crate) chain: Vec<Entry>,
    /// What ended it.
    pub(crate) healed: Vec<Entry>,
}

/// What a rehearsal showed.
pub(crate) struct Rehearsal {
    pub(crate) from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    /// In the order of their beginnings.
    pub(crate) outages: Vec<Outage>,
    pub(crate) store: Store,
    pub(crate) log: Vec<Entry>,
    /// The contents of bundles, in order.
    pub(crate) written: Vec<Written>,
    /// When certificates of the plan were in use.
    pub(crate) uses: Vec<Use>,
    pub(crate) servers: Vec<String>,
    pub(crate) clients: Vec<String>,
    /// How many certificates were issued, and handshakes verified.
    pub(crate) issued: usize,
    pub(crate) verified: usize,
    /// What was assumed, in sentences.
    pub(crate) assumed: Vec<String>,
    #[cfg(test)]
    pub(crate) witnessed: Vec<super::workloads::Witnessed>,
}

impl Rehearsal {
    pub(super) fn of(plan: &Plan, world: World<'_>) -> Self {
        let mut outages: Vec<Outage> = Vec::new();
        for gap in &world.gaps {
            let (client, server) = (
                &plan.clients[gap.client].name,
                &plan.servers[gap.server].name,
            );
            let same =
                |o: &&mut Outage| (o.from, o.to, &o.reason) == (gap.from, gap.to, &gap.reason);
            let Some(outage) = outages.iter_mut().find(same) else {
                outages.push(outage(&world, gap, client, server));
                continue;
            };
            for (list, name) in [(&mut outage.clients, client), (&mut outage.servers, server)] {
                if !list.contains(name) {
                    list.push(name.clone());
                }
            }
        }
        outages.sort_by_key(|outage| outage.from);
        let mut assumed = plan.assumed.clone();
        if world.keys.ran_out {
            assumed.push(
                "more RSA keys of CAs are alive at once than are kept here: some are rehearsed as ECDSA P-256"
                    .to_owned(),
            );
        }
        Self {
            from: plan.from,
            until: plan.until,
            outages,
            store: world.store,
            log: world.log,
            written: world.written,
            uses: world.uses,
            servers: plan
                .servers
                .iter()
                .map(|server| server.name.clone())
                .collect(),
            clients: plan
                .clients
                .iter()
                .map(|client| client.name.clone())
                .collect(),
            issued: world.issued,
            verified: world.verified,
            assumed,
            #[cfg(test)]
            witnessed: world.witnessed,
        }
    }

    /// The verdict: one sentence, or one per outage.
    pub(crate) fn verdict(&self) -> Vec<String> {
        if self.outages.is_empty() {
            return vec![format!("no handshake fails until {}", day(self.until))];
        }
        self.outages.iter().map(Outage::sentence).collect()
    }
}

impl Outage {
    /// `from 2027-06-14 09:00 to 2027-07-14 09:00 clients in edge reject aio-broker: ...`
    pub(crate) fn sentence(&self) -> String {
        let listed = |names: &[String]| listed(names.iter().map(String::as_str));
        let until = self
            .to
            .map_or_else(|| "on".to_owned(), |to| format!("to {}", shown(to)));
        let (clients, servers) = (listed(&self.clients), listed(&self.servers));
        format!(
            "from {} {until} {clients} reject {servers}: {}",
            shown(self.from),
            self.reason
        )
    }
}

fn outage(world: &World<'_>, gap: &Gap, client: &str, server: &str) -> Outage {
    let log = &world.log;
    let mut chain = BTreeSet::new();
    for start in [gap.cause, gap.presented_since, gap.trusted_since]
        .into_iter()
        .flatten()
    {
        walk(log, start, &mut chain);
    }
    // Where the certificate comes from that the server presents, and the one that signed it.
    let leaf = gap
        .presented_since
        .and_then(|since| presented_at(world, since));
    let involved: Vec<CertId> = leaf
        .into_iter()
        .chain(leaf.and_then(|leaf| world.store[leaf].signer))
        .collect();
    let issued = |entry: &Entry| entry.issued.is_some_and(|id| involved.contains(&id));
    chain.extend((0..log.len()).filter(|n| issued(&log[*n])).map(EntryId));
    chain.extend(troubles(world, gap));
    let mut healed = BTreeSet::new();
    if let Some(end) = gap.healed_by {
        walk(log, end, &mut healed);
    }
    // What prepares the end of a gap may come before its beginning.
    chain.extend(healed.iter().copied().filter(|id| log[id.0].at <= gap.from));
    let entries =
        |ids: &BTreeSet<EntryId>| ids.iter().map(|id| log[id.0].clone()).collect::<Vec<_>>();
    Outage {
        from: gap.from,
        to: gap.to,
        clients: vec![client.to_owned()],
        servers: vec![server.to_owned()],
        reason: gap.reason.clone(),
        code: gap.rejection.code(),
        chain: entries(&chain),
        healed: entries(&healed.difference(&chain).copied().collect()),
    }
}

/// What did not happen, before the gap, to the server's certificate, the client's bundle or either of them, since it last did.
fn troubles(world: &World<'_>, gap: &Gap) -> Vec<EntryId> {
    let (client, server) = (
        &world.plan.clients[gap.client],
        &world.plan.servers[gap.server],
    );
    let certificates = world
        .plan
        .changes
        .iter()
        .filter_map(|change| match &change.action {
            Action::Certificate(certificate) if certificate.secret() == server.secret => {
                Some(certificate.name.as_str())
            }
            _ => None,
        });
    let subjects: BTreeSet<&str> = certificates
        .chain([
            server.name.as_str(),
            client.name.as_str(),
            client.bundle.as_str(),
        ])
        .collect();
    let never = gap.cause.is_none();
    let mut found = Vec::new();
    for (n, entry) in world
        .log
        .iter()
        .enumerate()
        .filter(|(_, entry)| never || entry.at <= gap.from)
    {
        let lane = entry.issued.map(|id| world.store[id].lane.as_str());
        let done = |name: &str| lane == Some(name);
        // What was made good is no trouble any more.
        found.retain(|id: &EntryId| !world.log[id.0].trouble.as_deref().is_some_and(done));
        let about = entry.trouble.as_deref();
        // Where nothing ever came to be, what others wait for is the reason.
        if about.is_some_and(|name| never || subjects.contains(name)) {
            found.push(EntryId(n));
        }
    }
    found
}

/// The certificate that an entry of a server's log is about: what was issued last before it, on the way to it.
fn presented_at(world: &World<'_>, since: EntryId) -> Option<CertId> {
    let mut at = Some(since);
    while let Some(id) = at {
        if let Some(cert) = world.log[id.0].issued {
            return Some(cert);
        }
        at = world.log[id.0].cause;
    }
    None
}

/// An entry and what led to it, up to the issuance that it goes back to.
fn walk(log: &[Entry], start: EntryId, into: &mut BTreeSet<EntryId>) {
    let mut at = Some(start);
    while let Some(id) = at {
        let entry = &log[id.0];
        into.insert(id);
        // What everything began with is no news.
        into.extend(entry.signer.filter(|since| log[since.0].at > log[0].at));
        // A renewal follows from the issuance before it, and so on: the latest is enough.
        let before = entry
            .cause
            .filter(|cause| entry.issued.is_none() || log[cause.0].issued.is_none());
        at = before;
    }
}
