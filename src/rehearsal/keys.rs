//! Keys to rehearse with. ECDSA and Ed25519 keys are made on the spot. RSA keys take too long to make, so a few are kept;
//! each is given to one CA at a time. None of them protects anything, and none leaves the process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    PKCS_RSA_SHA384, PKCS_RSA_SHA512, SignatureAlgorithm,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use time::OffsetDateTime;

use crate::config::{BrokerKey, KeyAlgorithm, PrivateKey};
use crate::diagnostic::Bug;

/// A kind of key, in cert-manager's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(try_from = "String"))]
pub(crate) enum KeySpec {
    Rsa(u32),
    Ecdsa(u32),
    Ed25519,
}

impl Default for KeySpec {
    fn default() -> Self {
        Self::Ecdsa(256)
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::Ecdsa(bits) => write!(f, "ECDSA P-{bits}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

#[cfg(test)]
impl TryFrom<String> for KeySpec {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bits = |text: &str| text.parse().map_err(|_| format!("no key: {text}"));
        match (text.strip_prefix("RSA "), text.strip_prefix("ECDSA P-")) {
            (Some(rest), _) => bits(rest).map(Self::Rsa),
            (_, Some(rest)) => bits(rest).map(Self::Ecdsa),
            _ if text == "Ed25519" => Ok(Self::Ed25519),
            _ => Err(format!("no key: {text}")),
        }
    }
}

impl From<&PrivateKey> for KeySpec {
    fn from(key: &PrivateKey) -> Self {
        match key.algorithm {
            KeyAlgorithm::Rsa => Self::Rsa(key.size.unwrap_or(2048)),
            KeyAlgorithm::Ecdsa => Self::Ecdsa(key.size.unwrap_or(256)),
            KeyAlgorithm::Ed25519 => Self::Ed25519,
        }
    }
}

impl From<BrokerKey> for KeySpec {
    fn from(key: BrokerKey) -> Self {
        match key {
            BrokerKey::Ec256 => Self::Ecdsa(256),
            BrokerKey::Ec384 => Self::Ecdsa(384),
            BrokerKey::Ec521 => Self::Ecdsa(521),
            BrokerKey::Ed25519 => Self::Ed25519,
            BrokerKey::Rsa2048 => Self::Rsa(2048),
            BrokerKey::Rsa4096 => Self::Rsa(4096),
            BrokerKey::Rsa8192 => Self::Rsa(8192),
        }
    }
}

impl KeySpec {
    /// The nearest kind that can sign here: ring signs with RSA keys of 2048, 3072 and 4096 bits and has no P-521.
    pub(crate) fn stand_in(self) -> Self {
        match self {
            Self::Rsa(bits) if bits <= 2048 => Self::Rsa(2048),
            Self::Rsa(bits) if bits <= 3072 => Self::Rsa(3072),
            Self::Rsa(_) => Self::Rsa(4096),
            Self::Ecdsa(bits) if bits <= 256 => Self::Ecdsa(256),
            Self::Ecdsa(_) => Self::Ecdsa(384),
            Self::Ed25519 => Self::Ed25519,
        }
    }

    /// The signature algorithm that cert-manager takes by default (`pkg/util/pki/csr.go`).
    fn algorithm(self) -> &'static SignatureAlgorithm {
        match self {
            Self::Rsa(bits) if bits <= 2048 => &PKCS_RSA_SHA256,
            Self::Rsa(bits) if bits <= 3072 => &PKCS_RSA_SHA384,
            Self::Rsa(_) => &PKCS_RSA_SHA512,
            Self::Ecdsa(bits) if bits <= 256 => &PKCS_ECDSA_P256_SHA256,
            Self::Ecdsa(_) => &PKCS_ECDSA_P384_SHA384,
            Self::Ed25519 => &PKCS_ED25519,
        }
    }
}

macro_rules! kept {
    ($($file:literal),* $(,)?) => { &[$(include_bytes!(concat!("keys/", $file, ".der"))),*] };
}

static RSA_2048: &[&[u8]] = kept![
    "rsa-2048-1",
    "rsa-2048-2",
    "rsa-2048-3",
    "rsa-2048-4",
    "rsa-2048-5",
    "rsa-2048-6"
];
static RSA_3072: &[&[u8]] = kept!["rsa-3072-1", "rsa-3072-2", "rsa-3072-3", "rsa-3072-4"];
static RSA_4096: &[&[u8]] = kept!["rsa-4096-1", "rsa-4096-2", "rsa-4096-3", "rsa-4096-4"];

type Slots = Vec<OnceLock<Arc<KeyPair>>>;

/// The kept keys of one size, parsed when first asked for, once per process.
fn slots(spec: KeySpec) -> (&'static [&'static [u8]], &'static Slots) {
    static PARSED: [OnceLock<Slots>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let (files, cell) = match spec {
        KeySpec::Rsa(2048) => (RSA_2048, &PARSED[0]),
        KeySpec::Rsa(3072) => (RSA_3072, &PARSED[1]),
        _ => (RSA_4096, &PARSED[2]),
    };
    (
        files,
        cell.get_or_init(|| files.iter().map(|_| OnceLock::new()).collect()),
    )
}

fn kept(spec: KeySpec, n: usize) -> Result<Arc<KeyPair>, Bug> {
    let (files, slots) = slots(spec);
    if let Some(known) = slots[n].get() {
        return Ok(Arc::clone(known));
    }
    let der = PrivatePkcs8KeyDer::from(files[n]);
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, spec.algorithm())
        .map_err(|e| Bug(e.to_string()))?;
    Ok(Arc::clone(slots[n].get_or_init(|| Arc::new(pair))))
}

