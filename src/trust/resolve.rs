//! Configuration to [`Trust`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use super::{
    Anchor, Bundle, CaSecret, ClientTrust, Intermediate, Issuer, Leaf, Located, Namespace, Policy,
    Remote, Road, Root, Rotation, Signing, Trust,
};
use crate::config::{
    AnchorEntry, ByoBundle, ByoIssuerSpec, CertificateEntry, Chart, Common, Config, Controllers,
    ExtraName, IssuerKind, Phase, PodSecurity, QuickstartSpec, RotationEntry, TrustConfig,
};
use crate::diagnostic::{Origin, SourceId};
use crate::json_pointer::Pointer;
use crate::pki::Certificate;
use crate::types::{DnsLabel, DnsSubdomain, Version};

/// Certificates by the pointer of the text or path that brought them.
pub(crate) type Material = BTreeMap<Pointer, Vec<Certificate>>;

/// Says what `config` means. `file` is the configuration's file name; `material` what its certificates were read to.
pub(crate) fn resolve(config: &Config, source: SourceId, file: &str, material: &Material) -> Trust {
    let resolver = Resolver {
        source,
        file,
        material,
    };
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
        let named =
            |given: &Option<DnsSubdomain>, suffix| self.derived(given.as_ref(), &common, suffix);
        let root = Root {
            name: named(&spec.root.name, "-aio-selfsigned-root"),
            secret: self.at(
                "/spec/root/secretName",
                named(&spec.root.secret_name, "-aio-ca-certificate"),
            ),
            common_name: self.at("/spec/root/commonName", spec.root.common_name.to_string()),
            organizations: spec
                .root
                .organizations
                .iter()
                .map(|o| o.name.to_string())
                .collect(),
            duration: self.at("/spec/root/duration", spec.root.duration),
            renew_before: self.at("/spec/root/renewBefore", spec.root.renew_before),
            private_key: spec.root.private_key.clone(),
            at: "/spec/root",
        };
        let issuer = Issuer {
            kind: IssuerKind::ClusterIssuer,
            name: self.at(
                "/spec/issuer/name",
                named(&spec.issuer.name, "-aio-certificate-issuer"),
            ),
            signing: Signing::SelfSignedRoot(Box::new(root)),
        };
        let policy = Policy {
            min_rsa_bits: spec.policy.min_rsa_bits,
            require_anchor_pins: false,
        };
        self.trust(&common, issuer, Vec::new(), &ByoBundle::default(), policy)
    }

    fn byo_issuer(&self, config: &TrustConfig<ByoIssuerSpec>) -> Trust {
        let spec = &config.spec;
        let common = spec.common(&config.metadata);
        let (signing, next) = (self.signing(config), self.next_signing(config));
        let name = spec
            .issuer
            .name
            .clone()
            .unwrap_or_else(|| joined(&config.metadata.name, "-issuer"));
        let mut issuer = Issuer {
            kind: spec.issuer.kind,
            name: self.at("/spec/issuer/name", name),
            signing,
        };
        let mut anchors: Vec<Anchor> = spec
            .anchors
            .iter()
            .enumerate()
            .map(|(n, entry)| self.anchor(&Pointer::parse("/spec/anchors").index(n), entry))
            .collect();
        let policy = Policy {
            min_rsa_bits: spec.policy.min_rsa_bits,
            require_anchor_pins: spec.policy.require_anchor_pins,
        };
        let rotation = spec
            .rotation
            .as_ref()
            .map(|written| self.rotation(written, &mut anchors, &mut issuer.signing, next));
        Trust {
            rotation,
            ..self.trust(&common, issuer, anchors, &spec.bundle, policy)
        }
    }

    /// Puts into force what is so in the phase of a rotation: which anchors, and which side of the switch signs.
    fn rotation(
        &self,
        written: &RotationEntry,
        anchors: &mut Vec<Anchor>,
        signing: &mut Signing,
        (mut other, misfits): (Signing, Vec<Located<&'static str>>),
    ) -> Rotation {
        let absent = match written.phase {
            Phase::Prepare => Some(&written.to),
            Phase::Distribute | Phase::Switch => None,
            Phase::Retire => Some(&written.from),
        };
        // What names no anchor, or the same one twice, takes none away: a rule says so.
        let at = absent.filter(|_| written.from != written.to);
        let at = at.and_then(|name| anchors.iter().position(|anchor| anchor.name.value == *name));
        if written.phase >= Phase::Switch {
            std::mem::swap(signing, &mut other);
        }
        Rotation {
            from: self.at("/spec/rotation/from", written.from.clone()),
            to: self.at("/spec/rotation/to", written.to.clone()),
            phase: self.at("/spec/rotation/phase", written.phase),
            switch_after: self.maybe("/spec/rotation/switchAfter", written.switch_after),
            absent: at.map(|at| anchors.remove(at)),
            other,
            misfits,
        }
    }

    /// What signs after the switch of a rotation, and what is said of it that this type of issuer does not have.
    fn next_signing(
        &self,
        config: &TrustConfig<ByoIssuerSpec>,
    ) -> (Signing, Vec<Located<&'static str>>) {
        let at = "/spec/rotation/issuer";
        let mut signing = self.signing(config);
        let Some(rotation) = &config.spec.rotation else {
            return (signing, Vec::new());
        };
        let next = rotation.issuer.clone().unwrap_or_default();
        let chain = self.certificates(&Pointer::parse(&format!("{at}/chain")));
        let (mut secret, mut path) = (next.secret_name, next.path);
        match &mut signing {
            Signing::CaSecret(ca) => {
                ca.chain = chain;
                if let Some(name) = secret.take() {
                    ca.secret = self.at(&format!("{at}/secretName"), name);
                    // Whoever brings the old Secret does not bring the new one.
                    ca.road = None;
                }
            }
            Signing::Existing { chain: known } => *known = chain,
            Signing::Intermediate(intermediate) => intermediate.chain = chain,
            Signing::Remote(remote) => {
                remote.chain = chain;
                if remote.kind == "vault"
                    && let Some(path) = path.take()
                {
                    remote.spec["path"] = path.to_string().into();
                }
            }
            Signing::SelfSignedRoot(_) => {}
        }
        let secret =
            secret.map(|_| self.at(&format!("{at}/secretName"), "secretName names a Secret"));
        let path = path.map(|_| self.at(&format!("{at}/path"), "path names a path in Vault"));
        (signing, secret.into_iter().chain(path).collect())
    }

    fn signing(&self, config: &TrustConfig<ByoIssuerSpec>) -> Signing {
        let issuer = &config.spec.issuer;
        let chain = issuer
            .chain()
            .map(|(at, _)| self.certificates(&Pointer::parse(at)))
            .unwrap_or_default();
        if let Some(ca) = &issuer.ca {
            let vault = ca.from_key_vault.clone().map(Road::KeyVault);
            let external = ca.from_external_secret.clone().map(Road::ExternalSecret);
            let road = vault
                .or(external)
                .or_else(|| ca.from_sops.clone().map(Road::Sops));
            let secret = self.at("/spec/issuer/ca/secretName", ca.secret_name.clone());
            return Signing::CaSecret(Box::new(CaSecret {
                secret,
                chain,
                road,
            }));
        }
        if let Some(vault) = &issuer.vault {
            let spec = self.upstream(
                vault,
                &["maxTtl", "chain"],
                "/spec/issuer/vault/caBundle",
                &["caBundle"],
            );
            let max_ttl = self.maybe("/spec/issuer/vault/maxTtl", vault.max_ttl);
            return Signing::Remote(Box::new(Remote {
                kind: "vault",
                spec,
                chain,
                max_ttl,
                private: true,
            }));
        }
        if let Some(venafi) = &issuer.venafi {
            let spec = self.upstream(
                venafi,
                &["chain"],
                "/spec/issuer/venafi/tpp/caBundle",
                &["tpp", "caBundle"],
            );
            return Signing::Remote(Box::new(Remote {
                kind: "venafi",
                spec,
                chain,
                max_ttl: None,
                private: true,
            }));
        }
        if let Some(acme) = &issuer.acme {
            let spec = self.upstream(
                acme,
                &["private", "chain"],
                "/spec/issuer/acme/caBundle",
                &["caBundle"],
            );
            let private = acme.private;
            return Signing::Remote(Box::new(Remote {
                kind: "acme",
                spec,
                chain,
                max_ttl: None,
                private,
            }));
        }
        if let Some(external) = &issuer.external {
            let made = &external.intermediate;
            let at = "/spec/issuer/external/intermediate";
            let default = || joined(&config.metadata.name, "-issuing-ca");
            let certificate = Root {
                name: default(),
                secret: self.at(
                    &format!("{at}/secretName"),
                    made.secret_name.clone().unwrap_or_else(default),
                ),
                common_name: self.at(&format!("{at}/commonName"), made.common_name.to_string()),
                organizations: Vec::new(),
                duration: self.at(&format!("{at}/duration"), made.duration),
                renew_before: self.at(&format!("{at}/renewBefore"), made.renew_before),
                private_key: made.private_key.clone(),
                at,
            };
            let intermediate = Intermediate {
                issuer: external.issuer_ref.clone(),
                certificate,
                chain,
            };
            return Signing::Intermediate(Box::new(intermediate));
        }
        Signing::Existing { chain }
    }

    /// The part of an issuer's configuration that is cert-manager's: without what is `ours`, and with the CA of its server
    /// as cert-manager wants it, base64 of PEM.
    fn upstream(
        &self,
        written: &impl Serialize,
        ours: &[&str],
        bundle: &str,
        place: &[&str],
    ) -> Value {
        let mut spec = serde_json::to_value(written).expect("maps with text keys are JSON");
        if let Value::Object(fields) = &mut spec {
            ours.iter()
                .for_each(|field| drop(fields.shift_remove(*field)));
        }
        let certificates = self.certificates(&Pointer::parse(bundle));
        let slot = place
            .iter()
            .try_fold(&mut spec, |value, key| value.get_mut(*key));
        if let Some(slot) = slot {
            let pem: String = certificates
                .iter()
                .map(|certificate| certificate.pem())
                .collect();
            *slot = STANDARD.encode(pem).into();
        }
        spec
    }

    fn trust(
        &self,
        common: &Common<'_>,
        issuer: Issuer,
        anchors: Vec<Anchor>,
        bundle: &ByoBundle,
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
            cert_manager_by: self.at(
                "/spec/installation/certManager/by",
                installation.cert_manager.by,
            ),
            cert_manager: self
                .maybe(
                    "/spec/installation/certManager/version",
                    installation.cert_manager.version,
                )
                .or_else(|| self.chart(common, "certManager", |charts| &charts.cert_manager)),
            trust_manager: self
                .maybe(
                    "/spec/installation/trustManager/version",
                    installation.trust_manager.version,
                )
                .or_else(|| self.chart(common, "trustManager", |charts| &charts.trust_manager)),
            aio: self.maybe("/spec/installation/aio/version", installation.aio.version),
            environment: self.maybe("/spec/environment", common.environment),
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
            rotation: None,
            bundle: self.bundle(common, bundle),
            broker: common.broker.clone(),
            client_trust: self.client_trust(common),
            certificates: common
                .certificates
                .iter()
                .enumerate()
                .map(|(n, entry)| self.leaf(n, entry, common))
                .collect(),
            approver_policy: common.approver_policy.cloned(),
            policy,
            engine: common.delivery.engine,
            delivery: common.delivery.clone(),
            labels: common.labels.clone(),
            annotations: common.annotations.clone(),
            allow: common.allow.to_vec(),
        }
    }

    /// The release that the configuration installs itself.
    fn chart(
        &self,
        common: &Common<'_>,
        key: &str,
        of: fn(&Controllers) -> &Chart,
    ) -> Option<Located<Version>> {
        let version = of(common.delivery.controllers.as_ref()?).version.release();
        Some(self.at(
            &format!("/spec/delivery/controllers/{key}/version"),
            version,
        ))
    }

    fn namespace(
        &self,
        at: &str,
        name: &DnsLabel,
        create: bool,
        pod_security: Option<PodSecurity>,
    ) -> Namespace {
        Namespace {
            name: self.at(at, name.clone()),
            create,
            pod_security,
        }
    }

    fn bundle(&self, common: &Common<'_>, written: &ByoBundle) -> Bundle {
        let name = self.derived(common.bundle_name, common, "-aio-ca-trust-bundle");
        let mut readers = vec![self.at(
            "/spec/namespaces/instance/name",
            common.namespaces.instance.name.clone(),
        )];
        for (n, entry) in common.readers.iter().enumerate() {
            if readers.iter().all(|known| known.value != entry.name) {
                readers.push(self.at(
                    &format!("/spec/bundle/namespaces/{n}/name"),
                    entry.name.clone(),
                ));
            }
        }
        Bundle {
            name: self.at("/spec/bundle/name", name),
            key: self.at("/spec/bundle/key", common.bundle_key.clone()),
            delivery: written.delivery,
            readers,
            selector: written
                .selector
                .as_ref()
                .map(|selector| selector.match_labels.clone()),
            secret: written.secret,
            default_cas: written.use_default_cas.is_some(),
            additional: written.additional.clone(),
        }
    }

    fn leaf(&self, n: usize, entry: &CertificateEntry, common: &Common<'_>) -> Leaf {
        let at = Pointer::parse("/spec/certificates").index(n);
        let place = |key: &str| at.key(key).as_str().to_owned();
        let namespace = entry
            .namespace
            .clone()
            .unwrap_or_else(|| common.namespaces.instance.name.clone());
        let common_name = entry.common_name.as_ref().map(ToString::to_string);
        let texts =
            |of: fn(&ExtraName) -> Option<String>| entry.names.iter().filter_map(of).collect();
        Leaf {
            name: self.at(&place("name"), entry.name.clone()),
            namespace: self.at(&place("namespace"), namespace),
            secret: self.at(
                &place("secretName"),
                entry
                    .secret_name
                    .clone()
                    .unwrap_or_else(|| entry.name.clone()),
            ),
            common_name: self.maybe(&place("commonName"), common_name),
            dns_names: texts(|name| name.dns.as_ref().map(ToString::to_string)),
            ip_addresses: texts(|name| name.ip.as_ref().map(ToString::to_string)),
            // Written twice is meant once.
            usages: entry.usages.iter().copied().collect(),
            duration: self.at(&place("duration"), entry.duration),
            renew_before: self.at(
                &place("renewBefore"),
                entry.renew_before.unwrap_or_else(|| entry.duration.third()),
            ),
            private_key: entry.private_key.clone(),
            at: at.as_str().to_owned(),
        }
    }

    fn client_trust(&self, common: &Common<'_>) -> Option<ClientTrust> {
        let written = common.broker.client_trust.as_ref()?;
        let name = self.derived(written.name.as_ref(), common, "-aio-client-trust");
        let at = Pointer::parse("/spec/broker/clientTrust/anchors");
        let anchors = written
            .anchors
            .iter()
            .enumerate()
            .map(|(n, entry)| self.anchor(&at.index(n), entry))
            .collect();
        Some(ClientTrust {
            name: self.at("/spec/broker/clientTrust/name", name),
            anchors,
        })
    }

    fn anchor(&self, at: &Pointer, entry: &AnchorEntry) -> Anchor {
        Anchor {
            name: self.at(at.key("name").as_str(), entry.name.clone()),
            certificates: self.certificates(at),
            sha256: self.maybe(at.key("sha256").as_str(), entry.sha256.clone()),
            retire_after: self.maybe(at.key("retireAfter").as_str(), entry.retire_after),
        }
    }

    fn certificates(&self, at: &Pointer) -> Vec<Certificate> {
        let found = ["file", "inLine"]
            .iter()
            .find_map(|key| self.material.get(&at.key(key)));
        found.cloned().unwrap_or_default()
    }

    fn derived(
        &self,
        given: Option<&DnsSubdomain>,
        common: &Common<'_>,
        suffix: &str,
    ) -> DnsSubdomain {
        given
            .cloned()
            .unwrap_or_else(|| joined(&common.namespaces.instance.name, suffix))
    }

    fn at<T>(&self, pointer: &str, value: T) -> Located<T> {
        Located {
            value,
            origin: Origin::value(self.source, Pointer::parse(pointer)),
        }
    }

    fn maybe<T>(&self, pointer: &str, value: Option<T>) -> Option<Located<T>> {
        value.map(|value| self.at(pointer, value))
    }
}

/// A name made of a DNS label (at most 63 bytes) and one of our short suffixes is a DNS subdomain (at most 253).
fn joined(label: &DnsLabel, suffix: &str) -> DnsSubdomain {
    DnsSubdomain::try_from(format!("{label}{suffix}"))
        .expect("a DNS label and a short suffix make a DNS subdomain")
}
