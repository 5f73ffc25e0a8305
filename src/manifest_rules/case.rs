//! What hazards ask of a set of objects: who is called what, who signs for whom, what Bundles read. Every question is
//! answered from an index, because a folder may hold thousands of sites.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bundle_view::BundleView;
use crate::admission::{Scope, scope_of};
use crate::json_pointer::Pointer;
use crate::k8s::{Kustomized, Object, Set};
use crate::params::Params;
use crate::pki::{Found, Reading, read};

/// What a hazard judges: the objects of one cluster.
pub(super) struct Case<'c> {
    pub(super) set: &'c Set,
    /// cert-manager's cluster resource namespace, and trust-manager's trust namespace.
    pub(super) trust_namespace: &'c str,
    /// What the configuration says that is judged beside the set.
    pub(super) expected: Option<&'c Params>,
    /// The certificates that Bundles read, as far as they are in the set.
    pub(super) trusted: Vec<TrustedSource<'c>>,
    /// Objects by group, kind and name.
    named: BTreeMap<String, Vec<&'c Object>>,
    /// Certificates by the name of their Secret.
    issued_into: BTreeMap<&'c str, Vec<&'c Object>>,
    /// CA issuers by the name of their Secret.
    signing_with: BTreeMap<&'c str, Vec<&'c Object>>,
    bundles: Vec<&'c Object>,
    issuers: Vec<&'c Object>,
    certificates: Vec<&'c Object>,
}

/// Certificates in a Bundle, or in a ConfigMap that it reads.
pub(super) struct TrustedSource<'c> {
    pub(super) bundle: &'c Object,
    pub(super) reading: Reading,
}

impl<'c> Case<'c> {
    pub(super) fn new(set: &'c Set, trust_namespace: &'c str) -> Self {
        let mut named: BTreeMap<_, Vec<&Object>> = BTreeMap::new();
        for object in &set.objects {
            named
                .entry(key(object.group(), object.kind(), object.name()))
                .or_default()
                .push(object);
        }
        let of = |group: &'static str, kinds: &'static [&'static str]| {
            set.of_kind(group, kinds).collect::<Vec<_>>()
        };
        let certificates = of("cert-manager.io", &["Certificate"]);
        let issuers = of("cert-manager.io", &["Issuer", "ClusterIssuer"]);
        let mut case = Self {
            set,
            trust_namespace,
            expected: None,
            trusted: Vec::new(),
            named,
            issued_into: by(&certificates, "/spec/secretName"),
            signing_with: by(&issuers, "/spec/ca/secretName"),
            bundles: of("trust.cert-manager.io", &["Bundle"]),
            issuers,
            certificates,
        };
        case.trusted = case
            .bundles()
            .flat_map(|bundle| case.trusted_sources(&bundle))
            .collect();
        case
    }

