//! For everything that reads JUnit: a suite per file, a failing case per finding; notes are cases that pass. A clean run
//! has one case, because a report without any is taken for a run that never was.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Counts, Entry, Findings, Form, Frame, Root, paragraphs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Sources;

/// One XML document, ending in a line feed.
pub(crate) struct JUnit(pub(crate) Root);

impl Form for JUnit {
    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let entry = |diagnostic: &Diagnostic| {
            let path = self.0.path(
                findings
                    .sources
                    .get(diagnostic.primary.origin.source)
                    .name(),
            );
            let case = case(findings.sources, diagnostic, &path, &self.0);
            let [_, _, text, ..] = parts_of(&path, case, Counts::default(), Counts::default());
            Entry {
                group: path,
                severity: diagnostic.severity,
                text,
            }
        };
        findings.diagnostics.iter().map(entry).collect()
    }

    fn frame(&self, counts: Counts, _: usize) -> Frame {
        let none = TestCase::new("No errors found", TestCaseStatus::success());
        if counts == Counts::default() {
            let one = Counts { notes: 1, ..counts };
            return Frame {
                before: parts_of("trustc", none, one, one).concat(),
                ..Frame::default()
            };
        }
        let [before, .., behind] = parts_of("", none, counts, counts);
        Frame { before, behind }
    }

    fn group_frame(&self, group: &str, counts: Counts) -> [String; 2] {
        let none = TestCase::new("", TestCaseStatus::success());
        let [_, before, _, behind, _] = parts_of(group, none, counts, counts);
        [before, behind]
    }
}

/// A report of one suite with one case, cut between the beginnings and the ends of all three. There are no angle brackets
/// in XML but those of tags.
fn parts_of(suite: &str, case: TestCase, in_suite: Counts, in_report: Counts) -> [String; 5] {
    let (mut report, mut one) = (Report::new("trustc"), TestSuite::new(suite));
    one.add_test_case(case);
    (one.tests, one.failures) = tests_and_failures(in_suite);
    report.add_test_suite(one);
    (report.tests, report.failures) = tests_and_failures(in_report);
    let text = report.to_string().expect("text is XML");
    let text = text.trim_end().to_owned() + "\n";
    let lines = [
        "    <testsuite ",
        "        <testcase ",
        "    </testsuite>\n",
        "</testsuites>",
    ];
    let mut cuts = lines
        .map(|line| {
            text.rfind(&format!("\n{line}"))
                .map_or(text.len(), |at| at + 1)
        })
        .to_vec();
    cuts.push(text.len());
    let mut from = 0;
    std::array::from_fn(|n| {
        let part = text[from..cuts[n]].to_owned();
        from = cuts[n];
        part
    })
}

fn tests_and_failures(
    Counts {
        errors,
        warnings,
        notes,
    }: Counts,
) -> (usize, usize) {
    (errors + warnings + notes, errors + warnings)
}

fn case(sources: &Sources, diagnostic: &Diagnostic, path: &str, root: &Root) -> TestCase {
    let place = sources.locate(&diagnostic.primary.origin);
    let place = place.map_or(path.to_owned(), |place| {
        format!("{path}:{}:{}", place.line, place.column)
    });
    let text = format!("{place}\n{}", paragraphs(sources, diagnostic, root));
    let status = if diagnostic.severity == Severity::Note {
        TestCaseStatus::success()
    } else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(diagnostic.severity.as_str());
        status.set_message(sources.clean(diagnostic, &diagnostic.message).as_str());
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
