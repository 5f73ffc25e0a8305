//! Certificates whose keys are elsewhere: for each a stand-in with the same lifetime, path length, name constraints, kind of
//! key and place in the chain, under a key that is at hand.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::keys::KeySpec;
use super::plan::Given;
use crate::config::Phase;
use crate::pki::{Certificate, KeyKind, Link, links};
use crate::rules::linked;
use crate::trust::{Anchor, Trust};

/// The PKI of a trust, as far as it is public.
#[derive(Default)]
pub(super) struct StandIns {
    pub(super) given: Vec<Given>,
    /// Every anchor, in force or not.
    pub(super) anchors: Vec<Root>,
    /// What signs now, and on the other side of a switch.
    pub(super) signs: Side,
    pub(super) other: Side,
    pub(super) assumed: Vec<String>,
}

/// A certificate of an anchor.
pub(super) struct Root {
    pub(super) anchor: String,
    pub(super) title: String,
    /// When it leaves the bundle by itself.
    pub(super) retires: Option<OffsetDateTime>,
}

/// What signs, on one side of a switch.
#[derive(Default)]
pub(super) struct Side {
    /// The issuer's chain, linked, the issuing certificate first.
    pub(super) chain: Vec<String>,
    /// What the CA's Secret holds.
    pub(super) in_secret: Vec<String>,
}

impl StandIns {
    pub(super) fn of(trust: &Trust, from: OffsetDateTime) -> Self {
        let absent = trust.rotation.iter().flat_map(|rotation| &rotation.absent);
        let anchors: Vec<&Anchor> = trust.anchors.iter().chain(absent).collect();
        let other = trust
            .rotation
            .as_ref()
            .map(|rotation| rotation.other.chain())
            .unwrap_or_default();
        let mut all: Vec<(&Certificate, String)> = Vec::new();
        for anchor in &anchors {
            let several = anchor.certificates.len() > 1;
            for (n, certificate) in anchor.certificates.iter().enumerate() {
                let name = &anchor.name.value;
                add(
                    &mut all,
                    certificate,
                    if several {
                        format!("{name} ({})", n + 1)
                    } else {
                        name.to_string()
                    },
                );
            }
        }
        trust
            .chain()
            .iter()
            .chain(other)
            .for_each(|certificate| add(&mut all, certificate, short(certificate)));
        let mut made = Self {
            given: Makers::of(&all).given(),
            ..Self::default()
        };
        let title = |certificate: &Certificate| {
            all.iter()
                .find(|(one, _)| one.fingerprint == certificate.fingerprint)
                .map(|(_, name)| name.clone())
        };
        for anchor in &anchors {
            let retires = anchor.retire_after.as_ref().and_then(|day| day.value.end());
            let root = |title| Root {
                anchor: anchor.name.value.to_string(),
                title,
                retires,
            };
            made.anchors
                .extend(anchor.certificates.iter().filter_map(title).map(root));
        }
        let sides = trust.rotation.as_ref().map(|rotation| {
            let (old, new) = (&*rotation.from.value, &*rotation.to.value);
            if rotation.phase.value >= Phase::Switch {
                (new, old)
            } else {
                (old, new)
            }
        });
        made.signs = made.side(
            trust.chain(),
            &anchors,
            sides.map(|(now, _)| now),
            from,
            title,
        );
        if let Some((_, then)) = sides {
            made.other = made.side(other, &anchors, Some(then), from, title);
        }
        made.say(&all);
        made
    }

    /// What signs: the chain that is known, or else, directly, a root: the one that is named, or the one that ends last.
    fn side(
        &mut self,
        chain: &[Certificate],
        anchors: &[&Anchor],
        named: Option<&str>,
        from: OffsetDateTime,
        title: impl Fn(&Certificate) -> Option<String>,
    ) -> Side {
        let chain: Vec<&Certificate> = chain.iter().collect();
        let side = Side {
            chain: linked(&chain).into_iter().filter_map(&title).collect(),
            in_secret: chain.into_iter().filter_map(&title).collect(),
        };
        if !side.chain.is_empty() {
            return side;
        }
        let candidates = anchors
            .iter()
            .filter(|anchor| named.is_none_or(|named| *anchor.name.value == *named));
        let roots: Vec<&Certificate> = candidates.flat_map(|anchor| &anchor.certificates).collect();
        let living = roots
            .iter()
            .filter(|root| root.not_before <= from)
            .max_by_key(|root| root.not_after);
        let Some(name) = living.or(roots.first()).and_then(|root| title(root)) else {
            return side;
        };
        let why = if named.is_some() {
            "that the rotation names"
        } else {
            "that ends last"
        };
        self.assumed.push(format!(
            "nothing is known of the issuer's chain: it is taken to sign directly under `{name}`, the root {why}"
        ));
        Side {
            chain: vec![name.clone()],
            in_secret: vec![name],
        }
    }

