//! cert-manager wants a common name or an alternative name; clients look at alternative names only.

use super::Case;
use crate::config::LeafUsage;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-without-name",
    severity: Severity::Error,
    summary: "a certificate without a name",
    why: "cert-manager's webhook refuses it; with a common name alone, every client that connects to the server refuses it",
    fix: "add names: [{dns: app.namespace.svc}]",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for leaf in &case.trust.certificates {
        let named = !leaf.dns_names.is_empty() || !leaf.ip_addresses.is_empty();
        let serves = leaf.usages.contains(&LeafUsage::Server);
        if !named && (serves || leaf.common_name.is_none()) {
            let what = if serves {
                "is for a server and has no names"
            } else {
                "has neither names nor commonName"
            };
            found.push(INFO.at(
                case.trust.origin(&leaf.at),
                format!("certificate {} {what}", leaf.name.value),
            ));
        }
    }
}
