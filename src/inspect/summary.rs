//! For people: every chain from its root down, a few lines a certificate.

use time::OffsetDateTime;

use super::{Group, Inspection, role};
use crate::pki::{Certificate, Link};

/// The trees of every group.
pub(crate) fn summary(inspection: &Inspection) -> String {
    inspection
        .groups
        .iter()
        .map(|group| {
            Tree {
                group,
                now: inspection.terms.now,
                text: String::new(),
            }
            .draw()
        })
        .collect()
}

struct Tree<'i> {
    group: &'i Group,
    now: OffsetDateTime,
    text: String,
}

impl Tree<'_> {
    fn draw(mut self) -> String {
        let count = self.group.certificates.len();
        self.text = format!(
            "{}: {count} certificate{}\n\n",
            self.group.title,
            if count == 1 { "" } else { "s" }
        );
        // Children stand below their issuer, so only what has no issuer here begins a tree.
        let mut children = vec![Vec::new(); count];
        let mut tops = Vec::new();
        for (n, link) in self.group.links.iter().enumerate() {
            match link {
                Link::IssuedBy(issuer) if !self.circular(n) => children[*issuer].push(n),
                _ => tops.push(n),
            }
        }
        for top in tops {
            self.add(top, 0, &children);
            self.text.push('\n');
        }
        self.text
    }

    /// Whether going up from here comes back here: two CAs that certified each other.
    fn circular(&self, start: usize) -> bool {
        let mut at = start;
        for _ in 0..self.group.links.len() {
            match self.group.links[at] {
                Link::IssuedBy(issuer) if issuer == start => return true,
                Link::IssuedBy(issuer) => at = issuer,
                _ => return false,
            }
        }
        false
    }

    fn add(&mut self, n: usize, depth: usize, children: &[Vec<usize>]) {
        let (certificate, link) = (&self.group.certificates[n], self.group.links[n]);
        let indent = "    ".repeat(depth);
        let branch = if depth == 0 {
            String::new()
        } else {
            format!("{}`-- ", "    ".repeat(depth - 1))
        };
        // Where there is only one, its place needs no words.
        let block = certificate
            .block
            .filter(|_| self.group.certificates.len() > 1);
        let block = block
            .map(|block| format!(", block {block}"))
            .unwrap_or_default();
        let mut lines = vec![facts(certificate, self.now) + &block];
        lines.extend(names(certificate));
        lines.push(format!("sha256 {}", certificate.fingerprint));
        match link {
            Link::IssuerElsewhere => lines.push(format!(
                "issued by {}, which is not here",
                issuer(certificate)
            )),
            Link::WrongKey(_) => lines.push(format!(
                "issued by {}, but not by the key of that name here",
                issuer(certificate)
            )),
            Link::SelfSigned | Link::IssuedBy(_) => {}
        }
        self.text.push_str(&format!(
            "{branch}{}: {}\n",
            role(certificate, link),
            certificate.title()
        ));
        for line in lines {
            self.text.push_str(&format!("{indent}  {line}\n"));
        }
        for child in &children[n] {
            self.add(*child, depth + 1, children);
        }
    }
}

fn issuer(certificate: &Certificate) -> &str {
    if certificate.issuer.is_empty() {
        "a CA without a name"
    } else {
        &certificate.issuer
    }
}

/// `ECDSA P-256, 2026-01-01 to 2036-01-31 (9 years left)`
fn facts(certificate: &Certificate, now: OffsetDateTime) -> String {
    let (begin, end) = (certificate.not_before, certificate.not_after);
    let state = if now > end {
        format!("ended {} ago", span(now - end))
    } else if now < begin {
        format!("begins in {}", span(begin - now))
    } else {
        format!("{} left", span(end - now))
    };
    let version = if certificate.is_v3 {
        ""
    } else {
        ", X.509 version 1 or 2"
    };
    let path = certificate
        .path_length
        .map(|limit| format!(", path length {limit}"))
        .unwrap_or_default();
    format!(
        "{}, {} to {} ({state}){version}{path}",
        certificate.key,
        begin.date(),
        end.date()
    )
}

fn names(certificate: &Certificate) -> Option<String> {
    let details = certificate.details();
    if !details.alternative_names.is_empty() {
        return Some(details.alternative_names.join(", "));
    }
    let constraints = [
        ("permits", details.permitted),
        ("excludes", details.excluded),
    ];
    let parts = constraints.iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<String> = parts
        .map(|(title, names)| format!("{title} {}", names.join(", ")))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Days up to two years, then years.
fn span(length: time::Duration) -> String {
    match length.whole_days() {
        1 => "1 day".to_owned(),
        days if days < 730 => format!("{days} days"),
        days => format!("{} years", days / 365),
    }
}
