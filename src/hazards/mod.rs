//! What is admitted and then broken at run time, as far as it shows in a set of manifests. One hazard a file, as in
//! `rules/`; a finding is a warning, because what is missing here may come from elsewhere.

mod bundle_default_cas;
mod bundle_every_namespace;
mod bundle_feeds_itself;
mod bundle_jks;
mod bundle_name_not_a_label;
mod bundle_secret_target;
mod bundle_source_missing;
mod bundle_target_also_applied;
mod bundle_target_key;
mod bundle_without_target;
mod ca_secret_elsewhere;
mod certificate_overwrites_ca;
mod certificate_usages_unset;
mod dns_name_not_ascii;
mod external_issuer_unapproved;
mod issuer_missing;
mod leaf_outlives_its_ca;
mod namespace_label_differs;
mod namespace_on_cluster_scoped;
mod namespace_unset;
mod object_twice;
mod renewal_percentage_ignored;
mod rotation_policy_unset;
mod secret_holds_private_key;
mod secret_name_impossible;
mod secret_shared;
mod self_signed_leaf;
mod self_signed_without_subject;
mod trust_from_issuing_secret;
mod vault_auth_ambiguous;

use serde_json::Value;

use crate::admission::{Scope, scope_of};
use crate::diagnostic::{Diagnostic, RuleInfo};
use crate::import::{Object, Set};

/// One hazard: its identity and its check.
pub(crate) struct Hazard {
    pub(crate) info: &'static RuleInfo,
    check: fn(&Case<'_>, &mut Vec<Diagnostic>),
}

/// What a hazard judges: the objects of one cluster.
pub(crate) struct Case<'c> {
    pub(crate) set: &'c Set,
    /// cert-manager's cluster resource namespace, and trust-manager's trust namespace.
    pub(crate) trust_namespace: &'c str,
}

macro_rules! hazards {
    ($($module:ident),* $(,)?) => {
        /// Every hazard, by the order of their ids.
        pub(crate) static HAZARDS: &[Hazard] = &[$(Hazard { info: &$module::INFO, check: $module::check }),*];
    };
}

hazards![
    bundle_default_cas,
    bundle_every_namespace,
    bundle_feeds_itself,
    bundle_jks,
    bundle_name_not_a_label,
    bundle_secret_target,
    bundle_source_missing,
    bundle_target_also_applied,
    bundle_target_key,
    bundle_without_target,
    ca_secret_elsewhere,
    certificate_overwrites_ca,
    certificate_usages_unset,
    dns_name_not_ascii,
    external_issuer_unapproved,
    issuer_missing,
    leaf_outlives_its_ca,
    namespace_label_differs,
    namespace_on_cluster_scoped,
    namespace_unset,
    object_twice,
    renewal_percentage_ignored,
    rotation_policy_unset,
    secret_holds_private_key,
    secret_name_impossible,
    secret_shared,
    self_signed_leaf,
    self_signed_without_subject,
    trust_from_issuing_secret,
    vault_auth_ambiguous,
];

/// Every hazard that shows in `set`.
pub(crate) fn find(set: &Set, trust_namespace: &str) -> Vec<Diagnostic> {
    let case = Case { set, trust_namespace };
    let mut found = Vec::new();
    HAZARDS.iter().for_each(|hazard| (hazard.check)(&case, &mut found));
    found
}

/// A Bundle, and its parts as hazards ask for them.
struct BundleView<'o> {
    object: &'o Object,
}

/// One source of a Bundle, and the JSON pointer to it.
struct SourceView<'o> {
    value: &'o Value,
    at: String,
}

impl<'o> BundleView<'o> {
    fn sources(&self) -> Vec<SourceView<'o>> {
        let sources = self.object.value["spec"]["sources"].as_array().into_iter().flatten().enumerate();
        sources.map(|(n, value)| SourceView { value, at: format!("/spec/sources/{n}") }).collect()
    }

    /// Whether the selector takes this namespace by its name; none if that cannot be told from the name.
    fn selects(&self, namespace: &str) -> Option<bool> {
        const NAME: &str = "kubernetes.io/metadata.name";
        let selector = &self.object.value["spec"]["target"]["namespaceSelector"];
        if let Some(name) = selector["matchLabels"][NAME].as_str() {
            return Some(name == namespace);
        }
        let expressions = selector["matchExpressions"].as_array()?;
        let values = expressions.iter().find(|e| e["key"] == NAME && e["operator"] == "In")?["values"].as_array()?;
        Some(values.iter().any(|value| value == namespace))
    }
}

impl<'c> Case<'c> {
    fn bundles(&self) -> impl Iterator<Item = BundleView<'c>> {
        self.set.of_kind("trust.cert-manager.io", &["Bundle"]).map(|object| BundleView { object })
    }

    fn issuers(&self) -> impl Iterator<Item = &'c Object> {
        self.set.of_kind("cert-manager.io", &["Issuer", "ClusterIssuer"])
    }

    fn certificates(&self) -> impl Iterator<Item = &'c Object> {
        self.set.of_kind("cert-manager.io", &["Certificate"])
    }

    fn scope(&self, object: &Object) -> Option<Scope> {
        scope_of(object.text("/apiVersion"), object.kind())
    }

    /// The kind of issuer that a Certificate names; `Issuer` if it names none.
    fn issuer_kind<'o>(&self, certificate: &'o Object) -> &'o str {
        match certificate.text("/spec/issuerRef/kind") {
            "" => "Issuer",
            kind => kind,
        }
    }

    /// The issuer of cert-manager's own group that signs a Certificate, if it is in the set.
    fn issuer_of(&self, certificate: &Object) -> Option<&'c Object> {
        if !matches!(certificate.text("/spec/issuerRef/group"), "" | "cert-manager.io") {
            return None;
        }
        let (kind, name) = (self.issuer_kind(certificate), certificate.text("/spec/issuerRef/name"));
        let here = |issuer: &&Object| kind != "Issuer" || issuer.namespace() == certificate.namespace();
        self.issuers().filter(|issuer| issuer.kind() == kind && issuer.name() == name).find(here)
    }

    /// Where an issuer looks for its Secrets (cert-manager `pkg/controller/helper.go`).
    fn secret_namespace<'o>(&self, issuer: &'o Object) -> &'o str
    where
        'c: 'o,
    {
        if issuer.kind() == "ClusterIssuer" { self.trust_namespace } else { issuer.namespace() }
    }

    /// The Certificate that makes the Secret of a CA issuer.
    fn ca_of(&self, issuer: &Object) -> Option<&'c Object> {
        let secret = issuer.value["spec"]["ca"]["secretName"].as_str()?;
        let namespace = self.secret_namespace(issuer);
        self.certificates().find(|c| c.text("/spec/secretName") == secret && c.namespace() == namespace)
    }

    /// Every namespace in which the set provides a ConfigMap or Secret of a name.
    fn namespaces_providing(&self, kind: &str, name: &str) -> Vec<&'c str> {
        let kinds = [kind];
        let written =
            self.set.objects.iter().filter(|o| o.group().is_empty() && kinds.contains(&o.kind()) && o.name() == name);
        let issued = self.certificates().filter(|c| kind == "Secret" && c.text("/spec/secretName") == name);
        written.chain(issued).map(Object::namespace).collect()
    }
}
