//! For people: a sentence, the place with carets, what breaks, what to type. Drawn by annotate-snippets, as rustc's are.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Origin as PathOrigin, Renderer, Snippet};

use std::ops::Range;

use super::{Entry, Findings, Form, Shown};
use crate::diagnostic::{Diagnostic, Safety, Severity, SourceId};
use crate::source::{Location, Source, Sources};
use crate::text::{Clean, neutral_lines};

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
    drawn.collect()
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
    let shown = Shown::new(sources, diagnostic);
    let excerpts = excerpts(sources, diagnostic, &shown);
    let mut title = level
        .primary_title(shown.message.as_str())
        .id(diagnostic.rule.id);
    if let Some(url) = rules_url {
        title = title.id_url(format!("{url}#{}", diagnostic.rule.id));
    }
    let mut group = title.elements(excerpts.iter().map(Excerpt::element));
    group = group.element(Level::NOTE.message(shown.consequence.as_str()));
    for help in &shown.remedies {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    if let (Some(fix), Some(title)) = (&diagnostic.fix, &shown.fix) {
        let flag = if fix.safety == Safety::Safe {
            ""
        } else {
            " --unsafe-fixes"
        };
        group = group.element(
            Level::HELP
                .with_name("fix")
                .message(format!("trustc check --fix{flag}: {title}")),
        );
    }
    renderer.render(&[group])
}

/// Lines of a file with marks at places in them.
struct Excerpt<'s> {
    file: &'s str,
    /// The first line's number and text, and the marks; none for places that no line shows.
    lines: Option<(usize, String, Vec<Mark<'s>>)>,
    /// Line and column, where there is no line to show.
    place: Option<(usize, usize)>,
}

/// What is marked: bytes of an excerpt.
struct Mark<'s> {
    kind: AnnotationKind,
    span: Range<usize>,
    text: &'s Clean,
}

impl Excerpt<'_> {
    fn element(&self) -> Element<'_> {
        let Some((first, text, marks)) = &self.lines else {
            let path = PathOrigin::path(self.file);
            return match self.place {
                Some((line, column)) => path.line(line).char_column(column).into(),
                None => path.into(),
            };
        };
        let annotations = marks.iter().map(|mark| {
            let label = (!mark.text.is_empty()).then_some(mark.text.as_str());
            mark.kind.span(mark.span.clone()).label(label)
        });
        Snippet::source(text.as_str())
            .line_start(*first)
            .path(self.file)
            .annotations(annotations)
            .into()
    }
}

/// One excerpt per file, the primary's first. A place without lines is named by its file alone.
fn excerpts<'s>(
    sources: &'s Sources,
    diagnostic: &'s Diagnostic,
    shown: &'s Shown,
) -> Vec<Excerpt<'s>> {
    let mut excerpts = Vec::new();
    let mut files: Vec<SourceId> = Vec::new();
    for (label, _) in shown.labels(diagnostic) {
        if !files.contains(&label.origin.source) {
            files.push(label.origin.source);
        }
    }
    for id in files {
        let source = sources.get(id);
        let mut places: Vec<(AnnotationKind, &Clean, Location)> = Vec::new();
        for (n, (label, text)) in shown.labels(diagnostic).enumerate() {
            if label.origin.source == id
                && let Some(place) = sources.locate(&label.origin)
            {
                let kind = if n == 0 {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                places.push((kind, text, place));
            }
        }
        if places.is_empty() || source.display().is_none() {
            excerpts.push(Excerpt {
                file: source.name(),
                lines: None,
                place: places
                    .first()
                    .map(|(_, _, place)| (place.line, place.column)),
            });
            continue;
        }
        excerpts.extend(
            together(places)
                .into_iter()
                .filter_map(|near| excerpt(source, near)),
        );
    }
    excerpts
}

/// A kind of mark, the text at it and where it is.
type Marked<'s> = (AnnotationKind, &'s Clean, Location);

/// Places in groups that one excerpt can show, the first place's group first.
fn together(places: Vec<Marked<'_>>) -> Vec<Vec<Marked<'_>>> {
    let mut groups: Vec<Vec<Marked<'_>>> = Vec::new();
    for place in places {
        let near = |group: &&mut Vec<Marked<'_>>| {
            group
                .iter()
                .any(|(_, _, l)| l.line.abs_diff(place.2.line) <= FAR)
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups
}

fn excerpt<'s>(source: &'s Source, places: Vec<Marked<'s>>) -> Option<Excerpt<'s>> {
    let first = places.iter().map(|(_, _, place)| place.line).min()?;
    let last = places.iter().map(|(_, _, place)| place.end_line).max()?;
    let (text, start) = source.excerpt(first, last)?;
    let lines = neutral_lines(text);
    let marks = places.into_iter().map(|(kind, label, place)| {
        let at = |byte: usize| same_place(text, &lines, byte - start);
        Mark {
            kind,
            span: at(place.bytes.start)..at(place.bytes.end),
            text: label,
        }
    });
    let marks = marks.collect();
    Some(Excerpt {
        file: source.name(),
        lines: Some((first, lines.into_owned(), marks)),
        place: None,
    })
}

/// The byte of `shown` that is as many characters from the beginning as `byte` is in `text`.
fn same_place(text: &str, shown: &str, byte: usize) -> usize {
    if text.len() == shown.len() {
        return byte;
    }
    let characters = text.get(..byte).unwrap_or(text).chars().count();
    shown
        .char_indices()
        .nth(characters)
        .map_or(shown.len(), |(at, _)| at)
}