    /// Objects of a core kind with this name, in any namespace.
    pub(super) fn named(&self, kind: &str, name: &str) -> &[&'c Object] {
        self.named
            .get(&key("", kind, name))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The CA issuers that sign with a Secret of this name.
    pub(super) fn signing_with(&self, secret: &str) -> &[&'c Object] {
        self.signing_with
            .get(secret)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The Certificates that are issued into a Secret of this name.
    pub(super) fn issued_into(&self, secret: &str) -> &[&'c Object] {
        self.issued_into
            .get(secret)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn trusted_sources(&self, bundle: &BundleView<'c>) -> Vec<TrustedSource<'c>> {
        let mut found = Vec::new();
        let mut add = |object: &Object, place: &Pointer, text: &str| {
            let here = object.key_origin(place);
            let reading = read(
                text.as_bytes(),
                &Found {
                    text: here.clone(),
                    named: here,
                },
            );
            found.push(TrustedSource {
                bundle: bundle.object,
                reading,
            });
        };
        for source in bundle.sources() {
            if let Some(text) = source.value["inLine"].as_str() {
                add(
                    bundle.object,
                    &Pointer::parse(&source.at).key("inLine"),
                    text,
                );
            }
            for (map, key) in self.keys_read(source.value) {
                if let Some(text) = map.value["data"][key].as_str() {
                    add(map, &Pointer::parse("/data").key(key), text);
                }
            }
        }
        found
    }

    /// The ConfigMaps of the set, and their keys, that a source names.
    fn keys_read<'k>(&self, source: &'k Value) -> Vec<(&'c Object, &'k str)>
    where
        'c: 'k,
    {
        let reference = &source["configMap"];
        let named = self.named("ConfigMap", reference["name"].as_str().unwrap_or_default());
        let maps = named
            .iter()
            .filter(|map| map.namespace() == self.trust_namespace)
            .copied();
        maps.flat_map(|map| {
            let all = map.value["data"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str());
            let all = all.filter(|_| reference["includeAllKeys"] == true);
            reference["key"]
                .as_str()
                .into_iter()
                .chain(all)
                .map(move |key| (map, key))
        })
        .collect()
    }

    /// The Bundle of a name.
    pub(super) fn bundle(&self, name: &str) -> Option<BundleView<'c>> {
        let bundles = self
            .named
            .get(&key("trust.cert-manager.io", "Bundle", name))?;
        bundles.first().map(|object| BundleView { object })
    }

    /// The Namespaces of the set.
    pub(super) fn named_namespaces(&self) -> Vec<&'c Object> {
        self.set.of_kind("", &["Namespace"]).collect()
    }

    /// Whether a Bundle writes into a namespace; none if nobody here can tell.
    pub(super) fn reaches(&self, bundle: &BundleView<'_>, namespace: &str) -> Option<bool> {
        if !bundle.has_selector() {
            return Some(true);
        }
        let written = self.named("Namespace", namespace).first();
        written
            .map(|written| bundle.takes(written))
            .or_else(|| bundle.selects(namespace))
    }

    /// Workloads and objects of the product that read a ConfigMap: the object, the pointer, and the ConfigMap's name.
    pub(super) fn config_map_readers(&self) -> Vec<(&'c Object, String, &'c str)> {
        let mut found = Vec::new();
        for object in self
            .set
            .objects
            .iter()
            .filter(|object| object.kind() != "Bundle")
        {
            let pod = match object.kind() {
                "Pod" => "/spec",
                "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
                    "/spec/template/spec"
                }
                "CronJob" => "/spec/jobTemplate/spec/template/spec",
                _ => continue,
            };
            let volumes = object
                .value
                .pointer(&format!("{pod}/volumes"))
                .and_then(Value::as_array);
            for (n, volume) in volumes.into_iter().flatten().enumerate() {
                if let Some(name) = volume["configMap"]["name"]
                    .as_str()
                    .filter(|_| volume["configMap"]["optional"] != true)
                {
                    found.push((object, format!("{pod}/volumes/{n}/configMap/name"), name));
                }
            }
        }
        for object in self.product_objects() {
            for settings in ["mqttSettings", "kafkaSettings", "openTelemetrySettings"] {
                let at = format!("/spec/{settings}/tls/trustedCaCertificateConfigMapRef");
                let name = object.text(&at);
                if !name.is_empty() {
                    found.push((object, at, name));
                }
            }
        }
        found
    }

