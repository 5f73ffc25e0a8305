//! `spec.rotation`: one root replaces another, in four phases that are reviewed one by one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::byo_issuer::Chain;
use crate::types::{Date, DnsLabel, DnsSubdomain, VaultPath};

/// One root replaces another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct RotationEntry {
    /// The name of the anchor that goes.
    pub(crate) from: DnsLabel,
    /// The name of the anchor that comes.
    pub(crate) to: DnsLabel,
    /// How far it is. `trustc rotate next` writes the next one.
    pub(crate) phase: Phase,
    /// The issuer is switched once this day is over. Needed from phase switch on: it tells until when certificates of the
    /// old issuer can live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) switch_after: Option<Date>,
    /// What of spec.issuer is different from phase switch on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<NextIssuer>,
}

/// How far a rotation is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(crate) enum Phase {
    /// Everything is checked, and nothing is different in the cluster.
    Prepare,
    /// Clients trust both roots; the old issuer signs.
    Distribute,
    /// Clients trust both roots; the new issuer signs.
    Switch,
    /// Clients trust the new root only.
    Retire,
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Distribute => "distribute",
            Self::Switch => "switch",
            Self::Retire => "retire",
        }
    }

    /// The phase after this one; none after the last.
    pub(crate) fn next(self) -> Option<Self> {
        match self {
            Self::Prepare => Some(Self::Distribute),
            Self::Distribute => Some(Self::Switch),
            Self::Switch => Some(Self::Retire),
            Self::Retire => None,
        }
    }
}

/// What of spec.issuer is different from phase switch on. Its name stays: the instance cannot be told another.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct NextIssuer {
    /// For issuer.ca: the Secret of the new CA. Unset: the same Secret, which its owner fills anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_name: Option<DnsSubdomain>,
    /// For issuer.vault: the path of the new CA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<VaultPath>,
    /// The new issuer's public certificate chain, so that it can be judged. Never emitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain: Option<Chain>,
}
