//! A trust to a plan: who issues what, who presents it, who verifies it, and what is assumed.

use time::{Duration, OffsetDateTime};

use super::assume::Assumptions;
use super::keys::KeySpec;
use super::plan::{
    Action, Block, Bundle, Certificate, Change, Client, ConfigMap, Issuer, Plan, Reload, Renewal,
    Secret, Server, Signer, Source,
};
use super::stand_ins::{self, StandIns};
use super::turning::turn;
use crate::config::{BundleDelivery, Engine, LeafUsage, Phase, RotationPolicy};
use crate::trust::{Root, Signing, Trust};
use crate::types::Lifetime;

/// From when to when, and under which assumptions.
pub(crate) struct Terms<'t> {
    pub(crate) from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    pub(crate) assumptions: &'t Assumptions,
}

/// An issuer of another project, and the one that signs only itself.
pub(super) const ELSEWHERE: &str = "of the PKI";
const SELF_SIGNED: &str = "selfsigned";

/// The plan of a trust.
///
/// # Errors
/// Assumptions about workloads that the site does not have.
pub(crate) fn cast(trust: &Trust, terms: &Terms<'_>) -> Result<Plan, String> {
    let stand_ins = StandIns::of(trust, terms.from);
    let mut cast = Cast {
        trust,
        plan: Plan {
            from: terms.from,
            until: terms.until,
            given: stand_ins.given.clone(),
            changes: Vec::new(),
            servers: Vec::new(),
            clients: Vec::new(),
            delays: terms.assumptions.delays(),
            assumed: stand_ins.assumed.clone(),
        },
        stand_ins,
    };
    cast.issuers();
    cast.bundles();
    cast.broker();
    cast.leaves();
    cast.say_what_is_left_out();
    cast.rotation();
    let mut plan = cast.plan;
    terms.assumptions.apply(&mut plan)?;
    Ok(plan)
}

struct Cast<'c> {
    trust: &'c Trust,
    stand_ins: StandIns,
    plan: Plan,
}

