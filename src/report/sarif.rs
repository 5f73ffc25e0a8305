//! SARIF 2.1.0, for GitHub code scanning and every other reader: all rules with their pages, and the findings. Which fields
//! GitHub reads stands in github/docs `content/code-security/reference/code-scanning/sarif-files/sarif-support.md`.

use std::collections::BTreeMap;

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor,
    Result as Finding, ResultLevel, Run, Sarif, Tool, ToolComponent,
};

use super::form::{IN_LIST, in_list};
use super::{Counts, Entry, Findings, Fingerprints, Form, Frame, Root, Shown, page, sentences};
use crate::diagnostic::{Diagnostic, Label, RuleInfo, Severity};
use crate::source::Sources;
use crate::text::{Clean, Content};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What a report says of the program and its rules.
pub(crate) struct Driver {
    /// All rules, sorted by id.
    pub(crate) rules: Vec<&'static RuleInfo>,
    /// Where the pages of rules are published, if they are.
    pub(crate) rules_url: Option<String>,
}

/// One SARIF log of one run, ending in a line feed.
pub(crate) struct Log {
    fingerprints: Fingerprints,
    driver: Driver,
}

/// GitHub refuses a run with more results, and shows 5,000 of them.
const LIMIT: usize = 25_000;
/// How deep a finding is in the log.
const DEPTH: usize = 8;

impl Log {
    pub(crate) fn new(root: Root, driver: Driver) -> Self {
        Self {
            fingerprints: Fingerprints::new(root),
            driver,
        }
    }
}

impl Form for Log {
    fn content(&self) -> Content {
        Content::Json
    }

    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let entry = |diagnostic: &Diagnostic| {
            let index = self
                .driver
                .rules
                .iter()
                .position(|rule| rule.id == diagnostic.rule.id);
            let mut finding = finding(findings.sources, diagnostic, &self.fingerprints.root);
            finding.rule_index = index.and_then(|index| i64::try_from(index).ok());
            let fingerprint = self.fingerprints.next(findings.sources, diagnostic);
            finding.partial_fingerprints = Some(BTreeMap::from([(
                "primaryLocationLineHash".to_owned(),
                fingerprint,
            )]));
            Entry::new(diagnostic, in_list(&finding, DEPTH))
        };
        findings.diagnostics.iter().map(entry).collect()
    }

    fn separator(&self) -> &'static str {
        IN_LIST
    }

    fn limit(&self) -> Option<usize> {
        Some(LIMIT)
    }

    fn frame(&self, counts: Counts, left_out: usize) -> Frame {
        let Driver { rules, rules_url } = &self.driver;
        let rules: Vec<ReportingDescriptor> = rules
            .iter()
            .map(|info| rule(info, rules_url.as_deref()))
            .collect();
        let component = ToolComponent::builder()
            .name("trustc")
            .semantic_version(env!("CARGO_PKG_VERSION"))
            .rules(rules)
            .build();
        let mut run = Run::builder()
            .tool(Tool::builder().driver(component).build())
            .column_kind("unicodeCodePoints")
            .results(Vec::new())
            .build();
        run.invocations = (left_out > 0).then(|| vec![cut(left_out)]);
        let log = Sarif::builder()
            .schema(SCHEMA)
            .version("2.1.0")
            .runs(vec![run])
            .build();
        Frame::of_list(&log, "\"results\": []", DEPTH, counts)
    }
}

/// Says in the log itself that it is not all.
fn cut(left_out: usize) -> Invocation {
    let message = Message::builder()
        .text(super::left_out(LIMIT, left_out))
        .build();
    let mut notification = Notification::builder().message(message).build();
    notification.level = Some("warning".into());
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(vec![notification])
        .build()
}

fn rule(info: &RuleInfo, rules_url: Option<&str>) -> ReportingDescriptor {
    let text = |text: String| MultiformatMessageString::builder().text(text).build();
    let mut page = page(info);
    if let Some(url) = rules_url {
        page.push_str(&format!("\n[{}]({url}#{0})\n", info.id));
    }
    let help = format!("{}; {}", info.why, info.fix);
    let mut rule = ReportingDescriptor::builder()
        .id(info.id)
        .short_description(text(info.summary.to_owned()))
        .full_description(text(format!("{}: {}", info.summary, info.why)))
        .help(
            MultiformatMessageString::builder()
                .text(help)
                .markdown(page)
                .build(),
        )
        .default_configuration(
            ReportingConfiguration::builder()
                .level(info.severity.as_str())
                .build(),
        )
        .properties(properties(info.severity))
        .build();
    rule.help_uri = rules_url.map(|url| format!("{url}#{}", info.id));
    rule
}

fn properties(severity: Severity) -> PropertyBag {
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    };
    let more = [("precision", "very-high"), ("problem.severity", severity)];
    let more = more.map(|(key, value)| (key.to_owned(), value.into()));
    PropertyBag::builder()
        .tags(vec!["tls".to_owned()])
        .additional_properties(BTreeMap::from(more))
        .build()
}

fn finding(sources: &Sources, diagnostic: &Diagnostic, root: &Root) -> Finding {
    let level = match diagnostic.severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    };
    let shown = Shown::new(sources, diagnostic);
    let mut finding = Finding::builder()
        .rule_id(diagnostic.rule.id)
        .level(level)
        .message(Message::builder().text(sentences(&shown)).build())
        .locations(vec![location(
            sources,
            &diagnostic.primary,
            &shown.primary,
            root,
        )])
        .build();
    let related = diagnostic
        .secondary
        .iter()
        .zip(&shown.secondary)
        .map(|(label, text)| location(sources, label, text, root));
    finding.related_locations =
        Some(related.collect()).filter(|related: &Vec<_>| !related.is_empty());
    finding
}

fn location(sources: &Sources, label: &Label, text: &Clean, root: &Root) -> Location {
    let place = sources.locate(&label.origin);
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    // Readers want a line; a file as a whole begins with its first.
    let mut region = Region::builder()
        .start_line(place.as_ref().map_or(1, |place| number(place.line)))
        .build();
    if let Some(place) = place {
        region.start_column = Some(number(place.column));
        region.end_line = Some(number(place.end_line));
        region.end_column = Some(number(place.end_column));
    }
    let path = root.path(sources.get(label.origin.source).name());
    let artifact = match path.starts_with('/') {
        true => ArtifactLocation::builder()
            .uri(format!("file://{}", uri(&path)))
            .build(),
        false => ArtifactLocation::builder()
            .uri(uri(&path))
            .uri_base_id("%SRCROOT%")
            .build(),
    };
    let physical = PhysicalLocation::builder()
        .artifact_location(artifact)
        .region(region)
        .build();
    let mut location = Location::builder().physical_location(physical).build();
    // Empty texts are not allowed.
    location.message = (!text.is_empty()).then(|| Message::builder().text(text.as_str()).build());
    location
}

/// A path as a relative reference (RFC 3986): everything but unreserved characters and slashes in percent.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("sites/a b/ä,#1.yaml"), "sites/a%20b/%C3%A4%2C%231.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
