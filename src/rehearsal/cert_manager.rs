//! cert-manager: issues, renews, builds chains, waits and fails as the real one does
//! (`pkg/controller/certificates`, `pkg/issuer/ca`, `pkg/util/pki/parse_certificate_chain.go`).

use time::{Duration, OffsetDateTime};

use super::issue::{CertId, SignedBy, Validity};
use super::keys::{KeyId, KeySpec};
use super::moment::shown;
use super::moment::{END_OF_TIME, later};
use super::plan::{Certificate, Issuer, Renewal, Signer, listed};
use super::state::{EntryId, Event, Part, SecretState, Use};
use super::world::World;
use crate::diagnostic::Bug;

/// A Certificate and what came of it.
pub(super) struct Managed {
    spec: Certificate,
    current: Option<CertId>,
    /// The key in its Secret, and its kind.
    key: Option<(KeyId, KeySpec)>,
    issued: usize,
    failures: u32,
    /// Which scheduled look is the one that counts.
    turn: u64,
    /// Why it is not issued, as last said.
    trouble: Option<String>,
    /// Where it was last spoken of in the log.
    last: EntryId,
}

/// What an issuer signs with.
struct Signature {
    by: SignedBy,
    /// `tls.crt` and `ca.crt` of what it signs; the new certificate is still to be put before the first.
    tls: Vec<CertId>,
    ca: Option<CertId>,
}

/// Why an issuer does not sign.
enum Refusal {
    /// It is not there, or not ready: pending until something changes.
    NotReady(String),
    /// It fails, and is asked again after a while.
    Fails(String),
}

