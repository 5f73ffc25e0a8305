//! For Azure Pipelines: a logging command per finding, which becomes an issue of the run. Escapes as the agent undoes them
//! (microsoft/azure-pipelines-task-lib `node/taskcommand.ts`). There are errors and warnings only: notes go to the debug log.

use super::{Findings, Root, paragraphs, worst_first};
use crate::diagnostic::Severity;

/// One line a finding.
pub(crate) fn azure(all: &[Findings<'_>], root: &Root) -> String {
    let mut text = String::new();
    for (sources, diagnostic) in worst_first(all) {
        let message = data(&paragraphs(sources, diagnostic, root));
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => {
                text.push_str(&format!("##vso[task.debug]{}: {message}\n", diagnostic.rule.id));
                continue;
            }
        };
        let origin = &diagnostic.primary.origin;
        let path = property(&root.path(sources.get(origin.source).name()));
        text.push_str(&format!("##vso[task.logissue type={kind};sourcepath={path};"));
        if let Some(place) = sources.locate(origin) {
            text.push_str(&format!("linenumber={};columnnumber={};", place.line, place.column));
        }
        text.push_str(&format!("code={};]{message}\n", diagnostic.rule.id));
    }
    text
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_a_line_early() {
        assert_eq!(property("a;b]c%d\r\ne"), "a%3Bb%5Dc%AZP25d%0D%0Ae");
        assert_eq!(data("a;b]c%d\n##vso[task.x]"), "a;b]c%AZP25d%0A##vso[task.x]");
    }

    proptest::proptest! {
        /// What the agent makes of it (`CommandStringConvertor` of microsoft/azure-pipelines-agent) is what was meant.
        #[test]
        fn the_agent_reads_what_was_written(text in "(?s)([%;\\]AZP250D3B\r\n]|.)*") {
            let undone = |text: String| text.replace("%0D", "\r").replace("%0A", "\n");
            assert_eq!(undone(data(&text)).replace("%AZP25", "%"), text);
            let of_property = undone(property(&text)).replace("%5D", "]").replace("%3B", ";");
            assert_eq!(of_property.replace("%AZP25", "%"), text);
            assert!(!property(&text).contains([']', ';', '\r', '\n']));
        }
    }
}
