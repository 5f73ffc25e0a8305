//! The page of a rule in Markdown: what `explain` prints, what SARIF carries, what the documentation is made of.

use crate::diagnostic::RuleInfo;

/// What, why and fix, without a heading.
pub(crate) fn page(info: &RuleInfo) -> String {
    let [what, why, fix] = [info.summary, info.why, info.fix].map(escaped);
    format!("**What:** {what}.\n\n**Why:** {why}.\n\n**Fix:** {fix}.\n")
}

/// Text whose asterisks and angle brackets are themselves. Between backticks they are so already.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(n, part)| match n % 2 {
        0 => part
            .replace('*', "\\*")
            .replace('<', "\\<")
            .replace('[', "\\["),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_code_is_code() {
        assert_eq!(
            escaped("*.svc of <ns>, `<a>*` and [b]"),
            "\\*.svc of \\<ns>, `<a>*` and \\[b]"
        );
    }
}
