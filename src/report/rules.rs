//! The rules for programs: one JSON object, versioned as reports are.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::RuleInfo;

/// Rules as they are serialized.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "trustc rules")]
pub(crate) struct Rules {
    /// The version of this form. Keys may be added under the same number; none changes its meaning or goes.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// By id.
    rules: Vec<Rule>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Rule {
    /// Kebab-case, names the bad thing, never reused.
    id: &'static str,
    /// What a finding of this rule weighs unless it says otherwise.
    #[schemars(extend("enum" = ["error", "warning", "note"]))]
    severity: &'static str,
    /// One line: what the rule finds.
    summary: &'static str,
    /// What breaks, and who notices.
    why: &'static str,
    /// What to type.
    fix: &'static str,
}

/// One object with these rules, ending in a line feed.
pub(crate) fn rules_json(rules: &[&'static RuleInfo]) -> String {
    let rule = |info: &&'static RuleInfo| Rule {
        id: info.id,
        severity: info.severity.as_str(),
        summary: info.summary,
        why: info.why,
        fix: info.fix,
    };
    let rules = Rules {
        version: 1,
        rules: rules.iter().map(rule).collect(),
    };
    serde_json::to_string_pretty(&rules).expect("text and numbers are JSON") + "\n"
}
