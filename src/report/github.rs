//! For GitHub Actions: a workflow command per finding, which becomes an annotation at its line. Errors come first, because
//! GitHub shows ten annotations of each kind a step. Escapes as the runner undoes them (actions/toolkit `core/src/command.ts`).

use super::{Lines, Root, paragraphs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

/// One line a finding.
pub(crate) fn github(root: Root) -> Lines {
    Lines { root, line }
}

fn line(sources: &Sources, diagnostic: &Diagnostic, root: &Root) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let origin = &diagnostic.primary.origin;
    let mut properties = vec![("file", root.path(sources.get(origin.source).name()))];
    if let Some(place) = sources.locate(origin) {
        properties.push(("line", place.line.to_string()));
        properties.push(("endLine", place.end_line.to_string()));
        if place.line == place.end_line {
            properties.push(("col", place.column.to_string()));
            properties.push(("endColumn", place.end_column.to_string()));
        }
    }
    properties.push(("title", format!("trustc ({})", diagnostic.rule.id)));
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", property(value)))
        .collect();
    let message = data(&paragraphs(sources, diagnostic, root));
    format!("::{command} {}::{message}\n", properties.join(","))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_property_or_a_line_early() {
        assert_eq!(property("a:b,c%d\r\ne"), "a%3Ab%2Cc%25d%0D%0Ae");
        assert_eq!(data("a:b,c%d\r\n::error::e"), "a:b,c%25d%0D%0A::error::e");
    }

    proptest::proptest! {
        /// What the runner makes of it (actions/runner `src/Runner.Common/ActionCommand.cs`) is what was meant.
        #[test]
        fn the_runner_reads_what_was_written(text in "(?s)([%:,;\\]0AD25C3\r\n]|.)*") {
            let undone = |text: String| text.replace("%0D", "\r").replace("%0A", "\n");
            assert_eq!(undone(data(&text)).replace("%25", "%"), text);
            let of_property = undone(property(&text)).replace("%3A", ":").replace("%2C", ",");
            assert_eq!(of_property.replace("%25", "%"), text);
            assert!(!property(&text).contains([':', ',', '\r', '\n']));
        }
    }
}
