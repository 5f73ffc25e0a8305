//! How the manifests reach the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::label;
use crate::values::{DnsLabel, DnsSubdomain, ReleaseTag, Text, Url};

/// How the manifests reach the cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Delivery {
    /// Whose annotations the objects carry, and whose own objects are emitted in a folder beside them.
    pub(crate) engine: Engine,
    /// What Flux has to know.
    pub(crate) flux: Flux,
    /// What Argo CD has to know. Unset: no Application is emitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) argocd: Option<Argocd>,
    /// Also emit what installs cert-manager and trust-manager. Unset: somebody else does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) controllers: Option<Controllers>,
}

/// GitOps engines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Engine {
    /// kubectl, or any other: no annotations.
    #[default]
    None,
    /// Flux: Namespaces, the CA Certificate and the Bundle are never pruned.
    Flux,
    /// Argo CD: the same guards, and sync waves by dependency.
    Argocd,
}

impl Engine {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Flux => "flux",
            Self::Argocd => "argocd",
        }
    }
}

/// What Flux has to know.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Flux {
    /// The name of the Flux Kustomization. Unset: `<metadata.name>-trust`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// The namespace of Flux's objects.
    pub(crate) namespace: DnsLabel,
    /// The site's folder in the source. Unset: `./deploy/<metadata.name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<Text>,
    /// The source.
    pub(crate) source_ref: FluxSource,
    /// What happens to the objects when the Flux Kustomization is deleted. Unset: what prune says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deletion_policy: Option<DeletionPolicy>,
    /// Whether health is read by CEL expressions (Flux 2.5). Without them a Bundle counts as ready at once.
    pub(crate) health_expressions: bool,
}

impl Default for Flux {
    fn default() -> Self {
        Self {
            name: None,
            namespace: label("flux-system"),
            path: None,
            source_ref: FluxSource::default(),
            deletion_policy: None,
            health_expressions: true,
        }
    }
}

/// A source of Flux, in the namespace of its objects.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct FluxSource {
    /// Its kind.
    pub(crate) kind: FluxSourceKind,
    /// Its name.
    pub(crate) name: DnsSubdomain,
}

impl Default for FluxSource {
    fn default() -> Self {
        let name = DnsSubdomain::try_from("flux-system".to_owned());
        Self { kind: FluxSourceKind::GitRepository, name: name.expect("a constant that passes its check") }
    }
}

/// Kinds of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum FluxSourceKind {
    /// A git repository.
    GitRepository,
    /// An OCI artifact.
    #[serde(rename = "OCIRepository")]
    OciRepository,
    /// A bucket.
    Bucket,
}

/// What happens to objects when their Flux Kustomization is deleted. Since Flux 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum DeletionPolicy {
    /// What prune says.
    MirrorPrune,
    /// They are deleted.
    Delete,
    /// They are deleted, and waited for.
    WaitForTermination,
    /// They stay.
    Orphan,
}

/// What Argo CD has to know.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Argocd {
    /// The repository that holds the rendered files.
    #[serde(rename = "repoURL")]
    pub(crate) repo_url: Url,
    /// Branch, tag or commit.
    #[serde(default = "head")]
    pub(crate) target_revision: Text,
    /// The site's folder in the repository. Unset: `deploy/<metadata.name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<Text>,
    /// The project.
    #[serde(default = "default_project")]
    pub(crate) project: DnsSubdomain,
    /// The namespace of Argo CD.
    #[serde(default = "argocd")]
    pub(crate) namespace: DnsLabel,
    /// The cluster.
    #[serde(default = "this_cluster")]
    pub(crate) server: Url,
    /// Also an ApplicationSet over all folders beside the site's own: for one site of a fleet.
    #[serde(default)]
    pub(crate) application_set: bool,
}

fn head() -> Text {
    Text::try_from("HEAD".to_owned()).expect("a constant that passes its check")
}

fn default_project() -> DnsSubdomain {
    DnsSubdomain::try_from("default".to_owned()).expect("a constant that passes its check")
}

fn argocd() -> DnsLabel {
    label("argocd")
}

fn this_cluster() -> Url {
    Url::try_from("https://kubernetes.default.svc".to_owned()).expect("a constant that passes its check")
}

/// What installs cert-manager and trust-manager: their charts, pinned.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Controllers {
    /// The chart of cert-manager, such as v1.21.1.
    pub(crate) cert_manager: Chart,
    /// The chart of trust-manager, such as v0.24.0.
    pub(crate) trust_manager: Chart,
}

/// A chart.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Chart {
    /// Its exact version.
    pub(crate) version: ReleaseTag,
}
