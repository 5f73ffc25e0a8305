//! What cannot work, or will not for long. One rule a file: what it finds, why that matters, what to type, the check.
//!
//! [`check`] is the only door to a [`CheckedTrust`]; before it a fault is the user's, after it a fault is ours.
//! A new rule is a file here and a line in [`CHECKS`]; everything else is folded from that list.

mod acme_not_private;
mod aio_upgrade_installs_cert_manager;
mod allowances;
mod anchor_duplicate;
mod anchor_is_example;
mod anchor_is_intermediate;
mod anchor_is_leaf;
mod anchor_name_taken;
mod anchor_not_pinned;
mod anchor_past_retirement;
mod anchor_pin_mismatch;
mod annotations_too_large;
mod arc_extension_with_user_trust;
mod broker_key_unusual;
mod bundle_key_unusual;
mod bundle_misses_namespace;
mod bundle_name_taken;
mod bundle_name_too_long;
mod bundle_needs_trust_manager;
mod bundle_secret_not_allowed;
mod bundle_selector_misses_instance;
mod bundle_too_large;
mod bundle_written_twice;
mod ca_expired;
mod ca_expires_soon;
mod ca_key_usage_lacks_cert_sign;
mod ca_not_a_ca;
mod ca_not_yet_valid;
mod ca_weak_key;
mod ca_weak_signature;
mod certificate_name_taken;
mod certificate_out_of_reach;
mod certificate_secret_taken;
mod certificate_without_name;
mod chain_broken;
mod chain_out_of_order;
mod chain_stray_certificate;
mod client_anchor_unusable;
mod client_trust_is_server_trust;
mod common_name_too_long;
mod controller_too_old;
mod controllers_installed_twice;
mod controllers_version_differs;
mod external_issuer_limits;
mod external_issuer_needs_approval;
mod external_issuer_unusable;
mod flux_too_old;
mod key_size_refused;
mod key_vault_objects_equal;
mod leaf_exceeds_max_ttl;
mod leaf_outlives_ca;
mod lifetime_out_of_range;
mod listener_port_taken;
mod name_constraint_violated;
mod path_length_too_short;
mod product_owns_trust;
mod quickstart_in_production;
mod renewal_within_outage;
mod reserved_metadata_key;
mod reserved_namespace;
mod root_rotates_key;
mod rotation_anchor_unknown;
mod rotation_chain_elsewhere;
mod rotation_issuer_misfit;
mod rotation_too_early;
mod shared;
mod site_name_reserved_on_windows;
mod test_only_name;
mod vault_path_not_sign;

use std::collections::BTreeSet;
use std::ops::Deref;

use time::OffsetDateTime;

use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::{Broken, Certificate, Link, links, path};
use crate::trust::Trust;
use crate::types::{Date, Lifetime};
use crate::{config, pki, source, trust, types};

pub(crate) use allowances::{Elsewhere, Open, beyond};
pub(crate) use shared::{of_anchor, of_ca, of_chain};

/// One rule: its identity and its check.
pub(crate) struct Rule {
    pub(crate) info: &'static RuleInfo,
    pub(crate) check: fn(&Case<'_>, &mut Vec<Diagnostic>),
}

/// What a judgement depends on beside the trust.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) now: OffsetDateTime,
    /// A CA certificate that ends sooner than this is an error.
    pub(crate) fail_if_expires_within: Option<Lifetime>,
}

impl Terms {
    /// Whether a day is over.
    fn is_over(self, day: Date) -> bool {
        day.end().is_some_and(|end| self.now >= end)
    }
}

/// What a rule judges.
pub(crate) struct Case<'c> {
    pub(crate) trust: &'c Trust,
    terms: Terms,
    /// The issuer's chain from the issuing certificate up: the first one that issued none of the others.
    linked: Vec<&'c Certificate>,
    /// The way from the issuing certificate to an anchor; none if either is not known.
    path: Option<Result<Vec<&'c Certificate>, Broken<'c>>>,
}

