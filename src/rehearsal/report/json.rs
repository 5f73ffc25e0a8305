//! For programs: one JSON object, versioned, described by `trustc schema rehearsal`.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Rehearsed;
use crate::rehearsal::state::Entry;
use crate::rehearsal::verdict::Outage;

/// The version of this form. Keys may be added under the same number; none changes its meaning or goes.
const VERSION: u32 = 1;

/// What the rehearsals of all sites showed.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "described here, printed site by site")]
pub(crate) struct Report {
    /// The version of this form.
    version: u32,
    /// One per configuration that could be rehearsed.
    sites: Vec<Site>,
}

/// What the rehearsal of one site showed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Site {
    /// metadata.name.
    site: String,
    /// The beginning, RFC 3339.
    from: String,
    /// The horizon, RFC 3339.
    until: String,
    /// Whether no handshake fails.
    passed: bool,
    /// The verdict in sentences, one per gap.
    verdict: Vec<String>,
    /// Times in which handshakes fail, by their beginning.
    gaps: Vec<Gap>,
    /// Every certificate there was, given or issued.
    certificates: Vec<Certificate>,
    /// Every content that a bundle had, in order.
    bundles: Vec<Content>,
    /// Everything that happened, in order.
    events: Vec<Happening>,
    /// What was assumed.
    assumed: Vec<String>,
    /// How many handshakes were verified.
    handshakes: usize,
}

/// A time in which handshakes fail.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Gap {
    /// The first instant at which one fails, RFC 3339.
    from: String,
    /// The first instant at which none does; absent if there is none within the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Who rejects.
    clients: Vec<String>,
    /// Who is rejected.
    servers: Vec<String>,
    /// A word for the reason, such as issuer-not-trusted.
    code: String,
    /// The reason, one clause.
    reason: String,
    /// What led to it, oldest first.
    because: Vec<Happening>,
    /// What ended it.
    ended_by: Vec<Happening>,
}

/// Something that happened.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Happening {
    /// When, RFC 3339.
    at: String,
    /// Who did it.
    actor: String,
    /// What.
    text: String,
}

/// A certificate.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
struct Certificate {
    /// What texts call it: the Certificate's name and a number, or the name it was given under.
    title: String,
    /// root, intermediate or leaf.
    kind: String,
    /// RFC 3339.
    not_before: String,
    /// RFC 3339.
    not_after: String,
    /// The title of the certificate whose key signed it; absent if it signed itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
}

/// What a bundle held from then on.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Content {
    /// The bundle.
    bundle: String,
    /// When it was written, RFC 3339.
    at: String,
    /// Titles of the certificates in it.
    holds: Vec<String>,
}

/// One site, to be put into a list.
pub(crate) fn json(rehearsed: &Rehearsed) -> String {
    serde_json::to_string_pretty(&site(rehearsed)).expect("text and numbers are JSON")
}

/// The report over sites that [`json`] prints, in pieces: ten thousand of them need not be in memory at once. This is the first
/// one; [`json_item`] follows for each site, then [`json_end`].
pub(crate) fn json_begin() -> String {
    format!("{{\n  \"version\": {VERSION},\n  \"sites\": [")
}

/// The piece of a site before which `before` others stand.
pub(crate) fn json_item(before: usize, site: &str) -> String {
    let comma = if before > 0 { "," } else { "" };
    format!("{comma}\n    {}", site.replace('\n', "\n    "))
}

/// The last piece, after that many sites.
pub(crate) fn json_end(sites: usize) -> &'static str {
    if sites > 0 { "\n  ]\n}\n" } else { "]\n}\n" }
}

fn site(rehearsed: &Rehearsed) -> Site {
    let Rehearsed { site, rehearsal } = rehearsed;
    let store = &rehearsal.store;
    let certificate = |cert: &crate::rehearsal::issue::Cert| Certificate {
        title: cert.title.clone(),
        kind: match (cert.is_ca, cert.signer) {
            (false, _) => "leaf",
            (true, None) => "root",
            (true, Some(_)) => "intermediate",
        }
        .to_owned(),
        not_before: instant(cert.not_before),
        not_after: instant(cert.not_after),
        signed_by: cert.signer.map(|id| store[id].title.clone()),
    };
    let contents = rehearsal.written.iter().map(|written| {
        let mut holds: Vec<String> = written
            .content
            .iter()
            .map(|id| store[*id].title.clone())
            .collect();
        holds.sort();
        Content {
            bundle: written.bundle.clone(),
            at: instant(written.at),
            holds,
        }
    });
    Site {
        site: site.clone(),
        from: instant(rehearsal.from),
        until: instant(rehearsal.until),
        passed: rehearsal.outages.is_empty(),
        verdict: rehearsal.verdict(),
        gaps: rehearsal.outages.iter().map(gap).collect(),
        certificates: store.certs.iter().map(certificate).collect(),
        bundles: contents.collect(),
        events: happenings(&rehearsal.log),
        assumed: rehearsal.assumed.clone(),
        handshakes: rehearsal.verified,
    }
}

fn gap(outage: &Outage) -> Gap {
    Gap {
        from: instant(outage.from),
        to: outage.to.map(instant),
        clients: outage.clients.clone(),
        servers: outage.servers.clone(),
        code: outage.code.to_owned(),
        reason: outage.reason.clone(),
        because: happenings(&outage.chain),
        ended_by: happenings(&outage.healed),
    }
}

fn happenings(entries: &[Entry]) -> Vec<Happening> {
    let one = |entry: &Entry| Happening {
        at: instant(entry.at),
        actor: entry.actor.clone(),
        text: entry.text.clone(),
    };
    entries.iter().map(one).collect()
}

fn instant(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}