    fn say(&mut self, all: &[(&Certificate, String)]) {
        if all.is_empty() {
            return;
        }
        let names: Vec<String> = all.iter().map(|(_, name)| format!("`{name}`")).collect();
        self.assumed.push(format!(
            "the keys of {} are elsewhere: stand-ins with the same lifetimes, path lengths, name constraints and kinds of key take their places",
            names.join(", ")
        ));
        for (certificate, name) in all {
            let (real, made) = (
                certificate.key.to_string(),
                spec(certificate).stand_in().to_string(),
            );
            if real != made {
                self.assumed
                    .push(format!("`{name}` has {real}, and is rehearsed with {made}"));
            }
        }
    }
}

fn add<'c>(all: &mut Vec<(&'c Certificate, String)>, certificate: &'c Certificate, name: String) {
    if all
        .iter()
        .any(|(known, _)| known.fingerprint == certificate.fingerprint)
    {
        return;
    }
    let taken = all
        .iter()
        .filter(|(_, known)| *known == name || known.starts_with(&format!("{name} [")))
        .count();
    all.push((
        certificate,
        if taken == 0 {
            name
        } else {
            format!("{name} [{}]", taken + 1)
        },
    ));
}

/// The common name alone, if there is one: subjects are long.
fn short(certificate: &Certificate) -> String {
    let title = certificate.title();
    let name = title
        .rsplit_once("CN=")
        .map(|(_, name)| name.to_owned())
        .filter(|name| !name.contains(", "));
    name.unwrap_or(title)
}

fn spec(certificate: &Certificate) -> KeySpec {
    let bits = u32::try_from(certificate.key.bits).unwrap_or(u32::MAX);
    match certificate.key.kind {
        KeyKind::Rsa => KeySpec::Rsa(bits),
        KeyKind::Ecdsa => KeySpec::Ecdsa(bits),
        KeyKind::Ed25519 => KeySpec::Ed25519,
        KeyKind::Other => KeySpec::Ecdsa(256),
    }
}

/// Who made whom among real certificates.
struct Makers<'m> {
    all: &'m [(&'m Certificate, String)],
    links: Vec<Link>,
    /// A subject of its own for each name in the real certificates.
    subjects: BTreeMap<&'m [u8], String>,
}

impl<'m> Makers<'m> {
    fn of(all: &'m [(&'m Certificate, String)]) -> Self {
        let certificates: Vec<&Certificate> =
            all.iter().map(|(certificate, _)| *certificate).collect();
        let mut subjects: BTreeMap<&[u8], String> = BTreeMap::new();
        for (certificate, _) in all {
            let names = [
                (&certificate.subject_der, &certificate.subject),
                (&certificate.issuer_der, &certificate.issuer),
            ];
            for (der, text) in names {
                let n = subjects.len();
                // Encodings differ where texts do not.
                subjects
                    .entry(der)
                    .or_insert_with(|| format!("{text} ({n})"));
            }
        }
        Self {
            all,
            links: links(&certificates),
            subjects,
        }
    }

    /// The stand-ins, each after its issuer.
    fn given(&self) -> Vec<Given> {
        let mut made: Vec<Given> = Vec::new();
        let mut begun = vec![false; self.all.len()];
        for n in 0..self.all.len() {
            let (mut way, mut next) = (Vec::new(), Some(n));
            while let Some(n) = next.filter(|n| !begun[*n]) {
                begun[n] = true;
                way.push(n);
                next = match self.links[n] {
                    Link::IssuedBy(issuer) => Some(issuer),
                    _ => None,
                };
            }
            // What leads back into itself has no beginning: its last one is issued by somebody whom nobody has shown.
            let mut in_circle = next.is_some_and(|next| way.contains(&next));
            for n in way.into_iter().rev() {
                self.make(n, &mut made, std::mem::take(&mut in_circle));
            }
        }
        made
    }

    fn make(&self, n: usize, made: &mut Vec<Given>, in_circle: bool) {
        let (certificate, name) = &self.all[n];
        let issued_by = match self.links[n] {
            Link::SelfSigned => None,
            Link::IssuedBy(issuer) if !in_circle => Some(self.all[issuer].1.clone()),
            Link::IssuedBy(_) | Link::WrongKey(_) | Link::IssuerElsewhere => {
                Some(self.unseen(certificate, name, made))
            }
        };
        made.push(Given {
            name: name.clone(),
            subject: self
                .subjects
                .get(certificate.subject_der.as_slice())
                .cloned(),
            issued_by,
            key: Some(format!(
                "{} {}",
                certificate.key,
                hex(&certificate.public_key())
            )),
            algorithm: spec(certificate),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            is_ca: certificate.is_ca,
            path_length: certificate
                .path_length
                .map(|limit| u8::try_from(limit).unwrap_or(u8::MAX)),
            permitted: Vec::new(),
            constraints: certificate.name_constraints.clone(),
        });
    }

    /// The issuer of a certificate that nobody has shown: somebody who signed it, and whom nobody trusts.
    fn unseen(&self, certificate: &Certificate, name: &str, made: &mut Vec<Given>) -> String {
        let unseen = format!("issuer of {name}");
        made.push(Given {
            name: unseen.clone(),
            subject: self
                .subjects
                .get(certificate.issuer_der.as_slice())
                .cloned(),
            issued_by: None,
            key: None,
            algorithm: KeySpec::Ecdsa(256),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            is_ca: true,
            path_length: None,
            permitted: Vec::new(),
            constraints: None,
        });
        unseen
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
