//! Findings as the protocol tells them.

use lsp_types::{
    Diagnostic as Told, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Range, Uri,
};

use super::{Judged, files, text};
use crate::diagnostic::{Diagnostic, Label, Severity, SourceId};
use crate::report::Shown;

/// Every finding that has a place in this document.
pub(super) fn told(judged: &Judged, uri: &Uri) -> Vec<Told> {
    judged
        .diagnostics
        .iter()
        .filter_map(|diagnostic| one(judged, uri, diagnostic))
        .collect()
}

pub(super) fn one(judged: &Judged, uri: &Uri, diagnostic: &Diagnostic) -> Option<Told> {
    let here = home(judged, diagnostic)?;
    let shown = Shown::new(&judged.sources, diagnostic);
    let related: Vec<_> = shown
        .labels(diagnostic)
        .filter(|(label, _)| !std::ptr::eq(*label, here))
        .filter_map(|(label, text)| {
            Some(DiagnosticRelatedInformation {
                location: place(judged, uri, label)?,
                message: if text.is_empty() {
                    "here".to_owned()
                } else {
                    text.to_string()
                },
            })
        })
        .collect();
    let mut message = shown.message.to_string();
    let at_place = shown
        .labels(diagnostic)
        .find(|(label, _)| std::ptr::eq(*label, here));
    if let Some((_, text)) = at_place.filter(|(_, text)| !text.is_empty()) {
        message.push_str(&format!(" ({text})"));
    }
    message.push_str(&format!("\n{}", shown.consequence));
    for help in &shown.remedies {
        message.push_str(&format!("\nhelp: {help}"));
    }
    Some(Told {
        range: range(judged, here).unwrap_or_default(),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(diagnostic.rule.id.to_owned())),
        source: Some("trustc".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..Told::default()
    })
}

/// The label that stands in the document itself: a fault of a certificate file is shown where the file is named.
fn home<'d>(judged: &Judged, diagnostic: &'d Diagnostic) -> Option<&'d Label> {
    labels(diagnostic).find(|label| label.origin.source == judged.id)
}

fn labels(diagnostic: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary)
}

fn range(judged: &Judged, label: &Label) -> Option<Range> {
    let source = judged.sources.get(label.origin.source);
    let location = judged.sources.locate(&label.origin)?;
    Some(text::range(source.text()?, &location.bytes))
}

fn place(judged: &Judged, uri: &Uri, label: &Label) -> Option<Location> {
    let of = |id: SourceId| {
        if id == judged.id {
            Some(uri.clone())
        } else {
            files::uri(judged.sources.get(id).path()?)
        }
    };
    Some(Location {
        uri: of(label.origin.source)?,
        range: range(judged, label).unwrap_or_default(),
    })
}
