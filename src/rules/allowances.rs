//! `spec.allow`: what a configuration says is all right here, with a reason and perhaps a last day.
//!
//! An allowance silences findings of its rule over the configuration ([`apply`]), or over manifests that are judged beside
//! it ([`beyond`]). It never silences what the cluster refuses anyway, and it is itself a finding when it silences nothing.

use super::{Case, all};
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, Origin, RuleInfo, Severity, SourceId};
use crate::pointer::Pointer;
use crate::source::shown;
use crate::trust::Trust;

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
    why: "the cluster itself refuses what the rule finds, or nothing could be rendered, whatever is allowed here",
    fix: "mend what the rule finds, and delete the allowance",
};

/// Rules whose errors an API server or a webhook would refuse, or that leave nothing to render.
const NOT_ALLOWABLE: &[&str] = &[
    "annotations-too-large",
    "bundle-misses-namespace",
    "bundle-name-too-long",
    "bundle-too-large",
    "bundle-written-twice",
    "certificate-name-taken",
    "certificate-secret-taken",
    "certificate-without-name",
    "common-name-too-long",
    "key-size-refused",
    "lifetime-out-of-range",
    "product-owns-trust",
    "reserved-metadata-key",
];

/// Who finds what a rule names, if it is not this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// Hazards of manifests, which can be allowed where a configuration is judged beside them.
    Hazard,
    /// The API server, or what cannot be read.
    Fixed,
}

/// An allowance for manifests that are judged beside the configuration.
#[derive(Debug)]
pub(crate) struct Open {
    rule: String,
    origin: Origin,
}

impl Open {
    /// Takes out of `found` what this allows.
    ///
    /// Returns what is to be said of the allowance if that was nothing.
    pub(crate) fn silence<'d>(&self, found: impl Iterator<Item = &'d mut Vec<Diagnostic>>) -> Option<Diagnostic> {
        let mut silenced = 0;
        for diagnostics in found {
            let before = diagnostics.len();
            diagnostics.retain(|diagnostic| diagnostic.rule.id != self.rule);
            silenced += before - diagnostics.len();
        }
        (silenced == 0).then(|| unused(&self.rule, self.origin.clone()))
    }
}

/// Takes out of `found` what the configuration allows, and adds what is wrong with the allowances themselves.
pub(super) fn apply(case: &Case<'_>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let (mut kept, mut about) = (found, Vec::new());
    let known = all();
    for (at, allowance) in allowances(case.trust) {
        let id: &str = &allowance.rule;
        if !all().iter().any(|info| info.id == id) {
            about.push(unknown(id, origin("rule"), case.trust.source, &at));
            continue;
        }
        if NOT_ALLOWABLE.contains(&id) {
            let finding = ALLOW_REFUSED.at(origin("rule"), format!("what `{id}` finds cannot be allowed"));
            about.push(finding.fix(removal(case.trust.source, &at)));
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
            let finding = ALLOW_UNUSED.at(origin("rule"), format!("`{id}` finds nothing here that could be allowed"));
            about.push(finding.fix(removal(case.trust.source, &at)));
        }
    }
    kept.extend(about);
    kept
}

fn removal(source: SourceId, at: &Pointer) -> Fix {
    Fix::safe("delete the allowance", vec![Edit::new(source, at.clone(), Change::Remove)])
}

fn unknown(id: &str, origin: Origin, source: SourceId, at: &Pointer) -> Diagnostic {
    let finding = ALLOW_UNKNOWN_RULE.at(origin, format!("there is no rule {}", crate::source::shown(id)));
    match crate::values::nearest(id, all().iter().map(|info| info.id)) {
        Some(near) => {
            let replace = Edit::new(source, at.key("rule"), Change::Replace(near.into()));
            let title = format!("write `rule: {near}`");
            let fix = Fix::safe(title.as_str(), vec![replace]);
            finding.label(format!("did you mean `{near}`?")).help(title).fix(fix)
        }
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_allowed_exists() {
        for id in NOT_ALLOWABLE {
            assert!(CHECKS.iter().any(|rule| rule.info.id == *id), "{id}");
        }
    }
}
