//! What the chart and the picture have in common: lanes of things that last.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::rehearsal::Rehearsal;
use crate::rehearsal::issue::{Cert, CertId};

/// What a lane is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Root,
    Intermediate,
    Leaf,
    /// A certificate in a bundle.
    Trusted,
    Gap,
}

/// A line of the timeline.
pub(super) struct Lane {
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) spans: Vec<Span>,
}

/// Something that lasts, within the horizon.
pub(super) struct Span {
    pub(super) title: String,
    pub(super) from: OffsetDateTime,
    pub(super) to: OffsetDateTime,
}

/// CAs with more generations than this share one line.
const LINES_PER_CA: usize = 4;

/// All lanes: roots, intermediates, leaves, contents of bundles, gaps.
pub(super) fn lanes(rehearsal: &Rehearsal) -> Vec<Lane> {
    let mut lanes = certificates(rehearsal);
    lanes.extend(bundles(rehearsal));
    lanes.extend(gaps(rehearsal));
    lanes
}

fn certificates(rehearsal: &Rehearsal) -> Vec<Lane> {
    let mut groups: Vec<(&str, Vec<(CertId, &Cert)>)> = Vec::new();
    for (n, cert) in rehearsal.store.certs.iter().enumerate() {
        let id = CertId(n);
        match groups.iter_mut().find(|(lane, _)| *lane == cert.lane) {
            Some((_, certs)) => certs.push((id, cert)),
            None => groups.push((&cert.lane, vec![(id, cert)])),
        }
    }
    let mut lanes = Vec::new();
    for (lane, certs) in groups {
        let kind = match certs[0].1 {
            Cert { is_ca: false, .. } => Kind::Leaf,
            Cert { signer: None, .. } => Kind::Root,
            _ => Kind::Intermediate,
        };
        let span = |(id, cert): &(CertId, &Cert)| {
            // Of leaves what counts is how long they are presented; of CAs how long they live.
            let replaced = rehearsal
                .uses
                .iter()
                .find(|one| one.cert == *id)
                .and_then(|one| one.to);
            let to = replaced
                .filter(|_| kind == Kind::Leaf)
                .unwrap_or(cert.not_after);
            clamped(rehearsal, cert.title.clone(), cert.not_before, to)
        };
        if kind != Kind::Leaf && certs.len() <= LINES_PER_CA {
            let one = |cert: &(CertId, &Cert)| Lane {
                label: cert.1.title.clone(),
                kind,
                spans: span(cert).into_iter().collect(),
            };
            lanes.extend(certs.iter().map(one));
        } else {
            lanes.push(Lane {
                label: lane.to_owned(),
                kind,
                spans: certs.iter().filter_map(span).collect(),
            });
        }
    }
    lanes.sort_by_key(|lane| lane.kind);
    lanes
}

/// For each bundle and each certificate in it: when.
fn bundles(rehearsal: &Rehearsal) -> Vec<Lane> {
    let mut names: Vec<&str> = rehearsal
        .written
        .iter()
        .map(|written| written.bundle.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let several = names.len() > 1;
    let mut lanes = Vec::new();
    for name in names {
        let contents: Vec<_> = rehearsal
            .written
            .iter()
            .filter(|written| written.bundle == name)
            .collect();
        let mut held: BTreeMap<CertId, Vec<Span>> = BTreeMap::new();
        for (n, written) in contents.iter().enumerate() {
            let until = contents.get(n + 1).map_or(rehearsal.until, |next| next.at);
            for id in written.content.iter() {
                let title = rehearsal.store[*id].title.clone();
                let spans = held.entry(*id).or_default();
                match spans.last_mut().filter(|last| last.to == written.at) {
                    Some(last) => last.to = until,
                    None => spans.extend(clamped(rehearsal, title, written.at, until)),
                }
            }
        }
        if held.len() > LINES_PER_CA + 2 {
            let mut spans: Vec<Span> = held.into_values().flatten().collect();
            spans.sort_by_key(|span| span.from);
            lanes.push(Lane {
                label: format!("trusted in {name}"),
                kind: Kind::Trusted,
                spans,
            });
            continue;
        }
        let place = if several {
            format!(" in {name}")
        } else {
            String::new()
        };
        let label = |id: &CertId| format!("trusted: {}{place}", rehearsal.store[*id].title);
        lanes.extend(held.into_iter().map(|(id, spans)| Lane {
            label: label(&id),
            kind: Kind::Trusted,
            spans,
        }));
    }
    lanes
}

fn gaps(rehearsal: &Rehearsal) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for outage in &rehearsal.outages {
        for server in &outage.servers {
            let label = format!("{server} rejected");
            let to = outage.to.unwrap_or(rehearsal.until);
            let spans = clamped(rehearsal, outage.reason.clone(), outage.from, to);
            match lanes.iter_mut().find(|lane| lane.label == label) {
                Some(lane) => lane.spans.extend(spans),
                None => lanes.push(Lane {
                    label,
                    kind: Kind::Gap,
                    spans: spans.into_iter().collect(),
                }),
            }
        }
    }
    lanes
}

fn clamped(
    rehearsal: &Rehearsal,
    title: String,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Option<Span> {
    let (from, to) = (from.max(rehearsal.from), to.min(rehearsal.until));
    (from <= to).then_some(Span { title, from, to })
}

/// A mark on the ruler.
pub(super) struct Tick {
    pub(super) at: OffsetDateTime,
    pub(super) label: String,
}

/// Beginnings of years or months, as many as fit.
pub(super) fn ticks(from: OffsetDateTime, until: OffsetDateTime, fit: usize) -> Vec<Tick> {
    let months = (until.year() - from.year()) * 12 + i32::from(u8::from(until.month()))
        - i32::from(u8::from(from.month()));
    let steps = [1, 3, 6, 12, 24, 60, 120, 240];
    let fit = i32::try_from(fit.max(1)).unwrap_or(i32::MAX);
    let step = steps
        .into_iter()
        .find(|step| months / step <= fit)
        .unwrap_or(480);
    let first = from.year() * 12;
    let all = (0..=months + 12)
        .step_by(usize::try_from(step).unwrap_or(1))
        .filter_map(|n| month(first + n));
    let inside = all.filter(|at| *at >= from && *at <= until);
    let years = step % 12 == 0;
    inside
        .map(|at| Tick {
            at,
            label: label(at, years),
        })
        .collect()
}

fn label(at: OffsetDateTime, years: bool) -> String {
    let form = if years {
        format_description!("[year]")
    } else {
        format_description!("[year]-[month]")
    };
    at.format(form).unwrap_or_default()
}

fn month(count: i32) -> Option<OffsetDateTime> {
    let month = u8::try_from(count.rem_euclid(12) + 1)
        .ok()
        .and_then(|month| time::Month::try_from(month).ok())?;
    let day = time::Date::from_calendar_date(count.div_euclid(12), month, 1).ok()?;
    Some(day.midnight().assume_utc())
}
