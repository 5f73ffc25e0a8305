//! The timeline as a picture: lifetimes of certificates, contents of bundles, and the gap in red.

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::Rehearsed;
use super::timeline::{Kind, Lane, lanes, ticks};
use crate::rehearsal::moment::{day, shown};
use crate::text::Clean;

const WIDTH: usize = 960;
const LABELS: usize = 250;
const RIGHT: usize = 24;
const ROW: usize = 24;
const BAR: usize = 14;
const LINE: usize = 20;

/// The picture, an SVG of its own.
pub(crate) fn svg(rehearsed: &Rehearsed) -> String {
    let rehearsal = &rehearsed.rehearsal;
    let lanes = lanes(rehearsal);
    let title = headline(rehearsed);
    let top = 44 + title.len() * LINE;
    let height = top + lanes.len() * ROW + 46;
    let frame = Frame {
        from: rehearsal.from,
        until: rehearsal.until,
        top,
        bottom: top + lanes.len() * ROW,
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\" role=\"img\">"
    );
    let _ = writeln!(
        out,
        "<title>{}</title>",
        escaped(&rehearsal.verdict().join("; "))
    );
    let _ = writeln!(
        out,
        "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>"
    );
    let color = if rehearsal.outages.is_empty() {
        "#1a7f37"
    } else {
        "#b42318"
    };
    for (n, line) in title.iter().enumerate() {
        let weight = if n == 0 { " font-weight=\"bold\"" } else { "" };
        let y = 28 + n * LINE;
        let _ = writeln!(
            out,
            "<text x=\"16\" y=\"{y}\" font-size=\"15\" fill=\"{color}\"{weight}>{}</text>",
            escaped(line)
        );
    }
    frame.ruler(&mut out);
    frame.gaps(&mut out, &lanes);
    for (n, lane) in lanes.iter().enumerate() {
        frame.lane(&mut out, n, lane);
    }
    legend(&mut out, &lanes, height);
    out.push_str("</svg>\n");
    out
}

/// The verdict in lines that fit: the first gap, and how many more.
fn headline(rehearsed: &Rehearsed) -> Vec<String> {
    let rehearsal = &rehearsed.rehearsal;
    let Some(first) = rehearsal.outages.first() else {
        return vec![format!(
            "{}: {}",
            rehearsed.site,
            rehearsal.verdict().join("")
        )];
    };
    let sentence = first.sentence();
    let (head, reason) = sentence.split_once(": ").unwrap_or((&sentence, ""));
    let mut lines = vec![format!("{}: {head}", rehearsed.site)];
    lines.extend(wrapped(reason));
    let more = rehearsal.outages.len() - 1;
    if more > 0 {
        lines.push(format!("and {more} more by {}", day(rehearsal.until)));
    }
    lines
}

fn wrapped(text: &str) -> Vec<String> {
    const FIT: usize = 125;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + word.chars().count() >= FIT {
            lines.push(word.to_owned());
        } else {
            let space = if lines[last].is_empty() { "" } else { " " };
            lines[last] += &format!("{space}{word}");
        }
    }
    lines
}

struct Frame {
    from: OffsetDateTime,
    until: OffsetDateTime,
    top: usize,
    bottom: usize,
}

impl Frame {
    /// Where an instant is, in tenths of a pixel that are printed as one decimal.
    fn x(&self, at: OffsetDateTime) -> f64 {
        let whole = (self.until - self.from).whole_seconds().max(1);
        let part = (at - self.from).whole_seconds().clamp(0, whole);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a picture is exact to a tenth of a pixel"
        )]
        let share = part as f64 / whole as f64;
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let (left, width) = (LABELS as f64, (WIDTH - LABELS - RIGHT) as f64);
        left + width * share
    }

    fn ruler(&self, out: &mut String) {
        for tick in ticks(self.from, self.until, 11) {
            let x = self.x(tick.at);
            let (top, bottom) = (self.top - 4, self.bottom);
            let _ = writeln!(
                out,
                "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#d0d7de\" stroke-width=\"1\"/>"
            );
            let y = self.top - 9;
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y}\" fill=\"#57606a\" text-anchor=\"middle\" font-size=\"12\">{}</text>",
                tick.label
            );
        }
    }

    /// A gap is seen through all lanes: what was there at the time is the reason.
    fn gaps(&self, out: &mut String, lanes: &[Lane]) {
        for span in lanes
            .iter()
            .filter(|lane| lane.kind == Kind::Gap)
            .flat_map(|lane| &lane.spans)
        {
            let (x, width) = (
                self.x(span.from),
                (self.x(span.to) - self.x(span.from)).max(1.5),
            );
            let (y, height) = (self.top, self.bottom - self.top);
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" fill=\"#d1242f\" fill-opacity=\"0.12\"/>"
            );
        }
    }

    fn lane(&self, out: &mut String, n: usize, lane: &Lane) {
        let y = self.top + n * ROW + (ROW - BAR) / 2;
        let label = shortened(&lane.label);
        let (x, base) = (LABELS - 12, y + 11);
        let ink = if lane.kind == Kind::Gap {
            "#b42318"
        } else {
            "#24292f"
        };
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{base}\" fill=\"{ink}\" text-anchor=\"end\">{}</text>",
            escaped(&label)
        );
        for (n, span) in lane.spans.iter().enumerate() {
            let (x, width) = (
                self.x(span.from),
                (self.x(span.to) - self.x(span.from)).max(1.5),
            );
            let fill = color(lane.kind, n);
            let about = format!("{}: {} to {}", span.title, shown(span.from), shown(span.to));
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{fill}\"><title>{}</title></rect>",
                escaped(&about)
            );
        }
    }
}

fn color(kind: Kind, n: usize) -> &'static str {
    match (kind, n % 2) {
        (Kind::Root, _) => "#0a3069",
        (Kind::Intermediate, _) => "#0969da",
        (Kind::Leaf, 0) => "#2da44e",
        (Kind::Leaf, _) => "#8ddb8c",
        (Kind::Trusted, _) => "#8c959f",
        (Kind::Gap, _) => "#d1242f",
    }
}

fn legend(out: &mut String, lanes: &[Lane], height: usize) {
    let kinds = [
        (Kind::Root, "root"),
        (Kind::Intermediate, "intermediate"),
        (Kind::Leaf, "presented by a server"),
        (Kind::Trusted, "trusted by clients"),
        (Kind::Gap, "rejected"),
    ];
    let mut x = LABELS;
    for (kind, words) in kinds
        .into_iter()
        .filter(|(kind, _)| lanes.iter().any(|lane| lane.kind == *kind))
    {
        let (y, base) = (height - 28, height - 17);
        let fill = color(kind, 0);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" rx=\"2\" fill=\"{fill}\"/>"
        );
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{base}\" fill=\"#57606a\" font-size=\"12\">{words}</text>",
            x + 20
        );
        x += 20 + words.len() * 7 + 24;
    }
}

/// A label that fits, its middle left out if need be.
fn shortened(label: &str) -> String {
    let count = label.chars().count();
    if count <= 36 {
        return label.to_owned();
    }
    let start: String = label.chars().take(17).collect();
    let end: String = label.chars().skip(count - 17).collect();
    format!("{start}…{end}")
}

fn escaped(text: &str) -> String {
    Clean::line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('`', "")
}
