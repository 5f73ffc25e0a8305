//! Configuration to [`Trust`].

use std::collections::BTreeMap;

use super::{Anchor, Bundle, Issuer, Located, Namespace, Policy, Root, Signing, Trust};
use crate::config::{
    AnchorEntry, BundleDelivery, ByoIssuerSpec, Common, Config, IssuerKind, PodSecurity, QuickstartSpec, TrustConfig,
};
use crate::diagnostic::{Origin, SourceId};
use crate::pki::Certificate;
use crate::pointer::Pointer;
use crate::values::{DnsLabel, DnsSubdomain};

/// Certificates by the pointer of the text or path that brought them.
pub(crate) type Material = BTreeMap<Pointer, Vec<Certificate>>;

/// Says what `config` means. `file` is the configuration's file name; `material` what its certificates were read to.
pub(crate) fn resolve(config: &Config, source: SourceId, file: &str, material: &Material) -> Trust {
    let resolver = Resolver { source, file, material };
    match config {
        Config::Quickstart(config) => resolver.quickstart(config),
        Config::ByoIssuer(config) => resolver.byo_issuer(config),
    }
}

struct Resolver<'r> {
    source: SourceId,
    file: &'r str,
    material: &'r Material,
}

impl Resolver<'_> {
    fn quickstart(&self, config: &TrustConfig<QuickstartSpec>) -> Trust {
        let spec = &config.spec;
        let common = spec.common(&config.metadata);
        let named = |given: &Option<DnsSubdomain>, suffix| self.derived(given.as_ref(), &common, suffix);
        let root = Root {
            name: named(&spec.root.name, "-aio-selfsigned-root"),
            secret: self.at("/spec/root/secretName", named(&spec.root.secret_name, "-aio-ca-certificate")),
            common_name: self.at("/spec/root/commonName", spec.root.common_name.to_string()),
            organizations: spec.root.organizations.iter().map(|o| o.name.to_string()).collect(),
            duration: self.at("/spec/root/duration", spec.root.duration),
            renew_before: self.at("/spec/root/renewBefore", spec.root.renew_before),
            private_key: spec.root.private_key.clone(),
        };
        let issuer = Issuer {
            kind: IssuerKind::ClusterIssuer,
            name: self.at("/spec/issuer/name", named(&spec.issuer.name, "-aio-certificate-issuer")),
            signing: Signing::SelfSignedRoot(Box::new(root)),
        };
        let policy = Policy { min_rsa_bits: spec.policy.min_rsa_bits, require_anchor_pins: false };
        self.trust(&common, issuer, Vec::new(), BundleDelivery::Bundle, policy)
    }

    fn byo_issuer(&self, config: &TrustConfig<ByoIssuerSpec>) -> Trust {
        let spec = &config.spec;
        let common = spec.common(&config.metadata);
        let chain = spec.issuer.chain().map(|(at, _)| self.certificates(&Pointer::parse(at))).unwrap_or_default();
        let signing = match &spec.issuer.ca {
            Some(ca) => {
                Signing::CaSecret { secret: self.at("/spec/issuer/ca/secretName", ca.secret_name.clone()), chain }
            }
            None => Signing::Existing { chain },
        };
        let name = spec.issuer.name.clone().unwrap_or_else(|| joined(&config.metadata.name, "-issuer"));
        let issuer = Issuer { kind: spec.issuer.kind, name: self.at("/spec/issuer/name", name), signing };
        let anchors = spec.anchors.iter().enumerate().map(|(n, entry)| self.anchor(n, entry)).collect();
        let policy =
            Policy { min_rsa_bits: spec.policy.min_rsa_bits, require_anchor_pins: spec.policy.require_anchor_pins };
        self.trust(&common, issuer, anchors, spec.bundle.delivery, policy)
    }

    fn trust(
        &self,
        common: &Common<'_>,
        issuer: Issuer,
        anchors: Vec<Anchor>,
        delivery: BundleDelivery,
        policy: Policy,
    ) -> Trust {
        let installation = common.installation;
        let instance = &common.namespaces.instance;
        let trust = &common.namespaces.trust;
        Trust {
            source: self.source,
            file: self.file.to_owned(),
            site: common.metadata.name.clone(),
            ownership: self.at("/spec/installation/trust", installation.trust),
            cert_manager_by: self.at("/spec/installation/certManager/by", installation.cert_manager.by),
            cert_manager: self.maybe("/spec/installation/certManager/version", installation.cert_manager.version),
            trust_manager: self.maybe("/spec/installation/trustManager/version", installation.trust_manager.version),
            aio: self.maybe("/spec/installation/aio/version", installation.aio.version),
            instance: self.namespace(
                "/spec/namespaces/instance/name",
                &instance.name,
                instance.create,
                instance.pod_security,
            ),
            trust_namespace: self.namespace(
                "/spec/namespaces/trust/name",
                &trust.name,
                trust.create,
                trust.pod_security,
            ),
            issuer,
            anchors,
            bundle: self.bundle(common, delivery),
            broker: common.broker.clone(),
            policy,
            engine: common.delivery.engine,
            labels: common.labels.clone(),
            annotations: common.annotations.clone(),
            allow: common.allow.to_vec(),
        }
    }

    fn namespace(&self, at: &str, name: &DnsLabel, create: bool, pod_security: Option<PodSecurity>) -> Namespace {
        Namespace { name: self.at(at, name.clone()), create, pod_security }
    }

    fn bundle(&self, common: &Common<'_>, delivery: BundleDelivery) -> Bundle {
        let name = self.derived(common.bundle_name, common, "-aio-ca-trust-bundle");
        let mut readers = vec![self.at("/spec/namespaces/instance/name", common.namespaces.instance.name.clone())];
        for (n, entry) in common.readers.iter().enumerate() {
            if readers.iter().all(|known| known.value != entry.name) {
                readers.push(self.at(&format!("/spec/bundle/namespaces/{n}/name"), entry.name.clone()));
            }
        }
        Bundle {
            name: self.at("/spec/bundle/name", name),
            key: self.at("/spec/bundle/key", common.bundle_key.clone()),
            delivery,
            readers,
        }
    }

    fn anchor(&self, n: usize, entry: &AnchorEntry) -> Anchor {
        let at = Pointer::parse("/spec/anchors").index(n);
        Anchor {
            name: self.at(at.key("name").as_str(), entry.name.clone()),
            certificates: self.certificates(&at),
            sha256: self.maybe(at.key("sha256").as_str(), entry.sha256.clone()),
            retire_after: self.maybe(at.key("retireAfter").as_str(), entry.retire_after),
        }
    }

    fn certificates(&self, at: &Pointer) -> Vec<Certificate> {
        let found = ["file", "inLine"].iter().find_map(|key| self.material.get(&at.key(key)));
        found.cloned().unwrap_or_default()
    }

    fn derived(&self, given: Option<&DnsSubdomain>, common: &Common<'_>, suffix: &str) -> DnsSubdomain {
        given.cloned().unwrap_or_else(|| joined(&common.namespaces.instance.name, suffix))
    }

    fn at<T>(&self, pointer: &str, value: T) -> Located<T> {
        Located { value, origin: Origin::value(self.source, Pointer::parse(pointer)) }
    }

    fn maybe<T>(&self, pointer: &str, value: Option<T>) -> Option<Located<T>> {
        value.map(|value| self.at(pointer, value))
    }
}

/// A name made of a DNS label (at most 63 bytes) and one of our short suffixes is a DNS subdomain (at most 253).
fn joined(label: &DnsLabel, suffix: &str) -> DnsSubdomain {
    DnsSubdomain::try_from(format!("{label}{suffix}")).expect("a DNS label and a short suffix make a DNS subdomain")
}
