//! `spec.allow`: what a configuration says is all right here, with a reason and perhaps a last day.
//!
//! An allowance silences findings of its rule over the configuration ([`apply`]), or over manifests that are judged beside
//! it ([`beyond`]). It never silences what the cluster refuses anyway, and it is itself a finding when it silences nothing.

use super::{CHECKS, Case, Terms, all};
use crate::config::Allowance;
use crate::diagnostic::{Change, Diagnostic, Edit, Fix, Origin, Place, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::source::shown;
use crate::trust::Trust;

/// Findings of this file.
pub(super) static RULES: &[&RuleInfo] = &[
    &ALLOW_UNKNOWN_RULE,
    &ALLOW_UNUSED,
    &ALLOW_EXPIRED,
    &ALLOW_REFUSED,
];

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
    ManifestRule,
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
    pub(crate) fn silence<'d>(
        &self,
        found: impl Iterator<Item = &'d mut Vec<Diagnostic>>,
    ) -> Option<Diagnostic> {
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
    if case.trust.allow.is_empty() {
        return found;
    }
    let (mut kept, mut about) = (found, Vec::new());
    let known = all();
    for (at, allowance) in allowances(case.trust) {
        let id: &str = &allowance.rule;
        let Some(rule) = known.iter().find(|info| info.id == id) else {
            continue;
        };
        if let Some(expired) = expired(allowance, case.trust, &at, case.terms) {
            about.push(expired);
            continue;
        }
        let before = kept.len();
        kept.retain(|diagnostic| diagnostic.rule.id != id || !may_be_silent(diagnostic));
        let (silenced, left) = (
            kept.len() < before,
            kept.iter().any(|diagnostic| diagnostic.rule.id == id),
        );
        let origin = Origin::value(case.trust.source, at.key("rule"));
        if left || !silenced && !allowable(rule) {
            about.push(refused(id, origin));
        } else if !silenced {
            about.push(unused(id, origin));
        }
    }
    kept.extend(about);
    kept
}

/// The allowances of `trust` for what other rooms find, and what is wrong with those. `whose` knows every rule that this
/// room does not, `near` the id that was probably meant.
pub(crate) fn beyond(
    trust: &Trust,
    terms: Terms,
    whose: impl Fn(&str) -> Option<Elsewhere>,
    near: impl Fn(&str) -> Option<&'static str>,
) -> (Vec<Open>, Vec<Diagnostic>) {
    let (mut open, mut about) = (Vec::new(), Vec::new());
    if trust.allow.is_empty() {
        return (open, about);
    }
    let known = all();
    for (at, allowance) in allowances(trust) {
        let id: &str = &allowance.rule;
        if known.iter().any(|info| info.id == id) {
            continue;
        }
        let origin = Origin::value(trust.source, at.key("rule"));
        match whose(id) {
            None => about.push(unknown(id, origin, near(id))),
            Some(Elsewhere::Fixed) => about.push(refused(id, origin)),
            Some(Elsewhere::ManifestRule) => match expired(allowance, trust, &at, terms) {
                Some(expired) => about.push(expired),
                None => open.push(Open {
                    rule: id.to_owned(),
                    origin,
                }),
            },
        }
    }
    (open, about)
}

fn allowances(trust: &Trust) -> impl Iterator<Item = (Pointer, &Allowance)> {
    let list = Pointer::parse("/spec/allow");
    trust
        .allow
        .iter()
        .enumerate()
        .map(move |(n, allowance)| (list.index(n), allowance))
}

/// What reading finds wrong leaves nothing to judge, and what the cluster refuses nothing to apply.
fn allowable(rule: &RuleInfo) -> bool {
    let judges = CHECKS.iter().any(|check| check.info.id == rule.id);
    !NOT_ALLOWABLE.contains(&rule.id) && (judges || rule.severity != Severity::Error)
}

/// The mild findings of a rule that cannot be allowed can: a warning is nothing that the cluster refuses.
fn may_be_silent(diagnostic: &Diagnostic) -> bool {
    allowable(diagnostic.rule) || diagnostic.severity == Severity::Warning
}

fn expired(allowance: &Allowance, trust: &Trust, at: &Pointer, terms: Terms) -> Option<Diagnostic> {
    let until = allowance.until.filter(|until| terms.is_over(*until))?;
    let message = format!("`{}` was allowed until {until}", allowance.rule);
    Some(ALLOW_EXPIRED.at(Origin::value(trust.source, at.key("until")), message))
}

fn refused(id: &str, origin: Origin) -> Diagnostic {
    let fix = removal(&origin);
    ALLOW_REFUSED
        .at(origin, format!("what `{id}` finds cannot be allowed"))
        .fix(fix)
}

fn unused(id: &str, origin: Origin) -> Diagnostic {
    let fix = removal(&origin);
    ALLOW_UNUSED
        .at(
            origin,
            format!("`{id}` finds nothing here that could be allowed"),
        )
        .fix(fix)
}

/// Takes the allowance out whose rule stands at `origin`.
fn removal(origin: &Origin) -> Option<Fix> {
    let Place::Value(rule) = &origin.place else {
        return None;
    };
    let edits = vec![Edit::new(origin.source, rule.parent()?, Change::Remove)];
    Some(Fix::safe("delete the allowance", edits))
}

fn replacement(origin: &Origin, near: &str) -> Option<Edit> {
    let Place::Value(rule) = &origin.place else {
        return None;
    };
    Some(Edit::new(
        origin.source,
        rule.clone(),
        Change::Replace(near.into()),
    ))
}

fn unknown(id: &str, origin: Origin, near: Option<&str>) -> Diagnostic {
    let finding = ALLOW_UNKNOWN_RULE.at(origin.clone(), format!("there is no rule {}", shown(id)));
    match near {
        Some(near) => {
            let title = format!("write `rule: {near}`");
            let fix = replacement(&origin, near).map(|edit| Fix::safe(title.as_str(), vec![edit]));
            finding
                .label(format!("did you mean `{near}`?"))
                .help(title)
                .fix(fix)
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
