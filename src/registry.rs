//! Every finding there is, of every room: what `explain` lists, and what reports fold from.

use crate::diagnostic::RuleInfo;
use crate::rules::Elsewhere;
use crate::source::shown;
use crate::types::nearest;
use crate::{admission, inspect, k8s, manifest_rules, rehearsal, rules};

/// All of them, by id.
pub(crate) fn all() -> Vec<&'static RuleInfo> {
    let manifests = [
        rehearsal::RULES,
        admission::RULES,
        k8s::RULES,
        inspect::RULES,
    ]
    .into_iter()
    .flatten()
    .copied();
    let hazards = manifest_rules::MANIFEST_RULES
        .iter()
        .map(|hazard| hazard.info);
    let mut all: Vec<_> = rules::all()
        .into_iter()
        .chain(manifests)
        .chain(hazards)
        .collect();
    all.sort_by_key(|info| info.id);
    all
}

/// The rule of this id.
///
/// # Errors
/// A sentence, with the nearest id if one is near.
pub(crate) fn find(id: &str) -> Result<&'static RuleInfo, String> {
    all()
        .iter()
        .find(|info| info.id == id)
        .copied()
        .ok_or_else(|| {
            let near = near(id).map(|near| format!("; did you mean `{near}`?"));
            format!("there is no rule {}{}", shown(id), near.unwrap_or_default())
        })
}

/// The id that was probably meant.
pub(crate) fn near(id: &str) -> Option<&'static str> {
    nearest(id, all().iter().map(|info| info.id))
}

/// Who finds what a rule names that judges no configuration.
pub(crate) fn elsewhere(id: &str) -> Option<Elsewhere> {
    if manifest_rules::MANIFEST_RULES
        .iter()
        .any(|hazard| hazard.info.id == id)
    {
        return Some(Elsewhere::ManifestRule);
    }
    let mut fixed = [
        rehearsal::RULES,
        admission::RULES,
        k8s::RULES,
        inspect::RULES,
    ]
    .into_iter()
    .flatten();
    fixed.any(|info| info.id == id).then_some(Elsewhere::Fixed)
}

/// Whether a rule says that something could not be read, and so was not judged at all.
pub(crate) fn is_about_reading(id: &str) -> bool {
    let mut rooms = rules::READING.iter().copied().chain([k8s::RULES]).flatten();
    rooms.any(|info| info.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let ids: Vec<&str> = all().iter().map(|info| info.id).collect();
        let mut unique = ids.clone();
        unique.dedup();
        assert_eq!(ids, unique);
        for id in &ids {
            assert!(
                id.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{id}"
            );
        }
        let hazards: Vec<&str> = manifest_rules::MANIFEST_RULES
            .iter()
            .map(|hazard| hazard.info.id)
            .collect();
        assert!(hazards.is_sorted(), "{hazards:?}");
    }

    #[test]
    fn every_rule_says_what_why_and_what_to_do() {
        for info in all() {
            for text in [info.summary, info.why, info.fix] {
                assert!(
                    text.len() > 10 && !text.ends_with('.') || text.ends_with("..."),
                    "{}: {text:?}",
                    info.id
                );
                assert!(
                    !text.contains('\n') && !text.contains("  "),
                    "{}: {text:?}",
                    info.id
                );
            }
        }
    }
}
