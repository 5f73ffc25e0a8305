//! A gap as a finding, for whoever makes the rehearsal a gate.

use super::verdict::{Outage, Rehearsal};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::Trust;

pub(crate) static HANDSHAKE_FAILS: RuleInfo = RuleInfo {
    id: "handshake-fails",
    severity: Severity::Error,
    summary: "in a rehearsal, clients reject a server",
    why: "every resource is healthy, and connections fail from that instant on",
    fix: "`trustc rehearse` shows what leads to it; change what has to be there earlier, or stay longer",
};

/// A finding per gap, at the certificate of the server that is rejected.
pub(crate) fn findings(trust: &Trust, rehearsal: &Rehearsal) -> Vec<Diagnostic> {
    rehearsal
        .outages
        .iter()
        .map(|outage| finding(trust, outage))
        .collect()
}

fn finding(trust: &Trust, outage: &Outage) -> Diagnostic {
    let named = |name: &String| {
        trust
            .certificates
            .iter()
            .find(|leaf| *leaf.name.value == **name)
    };
    let leaf = outage.servers.iter().find_map(named);
    let origin = leaf.map_or_else(
        || trust.origin("/spec/broker/certificate"),
        |leaf| leaf.name.origin.clone(),
    );
    let last = outage.chain.iter().rev().take(3).rev();
    let story: Vec<String> = last
        .map(|entry| format!("{} {}", entry.actor, entry.text))
        .collect();
    let finding = HANDSHAKE_FAILS
        .at(origin, outage.sentence())
        .help(remedy(outage.code));
    if story.is_empty() {
        finding
    } else {
        finding.breaks(format!("before that: {}", story.join("; ")))
    }
}

/// What to do about a gap, by the word for its reason.
pub(super) fn remedy(code: &str) -> &'static str {
    match code {
        "issuer-not-trusted" | "issuer-has-another-key" => {
            "let the old and the new root be in the bundle side by side: the new one before anything is signed under it, the old one until nothing under it lives"
        }
        "certificate-ended" => {
            "renew what ends earlier, a CA as long before its end as what it signs lives; mend what a renewal waits for; let servers reload, or restart them in time"
        }
        "certificate-not-yet-valid" => "wait with the switch until the root is valid",
        "anchor-not-a-root" => {
            "put the self-signed root into the bundle, not an intermediate or a server certificate"
        }
        "path-length" => "issue from a CA that may stand above as many others as there are",
        "name-constraint" => "issue from a CA that may sign these names",
        "no-certificate" | "no-roots" => {
            "make what is waited for; each line above says what that is"
        }
        _ => HANDSHAKE_FAILS.fix,
    }
}
