//! A bundle that reads the root's own Secret, and a root that changes its key.

use super::Case;
use crate::config::RotationPolicy;
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "root-rotates-key",
    severity: Severity::Error,
    summary: "the quickstart root gets a new key at each renewal",
    why: "at its first renewal the bundle holds only the new root, living server certificates chain to the old one, and every client rejects the broker at once",
    fix: "write `rotationPolicy: Never`, or leave it out: with the same key and subject, old certificates verify under the renewed root",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(root) = case.trust.root() else {
        return;
    };
    if root.private_key.rotation_policy == RotationPolicy::Always {
        let message = "the root would get a new key at each renewal, and clients would lose the old root the same minute";
        let at = "/spec/root/privateKey/rotationPolicy";
        let never = Edit::new(
            case.trust.source,
            Pointer::parse(at),
            Change::Replace("Never".into()),
        );
        let fix = Fix::safe("write `rotationPolicy: Never`", vec![never]);
        found.push(INFO.at(case.trust.origin(at), message).fix(fix));
    }
}
