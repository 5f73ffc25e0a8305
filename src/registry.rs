//! Every finding there is, of every room: what `explain` lists, and what reports fold from.

use crate::diagnostic::RuleInfo;
use crate::{admission, hazards, import, inspect, rules};

/// All of them, by id.
pub(crate) fn all() -> Vec<&'static RuleInfo> {
    let manifests = [admission::RULES, import::RULES, inspect::RULES].into_iter().flatten().copied();
    let hazards = hazards::HAZARDS.iter().map(|hazard| hazard.info);
    let mut all: Vec<_> = rules::all().into_iter().chain(manifests).chain(hazards).collect();
    all.sort_by_key(|info| info.id);
    all
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
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{id}");
        }
        let hazards: Vec<&str> = hazards::HAZARDS.iter().map(|hazard| hazard.info.id).collect();
        assert!(hazards.is_sorted(), "{hazards:?}");
    }

    #[test]
    fn every_rule_says_what_why_and_what_to_do() {
        for info in all() {
            for text in [info.summary, info.why, info.fix] {
                assert!(text.len() > 10 && !text.ends_with('.') || text.ends_with("..."), "{}: {text:?}", info.id);
                assert!(!text.contains('\n') && !text.contains("  "), "{}: {text:?}", info.id);
            }
        }
    }
}
