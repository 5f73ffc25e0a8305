//! The timeline in characters, for terminals and pull requests.

use time::OffsetDateTime;

use super::timeline::{Kind, Lane, lanes, ticks};
use crate::rehearsal::Rehearsal;

const LABELS: usize = 34;
const COLUMNS: usize = 72;

/// The chart, a line per lane, and what its characters mean.
pub(super) fn chart(rehearsal: &Rehearsal) -> String {
    let scale = Scale {
        from: rehearsal.from,
        until: rehearsal.until,
    };
    let lanes = lanes(rehearsal);
    let mut lines = vec![ruler(&scale)];
    lines.extend(lanes.iter().map(|lane| line(&scale, lane)));
    lines.push(String::new());
    let has = |kind: Kind| lanes.iter().any(|lane| lane.kind == kind);
    let legend = [
        (Kind::Root, "= root or intermediate"),
        (Kind::Leaf, "- presented, | renewed"),
        (Kind::Trusted, ". in the bundle"),
        (Kind::Gap, "X rejected"),
    ];
    let legend: Vec<&str> = legend
        .into_iter()
        .filter(|(kind, _)| *kind == Kind::Root || has(*kind))
        .map(|(_, text)| text)
        .collect();
    lines.push(format!("{:LABELS$}{}", "", legend.join("   ")));
    lines
        .into_iter()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

struct Scale {
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Scale {
    /// The column of an instant. The last one is the horizon.
    fn column(&self, at: OffsetDateTime) -> usize {
        let whole = (self.until - self.from).whole_seconds().max(1);
        let part = (at - self.from).whole_seconds().clamp(0, whole);
        let wide = i128::from(part) * (COLUMNS as i128 - 1) / i128::from(whole);
        usize::try_from(wide).unwrap_or_default()
    }
}

fn ruler(scale: &Scale) -> String {
    let mut cells = vec![' '; COLUMNS + 8];
    for tick in ticks(scale.from, scale.until, COLUMNS / 9) {
        let start = scale.column(tick.at);
        for (n, c) in tick.label.chars().enumerate() {
            cells[start + n] = c;
        }
    }
    format!("{:LABELS$}{}", "", cells.into_iter().collect::<String>())
}

fn line(scale: &Scale, lane: &Lane) -> String {
    let fill = match lane.kind {
        Kind::Root | Kind::Intermediate => '=',
        Kind::Leaf => '-',
        Kind::Trusted => '.',
        Kind::Gap => 'X',
    };
    let mut cells = vec![' '; COLUMNS];
    for span in &lane.spans {
        let (start, end) = (scale.column(span.from), scale.column(span.to));
        cells[start..=end].iter_mut().for_each(|cell| *cell = fill);
    }
    if lane.kind == Kind::Leaf || (lane.kind != Kind::Gap && lane.spans.len() > 1) {
        lane.spans
            .iter()
            .for_each(|span| cells[scale.column(span.from)] = '|');
    }
    let label = shortened(&lane.label);
    format!("{label:LABELS$}{}", cells.into_iter().collect::<String>())
}

/// A label that fits, its middle left out if need be.
fn shortened(label: &str) -> String {
    let count = label.chars().count();
    let room = LABELS - 2;
    if count <= room {
        return label.to_owned();
    }
    let (head, tail) = (room / 2 - 1, room - room / 2 - 1);
    let start: String = label.chars().take(head).collect();
    let end: String = label.chars().skip(count - tail).collect();
    format!("{start}..{end}")
}
