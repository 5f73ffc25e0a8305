//! `spec.allow`: what a configuration says is all right here, with a reason and perhaps a last day.

use super::{Case, all};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity};
use crate::pointer::Pointer;

/// Findings of this file.
pub(super) static RULES: &[&RuleInfo] = &[&ALLOW_UNKNOWN_RULE, &ALLOW_UNUSED, &ALLOW_EXPIRED, &ALLOW_REFUSED];

pub(super) static ALLOW_UNKNOWN_RULE: RuleInfo = RuleInfo {
    id: "allow-unknown-rule",
    severity: Severity::Error,
    summary: "spec.allow names a rule that does not exist",
    why: "nothing is allowed by it, though its author believes so",
    fix: "correct the id; `trustc explain` lists them",
};

pub(super) static ALLOW_UNUSED: RuleInfo = RuleInfo {
    id: "allow-unused",
    severity: Severity::Warning,
    summary: "spec.allow allows what is not found",
    why: "a leftover allowance hides the next finding of its rule without anybody having decided so",
    fix: "delete the allowance",
};

pub(super) static ALLOW_EXPIRED: RuleInfo = RuleInfo {
    id: "allow-expired",
    severity: Severity::Warning,
    summary: "the last day of an allowance is over",
    why: "what it allowed is reported again from now on",
    fix: "mend what it allowed, or set a new day with a reason",
};

pub(super) static ALLOW_REFUSED: RuleInfo = RuleInfo {
    id: "allow-refused",
    severity: Severity::Error,
    summary: "spec.allow names a rule that nobody can allow",
    why: "the cluster itself refuses what the rule finds, whatever is allowed here",
    fix: "mend what the rule finds, and delete the allowance",
};

/// Rules whose findings an API server or a webhook would refuse, or that leave nothing to render.
const NOT_ALLOWABLE: &[&str] = &[
    "annotations-too-large",
    "bundle-misses-namespace",
    "bundle-name-too-long",
    "common-name-too-long",
    "key-size-refused",
    "lifetime-out-of-range",
    "product-owns-trust",
    "reserved-metadata-key",
];

/// Takes out of `judged` what the configuration allows, and adds what is wrong with the allowances themselves.
pub(super) fn apply(case: &Case<'_>, judged: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept = judged;
    let mut about = Vec::new();
    for (n, allowance) in case.trust.allow.iter().enumerate() {
        let at = Pointer::parse("/spec/allow").index(n);
        let origin = |key: &str| Origin::value(case.trust.source, at.key(key));
        let id: &str = &allowance.rule;
        if !all().iter().any(|info| info.id == id) {
            about.push(unknown(id, origin("rule")));
            continue;
        }
        if NOT_ALLOWABLE.contains(&id) {
            about.push(ALLOW_REFUSED.at(origin("rule"), format!("what `{id}` finds cannot be allowed")));
            continue;
        }
        if let Some(until) = allowance.until.filter(|until| until.is_over(case.terms.now)) {
            let message = format!("`{id}` was allowed until {until}");
            about.push(ALLOW_EXPIRED.at(origin("until"), message));
            continue;
        }
        let before = kept.len();
        kept.retain(|diagnostic| diagnostic.rule.id != id);
        if kept.len() == before {
            about.push(ALLOW_UNUSED.at(origin("rule"), format!("`{id}` finds nothing here that could be allowed")));
        }
    }
    kept.extend(about);
    kept
}

fn unknown(id: &str, origin: Origin) -> Diagnostic {
    let finding = ALLOW_UNKNOWN_RULE.at(origin, format!("there is no rule {}", crate::source::shown(id)));
    match crate::values::nearest(id, all().iter().map(|info| info.id)) {
        Some(near) => finding.label(format!("did you mean `{near}`?")).help(format!("write `rule: {near}`")),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_allowed_exists() {
        for id in NOT_ALLOWABLE {
            assert!(super::super::CHECKS.iter().any(|rule| rule.info.id == *id), "{id}");
        }
    }
}