impl World<'_> {
    pub(super) fn apply_issuer(&mut self, issuer: Issuer) {
        let signer = match &issuer.signer {
            Signer::SelfSigned {} => "signs nothing but itself".to_owned(),
            Signer::Ca(secret) => format!("signs with the CA in Secret {secret}"),
            Signer::Elsewhere(chain) => format!(
                "signs under {}",
                listed(chain.iter().map(String::as_str).take(1))
            ),
        };
        let now = if self.issuers.contains_key(&issuer.name) {
            "now "
        } else {
            ""
        };
        let cause = self.note(
            "GitOps",
            format!("issuer {} {now}{signer}", issuer.name),
            None,
        );
        self.issuers.insert(issuer.name.clone(), (issuer, cause));
        self.retry_waiting(cause);
    }

    pub(super) fn apply_certificate(&mut self, spec: Certificate) {
        let name = spec.name.clone();
        let Some(known) = self.certificates.get_mut(&name) else {
            let last = self.note("GitOps", format!("Certificate {name} is applied"), None);
            let managed = Managed {
                spec,
                current: None,
                key: None,
                issued: 0,
                failures: 0,
                turn: 0,
                trouble: None,
                last,
            };
            self.certificates.insert(name.clone(), managed);
            return self.look_at(&name, self.now, last);
        };
        let again = known.spec.asks_for_another(&spec);
        known.spec = spec;
        let text = if again {
            "asks for another certificate"
        } else {
            "changes nothing until its next renewal"
        };
        let cause = self.note(
            "GitOps",
            format!("a change of Certificate {name} {text}"),
            None,
        );
        if again {
            self.look_at(&name, self.now, cause);
        }
    }

    pub(super) fn renew_by_hand(&mut self, name: &str) {
        let cause = self.note("operator", format!("cmctl renew {name}"), None);
        if self.certificates.contains_key(name) {
            self.look_at(name, self.now, cause);
        }
    }

    /// Every Certificate that waits for its issuer is tried again: order does not matter, only time.
    pub(super) fn retry_waiting(&mut self, cause: EntryId) {
        let waiting = self
            .certificates
            .values()
            .filter(|one| one.trouble.is_some() && one.failures == 0);
        let names: Vec<String> = waiting.map(|one| one.spec.name.clone()).collect();
        for name in names {
            self.look_at(&name, self.now, cause);
        }
    }

    fn look_at(&mut self, name: &str, at: OffsetDateTime, cause: EntryId) {
        if let Some(managed) = self.certificates.get_mut(name) {
            managed.turn += 1;
            let turn = managed.turn;
            self.at(
                at.max(self.now),
                Event::Issue {
                    name: name.to_owned(),
                    turn,
                    cause,
                },
            );
        }
    }

    pub(super) fn issue(&mut self, name: &str, turn: u64, cause: EntryId) -> Result<(), Bug> {
        let Some(managed) = self
            .certificates
            .get(name)
            .filter(|managed| managed.turn == turn)
        else {
            return Ok(());
        };
        let spec = managed.spec.clone();
        let misfit = managed
            .key
            .filter(|(_, kind)| !spec.rotates && *kind != spec.algorithm);
        let signature = match misfit {
            Some((_, kind)) => Err(Refusal::NotReady(format!(
                "rotationPolicy is Never, {} is asked for, and its Secret holds {kind}: somebody must delete the Secret",
                spec.algorithm
            ))),
            None => self.signature(&spec),
        };
        match signature {
            Ok(signature) => self.sign(&spec, &signature, cause),
            Err(Refusal::NotReady(why)) => {
                self.trouble(name, format!("waits with {name}: {why}"), cause, 0);
                Ok(())
            }
            Err(Refusal::Fails(why)) => {
                let failures = self
                    .certificates
                    .get(name)
                    .map_or(0, |managed| managed.failures)
                    + 1;
                let said = self.trouble(
                    name,
                    format!("fails to issue {name}: {why}"),
                    cause,
                    failures,
                );
                // An hour, doubling up to 32.
                let delay = Duration::hours(1 << (failures - 1).min(5));
                self.look_at(name, later(self.now, delay), said);
                Ok(())
            }
        }
    }

    /// Says once why a Certificate is not issued.
    fn trouble(&mut self, name: &str, text: String, cause: EntryId, failures: u32) -> EntryId {
        let known = self
            .certificates
            .get(name)
            .filter(|managed| managed.trouble.as_ref() == Some(&text));
        let said = known.map(|managed| managed.last);
        let said =
            said.unwrap_or_else(|| self.note_trouble("cert-manager", name, text.clone(), cause));
        if let Some(managed) = self.certificates.get_mut(name) {
            (managed.trouble, managed.failures, managed.last) = (Some(text), failures, said);
        }
        said
    }

    fn signature(&self, spec: &Certificate) -> Result<Signature, Refusal> {
        let missing = || Refusal::NotReady(format!("there is no issuer {}", spec.issuer));
        match &self.issuers.get(&spec.issuer).ok_or_else(missing)?.0.signer {
            Signer::SelfSigned {} => Ok(Signature {
                by: SignedBy::Itself,
                tls: Vec::new(),
                ca: None,
            }),
            Signer::Ca(secret) => self.with_secret(&spec.issuer, secret),
            Signer::Elsewhere(chain) => {
                let unknown = || Refusal::NotReady(format!("issuer {} has no chain", spec.issuer));
                let chain: Option<Vec<CertId>> = chain
                    .iter()
                    .map(|name| self.given.get(name).copied())
                    .collect();
                let chain = chain
                    .filter(|chain| !chain.is_empty())
                    .ok_or_else(unknown)?;
                let issuing = chain[0];
                self.chained(issuing, chain)
            }
        }
    }

    /// The CA issuer is ready when the first certificate of `tls.crt` is a CA; neither its end nor its key usage nor its
    /// path length is looked at.
    fn with_secret(&self, issuer: &str, name: &str) -> Result<Signature, Refusal> {
        let not_ready =
            |why: &str| Refusal::NotReady(format!("issuer {issuer} is not ready: {why}"));
        let secret = self
            .secrets
            .get(name)
            .ok_or_else(|| not_ready(&format!("there is no Secret {name}")))?;
        let unreadable = || not_ready(&format!("tls.crt of Secret {name} is not PEM certificates"));
        let tls = SecretState::certificates(&secret.tls)
            .filter(|tls| !tls.is_empty())
            .ok_or_else(unreadable)?;
        let issuing = tls[0];
        if !self.store[issuing].is_ca {
            return Err(not_ready(&format!(
                "`{}` in Secret {name} is no CA",
                self.store[issuing].title
            )));
        }
        let first_of_ca = secret.ca.iter().find_map(|block| {
            if let Part::Pem(id) = block {
                Some(*id)
            } else {
                None
            }
        });
        self.chained(issuing, tls.into_iter().chain(first_of_ca).collect())
    }

    /// Links everything into one chain from the issuing certificate up, or fails. A self-signed root at its top is left
    /// out of `tls.crt`; whatever is at the top goes into `ca.crt`.
    fn chained(&self, issuing: CertId, mut all: Vec<CertId>) -> Result<Signature, Refusal> {
        let broken = || Refusal::Fails("certificate chain is malformed or broken".to_owned());
        let mut seen = Vec::new();
        all.retain(|id| {
            !seen.contains(id) && {
                seen.push(*id);
                true
            }
        });
        let mut chain = vec![issuing];
        all.retain(|id| *id != issuing);
        while !all.is_empty() {
            let top = chain[chain.len() - 1];
            let above = all
                .iter()
                .position(|id| self.store[top].signer.is_some() && self.store.issued(*id, top));
            chain.push(all.remove(above.ok_or_else(broken)?));
        }
        let top = chain[chain.len() - 1];
        if self.store[top].signer.is_none() {
            chain.pop();
        }
        Ok(Signature {
            by: SignedBy::Ca(issuing),
            tls: chain,
            ca: Some(top),
        })
    }

    fn sign(
        &mut self,
        spec: &Certificate,
        signature: &Signature,
        cause: EntryId,
    ) -> Result<(), Bug> {
        let Some((previous, number)) = self
            .certificates
            .get(&spec.name)
            .map(|m| (m.key, m.issued + 1))
        else {
            return Ok(());
        };
        let kept = previous.map(|(key, _)| key).filter(|_| !spec.rotates);
        let key = match kept {
            Some(key) => key,
            None if spec.is_ca => self.keys.of_ca(spec.algorithm, self.now)?,
            None => self.keys.of_leaf(spec.algorithm)?,
        };
        let validity = Validity {
            from: self.now,
            to: later(self.now, spec.duration).min(END_OF_TIME),
        };
        let id = self
            .store
            .issue(spec, number, validity, key, signature.by, &mut self.keys)?;
        self.issued += 1;
        self.schedule_turns(id);
        let which = match (previous, kept.is_some(), spec.is_ca) {
            (Some(_), true, true) => ", with the same key",
            (Some(_), false, true) => ", with a new key",
            _ => "",
        };
        let by = match signature.by {
            SignedBy::Itself => "signed by itself".to_owned(),
            SignedBy::Ca(ca) => format!("signed by `{}`", self.store[ca].title),
        };
        let again = if previous.is_some() { " again" } else { "" };
        let end = shown(validity.to);
        let text = format!(
            "issues{again}: `{}`{which}, {by}, until {end}",
            self.store[id].title
        );
        let entry = self.note("cert-manager", text, Some(cause));
        (self.log[entry.0].issued, self.log[entry.0].signer) =
            (Some(id), self.signs_since(&spec.issuer));
        self.settle(spec, id, key, entry);
        let tls = std::iter::once(id)
            .chain(signature.tls.iter().copied())
            .map(Part::Pem)
            .collect();
        let ca = vec![Part::Pem(signature.ca.unwrap_or(id))];
        self.put_secret(
            spec.secret(),
            SecretState {
                tls,
                ca,
                since: None,
            },
            entry,
        );
        Ok(())
    }

    /// Since when an issuer signs with what it signs, if somebody else than cert-manager has a hand in it.
    fn signs_since(&self, issuer: &str) -> Option<EntryId> {
        let (issuer, since) = self.issuers.get(issuer)?;
        let secret = match &issuer.signer {
            Signer::Ca(secret) => self.secrets.get(secret).and_then(|secret| secret.since),
            Signer::SelfSigned {} | Signer::Elsewhere(_) => None,
        };
        secret.into_iter().chain([*since]).max()
    }

    /// Writes down what was issued, and when it is due again.
    fn settle(&mut self, spec: &Certificate, id: CertId, key: KeyId, entry: EntryId) {
        let Some(managed) = self.certificates.get_mut(&spec.name) else {
            return;
        };
        let before = managed.current.replace(id);
        (managed.key, managed.issued) = (Some((key, spec.algorithm)), managed.issued + 1);
        (managed.failures, managed.trouble) = (0, None);
        managed.last = entry;
        let now = self.now;
        if let Some(old) = self
            .uses
            .iter_mut()
            .rev()
            .find(|one| Some(one.cert) == before)
        {
            old.to = Some(now);
        }
        self.uses.push(Use { cert: id, to: None });
        let cert = &self.store[id];
        if let Some(due) = renewal_time(cert.not_before, cert.not_after, spec.renewal) {
            self.look_at(&spec.name, due, entry);
        }
    }
}

/// When a certificate is renewed (cert-manager `pkg/util/pki/renewaltime.go`): what was asked for, or, where that is as
/// long as the certificate lives, a third of its life before its end.
pub(super) fn renewal_time(
    from: OffsetDateTime,
    to: OffsetDateTime,
    renewal: Renewal,
) -> Option<OffsetDateTime> {
    let life = to - from;
    let third = life / 3;
    let before = match renewal {
        Renewal::Disabled => return None,
        Renewal::Default => third,
        Renewal::Before(before) => before,
        Renewal::Percentage(percent) => life * i32::from(percent) / 100,
    };
    let before = if before >= life || before <= Duration::ZERO {
        third
    } else {
        before
    };
    // Whole seconds, rounded down, as certificates count them.
    let due = to - before;
    Some(due - Duration::nanoseconds(i64::from(due.nanosecond())))
}
