//! Two Bundles of one name are one object; their targets bear their names (trust-manager `pkg/bundle/bundle.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeSet;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-written-twice",
    severity: Severity::Error,
    summary: "two bundles have one name",
    why: "one of them is lost, and its readers get what was meant for others",
    fix: "give each bundle a name of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut names = BTreeSet::from([&case.trust.bundle.name.value]);
    for (n, bundle) in case.trust.bundle.additional.iter().enumerate() {
        if !names.insert(&bundle.name) {
            let message = format!("there is another bundle `{}`", bundle.name);
            found.push(
                INFO.at(
                    case.trust
                        .origin(&format!("/spec/bundle/additional/{n}/name")),
                    message,
                ),
            );
        }
        if bundle
            .pkcs12
            .as_ref()
            .is_some_and(|pkcs12| pkcs12.key == bundle.key)
        {
            let message = format!("`{}` is the key of the roots in PEM already", bundle.key);
            found.push(
                INFO.at(
                    case.trust
                        .origin(&format!("/spec/bundle/additional/{n}/pkcs12/key")),
                    message,
                )
                .help("give each form a key of its own"),
            );
        }
    }
}
