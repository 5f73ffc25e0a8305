//! The product gives a listener the names of its service; clients outside use others.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "listener-name-missing",
    severity: Severity::Warning,
    summary: "a BrokerListener lacks a name under which clients reach it",
    why: "clients that use that name refuse the certificate: it is valid for others",
    fix: "add it to san.dns or san.ip of the port",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(expected) = case.expected else {
        return;
    };
    for (listener, at) in case.listener_certificates() {
        let Some(planned) = expected
            .listeners
            .iter()
            .find(|planned| *planned.name == *listener.name())
        else {
            continue;
        };
        let written = |list: &str| {
            listener
                .value
                .pointer(&format!("{at}/san/{list}"))
                .and_then(|names| names.as_array())
        };
        let has = |list: &str, name: &str| {
            written(list).is_some_and(|names| names.iter().any(|one| one == name))
        };
        for name in &planned.names {
            let dns = name
                .dns
                .as_ref()
                .filter(|dns| !has("dns", dns))
                .map(ToString::to_string);
            let ip = name
                .ip
                .as_ref()
                .filter(|ip| !has("ip", ip))
                .map(ToString::to_string);
            for missing in dns.into_iter().chain(ip) {
                let message = format!(
                    "{} has no name `{missing}`, which site {} wants",
                    listener.title(),
                    expected.site
                );
                found.push(INFO.at(listener.origin(&at), message));
            }
        }
    }
}
