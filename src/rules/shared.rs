//! Facts of certificates that hold wherever the certificate stands: in the files of a configuration, or in manifests of
//! others. Each is stated once, in the file of its rule.

use super::{
    Terms, anchor_is_intermediate, anchor_is_leaf, ca_expired, ca_expires_soon,
    ca_key_usage_lacks_cert_sign, ca_not_a_ca, ca_not_yet_valid, ca_weak_key, ca_weak_signature,
    chain_out_of_order, chain_stray_certificate, linked, path_length_too_short,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pki::Certificate;
use crate::types::Lifetime;

/// The shortest RSA key, where no policy says otherwise, in bits.
const MIN_RSA_BITS: usize = 2048;
/// How long what a CA signs lives, where nobody says otherwise (cert-manager `pkg/apis/certmanager/v1/const.go`).
const LEAF: Lifetime = Lifetime::hours(2160);

/// Every certificate that can be wrong by itself: its time, its key, its digest, its usages.
pub(crate) fn of_ca(certificate: &Certificate, terms: Terms) -> Vec<Diagnostic> {
    let found = [
        ca_expired::judge(certificate, terms),
        ca_not_yet_valid::judge(certificate, terms),
        ca_expires_soon::judge(certificate, terms, LEAF),
        // Advice for a next root is for whoever plans one.
        ca_weak_key::judge(certificate, MIN_RSA_BITS)
            .filter(|finding| finding.severity != Severity::Note)
            .map(|finding| Diagnostic {
                help: Vec::new(),
                ..finding
            }),
        ca_weak_signature::judge(certificate),
        ca_key_usage_lacks_cert_sign::judge(certificate),
    ];
    found.into_iter().flatten().collect()
}

/// A certificate that clients are to trust; whether it must be a root, and not an intermediate.
pub(crate) fn of_anchor(certificate: &Certificate, terms: Terms, root: bool) -> Vec<Diagnostic> {
    if let Some(leaf) = anchor_is_leaf::judge(certificate) {
        return vec![leaf];
    }
    let intermediate = anchor_is_intermediate::judge(certificate).filter(|_| root);
    of_ca(certificate, terms)
        .into_iter()
        .chain(intermediate)
        .collect()
}

/// The chain of a CA in its Secret, as cert-manager reads it.
pub(crate) fn of_chain(chain: &[&Certificate], terms: Terms) -> Vec<Diagnostic> {
    let linked = linked(chain);
    let mut found: Vec<Diagnostic> = chain
        .iter()
        .flat_map(|certificate| of_ca(certificate, terms))
        .collect();
    found.extend(
        chain
            .iter()
            .filter_map(|certificate| ca_not_a_ca::judge(certificate)),
    );
    found.extend(chain_out_of_order::judge(chain, &linked));
    found.extend(chain_stray_certificate::judge(chain, &linked));
    found.extend(path_length_too_short::judge(&linked, 0));
    found
}
