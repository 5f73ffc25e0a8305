//! The page of a rule in Markdown: what `explain` prints, what SARIF carries, what the documentation is made of.

use crate::diagnostic::RuleInfo;

/// What, why and fix, without a heading.
pub(crate) fn page(info: &RuleInfo) -> String {
    format!("**What:** {}.\n\n**Why:** {}.\n\n**Fix:** {}.\n", info.summary, info.why, info.fix)
}
