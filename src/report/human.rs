//! For people: a sentence, the place with carets, what breaks, what to type. Drawn by annotate-snippets, as rustc's are.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Origin as PathOrigin, Renderer, Snippet};

use super::{Entry, Findings, Form};
use crate::diagnostic::{Diagnostic, Label, Safety, Severity, SourceId};
use crate::source::{Location, Source, Sources};

/// How to draw.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Human<'h> {
    /// Colours, as escape sequences.
    pub(crate) color: bool,
    /// Box-drawing characters instead of ASCII.
    pub(crate) unicode: bool,
    /// Links, as escape sequences.
    pub(crate) hyperlinks: bool,
    /// Where the pages of rules are published: ids become links there.
    pub(crate) rules_url: Option<&'h str>,
}

/// Excerpts of one file are drawn apart where more lines than these lie between two places: a report of thousands of
/// findings must not read the whole file for each.
const FAR: usize = 1000;

/// All findings, each followed by an empty line.
pub(crate) fn human(findings: &Findings<'_>, style: Human<'_>) -> String {
    let decor = if style.unicode {
        DecorStyle::Unicode
    } else {
        DecorStyle::Ascii
    };
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .decor_style(decor);
    let url = style.rules_url.filter(|_| style.color && style.hyperlinks);
    let drawn = findings
        .diagnostics
        .iter()
        .map(|d| draw(findings.sources, d, &renderer, url) + "\n\n");
    // Excerpts show what others wrote, and an agent of Azure Pipelines obeys this anywhere in a line.
    drawn.map(|text| text.replace("##vso[", "##vso(")).collect()
}

/// The same without anything that a terminal draws.
pub(crate) struct Plain;

impl Form for Plain {
    fn entries(&mut self, findings: &Findings<'_>) -> Vec<Entry> {
        let text = |one| {
            human(
                &Findings {
                    diagnostics: std::slice::from_ref(one),
                    ..*findings
                },
                Human::default(),
            )
        };
        findings
            .diagnostics
            .iter()
            .map(|diagnostic| Entry::new(diagnostic, text(diagnostic)))
            .collect()
    }
}

fn draw(
    sources: &Sources,
    diagnostic: &Diagnostic,
    renderer: &Renderer,
    rules_url: Option<&str>,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.rule.id);
    if let Some(url) = rules_url {
        title = title.id_url(format!("{url}#{}", diagnostic.rule.id));
    }
    let mut group = title.elements(snippets(sources, diagnostic));
    group = group.element(Level::NOTE.message(diagnostic.consequence()));
    for help in diagnostic.remedies() {
        group = group.element(Level::HELP.message(help));
    }
    if let Some(fix) = &diagnostic.fix {
        let flag = if fix.safety == Safety::Safe {
            ""
        } else {
            " --unsafe-fixes"
        };
        group = group.element(
            Level::HELP
                .with_name("fix")
                .message(format!("trustc check --fix{flag}: {}", fix.title)),
        );
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
        if places.is_empty() || source.display().is_none() {
            let path = PathOrigin::path(source.name());
            let place = places.first().map(|(_, place)| place);
            elements.push(
                place
                    .map_or(path.clone(), |place| {
                        path.line(place.line).char_column(place.column)
                    })
                    .into(),
            );
            continue;
        }
        elements.extend(
            together(places)
                .into_iter()
                .filter_map(|near| excerpt(source, near, diagnostic)),
        );
    }
    elements
}

/// Places in groups that one excerpt can show, the first place's group first.
fn together(places: Vec<(&Label, Location)>) -> Vec<Vec<(&Label, Location)>> {
    let mut groups: Vec<Vec<(&Label, Location)>> = Vec::new();
    for place in places {
        let near = |group: &&mut Vec<(&Label, Location)>| {
            group
                .iter()
                .any(|(_, l)| l.line.abs_diff(place.1.line) <= FAR)
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

fn excerpt<'s>(
    source: &'s Source,
    places: Vec<(&'s Label, Location)>,
    diagnostic: &Diagnostic,
) -> Option<Element<'s>> {
    let first = places.iter().map(|(_, place)| place.line).min()?;
    let last = places.iter().map(|(_, place)| place.end_line).max()?;
    let (text, start) = source.excerpt(first, last)?;
    let annotations = places.into_iter().map(|(label, place)| {
        let primary = std::ptr::eq(label, &raw const diagnostic.primary);
        let kind = if primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let span = place.bytes.start - start..place.bytes.end - start;
        kind.span(span)
            .label((!label.text.is_empty()).then_some(label.text.as_str()))
    });
    Some(
        Snippet::source(text)
            .line_start(first)
            .path(source.name())
            .annotations(annotations)
            .into(),
    )
}

fn labels(diagnostic: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary)
}
