//! Name and namespace tell objects of a kind apart.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use std::collections::BTreeSet;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "certificate-name-taken",
    severity: Severity::Error,
    summary: "two Certificates have one name",
    why: "they are one object to Kubernetes: the last one applied wins, and one of the two is never issued",
    fix: "give each certificate a name of its own",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let mut names = BTreeSet::new();
    if let Some(ca) = case.trust.made_ca() {
        names.insert((case.trust.secret_namespace(), &ca.name));
    }
    for leaf in &case.trust.certificates {
        if !names.insert((&leaf.namespace.value, &leaf.name.value)) {
            let message = format!(
                "there is another Certificate `{}` in `{}`",
                leaf.name.value, leaf.namespace.value
            );
            found.push(INFO.at(leaf.name.origin.clone(), message));
        }
    }
}
