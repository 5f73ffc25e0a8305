//! What is admitted and then broken at run time, as far as it shows in a set of manifests. One hazard a file, as in
//! `rules/`; a finding is a warning, because what is missing here may come from elsewhere.

mod acme_internal_name;
mod broker_issuer_differs;
mod broker_secret_is_ca;
mod bundle_default_cas;
mod bundle_every_namespace;
mod bundle_feeds_itself;
mod bundle_includes_private_key;
mod bundle_jks;
mod bundle_misses_consumer;
mod bundle_name_not_a_label;
mod bundle_reaches_nothing;
mod bundle_secret_target;
mod bundle_source_missing;
mod bundle_target_also_applied;
mod bundle_target_key;
mod bundle_view;
mod bundle_without_target;
mod ca_secret_elsewhere;
mod case;
mod certificate_overwrites_ca;
mod certificate_usages_unset;
mod certificates;
mod config_map_holds_der;
mod config_map_immutable;
mod dns_name_not_ascii;
mod external_issuer_unapproved;
mod issuer_missing;
mod kustomization_moves_objects;
mod kustomization_renames_objects;
mod leaf_outlives_its_ca;
mod listener_name_missing;
mod name_constraint_ip_range;
mod namespace_label_differs;
mod namespace_on_cluster_scoped;
mod namespace_unset;
mod object_twice;
mod renewal_percentage_ignored;
mod renewal_too_late;
mod rotation_policy_unset;
mod secret_holds_private_key;
mod secret_name_impossible;
mod secret_shared;
mod self_signed_leaf;
mod self_signed_without_subject;
mod too_large_for_client_side_apply;
mod trust_config_map_differs;
mod trust_config_map_key_differs;
mod trust_from_issuing_secret;
mod uri_not_canonical;
mod vault_auth_ambiguous;

use crate::diagnostic::{Diagnostic, RuleInfo};
use crate::k8s::Set;
use crate::params::Params;
use crate::rules::Terms;
use bundle_view::BundleView;
use case::Case;

pub(crate) use case::is_product;

/// One hazard: its identity and its check.
pub(crate) struct ManifestRule {
    pub(crate) info: &'static RuleInfo,
    check: fn(&Case<'_>, &mut Vec<Diagnostic>),
}

macro_rules! manifest_rules {
    ($($module:ident),* $(,)?) => {
        /// Every hazard, by the order of their ids.
        pub(crate) static MANIFEST_RULES: &[ManifestRule] = &[$(ManifestRule { info: &$module::INFO, check: $module::check }),*];
    };
}

manifest_rules![
    acme_internal_name,
    broker_issuer_differs,
    broker_secret_is_ca,
    bundle_default_cas,
    bundle_every_namespace,
    bundle_feeds_itself,
    bundle_includes_private_key,
    bundle_jks,
    bundle_misses_consumer,
    bundle_name_not_a_label,
    bundle_reaches_nothing,
    bundle_secret_target,
    bundle_source_missing,
    bundle_target_also_applied,
    bundle_target_key,
    bundle_without_target,
    ca_secret_elsewhere,
    certificate_overwrites_ca,
    certificate_usages_unset,
    config_map_holds_der,
    config_map_immutable,
    dns_name_not_ascii,
    external_issuer_unapproved,
    issuer_missing,
    kustomization_moves_objects,
    kustomization_renames_objects,
    leaf_outlives_its_ca,
    listener_name_missing,
    name_constraint_ip_range,
    namespace_label_differs,
    namespace_on_cluster_scoped,
    namespace_unset,
    object_twice,
    renewal_percentage_ignored,
    renewal_too_late,
    rotation_policy_unset,
    secret_holds_private_key,
    secret_name_impossible,
    secret_shared,
    self_signed_leaf,
    self_signed_without_subject,
    too_large_for_client_side_apply,
    trust_config_map_differs,
    trust_config_map_key_differs,
    trust_from_issuing_secret,
    uri_not_canonical,
    vault_auth_ambiguous,
];

/// Every hazard that shows in `set`. `expected` is what the configuration says that is judged beside it, if there is one.
pub(crate) fn find(
    set: &Set,
    trust_namespace: &str,
    terms: Terms,
    expected: Option<&Params>,
) -> Vec<Diagnostic> {
    let mut case = Case::new(set, trust_namespace);
    case.expected = expected;
    let mut found = Vec::new();
    MANIFEST_RULES
        .iter()
        .for_each(|hazard| (hazard.check)(&case, &mut found));
    certificates::judge(&case, terms, &mut found);
    found
}
