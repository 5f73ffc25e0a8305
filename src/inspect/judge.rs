//! What is wrong with the certificates of one group.

use time::OffsetDateTime;

use super::{Group, Holder};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::{Certificate, KeyKind, Link};
use crate::rules::Terms;

pub(super) static RULES: &[&RuleInfo] = &[
    &EXPIRED,
    &NOT_YET_VALID,
    &EXPIRES_SOON,
    &TRUSTED_LEAF,
    &CHAIN_UNLINKED,
    &WEAK,
];

static EXPIRED: RuleInfo = RuleInfo {
    id: "certificate-expired",
    severity: Severity::Error,
    summary: "a certificate that has ended",
    why: "whoever verifies it, or anything below it, refuses the connection",
    fix: "replace it; if it is one of several roots, take it out",
};

static NOT_YET_VALID: RuleInfo = RuleInfo {
    id: "certificate-not-yet-valid",
    severity: Severity::Error,
    summary: "a certificate whose time has not begun",
    why: "whoever verifies it, or anything below it, refuses the connection until then",
    fix: "wait with its use, or correct the clock of the machine",
};

static EXPIRES_SOON: RuleInfo = RuleInfo {
    id: "certificate-expires-soon",
    severity: Severity::Error,
    summary: "a certificate that ends within --fail-if-expires-within",
    why: "from that day on whoever verifies it, or anything below it, refuses the connection",
    fix: "bring its successor now: a new root beside the old one, a new certificate in place of the old one",
};

static TRUSTED_LEAF: RuleInfo = RuleInfo {
    id: "trusted-certificate-not-a-ca",
    severity: Severity::Error,
    summary: "a certificate that is no CA, where clients look for what to trust",
    why: "no certificate verifies under it: clients that trust only this reject every server",
    fix: "put the root that issued it in its place: trustc inspect shows the issuer",
};

static CHAIN_UNLINKED: RuleInfo = RuleInfo {
    id: "chain-unlinked",
    severity: Severity::Error,
    summary: "certificates that do not make one chain",
    why: "cert-manager refuses a CA whose certificates it cannot link, and strict clients refuse a server that sends them",
    fix: "keep the first certificate and those above it: the issuer of each is the next",
};

static WEAK: RuleInfo = RuleInfo {
    id: "certificate-weak",
    severity: Severity::Warning,
    summary: "a certificate with a short key or a broken digest",
    why: "clients with current defaults refuse it",
    fix: "have it issued anew with RSA 3072 or ECDSA P-256, and SHA-256",
};

/// Everything that is wrong in a group.
pub(super) fn judge(group: &Group, terms: Terms) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (certificate, link) in group.certificates.iter().zip(&group.links) {
        found.extend(validity(certificate, terms));
        found.extend(weakness(certificate, *link));
        if group.holder == Holder::Trust && !certificate.is_ca {
            let message = format!(
                "{} is no CA, and stands where clients look for what to trust",
                title(certificate)
            );
            found.push(TRUSTED_LEAF.at(certificate.found.text.clone(), message));
        }
        if let Link::WrongKey(other) = link {
            let issuer = title(&group.certificates[*other]);
            let message = format!(
                "the key of {issuer} did not sign {}, though it has its issuer's name",
                title(certificate)
            );
            found.push(CHAIN_UNLINKED.at(certificate.found.text.clone(), message));
        }
    }
    found.extend(strays(group));
    found
}

fn validity(certificate: &Certificate, terms: Terms) -> Option<Diagnostic> {
    let (title, here) = (title(certificate), certificate.found.text.clone());
    let left = certificate.not_after - terms.now;
    if left.is_negative() {
        return Some(EXPIRED.at(
            here,
            format!("{title} ended on {}", day(certificate.not_after)),
        ));
    }
    if certificate.not_before > terms.now {
        return Some(NOT_YET_VALID.at(
            here,
            format!("{title} begins on {}", day(certificate.not_before)),
        ));
    }
    let limit = terms.fail_if_expires_within?;
    let soon = left.whole_seconds() < i64::try_from(limit.seconds()).unwrap_or(i64::MAX);
    let message = || {
        format!(
            "{title} ends on {}, in {} days",
            day(certificate.not_after),
            left.whole_days()
        )
    };
    soon.then(|| EXPIRES_SOON.at(here, message()))
}

/// Nobody checks the digest of a root's own signature.
fn weakness(certificate: &Certificate, link: Link) -> Option<Diagnostic> {
    let key = certificate.key;
    let short = match key.kind {
        KeyKind::Rsa => key.bits < 2048,
        KeyKind::Ecdsa => key.bits < 256,
        KeyKind::Ed25519 => false,
        KeyKind::Other => true,
    };
    let title = title(certificate);
    let digest = certificate.weak_digest.filter(|_| link != Link::SelfSigned);
    let message = match (short, digest) {
        (true, _) => format!("the key of {title} is {key}"),
        (_, Some(digest)) => format!("{title} is signed with {digest}"),
        _ => return None,
    };
    Some(WEAK.at(certificate.found.text.clone(), message))
}

/// A group that begins with something other than a root is one chain; what does not belong to it is astray.
fn strays(group: &Group) -> Vec<Diagnostic> {
    let begins_chain = group.holder == Holder::Chain
        && group.links.first().is_some_and(|l| *l != Link::SelfSigned);
    if !begins_chain {
        return Vec::new();
    }
    let mut linked = vec![0];
    while let Some(Link::IssuedBy(next)) = linked.last().map(|last| group.links[*last]) {
        if linked.contains(&next) {
            break;
        }
        linked.push(next);
    }
    let first = title(&group.certificates[0]);
    let on_chain = |certificate: &Certificate| {
        linked
            .iter()
            .any(|n| group.certificates[*n].fingerprint == certificate.fingerprint)
    };
    let astray = group
        .certificates
        .iter()
        .filter(|certificate| !on_chain(certificate));
    astray
        .map(|certificate| {
            let message = format!(
                "{} does not belong to the chain of {first}",
                title(certificate)
            );
            CHAIN_UNLINKED.at(certificate.found.text.clone(), message)
        })
        .collect()
}

fn title(certificate: &Certificate) -> String {
    format!("`{}`", certificate.title())
}

fn day(time: OffsetDateTime) -> time::Date {
    time.date()
}
