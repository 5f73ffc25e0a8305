//! Certificates of a rehearsal: made by rcgen with the names, usages, lifetimes and algorithms of the plan.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyUsagePurpose, NameConstraints,
    SerialNumber,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::keys::{KeyId, Keys};
use super::plan::{Certificate, Given};
use super::signatures::Signatures;
use crate::diagnostic::Bug;

/// A certificate of one rehearsal, by number in the order of issuance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CertId(pub(super) usize);

/// One certificate.
pub(crate) struct Cert {
    /// What reports call it: `root #2`.
    pub(crate) title: String,
    /// The Certificate that it was issued for, or the name it was given under.
    pub(crate) lane: String,
    pub(crate) der: Vec<u8>,
    /// SHA-256 of the DER.
    pub(super) fingerprint: [u8; 32],
    pub(super) key: KeyId,
    /// Whose key signed it; none if its own.
    pub(crate) signer: Option<CertId>,
    pub(crate) subject: String,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) is_ca: bool,
    pub(super) path_length: Option<u8>,
    /// What it signs with; none for leaves.
    params: Option<Box<CertificateParams>>,
}

/// Every certificate of one rehearsal.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) certs: Vec<Cert>,
    pub(super) signatures: Signatures,
}

impl std::ops::Index<CertId> for Store {
    type Output = Cert;
    fn index(&self, id: CertId) -> &Cert {
        &self.certs[id.0]
    }
}

/// From when to when.
#[derive(Clone, Copy)]
pub(super) struct Validity {
    pub(super) from: OffsetDateTime,
    pub(super) to: OffsetDateTime,
}

/// Whose key signs.
#[derive(Clone, Copy)]
pub(super) enum SignedBy {
    Itself,
    /// The CA of this certificate.
    Ca(CertId),
}

impl Store {
    /// A stand-in of a certificate that exists.
    pub(super) fn given(
        &mut self,
        given: &Given,
        key: KeyId,
        by: SignedBy,
        keys: &mut Keys,
    ) -> Result<CertId, Bug> {
        let subject = given.subject.as_ref().unwrap_or(&given.name);
        let mut params = named(Some(subject));
        if given.is_ca {
            as_ca(&mut params, given.path_length);
        }
        if !given.permitted.is_empty() {
            let permitted = given
                .permitted
                .iter()
                .cloned()
                .map(GeneralSubtree::DnsName)
                .collect();
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: permitted,
                excluded_subtrees: Vec::new(),
            });
        }
        if let Some(bytes) = &given.constraints {
            let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 30], bytes.clone());
            extension.set_criticality(true);
            params.custom_extensions.push(extension);
        }
        let validity = Validity {
            from: given.not_before,
            to: given.not_after,
        };
        let names = Names {
            title: given.name.clone(),
            lane: given.name.clone(),
            subject: subject.clone(),
        };
        self.sign(params, names, validity, key, by, keys)
    }

    /// What cert-manager issues for a Certificate (`pkg/util/pki/certificatetemplate.go`): no path length, and no end
    /// that the CA's own end would cap.
    pub(super) fn issue(
        &mut self,
        spec: &Certificate,
        number: usize,
        validity: Validity,
        key: KeyId,
        by: SignedBy,
        keys: &mut Keys,
    ) -> Result<CertId, Bug> {
        let mut params = named(spec.common_name.as_deref());
        if spec.is_ca {
            as_ca(&mut params, None);
        } else {
            params.is_ca = IsCa::ExplicitNoCa;
            params.key_usages = vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::KeyEncipherment,
            ];
            let usages = [
                (spec.server_auth, ExtendedKeyUsagePurpose::ServerAuth),
                (spec.client_auth, ExtendedKeyUsagePurpose::ClientAuth),
            ];
            params.extended_key_usages = usages
                .into_iter()
                .filter(|(set, _)| *set)
                .map(|(_, usage)| usage)
                .collect();
        }
        let alternative =
            CertificateParams::new(spec.names.clone()).map_err(|e| Bug(e.to_string()))?;
        params.subject_alt_names = alternative.subject_alt_names;
        let title = format!("{} #{number}", spec.name);
        let names = Names {
            title,
            lane: spec.name.clone(),
            subject: spec.common_name.clone().unwrap_or_default(),
        };
        self.sign(params, names, validity, key, by, keys)
    }

    fn sign(
        &mut self,
        mut params: CertificateParams,
        names: Names,
        validity: Validity,
        key: KeyId,
        by: SignedBy,
        keys: &mut Keys,
    ) -> Result<CertId, Bug> {
        (params.not_before, params.not_after) = (validity.from, validity.to);
        params.serial_number = Some(SerialNumber::from(self.certs.len() as u64 + 1));
        let der = self
            .signed(&mut params, key, by, keys)
            .map_err(|e| Bug(format!("{}: {e}", names.title)))?;
        let signer = match by {
            SignedBy::Itself => None,
            SignedBy::Ca(ca) => Some(ca),
        };
        let is_ca = matches!(params.is_ca, IsCa::Ca(_));
        let path_length = match params.is_ca {
            IsCa::Ca(BasicConstraints::Constrained(limit)) => Some(limit),
            _ => None,
        };
        for key in [Some(key).filter(|_| is_ca), signer.map(|ca| self[ca].key)]
            .into_iter()
            .flatten()
        {
            keys.keep(key, validity.to);
        }
        self.certs.push(Cert {
            title: names.title,
            lane: names.lane,
            fingerprint: Sha256::digest(&der).into(),
            der,
            key,
            signer,
            subject: names.subject,
            not_before: validity.from,
            not_after: validity.to,
            is_ca,
            path_length,
            params: is_ca.then(|| Box::new(params)),
        });
        Ok(CertId(self.certs.len() - 1))
    }

    /// The DER of a certificate over `key`.
    fn signed(
        &self,
        params: &mut CertificateParams,
        key: KeyId,
        by: SignedBy,
        keys: &Keys,
    ) -> Result<Vec<u8>, String> {
        let pair = keys.pair(key);
        let signed = match by {
            SignedBy::Itself => params.self_signed(pair),
            SignedBy::Ca(ca) => {
                params.use_authority_key_identifier_extension = true;
                let ca = &self[ca];
                let above = ca
                    .params
                    .as_deref()
                    .ok_or_else(|| format!("`{}` cannot sign it", ca.title))?;
                params.signed_by(pair, &Issuer::from_params(above, keys.pair(ca.key)))
            }
        };
        signed
            .map(|certificate| certificate.der().to_vec())
            .map_err(|e| e.to_string())
    }

    /// Whether `issuer` could have issued `certificate`: its name, and its key.
    pub(super) fn issued(&self, issuer: CertId, certificate: CertId) -> bool {
        match self[certificate].signer {
            None => issuer == certificate,
            Some(ca) => {
                self[ca].subject == self[issuer].subject && self[ca].key == self[issuer].key
            }
        }
    }

    /// Titles of several, for a sentence.
    pub(super) fn titles<'s>(&'s self, ids: &'s [CertId]) -> impl Iterator<Item = &'s str> {
        ids.iter().map(|id| self[*id].title.as_str())
    }
}

struct Names {
    title: String,
    lane: String,
    subject: String,
}

fn named(common_name: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = common_name {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    params
}

fn as_ca(params: &mut CertificateParams, path_length: Option<u8>) {
    params.is_ca = IsCa::Ca(path_length.map_or(
        BasicConstraints::Unconstrained,
        BasicConstraints::Constrained,
    ));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
}
