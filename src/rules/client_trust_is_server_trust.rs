//! Whoever has a server certificate must not be a client by that alone.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "client-trust-is-server-trust",
    severity: Severity::Error,
    summary: "clients and servers are trusted by one ConfigMap",
    why: "two objects fight over one name; and every server certificate of the site would let its owner in as a client",
    fix: "give broker.clientTrust a name of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(clients) = &case.trust.client_trust else {
        return;
    };
    let (name, bundle) = (&clients.name.value, &case.trust.bundle);
    if *name == bundle.name.value || bundle.additional.iter().any(|one| one.name == *name) {
        let message = format!("`{name}` is the name of a bundle of server roots");
        found.push(INFO.at(clients.name.origin.clone(), message));
    }
}
