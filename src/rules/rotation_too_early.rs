//! A phase of a rotation that would strand a certificate that lives.

use super::Case;
use crate::config::Phase;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Rotation;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-too-early",
    severity: Severity::Error,
    summary: "a phase of a rotation comes before it is safe",
    why: "switch: servers present certificates under a root that clients do not have yet; retire: servers still present certificates under the root that is dropped",
    fix: "go back to the phase before, and come again on the day named",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(rotation) = &case.trust.rotation else {
        return;
    };
    let phase = rotation.phase.value;
    if phase < Phase::Switch {
        return;
    }
    let at = || rotation.phase.origin.clone();
    let Some(switched) = rotation.switched() else {
        let message = format!(
            "phase {}, and no word since when clients have both roots",
            phase.as_str()
        );
        let help =
            "write `switchAfter: \"YYYY-MM-DD\"`: the last day on which the old issuer signs";
        found.push(INFO.at(at(), message).help(help));
        return;
    };
    let begins = rotation
        .begins(case.trust)
        .filter(|begins| case.terms.now < *begins);
    let safe = begins.map_or(switched, |begins| switched.max(begins));
    if case.terms.now < safe {
        found.push(too_early(rotation, "the issuer is switched", safe));
    } else if phase == Phase::Retire {
        let safe = rotation
            .safe_to_retire(case.trust.longest_life())
            .filter(|safe| case.terms.now < *safe);
        found.extend(safe.map(|safe| too_early(rotation, "the old root is dropped", safe)));
    }
}

fn too_early(rotation: &Rotation, what: &str, safe: time::OffsetDateTime) -> Diagnostic {
    let (phase, day) = (rotation.phase.value, safe.date());
    let before = if phase == Phase::Retire {
        Phase::Switch
    } else {
        Phase::Distribute
    };
    let finding = INFO.at(
        rotation.phase.origin.clone(),
        format!("phase {}: {what} before {day}", phase.as_str()),
    );
    let finding = finding.label(format!("safe from {day} on"));
    let finding = match &rotation.switch_after {
        Some(switch) => finding.also(switch.origin.clone(), "counted from here"),
        None => finding,
    };
    let why = if phase == Phase::Retire {
        format!(
            "until {day} certificates of the old issuer can live; without the old root every client rejects the servers that present them"
        )
    } else {
        format!(
            "until {day} clients may not have the new root, or it is not valid yet; they reject every certificate under it"
        )
    };
    finding.breaks(why).help(format!(
        "write `phase: {}` until then; `trustc rotate next` takes the step on {day}",
        before.as_str()
    ))
}