    /// What a kustomization changes, of the kinds that are judged here and are in a namespace.
    pub(super) fn changed_by(&self, kustomized: &Kustomized) -> impl Iterator<Item = &'c Object> {
        let objects = kustomized
            .objects
            .iter()
            .filter_map(|n| self.set.objects.get(*n));
        let objects: Vec<_> = objects
            .filter(|object| self.scope(object).is_some())
            .collect();
        objects.into_iter()
    }

    /// Whether another set of the same run provides the issuer of a Certificate.
    pub(super) fn is_issuer_elsewhere(&self, certificate: &Object) -> bool {
        let kind = self.issuer_kind(certificate);
        let namespace = if kind == "Issuer" {
            certificate.namespace()
        } else {
            ""
        };
        let name = certificate.text("/spec/issuerRef/name");
        self.set.issuers_elsewhere.contains(&(
            kind.to_owned(),
            namespace.to_owned(),
            name.to_owned(),
        ))
    }

    /// Objects of the product that name issuers and ConfigMaps.
    pub(super) fn product_objects(&self) -> impl Iterator<Item = &'c Object> {
        self.set.objects.iter().filter(|object| is_product(object))
    }

    /// Every certificate that a BrokerListener asks for, and the pointer to it.
    pub(super) fn listener_certificates(&self) -> Vec<(&'c Object, String)> {
        let listeners = self
            .product_objects()
            .filter(|object| object.kind() == "BrokerListener");
        let ports = listeners.flat_map(|listener| {
            let ports = listener.value["spec"]["ports"]
                .as_array()
                .map_or(0, Vec::len);
            (0..ports).map(move |n| {
                (
                    listener,
                    format!("/spec/ports/{n}/tls/certManagerCertificateSpec"),
                )
            })
        });
        ports
            .filter(|(listener, at)| listener.value.pointer(at).is_some())
            .collect()
    }

    pub(super) fn bundles(&self) -> impl Iterator<Item = BundleView<'c>> {
        self.bundles.iter().map(|object| BundleView { object })
    }

    pub(super) fn issuers(&self) -> impl Iterator<Item = &'c Object> {
        self.issuers.iter().copied()
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &'c Object> {
        self.certificates.iter().copied()
    }

    pub(super) fn scope(&self, object: &Object) -> Option<Scope> {
        scope_of(object.text("/apiVersion"), object.kind())
    }

    /// The kind of issuer that a Certificate names; `Issuer` if it names none.
    pub(super) fn issuer_kind<'o>(&self, certificate: &'o Object) -> &'o str {
        match certificate.text("/spec/issuerRef/kind") {
            "" => "Issuer",
            kind => kind,
        }
    }

    /// The issuer of cert-manager's own group that signs a Certificate, if it is in the set.
    pub(super) fn issuer_of(&self, certificate: &Object) -> Option<&'c Object> {
        if !matches!(
            certificate.text("/spec/issuerRef/group"),
            "" | "cert-manager.io"
        ) {
            return None;
        }
        let (kind, name) = (
            self.issuer_kind(certificate),
            certificate.text("/spec/issuerRef/name"),
        );
        let issuers = self.named.get(&key("cert-manager.io", kind, name))?;
        issuers
            .iter()
            .find(|issuer| kind != "Issuer" || issuer.namespace() == certificate.namespace())
            .copied()
    }

    /// Where an issuer looks for its Secrets (cert-manager `pkg/controller/helper.go`).
    pub(super) fn secret_namespace<'o>(&self, issuer: &'o Object) -> &'o str
    where
        'c: 'o,
    {
        if issuer.kind() == "ClusterIssuer" {
            self.trust_namespace
        } else {
            issuer.namespace()
        }
    }

    /// The Certificate that makes the Secret of a CA issuer.
    pub(super) fn ca_of(&self, issuer: &Object) -> Option<&'c Object> {
        let secret = issuer.value["spec"]["ca"]["secretName"].as_str()?;
        let namespace = self.secret_namespace(issuer);
        self.issued_into(secret)
            .iter()
            .find(|certificate| certificate.namespace() == namespace)
            .copied()
    }

    /// Whether the object of that name in the trust namespace is written without this key.
    pub(super) fn lacks_key(&self, kind: &str, name: &str, key: &str) -> bool {
        let written = self
            .named(kind, name)
            .iter()
            .find(|object| object.namespace() == self.trust_namespace);
        let fields = ["data", "binaryData", "stringData"];
        written.is_some_and(|object| {
            fields
                .iter()
                .all(|field| object.value[*field].get(key).is_none())
        })
    }

    /// Every namespace in which the set provides a ConfigMap or Secret of a name.
    pub(super) fn namespaces_providing(&self, kind: &str, name: &str) -> Vec<&'c str> {
        let written = self.named(kind, name).iter();
        let issued = if kind == "Secret" {
            self.issued_into(name)
        } else {
            &[]
        };
        written
            .chain(issued)
            .map(|object| object.namespace())
            .collect()
    }
}

fn key(group: &str, kind: &str, name: &str) -> String {
    format!("{group}/{kind}/{name}")
}

/// Whether an object is one of the product's that are read here, and judged by nobody else.
pub(crate) fn is_product(object: &Object) -> bool {
    let group = object.group();
    (group == "mqttbroker.iotoperations.azure.com"
        && matches!(object.kind(), "BrokerListener" | "BrokerAuthentication"))
        || (group == "connectivity.iotoperations.azure.com" && object.kind() == "DataflowEndpoint")
}

/// Objects by the text of a field; those without it are left out.
fn by<'c>(objects: &[&'c Object], field: &str) -> BTreeMap<&'c str, Vec<&'c Object>> {
    let mut index: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for object in objects
        .iter()
        .filter(|object| !object.text(field).is_empty())
    {
        index.entry(object.text(field)).or_default().push(object);
    }
    index
}
