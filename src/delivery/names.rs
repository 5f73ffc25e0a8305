//! Which references a name prefix or suffix of kustomize has to follow: kustomize knows none of these kinds, and would leave
//! them pointing at what no longer exists.
//!
//! A field specification holds for every object of a kind, so it is right where all of them name objects of this folder.
//! A name reference looks whether the named object is there, but does not reach from one namespace into another, nor from
//! a namespace to a cluster-scoped kind that kustomize does not know (kustomize `api/filters/nameref/nameref.go`).

use serde_json::{Map, Value, json};

use crate::objects::Object;

/// The file that kustomize reads them from. No `.yaml`: what ends so in the output is a Kubernetes object, for every tool that
/// reads whole folders.
pub(crate) const NAMES: &str = "trust-names.conf";

/// A place at which objects of one kind name others.
struct Reference {
    kind: &'static str,
    group: &'static str,
    path: &'static str,
    /// The kinds that are named. A Certificate stands for the Secret that it makes.
    named: &'static [&'static str],
}

const fn reference(
    kind: &'static str,
    group: &'static str,
    path: &'static str,
    named: &'static [&'static str],
) -> Reference {
    Reference {
        kind,
        group,
        path,
        named,
    }
}

const SECRETS: &[&str] = &["Certificate", "SecretSync", "ExternalSecret"];
const ISSUERS: &[&str] = &["Issuer", "ClusterIssuer"];
const POLICY: &str = "policy.cert-manager.io";

const REFERENCES: &[Reference] = &[
    reference(
        "Certificate",
        "cert-manager.io",
        "spec/issuerRef/name",
        ISSUERS,
    ),
    reference(
        "Certificate",
        "cert-manager.io",
        "spec/secretName",
        &["Certificate"],
    ),
    reference(
        "ClusterIssuer",
        "cert-manager.io",
        "spec/ca/secretName",
        SECRETS,
    ),
    reference("Issuer", "cert-manager.io", "spec/ca/secretName", SECRETS),
    reference(
        "Bundle",
        "trust.cert-manager.io",
        "spec/sources/secret/name",
        SECRETS,
    ),
    reference(
        "Bundle",
        "trust.cert-manager.io",
        "spec/sources/configMap/name",
        &["ConfigMap"],
    ),
    reference(
        "SecretSync",
        "secret-sync.x-k8s.io",
        "spec/serviceAccountName",
        &["ServiceAccount"],
    ),
    reference(
        "SecretSync",
        "secret-sync.x-k8s.io",
        "spec/secretProviderClassName",
        &["SecretProviderClass"],
    ),
    reference(
        "ExternalSecret",
        "external-secrets.io",
        "spec/target/name",
        &["ExternalSecret"],
    ),
    reference(
        "CertificateRequestPolicy",
        POLICY,
        "spec/selector/issuerRef/name",
        ISSUERS,
    ),
];

/// The configuration of kustomize for these objects, and remarks on what it cannot follow; none if they do not refer to
/// each other.
pub(super) fn of(objects: &[Object]) -> Option<(Value, Vec<String>)> {
    let mut fields = Vec::new();
    let mut references = Vec::new();
    let mut remarks =
        vec!["References that a namePrefix or nameSuffix of an overlay has to follow.".to_owned()];
    for one in REFERENCES {
        let mut names = Vec::new();
        one.names(objects, &mut names);
        let here = names
            .iter()
            .filter(|name| is_here(name, one.named, objects))
            .count();
        if here == 0 {
            continue;
        }
        let field = json!({"group": one.group, "kind": one.kind, "path": one.path});
        if here == names.len() {
            fields.push(field);
        } else if one.group == POLICY
            && objects
                .iter()
                .any(|object| object.id.kind == "ClusterIssuer")
        {
            references.push(
                json!({"kind": "ClusterIssuer", "group": "cert-manager.io", "fieldSpecs": [field]}),
            );
        } else {
            let (path, kind) = (one.path.replace('/', "."), one.kind);
            remarks
                .push(format!("Not {path} of every {kind}: some name objects of others. Rename in the configuration."));
        }
    }
    // A list of names is beyond field specifications; ClusterRole is a kind that kustomize knows.
    if objects
        .iter()
        .any(|object| object.id.kind == "CertificateRequestPolicy")
    {
        let field = json!({"group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "path": "rules/resourceNames"});
        references.push(
            json!({"kind": "CertificateRequestPolicy", "group": POLICY, "fieldSpecs": [field]}),
        );
    }
    let mut configuration = Map::new();
    for (key, entries) in [
        ("namePrefix", fields.clone()),
        ("nameSuffix", fields),
        ("nameReference", references),
    ] {
        if !entries.is_empty() {
            configuration.insert(key.to_owned(), entries.into());
        }
    }
    (!configuration.is_empty()).then_some((Value::Object(configuration), remarks))
}

impl Reference {
    /// Every name at this place.
    fn names<'o>(&self, objects: &'o [Object], found: &mut Vec<&'o str>) {
        let of_kind = objects.iter().filter(|object| object.id.kind == self.kind);
        of_kind.for_each(|object| texts_at(&object.manifest, self.path, found));
    }
}

/// The texts at a path of kustomize, which runs through every item of a list.
fn texts_at<'v>(value: &'v Value, path: &str, found: &mut Vec<&'v str>) {
    if let Some(items) = value.as_array() {
        return items.iter().for_each(|item| texts_at(item, path, found));
    }
    let (key, rest) = path
        .split_once('/')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    match (value.get(key), rest) {
        (Some(inner), Some(rest)) => texts_at(inner, rest, found),
        (Some(text), None) => found.extend(text.as_str()),
        (None, _) => {}
    }
}

fn is_here(name: &str, named: &[&str], objects: &[Object]) -> bool {
    objects
        .iter()
        .filter(|object| named.contains(&object.id.kind))
        .any(|object| match object.id.kind {
            "Certificate" => object
                .manifest
                .pointer("/spec/secretName")
                .is_some_and(|secret| secret == name),
            _ => object.id.name == name,
        })
}
