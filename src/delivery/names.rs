//! Which references a name prefix or suffix of kustomize has to follow: kustomize knows none of these kinds, and would leave
//! them pointing at what no longer exists. Only references to objects of the same folder are listed.

use serde_json::{Value, json};

use crate::manifests::Object;

/// The file that kustomize reads them from.
pub(crate) const NAMES: &str = "trust-names.yaml";

/// Where objects name others: kind, group, the path, and the kinds that are named.
const REFERENCES: &[(&str, &str, &str, &[&str])] = &[
    ("Certificate", "cert-manager.io", "spec/issuerRef/name", &["Issuer", "ClusterIssuer"]),
    ("Certificate", "cert-manager.io", "spec/secretName", &["Certificate"]),
    ("ClusterIssuer", "cert-manager.io", "spec/ca/secretName", &["Certificate", "SecretSync", "ExternalSecret"]),
    ("Issuer", "cert-manager.io", "spec/ca/secretName", &["Certificate", "SecretSync", "ExternalSecret"]),
    ("Bundle", "trust.cert-manager.io", "spec/sources/secret/name", &["Certificate"]),
    ("Bundle", "trust.cert-manager.io", "spec/sources/configMap/name", &["ConfigMap"]),
    ("SecretSync", "secret-sync.x-k8s.io", "spec/serviceAccountName", &["ServiceAccount"]),
    ("SecretSync", "secret-sync.x-k8s.io", "spec/secretProviderClassName", &["SecretProviderClass"]),
    ("ExternalSecret", "external-secrets.io", "spec/target/name", &["ExternalSecret"]),
    (
        "CertificateRequestPolicy",
        "policy.cert-manager.io",
        "spec/selector/issuerRef/name",
        &["Issuer", "ClusterIssuer"],
    ),
];

/// The configuration of kustomize for these objects; none if they do not refer to each other.
pub(super) fn of(objects: &[Object]) -> Option<Value> {
    let has = |kind: &str| objects.iter().any(|object| object.id.kind == kind);
    // A field specification holds for all objects of a kind: one reference to an issuer of others forbids it.
    let foreign =
        |kind: &str| objects.iter().filter(|object| object.id.kind == kind).any(|object| names_others(object, objects));
    let listed = REFERENCES.iter().filter(|(kind, _, path, named)| {
        has(kind) && named.iter().any(|kind| has(kind)) && !(path.ends_with("issuerRef/name") && foreign(kind))
    });
    let specs: Vec<Value> =
        listed.map(|(kind, group, path, _)| json!({"group": group, "kind": kind, "path": path})).collect();
    (!specs.is_empty()).then(|| json!({"namePrefix": specs, "nameSuffix": specs}))
}

fn names_others(object: &Object, objects: &[Object]) -> bool {
    let places = ["/spec/issuerRef", "/spec/selector/issuerRef"];
    let Some(reference) = places.iter().find_map(|place| object.manifest.pointer(place)) else { return false };
    !objects.iter().any(|one| reference["kind"] == one.id.kind && reference["name"] == one.id.name.as_str())
}
