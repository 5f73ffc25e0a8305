//! For people: the verdict first, then what led to it, then the timeline, then what was assumed.

use std::collections::BTreeSet;

use super::Rehearsed;
use super::chart::chart;
use crate::rehearsal::finding::remedy;
use crate::rehearsal::moment::{day, shown};
use crate::rehearsal::state::Entry;
use crate::rehearsal::verdict::Outage;

/// Outages beyond this many are counted, not told.
const TOLD: usize = 5;

/// The text, ending in a line feed.
pub(crate) fn human(rehearsed: &Rehearsed) -> String {
    let Rehearsed { site, rehearsal } = rehearsed;
    let mut text: String = rehearsal
        .verdict()
        .iter()
        .take(TOLD)
        .map(|sentence| format!("{sentence}\n"))
        .collect();
    let untold = rehearsal.outages.len().saturating_sub(TOLD);
    if untold > 0 {
        let last = rehearsal
            .outages
            .last()
            .map(|outage| shown(outage.from))
            .unwrap_or_default();
        text += &format!("and {untold} more, the last from {last}: --format json tells all\n");
    }
    // One story of a kind is enough.
    let mut kinds = BTreeSet::new();
    for outage in rehearsal
        .outages
        .iter()
        .filter(|outage| kinds.insert(outage.code))
    {
        text += &format!("\nhow it comes to the gap of {}:\n", shown(outage.from));
        text += &chain(outage);
    }
    let (from, until) = (day(rehearsal.from), day(rehearsal.until));
    text += &format!(
        "\n{site}, {from} to {until} UTC: {} issued, {} verified between {} and {}\n\n",
        counted(rehearsal.issued, "certificate"),
        counted(rehearsal.verified, "handshake"),
        counted(rehearsal.clients.len(), "group") + " of clients",
        counted(rehearsal.servers.len(), "server"),
    );
    text += &chart(rehearsal);
    if !rehearsal.assumed.is_empty() {
        text += "\nassumed:\n";
        text.extend(
            rehearsal
                .assumed
                .iter()
                .map(|sentence| format!("- {sentence}\n")),
        );
    }
    text
}

fn chain(outage: &Outage) -> String {
    let line = |entry: &Entry| {
        format!(
            "  {:19}  {}: {}\n",
            shown(entry.at),
            entry.actor,
            entry.text
        )
    };
    let mut text: String = outage.chain.iter().map(line).collect();
    let (from, reason) = (shown(outage.from), &outage.reason);
    text += &format!("  {from:19}  REJECTED: {reason}\n");
    text.extend(outage.healed.iter().map(line));
    text += &match outage.to {
        Some(to) => format!("  {:19}  accepted again\n", shown(to)),
        None => "  and nothing ends it within the horizon\n".to_owned(),
    };
    text + &format!("  what helps: {}\n", remedy(outage.code))
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
