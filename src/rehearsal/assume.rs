//! What a rehearsal assumes of a cluster and its workloads, and a file can say otherwise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::Duration;

use super::plan::{Delays, Plan, Reload};
use crate::config::{CONFLICTING_FIELDS, load_beside};
use crate::diagnostic::{Diagnostic, Origin, SourceId};
use crate::json_pointer::Pointer;
use crate::source::Sources;
use crate::types::{Lifetime, nearest};

/// What a rehearsal assumes. Everything is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Assumptions {
    /// From a change of a source until trust-manager has written the bundle. Unset: 10s.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_delay: Option<Lifetime>,
    /// From a change of a ConfigMap or Secret until the kubelet shows it in a volume. Unset: 2m.
    #[serde(skip_serializing_if = "Option::is_none")]
    mount_delay: Option<Lifetime>,
    /// From one sync wave of Argo CD to the next. Unset: 1m.
    #[serde(skip_serializing_if = "Option::is_none")]
    wave_delay: Option<Lifetime>,
    /// Servers that differ from the others: by default they read a renewed certificate as soon as it is mounted.
    servers: Vec<Workload>,
    /// Clients that differ from the others: by default they read changed roots as soon as they are mounted.
    clients: Vec<Workload>,
}

/// How a workload reads its files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct Workload {
    /// Its name, as the rehearsal prints it: `aio-broker`, `clients in edge-apps`.
    name: String,
    /// When it reads them: onChange, or onRestart.
    #[serde(default)]
    reads: Reads,
    /// How often it is restarted. Only with onRestart; unset: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restart_every: Option<Lifetime>,
    /// Whether it is content with an intermediate in its bundle, as Go is and OpenSSL is not. Only for clients.
    #[serde(default)]
    partial_chain: bool,
}

/// When a workload reads its files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum Reads {
    /// As soon as they change.
    #[default]
    OnChange,
    /// When it starts.
    OnRestart,
}

impl Workload {
    fn reload(&self) -> Reload {
        match (self.reads, self.restart_every) {
            (Reads::OnChange, _) => Reload::OnChange,
            (Reads::OnRestart, Some(every)) => Reload::EveryRestart(duration(every)),
            (Reads::OnRestart, None) => Reload::Never,
        }
    }
}

impl Assumptions {
    /// Reads a file of assumptions, and leaves its spans in `sources`. Every fault is at its place.
    pub(crate) fn read(id: SourceId, sources: &mut Sources) -> Result<Self, Vec<Diagnostic>> {
        let read: Self = load_beside(id, sources)?;
        let mut found = Vec::new();
        for (list, n, workload) in read.workloads() {
            let at = |key: &str| Origin::key(id, Pointer::root().key(list).index(n).key(key));
            if workload.reads == Reads::OnChange && workload.restart_every.is_some() {
                let message = "restartEvery says nothing of a workload that reads its files as soon as they change";
                found.push(
                    CONFLICTING_FIELDS
                        .at(at("restartEvery"), message)
                        .help("add `reads: onRestart`"),
                );
            }
            if list == "servers" && workload.partial_chain {
                let message = "partialChain is for clients: servers verify nobody here";
                found.push(
                    CONFLICTING_FIELDS
                        .at(at("partialChain"), message)
                        .help("delete it"),
                );
            }
        }
        if found.is_empty() {
            Ok(read)
        } else {
            Err(found)
        }
    }

    fn workloads(&self) -> impl Iterator<Item = (&'static str, usize, &Workload)> {
        let servers = self
            .servers
            .iter()
            .enumerate()
            .map(|(n, one)| ("servers", n, one));
        servers.chain(
            self.clients
                .iter()
                .enumerate()
                .map(|(n, one)| ("clients", n, one)),
        )
    }

    pub(super) fn delays(&self) -> Delays {
        let usual = Delays::default();
        let or = |written: Option<Lifetime>, usual| written.map_or(usual, duration);
        Delays {
            sync: or(self.sync_delay, usual.sync),
            mount: or(self.mount_delay, usual.mount),
            wave: or(self.wave_delay, usual.wave),
        }
    }

    /// Puts what is assumed of single workloads into `plan`.
    ///
    /// # Errors
    /// A name that no workload of the plan has.
    pub(super) fn apply(&self, plan: &mut Plan) -> Result<(), String> {
        for server in &self.servers {
            let known: Vec<String> = plan.servers.iter().map(|one| one.name.clone()).collect();
            let found = plan.servers.iter_mut().find(|one| one.name == server.name);
            found
                .ok_or_else(|| unknown("server", &server.name, &known))?
                .reload = server.reload();
        }
        for client in &self.clients {
            let known: Vec<String> = plan.clients.iter().map(|one| one.name.clone()).collect();
            let found = plan.clients.iter_mut().find(|one| one.name == client.name);
            let found = found.ok_or_else(|| unknown("clients", &client.name, &known))?;
            (found.reload, found.partial_chain) = (client.reload(), client.partial_chain);
        }
        Ok(())
    }

    /// Servers that must restart to read a certificate.
    pub(super) fn restarted_servers(&self) -> Vec<&str> {
        restarted(&self.servers)
    }

    /// Clients that must restart to read roots.
    pub(super) fn restarted_clients(&self) -> Vec<&str> {
        restarted(&self.clients)
    }

    /// Whether it speaks of workloads by name, which only one site can have.
    pub(crate) fn names_workloads(&self) -> bool {
        !self.servers.is_empty() || !self.clients.is_empty()
    }
}

fn restarted(workloads: &[Workload]) -> Vec<&str> {
    let those = workloads
        .iter()
        .filter(|workload| workload.reads == Reads::OnRestart);
    those.map(|workload| workload.name.as_str()).collect()
}

fn unknown(kind: &str, name: &str, known: &[String]) -> String {
    let near = nearest(name, known.iter().map(String::as_str))
        .map(|near| format!(": did you mean `{near}`?"));
    let list = || format!("; there are: {}", known.join(", "));
    format!(
        "no {kind} named {}{}",
        crate::source::shown(name),
        near.unwrap_or_else(list)
    )
}

fn duration(life: Lifetime) -> Duration {
    Duration::seconds(i64::try_from(life.seconds()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn rules(text: &str) -> Vec<&'static str> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("assume.yaml", text.as_bytes().to_vec()));
        let found = Assumptions::read(id, &mut sources)
            .err()
            .unwrap_or_default();
        found.iter().map(|diagnostic| diagnostic.rule.id).collect()
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (text, rule) in [
            ("syncDelay: 5\n", "wrong-type"),
            ("syncDelay: 5 minutes\n", "invalid-value"),
            ("syncDelay: 0s\n", "invalid-value"),
            ("mountDelai: 5m\n", "unknown-field"),
            ("mountDelay: 5m\nmountDelay: 5m\n", "yaml-duplicate-key"),
            ("servers:\n- reads: onRestart\n", "missing-field"),
            ("servers:\n- {name: x, reads: sometimes}\n", "invalid-value"),
            (
                "servers:\n- {name: x, restartEvery: 1h}\n",
                "conflicting-fields",
            ),
            (
                "servers:\n- {name: x, partialChain: true}\n",
                "conflicting-fields",
            ),
            ("[]\n", "wrong-type"),
            ("", "config-empty"),
        ] {
            assert_eq!(rules(text), [rule], "{text:?}");
        }
        for text in [
            "syncDelay: 1h\n",
            "clients:\n- {name: x, reads: onRestart, restartEvery: 1d, partialChain: true}\n",
        ] {
            assert!(rules(text).is_empty(), "{text}");
        }
    }
}