impl<'c> Case<'c> {
    fn new(trust: &'c Trust, terms: Terms) -> Self {
        let mut seen = BTreeSet::new();
        let chain: Vec<_> = trust
            .chain()
            .iter()
            .filter(|certificate| seen.insert(&certificate.fingerprint))
            .collect();
        let anchors: Vec<&Certificate> = trust.trusted_certificates().collect();
        let linked = linked(&chain);
        let issuing = linked.first().filter(|_| !anchors.is_empty());
        let path = issuing.map(|issuing| path(issuing, &chain, &anchors));
        Self {
            trust,
            terms,
            linked,
            path,
        }
    }
}

/// What hangs together from the issuing certificate up.
pub(crate) fn linked<'c>(chain: &[&'c Certificate]) -> Vec<&'c Certificate> {
    let links = links(chain);
    let mut next = issuing(&links);
    let (mut linked, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(n) = next.filter(|n| seen.insert(*n)) {
        linked.push(chain[n]);
        next = match links[n] {
            Link::IssuedBy(issuer) => Some(issuer),
            _ => None,
        };
    }
    linked
}

/// The issuing certificate: the first of the chain, or the first one below it that issued none of the others. Where
/// certificates sign each other there is none such, and the first is what cert-manager signs with.
fn issuing(links: &[Link]) -> Option<usize> {
    let mut issued: Vec<Vec<usize>> = vec![Vec::new(); links.len()];
    for (n, link) in links.iter().enumerate() {
        if let Link::IssuedBy(issuer) = link {
            issued[*issuer].push(n);
        }
    }
    let (mut waiting, mut seen) = (vec![0], BTreeSet::new());
    while let Some(n) = waiting.pop() {
        if seen.insert(n) {
            match issued.get(n)?.as_slice() {
                [] => return Some(n),
                below => waiting.extend(below.iter().rev()),
            }
        }
    }
    Some(0)
}

macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        /// Every rule that judges a trust, by the order of their ids.
        pub(crate) static CHECKS: &[Rule] = &[$(Rule { info: &$module::INFO, check: $module::check }),*];
    };
}

checks![
    acme_not_private,
    aio_upgrade_installs_cert_manager,
    anchor_duplicate,
    anchor_is_example,
    anchor_is_intermediate,
    anchor_is_leaf,
    anchor_name_taken,
    anchor_not_pinned,
    anchor_past_retirement,
    anchor_pin_mismatch,
    annotations_too_large,
    arc_extension_with_user_trust,
    broker_key_unusual,
    bundle_key_unusual,
    bundle_misses_namespace,
    bundle_name_taken,
    bundle_name_too_long,
    bundle_needs_trust_manager,
    bundle_secret_not_allowed,
    bundle_selector_misses_instance,
    bundle_too_large,
    bundle_written_twice,
    ca_expired,
    ca_expires_soon,
    ca_key_usage_lacks_cert_sign,
    ca_not_a_ca,
    ca_not_yet_valid,
    ca_weak_key,
    ca_weak_signature,
    certificate_name_taken,
    certificate_out_of_reach,
    certificate_secret_taken,
    certificate_without_name,
    chain_broken,
    chain_out_of_order,
    chain_stray_certificate,
    client_anchor_unusable,
    client_trust_is_server_trust,
    common_name_too_long,
    controller_too_old,
    controllers_installed_twice,
    controllers_version_differs,
    external_issuer_limits,
    external_issuer_needs_approval,
    external_issuer_unusable,
    flux_too_old,
    key_size_refused,
    key_vault_objects_equal,
    leaf_exceeds_max_ttl,
    leaf_outlives_ca,
    lifetime_out_of_range,
    listener_port_taken,
    name_constraint_violated,
    path_length_too_short,
    product_owns_trust,
    quickstart_in_production,
    renewal_within_outage,
    reserved_metadata_key,
    reserved_namespace,
    root_rotates_key,
    rotation_anchor_unknown,
    rotation_chain_elsewhere,
    rotation_issuer_misfit,
    rotation_too_early,
    site_name_reserved_on_windows,
    test_only_name,
    vault_path_not_sign,
];

