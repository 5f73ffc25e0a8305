//! Ports are unique over all listeners of a broker; 18883 is that of the default listener.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "listener-port-taken",
    severity: Severity::Error,
    summary: "two listeners have one name or one port",
    why: "one of the two is never reachable, or replaces the other",
    fix: "give each listener a name and a port of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut ports = BTreeMap::from([(18883, "default")]);
    let mut names = BTreeSet::from(["default", "aio-broker"]);
    for (n, listener) in case.trust.broker.listeners.iter().enumerate() {
        let at = |key: &str| {
            case.trust
                .origin(&format!("/spec/broker/listeners/{n}/{key}"))
        };
        if let Some(other) = ports.insert(listener.port, &listener.name) {
            found.push(INFO.at(
                at("port"),
                format!("port {} is that of listener `{other}`", listener.port),
            ));
        }
        if !names.insert(&listener.name) {
            let message = format!(
                "there is a listener or service `{}` already",
                &*listener.name
            );
            found.push(INFO.at(at("name"), message));
        }
    }
}
