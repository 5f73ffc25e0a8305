//! For people: a sentence, the place with carets, what breaks, what to type. Drawn by annotate-snippets, as rustc's are.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Origin as PathOrigin, Renderer, Snippet};

use super::Findings;
use crate::diagnostic::{Diagnostic, Label, Severity, SourceId};
use crate::source::{Location, Sources};

/// How to draw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Human {
    /// Colours, as escape sequences.
    pub(crate) color: bool,
    /// Box-drawing characters instead of ASCII.
    pub(crate) unicode: bool,
}

/// All findings, each followed by an empty line.
pub(crate) fn human(findings: &Findings<'_>, style: Human) -> String {
    let decor = if style.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii };
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.decor_style(decor);
    findings.diagnostics.iter().map(|d| draw(findings.sources, d, &renderer) + "\n\n").collect()
}

fn draw(sources: &Sources, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.rule.id).elements(snippets(sources, diagnostic));
    group = group.element(Level::NOTE.message(diagnostic.consequence()));
    for help in diagnostic.remedies() {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// One excerpt per file, the primary's first. A place without lines is named by its file alone.
fn snippets<'s>(sources: &'s Sources, diagnostic: &'s Diagnostic) -> Vec<Element<'s>> {
    let mut elements = Vec::new();
    let mut files: Vec<SourceId> = Vec::new();
    for label in labels(diagnostic) {
        if !files.contains(&label.origin.source) {
            files.push(label.origin.source);
        }
    }
    for file in files {
        let source = sources.get(file);
        let places: Vec<(&Label, Location)> = labels(diagnostic)
            .filter(|label| label.origin.source == file)
            .filter_map(|label| Some((label, sources.locate(&label.origin)?)))
            .collect();
        let Some(text) = source.display().filter(|_| !places.is_empty()) else {
            let path = PathOrigin::path(source.name());
            let place = places.first().map(|(_, place)| place);
            elements.push(place.map_or(path.clone(), |place| path.line(place.line).char_column(place.column)).into());
            continue;
        };
        let annotations = places.into_iter().map(|(label, place)| {
            let primary = std::ptr::eq(label, &raw const diagnostic.primary);
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            kind.span(place.bytes).label((!label.text.is_empty()).then_some(label.text.as_str()))
        });
        elements.push(Snippet::source(text).line_start(1).path(source.name()).annotations(annotations).into());
    }
    elements
}

fn labels(diagnostic: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary)
}
