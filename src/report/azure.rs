//! For Azure Pipelines: a logging command per finding, which becomes an issue of the run. Escapes as the agent undoes them
//! (microsoft/azure-pipelines-task-lib `node/taskcommand.ts`). There are errors and warnings only: notes go to the debug log.

use super::{Lines, Root, paragraphs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

/// One line a finding.
pub(crate) fn azure(root: Root) -> Lines {
    Lines { root, line }
}

fn line(sources: &Sources, diagnostic: &Diagnostic, root: &Root) -> String {
    let (rule, message) = (
        diagnostic.rule.id,
        data(&paragraphs(sources, diagnostic, root)),
    );
    let kind = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => return format!("##vso[task.debug]{rule}: {message}\n"),
    };
    let origin = &diagnostic.primary.origin;
    let path = property(&root.path(sources.get(origin.source).name()));
    let place = sources.locate(origin);
    let place =
        place.map(|place| format!("linenumber={};columnnumber={};", place.line, place.column));
    let place = place.unwrap_or_default();
    format!("##vso[task.logissue type={kind};sourcepath={path};{place}code={rule};]{message}\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
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
        assert_eq!(
            data("a;b]c%d\n##vso[task.x]"),
            "a;b]c%AZP25d%0A##vso[task.x]"
        );
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
