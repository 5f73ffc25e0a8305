//! The names inside a cluster cannot be proven to a public CA.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Signing;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "acme-not-private",
    severity: Severity::Error,
    summary: "an ACME server that was not said to be private",
    why: "aio-broker and *.svc.cluster.local are no public names: no public CA may sign them, the orders fail, and the broker never starts",
    fix: "write `private: true` if this is a server of your own (step-ca, EJBCA) that signs such names; else take another type of issuer",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::Remote(remote) = &case.trust.issuer.signing else {
        return;
    };
    if !remote.private {
        let message = "the ACME server was not said to sign names such as `aio-broker`";
        found.push(INFO.at(case.trust.origin("/spec/issuer/acme/server"), message));
    }
}
