//! Signatures that a verifier has found good. A rehearsal has hundreds of handshakes and a handful of certificates: each
//! signature is checked once, and what is checked is ring's to say.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use sha2::{Digest as _, Sha256};

/// The signatures of one rehearsal that are good.
#[derive(Debug, Default)]
pub(super) struct Signatures(Mutex<BTreeSet<[u8; 32]>>);

impl Signatures {
    /// Every algorithm that webpki knows, each of which checks a signature only once.
    pub(super) fn algorithms(&self) -> Vec<Remembering<'_>> {
        let all = webpki::ALL_VERIFICATION_ALGS.iter().copied();
        all.map(|algorithm| Remembering {
            algorithm,
            good: self,
        })
        .collect()
    }
}

/// An algorithm that remembers what it has found good.
#[derive(Debug)]
pub(super) struct Remembering<'s> {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    good: &'s Signatures,
}

impl SignatureVerificationAlgorithm for Remembering<'_> {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let mut digest = Sha256::new();
        let (key, algorithm) = (
            self.algorithm.public_key_alg_id(),
            self.algorithm.signature_alg_id(),
        );
        for part in [&*key, &*algorithm, public_key, message, signature] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let good = || self.good.0.lock().unwrap_or_else(PoisonError::into_inner);
        if good().contains(&digest) {
            return Ok(());
        }
        self.algorithm
            .verify_signature(public_key, message, signature)?;
        good().insert(digest);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SigningKey as _};

    use super::*;

    #[test]
    fn only_the_very_same_signature_is_good_again() {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let signature = pair.sign(b"message").expect("a signature");
        let known = Signatures::default();
        let algorithms = known.algorithms();
        let verified = |message: &[u8], signature: &[u8]| {
            algorithms.iter().any(|one| {
                one.verify_signature(pair.der_bytes(), message, signature)
                    .is_ok()
            })
        };
        assert!(verified(b"message", &signature) && verified(b"message", &signature));
        assert_eq!(known.0.lock().expect("no panic").len(), 1);
        let mut other = signature.clone();
        other[10] ^= 1;
        assert!(!verified(b"massage", &signature) && !verified(b"message", &other));
        assert_eq!(
            known.0.lock().expect("no panic").len(),
            1,
            "what is wrong is not remembered"
        );
    }
}