impl Cast<'_> {
    /// Something that GitOps applies at the beginning; later waves only where the engine has waves.
    fn apply(&mut self, wave: u32, action: Action) {
        let wave = if self.trust.engine == Engine::Argocd {
            wave
        } else {
            0
        };
        self.plan.changes.push(Change {
            at: None,
            wave,
            action,
        });
    }

    /// A name without the namespace that the product puts before all its names.
    fn short(&self, name: &str) -> String {
        let prefix = format!("{}-", self.trust.instance.name.value);
        name.strip_prefix(&prefix).unwrap_or(name).to_owned()
    }

    fn issuers(&mut self) {
        let name = self.short(&self.trust.issuer.name.value);
        let over = |secret: &str| {
            Action::Issuer(Issuer {
                name: name.clone(),
                signer: Signer::Ca(secret.to_owned()),
            })
        };
        // Where a rotation has switched already, it all began on the other side.
        let (signing, side) = match self
            .trust
            .rotation
            .as_ref()
            .filter(|rotation| rotation.phase.value >= Phase::Switch)
        {
            Some(rotation) => (&rotation.other, &self.stand_ins.other),
            None => (&self.trust.issuer.signing, &self.stand_ins.signs),
        };
        let (chain, in_secret) = (side.chain.clone(), side.in_secret.clone());
        match signing {
            Signing::SelfSignedRoot(root) => {
                let signer = Signer::SelfSigned {};
                self.apply(
                    0,
                    Action::Issuer(Issuer {
                        name: SELF_SIGNED.to_owned(),
                        signer,
                    }),
                );
                let made = self.made_ca(root, SELF_SIGNED.to_owned());
                self.apply(1, Action::Certificate(made));
                self.apply(2, over(&root.secret.value));
            }
            Signing::CaSecret(ca) => {
                let tls_crt = in_secret.into_iter().map(Block::Pem).collect();
                let name = ca.secret.value.to_string();
                self.apply(
                    0,
                    Action::Secret(Secret {
                        name,
                        tls_crt,
                        ca_crt: Vec::new(),
                    }),
                );
                self.apply(0, over(&ca.secret.value));
            }
            Signing::Existing { .. } | Signing::Remote(_) => {
                let signer = Signer::Elsewhere(chain);
                self.apply(0, Action::Issuer(Issuer { name, signer }));
            }
            Signing::Intermediate(intermediate) => {
                let signer = Signer::Elsewhere(chain);
                self.apply(
                    0,
                    Action::Issuer(Issuer {
                        name: ELSEWHERE.to_owned(),
                        signer,
                    }),
                );
                let made = self.made_ca(&intermediate.certificate, ELSEWHERE.to_owned());
                self.apply(1, Action::Certificate(made));
                self.apply(2, over(&intermediate.certificate.secret.value));
            }
        }
    }

    fn bundles(&mut self) {
        let trust = self.trust;
        let name = self.short(&trust.bundle.name.value);
        let readers: Vec<String> = match &trust.bundle.selector {
            Some(labels) => {
                let labels: Vec<String> = labels
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                vec![format!("clients in namespaces with {}", labels.join(","))]
            }
            None => trust
                .bundle
                .readers
                .iter()
                .map(|reader| format!("clients in {}", reader.value))
                .collect(),
        };
        let (source, plain) = match (&trust.issuer.signing, trust.bundle.delivery) {
            (Signing::SelfSignedRoot(root), _) => {
                (Source::CaCrt(root.secret.value.to_string()), false)
            }
            (_, BundleDelivery::Bundle) => (self.roots(self.roots_name()), false),
            (_, BundleDelivery::ConfigMap) => (self.roots(self.roots_name()), true),
        };
        let bundle = |name: &str| Bundle {
            name: name.to_owned(),
            sources: vec![source.clone()],
            filter_expired: false,
            plain,
        };
        self.apply(3, Action::Bundle(bundle(&name)));
        let client = |name: String, bundle: &str| Client {
            name,
            bundle: bundle.to_owned(),
            reload: Reload::OnChange,
            partial_chain: false,
        };
        self.plan
            .clients
            .extend(readers.into_iter().map(|reader| client(reader, &name)));
        for additional in &trust.bundle.additional {
            let name = self.short(&additional.name);
            self.apply(3, Action::Bundle(bundle(&name)));
            self.plan
                .clients
                .push(client(format!("clients of {name}"), &name));
        }
    }

    /// The ConfigMap of roots, and what becomes of it when roots retire.
    fn roots(&mut self, name: String) -> Source {
        let phase = self
            .trust
            .rotation
            .as_ref()
            .map(|rotation| rotation.phase.value);
        let to = self
            .trust
            .rotation
            .as_ref()
            .map(|rotation| rotation.to.value.to_string());
        // What a rotation has not distributed yet is not there; what it drops, it drops below.
        let hidden = |root: &&stand_ins::Root| {
            phase == Some(Phase::Prepare) && Some(&root.anchor) == to.as_ref()
        };
        let map = |day: Option<OffsetDateTime>, stand_ins: &StandIns| {
            let roots = stand_ins.anchors.iter().filter(|root| !hidden(root));
            let left = roots.filter(|root| {
                day.is_none_or(|day| root.retires.is_none_or(|retires| retires > day))
            });
            let data = left.map(|root| Block::Pem(root.title.clone())).collect();
            Action::ConfigMap(ConfigMap {
                name: name.clone(),
                data,
            })
        };
        let first = map(None, &self.stand_ins);
        self.apply(2, first);
        // A rotation says when roots leave; without one their retireAfter does.
        let mut days: Vec<OffsetDateTime> = self
            .stand_ins
            .anchors
            .iter()
            .filter_map(|root| root.retires)
            .collect();
        days.retain(|day| phase.is_none() && *day > self.plan.from);
        days.sort_unstable();
        days.dedup();
        for day in days {
            let action = map(Some(day), &self.stand_ins);
            self.plan.changes.push(Change {
                at: Some(day),
                wave: 0,
                action,
            });
            self.plan.assumed.push(format!(
                "roots leave the bundle when their retireAfter is over: on {}",
                day.date()
            ));
        }
        Source::ConfigMap(name)
    }

    fn rotation(&mut self) {
        let trust = self.trust;
        let Some(rotation) = &trust.rotation else {
            return;
        };
        let issuer = self.short(&trust.issuer.name.value);
        turn(
            trust,
            rotation,
            &self.stand_ins,
            &issuer,
            &self.roots_name(),
            &mut self.plan,
        );
    }

    /// The name of the ConfigMap of roots.
    fn roots_name(&self) -> String {
        let name = self.short(&self.trust.bundle.name.value);
        match self.trust.bundle.delivery {
            BundleDelivery::Bundle => format!("{name}-anchors"),
            BundleDelivery::ConfigMap => name,
        }
    }

    fn broker(&mut self) {
        let trust = self.trust;
        let first = ("aio-broker".to_owned(), trust.first_listener_names());
        let others = trust
            .broker
            .listeners
            .iter()
            .map(|one| (one.name.to_string(), trust.listener_names(one)));
        for (name, names) in std::iter::once(first).chain(others) {
            let written = &trust.broker.certificate;
            let certificate = Certificate {
                name: name.clone(),
                secret: None,
                issuer: self.short(&trust.issuer.name.value),
                is_ca: false,
                common_name: None,
                names,
                server_auth: true,
                client_auth: false,
                duration: self.granted(written.duration),
                renewal: written
                    .renew_before
                    .map_or(Renewal::Default, |before| Renewal::Before(duration(before))),
                algorithm: KeySpec::from(written.private_key_algorithm),
                rotates: true,
            };
            self.serve(certificate);
        }
    }

    fn leaves(&mut self) {
        let trust = self.trust;
        for leaf in &trust.certificates {
            let certificate = Certificate {
                name: leaf.name.value.to_string(),
                secret: Some(format!("{}/{}", leaf.namespace.value, leaf.secret.value)),
                issuer: self.short(&trust.issuer.name.value),
                is_ca: false,
                common_name: leaf.common_name.as_ref().map(|name| name.value.clone()),
                names: leaf
                    .dns_names
                    .iter()
                    .chain(&leaf.ip_addresses)
                    .cloned()
                    .collect(),
                server_auth: leaf.usages.contains(&LeafUsage::Server),
                client_auth: leaf.usages.contains(&LeafUsage::Client),
                duration: self.granted(leaf.duration.value),
                renewal: Renewal::Before(duration(leaf.renew_before.value)),
                algorithm: KeySpec::from(&leaf.private_key),
                rotates: leaf.private_key.rotation_policy == RotationPolicy::Always,
            };
            self.serve(certificate);
        }
    }

    /// A certificate, and the server that presents it if it is for one.
    fn serve(&mut self, mut certificate: Certificate) {
        // Names are unique per namespace in a cluster, and altogether here.
        let known = self
            .plan
            .servers
            .iter()
            .filter(|server| server.name == certificate.name)
            .count();
        if known > 0 {
            certificate.name = certificate.secret().to_owned();
        }
        self.note_stand_in(certificate.algorithm);
        if certificate.server_auth && !certificate.names.is_empty() {
            self.plan.servers.push(Server {
                name: certificate.name.clone(),
                secret: certificate.secret().to_owned(),
                names: certificate.names.iter().map(|name| reached(name)).collect(),
                reload: Reload::OnChange,
            });
        }
        self.apply(4, Action::Certificate(certificate));
    }

    /// A CA that cert-manager makes.
    fn made_ca(&self, root: &Root, issuer: String) -> Certificate {
        Certificate {
            name: self.short(&root.name),
            secret: Some(root.secret.value.to_string()),
            issuer,
            is_ca: true,
            common_name: Some(root.common_name.value.clone()),
            names: Vec::new(),
            server_auth: false,
            client_auth: false,
            duration: duration(root.duration.value),
            renewal: Renewal::Before(duration(root.renew_before.value)),
            algorithm: KeySpec::from(&root.private_key),
            rotates: root.private_key.rotation_policy == RotationPolicy::Always,
        }
    }

    /// What a CA grants of the lifetime that is asked for.
    fn granted(&self, asked: Lifetime) -> Duration {
        let limit = match &self.trust.issuer.signing {
            Signing::Remote(remote) => remote.max_ttl.as_ref().map(|limit| limit.value),
            _ => None,
        };
        duration(limit.map_or(asked, |limit| limit.min(asked)))
    }

    fn note_stand_in(&mut self, asked: KeySpec) {
        let made = asked.stand_in();
        let sentence = format!(
            "keys of kind {asked} are rehearsed as {made}: nothing here signs with the former"
        );
        if asked != made && !self.plan.assumed.contains(&sentence) {
            self.plan.assumed.push(sentence);
        }
    }

    fn say_what_is_left_out(&mut self) {
        let trust = self.trust;
        if let Some(ca) = trust.made_ca() {
            self.note_stand_in(KeySpec::from(&ca.private_key));
        }
        if trust.bundle.default_cas {
            self.plan.assumed.push(
                "the CAs of the public web are in the bundle as well, and are not rehearsed"
                    .to_owned(),
            );
        }
        if trust.client_trust.is_some() {
            self.plan
                .assumed
                .push("client certificates come from elsewhere: they are not rehearsed".to_owned());
        }
    }
}

/// A name under which a server is reached: of those that a wildcard stands for, any one.
fn reached(name: &str) -> String {
    name.strip_prefix("*.")
        .map_or_else(|| name.to_owned(), |rest| format!("any.{rest}"))
}

fn duration(life: Lifetime) -> Duration {
    Duration::seconds(i64::try_from(life.seconds()).unwrap_or(i64::MAX))
}