/// Findings of the rooms that read: where one of them is an error, no rule could judge.
pub(crate) static READING: &[&[&RuleInfo]] = &[
    source::RULES,
    types::RULES,
    config::RULES,
    pki::RULES,
    trust::RULES,
];

/// Every finding over configurations, by id.
pub(crate) fn all() -> Vec<&'static RuleInfo> {
    let rooms = READING.iter().copied().chain([allowances::RULES]);
    let checks = CHECKS.iter().map(|rule| rule.info);
    let mut all: Vec<_> = rooms.flatten().copied().chain(checks).collect();
    all.sort_by_key(|info| info.id);
    all
}

/// A trust that can work: the evidence that no rule found an error in it. Only [`check`] makes one.
#[derive(Debug)]
pub(crate) struct CheckedTrust(Trust);

impl Deref for CheckedTrust {
    type Target = Trust;
    fn deref(&self) -> &Trust {
        &self.0
    }
}

/// A trust whose outages a rehearsal can show: what is wrong with it, if anything, is of the kind that time brings out.
/// Only [`check`] makes one.
#[derive(Debug)]
pub(crate) struct RehearsableTrust(Trust);

impl Deref for RehearsableTrust {
    type Target = Trust;
    fn deref(&self) -> &Trust {
        &self.0
    }
}

impl From<CheckedTrust> for RehearsableTrust {
    fn from(checked: CheckedTrust) -> Self {
        Self(checked.0)
    }
}

/// Errors that are rendered as nothing, and as a gap in a rehearsal: to see one is why people rehearse.
static SHOWN_BY_REHEARSAL: &[&RuleInfo] = &[
    &anchor_is_intermediate::INFO,
    &anchor_is_leaf::INFO,
    &ca_expired::INFO,
    &ca_expires_soon::INFO,
    &ca_not_yet_valid::INFO,
    &chain_broken::INFO,
    &leaf_outlives_ca::INFO,
    &name_constraint_violated::INFO,
    &path_length_too_short::INFO,
    &root_rotates_key::INFO,
    &rotation_chain_elsewhere::INFO,
    &rotation_too_early::INFO,
];

/// What a trust is good for.
#[derive(Debug)]
pub(crate) enum Judged {
    /// Everything.
    Sound(CheckedTrust),
    /// A rehearsal, which shows what is wrong.
    Rehearsable(RehearsableTrust),
    /// Nothing.
    Unsound,
}

/// Judges `trust`. `found` are the findings so far, from reading.
///
/// Returns all findings, those the configuration allows left out, and what the trust is good for in spite of them.
pub(crate) fn check(
    trust: Trust,
    mut found: Vec<Diagnostic>,
    terms: Terms,
) -> (Judged, Vec<Diagnostic>) {
    let case = Case::new(&trust, terms);
    for rule in CHECKS {
        (rule.check)(&case, &mut found);
    }
    found = allowances::apply(&case, found);
    let mut errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .peekable();
    let judged = if errors.peek().is_none() {
        Judged::Sound(CheckedTrust(trust))
    } else if errors.all(|error| {
        SHOWN_BY_REHEARSAL
            .iter()
            .any(|info| info.id == error.rule.id)
    }) {
        Judged::Rehearsable(RehearsableTrust(trust))
    } else {
        Judged::Unsound
    };
    (judged, found)
}

/// A certificate as words in a sentence: what it is, and which block of its file.
fn described(certificate: &Certificate) -> String {
    match certificate.block {
        Some(block) if block > 1 => format!("`{}` (PEM block {block})", certificate.title()),
        _ => format!("`{}`", certificate.title()),
    }
}

/// A finding at a certificate: in its file, with the place that names it; or at that place alone.
fn at_certificate(
    info: &'static RuleInfo,
    certificate: &Certificate,
    message: String,
) -> Diagnostic {
    let found = &certificate.found;
    if found.text == found.named {
        return info.at(found.named.clone(), message);
    }
    info.at(found.text.clone(), message)
        .also(found.named.clone(), "named here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_stand_in_the_order_of_their_ids() {
        let checks: Vec<&str> = CHECKS.iter().map(|rule| rule.info.id).collect();
        assert!(checks.is_sorted(), "{checks:?}");
    }
}
