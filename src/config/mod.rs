//! `TrustConfig` exactly as written: its types, its schema, and the way from text to types.
//!
//! Text comes in through `load`; out comes a `Config` or every fault in it, each at its place. What the
//! configuration means (defaults that depend on other values, files, certificates) is decided in `trust/`.

mod agreed;
mod byo_issuer;
mod choice;
mod common;
mod delivery;
mod faults;
mod fleet;
mod issuer_choices;
mod issuers;
mod layers;
mod load;
mod quickstart;
mod rotation;
mod schema;
mod table;
mod written;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::RuleInfo;
use crate::json_pointer::Pointer;
use choice::Choice;

pub(crate) use byo_issuer::{
    AdditionalBundle, AnchorEntry, BundleDelivery, ByoBundle, ByoIssuerSpec, Pkcs12,
};
pub(crate) use common::{
    Allowance, ApproverPolicy, Broker, BrokerKey, CertManagerBy, CertificateEntry, Common,
    Environment, ExtraName, IssuerKind, KeyAlgorithm, KeyEncoding, LeafUsage, Listener, Metadata,
    Ownership, PodSecurity, PrivateKey, RotationPolicy,
};
pub(crate) use delivery::{
    Argocd, Chart, Controllers, DeletionPolicy, Delivery, Engine, RETRY_ON_FAILURE,
};
pub(crate) use faults::{choices, dotted, properties, schema_at};
pub(crate) use fleet::{FLEET_KIND, Fleet, is_fleet};
pub(crate) use issuers::{ExternalRef, FromExternalSecret, FromKeyVault, FromSops, RemoteRef};
pub(crate) use layers::{Bases, DEFAULTS_KIND, Layered, Reach, Top};
pub(crate) use load::{CONFLICTING_FIELDS, Loaded, load, load_beside, top};
pub(crate) use quickstart::QuickstartSpec;
pub(crate) use rotation::{Phase, RotationEntry};
pub(crate) use schema::{
    PROFILES, combined, defaults_for_editors, fleet_for_editors, of_profile, of_type, tidy,
};
pub(crate) use written::Written;

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[
    &load::NOT_A_TRUST_CONFIG,
    &load::UNKNOWN_PROFILE,
    &faults::UNKNOWN_FIELD,
    &faults::MISSING_FIELD,
    &faults::WRONG_TYPE,
    &load::CONFLICTING_FIELDS,
    &layers::EXTENDS_CYCLE,
    &written::EXTENDS_TYPE_CLASH,
    &fleet::FLEET_IN_LINE_TOO_LONG,
    &fleet::FLEET_WITHOUT_SITES,
    &table::FLEET_TABLE_UNREADABLE,
];

pub(crate) const API_VERSION: &str = "trustc.dev/v1alpha1";
pub(crate) const KIND: &str = "TrustConfig";

/// One trust configuration: one site.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TrustConfig<S> {
    /// The version of this format.
    pub(crate) api_version: ApiVersion,
    /// What this file is.
    pub(crate) kind: Kind,
    /// The name of the site and what other tools should know of this file.
    pub(crate) metadata: Metadata,
    /// Who issues, who trusts, and who delivers.
    pub(crate) spec: S,
}

/// The versions of the format.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum ApiVersion {
    /// The only version so far.
    #[serde(rename = "trustc.dev/v1alpha1")]
    V1alpha1,
}

/// The kinds of the format.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Kind {
    /// One site.
    TrustConfig,
}

/// A configuration of either profile.
#[derive(Clone, Debug)]
pub(crate) enum Config {
    Quickstart(Box<TrustConfig<QuickstartSpec>>),
    ByoIssuer(Box<TrustConfig<ByoIssuerSpec>>),
}

/// Certificates that a configuration brings: in a file it names, or written in it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CertificateText<'c> {
    File(&'c str),
    InLine(&'c str),
}

impl Config {
    /// Everything that holds certificates: the JSON pointer of the text or path, and where it is.
    pub(crate) fn certificates(&self) -> Vec<(Pointer, CertificateText<'_>)> {
        let mut texts = match self {
            Self::Quickstart(_) => Vec::new(),
            Self::ByoIssuer(config) => config.spec.certificates(),
        };
        for (at, anchor) in self.client_anchors() {
            texts.extend(
                anchor
                    .file
                    .as_ref()
                    .map(|path| (at.key("file"), CertificateText::File(path))),
            );
            texts.extend(
                anchor
                    .in_line
                    .as_ref()
                    .map(|text| (at.key("inLine"), CertificateText::InLine(text))),
            );
        }
        texts
    }

    /// The configuration with every default that a field has.
    pub(crate) fn with_defaults(&self) -> serde_json::Value {
        let value = match self {
            Self::Quickstart(config) => serde_json::to_value(config),
            Self::ByoIssuer(config) => serde_json::to_value(config),
        };
        value.unwrap_or_default()
    }

    /// The roots of client certificates, and where they stand.
    fn client_anchors(&self) -> Vec<(Pointer, &AnchorEntry)> {
        let anchors = self
            .common()
            .broker
            .client_trust
            .as_ref()
            .map(|trust| trust.anchors.as_slice());
        let at = Pointer::parse("/spec/broker/clientTrust/anchors");
        anchors
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(n, anchor)| (at.index(n), anchor))
            .collect()
    }

    pub(crate) fn common(&self) -> Common<'_> {
        match self {
            Self::Quickstart(config) => config.spec.common(&config.metadata),
            Self::ByoIssuer(config) => config.spec.common(&config.metadata),
        }
    }
}
