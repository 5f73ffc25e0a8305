//! For everything that reads JUnit: a suite per file, a failing case per finding; notes are cases that pass. A clean run
//! has one case, because a report without any is taken for a run that never was.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Findings, Root, each, paragraphs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

/// One XML document, ending in a line feed.
pub(crate) fn junit(all: &[Findings<'_>], root: &Root) -> String {
    let mut report = Report::new("trustc");
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for (sources, diagnostic) in each(all) {
        let path = root.path(sources.get(diagnostic.primary.origin.source).name());
        let suite = suites.entry(path.clone()).or_insert_with(|| TestSuite::new(&path));
        suite.add_test_case(case(sources, diagnostic, &path, root));
    }
    if suites.is_empty() {
        let mut suite = TestSuite::new("trustc");
        suite.add_test_case(TestCase::new("No errors found", TestCaseStatus::success()));
        suites.insert(String::new(), suite);
    }
    report.add_test_suites(suites.into_values());
    let text = report.to_string().expect("text is XML");
    text.trim_end().to_owned() + "\n"
}

fn case(sources: &Sources, diagnostic: &Diagnostic, path: &str, root: &Root) -> TestCase {
    let place = sources.locate(&diagnostic.primary.origin);
    let place = place.map_or(path.to_owned(), |place| format!("{path}:{}:{}", place.line, place.column));
    let text = format!("{place}\n{}", paragraphs(sources, diagnostic, root));
    let status = if diagnostic.severity == Severity::Note {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(diagnostic.severity.as_str());
        status.set_message(diagnostic.message.as_str());
        status.set_description(text.as_str());
        status
    };
    let mut case = TestCase::new(format!("{} at {place}", diagnostic.rule.id), status);
    case.set_classname(format!("trustc.{}", diagnostic.rule.id));
    if diagnostic.severity == Severity::Note {
        case.set_system_out(text);
    }
    case
}