/// How many generated keys of a kind are shared. Few rehearsals need as many.
const SHARED: usize = 64;

/// The key of this number, generated when first asked for: sites are rehearsed apart, and what one knows of a key is no harm to
/// another.
fn generated(spec: KeySpec, n: usize) -> Result<Arc<KeyPair>, Bug> {
    static GENERATED: Mutex<BTreeMap<(KeySpec, usize), Arc<KeyPair>>> = Mutex::new(BTreeMap::new());
    let known = || GENERATED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known().get(&(spec, n)) {
        return Ok(Arc::clone(known));
    }
    let pair = KeyPair::generate_for(spec.algorithm()).map_err(|e| Bug(format!("no key: {e}")))?;
    if n >= SHARED {
        return Ok(Arc::new(pair));
    }
    // Another thread may have been faster.
    Ok(Arc::clone(
        known().entry((spec, n)).or_insert_with(|| Arc::new(pair)),
    ))
}

/// A key of one rehearsal, by number: two are equal if and only if the keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyId(usize);

/// The keys of one rehearsal.
#[derive(Default)]
pub(super) struct Keys {
    held: Vec<Held>,
    leaves: Vec<(KeySpec, KeyId)>,
    /// How many keys of each kind were generated: none is given twice.
    generated: BTreeMap<KeySpec, usize>,
    /// Whether a CA's new RSA key had to be an ECDSA key, because all kept ones were in use.
    pub(super) ran_out: bool,
}

struct Held {
    pair: Arc<KeyPair>,
    /// Which of the kept keys it is.
    kept: Option<(KeySpec, usize)>,
    /// Until when certificates over this key, or signed by it, live.
    busy_until: OffsetDateTime,
}

impl Keys {
    /// A key of a CA: no other living CA has it.
    pub(super) fn of_ca(&mut self, spec: KeySpec, now: OffsetDateTime) -> Result<KeyId, Bug> {
        let spec = spec.stand_in();
        if !matches!(spec, KeySpec::Rsa(_)) {
            return self.generate(spec);
        }
        // The last one is for leaves.
        let count = slots(spec).0.len() - 1;
        let busy = |n: usize| {
            self.held
                .iter()
                .any(|held| held.kept == Some((spec, n)) && held.busy_until >= now)
        };
        match (0..count).find(|n| !busy(*n)) {
            Some(n) => Ok(self.hold(kept(spec, n)?, Some((spec, n)), now)),
            None => {
                self.ran_out = true;
                self.generate(KeySpec::Ecdsa(256))
            }
        }
    }

    /// A key of a leaf. All leaves share one per kind: nothing is ever verified with it.
    pub(super) fn of_leaf(&mut self, spec: KeySpec) -> Result<KeyId, Bug> {
        let spec = spec.stand_in();
        if let Some((_, id)) = self.leaves.iter().find(|(known, _)| *known == spec) {
            return Ok(*id);
        }
        let id = match spec {
            KeySpec::Rsa(_) => {
                let last = slots(spec).0.len() - 1;
                self.hold(kept(spec, last)?, None, OffsetDateTime::UNIX_EPOCH)
            }
            _ => self.generate(spec)?,
        };
        self.leaves.push((spec, id));
        Ok(id)
    }

    /// Says that a certificate over this key, or signed by it, lives until then.
    pub(super) fn keep(&mut self, id: KeyId, until: OffsetDateTime) {
        let held = &mut self.held[id.0];
        held.busy_until = held.busy_until.max(until);
    }

    pub(super) fn pair(&self, id: KeyId) -> &KeyPair {
        &self.held[id.0].pair
    }

    fn generate(&mut self, spec: KeySpec) -> Result<KeyId, Bug> {
        let number = self.generated.entry(spec).or_insert(0);
        let pair = generated(spec, *number)?;
        *number += 1;
        Ok(self.hold(pair, None, OffsetDateTime::UNIX_EPOCH))
    }

    fn hold(
        &mut self,
        pair: Arc<KeyPair>,
        kept: Option<(KeySpec, usize)>,
        until: OffsetDateTime,
    ) -> KeyId {
        self.held.push(Held {
            pair,
            kept,
            busy_until: until,
        });
        KeyId(self.held.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn every_kind_signs_and_a_key_in_use_is_not_given_twice() {
        let mut keys = Keys::default();
        let now = datetime!(2026-01-01 0:00 UTC);
        for spec in [
            KeySpec::Rsa(2048),
            KeySpec::Rsa(3072),
            KeySpec::Rsa(4096),
            KeySpec::Ecdsa(256),
            KeySpec::Ecdsa(384),
            KeySpec::Ed25519,
        ] {
            let (one, other) = (
                keys.of_ca(spec, now).expect("a key"),
                keys.of_ca(spec, now).expect("a key"),
            );
            assert_ne!(
                keys.pair(one).public_key_raw(),
                keys.pair(other).public_key_raw(),
                "{spec}"
            );
            assert_eq!(
                keys.of_leaf(spec).expect("a key"),
                keys.of_leaf(spec).expect("a key"),
                "{spec}"
            );
        }
        assert!(!keys.ran_out);
    }

    #[test]
    fn kept_keys_come_back_when_nothing_under_them_lives_and_run_out_before() {
        let mut keys = Keys::default();
        let (now, later) = (
            datetime!(2026-01-01 0:00 UTC),
            datetime!(2027-01-01 0:00 UTC),
        );
        let first: Vec<KeyId> = (0..5)
            .map(|_| keys.of_ca(KeySpec::Rsa(2048), now).expect("a key"))
            .collect();
        first.iter().for_each(|id| keys.keep(*id, later));
        assert!(!keys.ran_out);
        let again = keys
            .of_ca(KeySpec::Rsa(2048), later + time::Duration::SECOND)
            .expect("a key");
        assert!(!keys.ran_out);
        assert_eq!(
            keys.pair(again).public_key_raw(),
            keys.pair(first[0]).public_key_raw()
        );
        keys.of_ca(KeySpec::Rsa(2048), now).expect("a key");
        assert!(keys.ran_out);
    }
}
