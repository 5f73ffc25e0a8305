//! How the manifests reach the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::label;
use crate::types::{
    DnsLabel, DnsSubdomain, ReleaseTag, RepositoryPath, RepositoryUrl, Text, Url, Version,
};

/// How the manifests reach the cluster.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Delivery {
    /// Whose annotations the objects carry, and whose own objects are emitted in a folder beside them.
    pub(crate) engine: Engine,
    /// Whether the engine is told never to delete Namespaces, the CA Certificate and the Bundle. Without guards it
    /// deletes them with the folder: the way to take a site down.
    pub(crate) guards: bool,
    /// What Flux has to know.
    pub(crate) flux: Flux,
    /// What Argo CD has to know.
    pub(crate) argocd: Argocd,
    /// Also emit what installs cert-manager and trust-manager. Unset: somebody else does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) controllers: Option<Controllers>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            guards: true,
            flux: Flux::default(),
            argocd: Argocd::default(),
            controllers: None,
        }
    }
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

/// The first release of Flux that retries charts without rolling back (helm-controller 1.4).
pub(crate) const RETRY_ON_FAILURE: Version = Version::new(2, 7);

/// What Flux has to know.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Flux {
    /// The oldest release of Flux on the sites, two numbers in quotes. Unset: 2.5, and 2.6 if it is to install the
    /// controllers. Fields that came later are emitted only if this says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<Version>,
    /// The name of the Flux Kustomization. Unset: `<metadata.name>-trust`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<DnsSubdomain>,
    /// The namespace of Flux's objects.
    pub(crate) namespace: DnsLabel,
    /// The site's folder in the source. Unset: `./deploy/<metadata.name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<RepositoryPath>,
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
            version: None,
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
        Self {
            kind: FluxSourceKind::GitRepository,
            name: constant("flux-system"),
        }
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

/// What happens to objects when their Flux Kustomization is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum DeletionPolicy {
    /// What prune says.
    MirrorPrune,
    /// They are deleted.
    Delete,
    /// They are deleted, and waited for. Since Flux 2.6.
    WaitForTermination,
    /// They stay.
    Orphan,
}

/// What Argo CD has to know.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Argocd {
    /// The repository that holds the rendered files. Unset: no Application of the site is emitted.
    #[serde(rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub(crate) repo_url: Option<RepositoryUrl>,
    /// Branch, tag or commit.
    pub(crate) target_revision: Text,
    /// The site's folder in the repository. Unset: `deploy/<metadata.name>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<RepositoryPath>,
    /// The project.
    pub(crate) project: DnsSubdomain,
    /// The namespace of Argo CD.
    pub(crate) namespace: DnsLabel,
    /// The cluster.
    pub(crate) server: Url,
    /// Instead of the site's Application an ApplicationSet over all folders beside the site's own, each for the cluster
    /// that is named like it: for one site of a fleet.
    pub(crate) application_set: bool,
}

impl Default for Argocd {
    fn default() -> Self {
        Self {
            repo_url: None,
            target_revision: constant("HEAD"),
            path: None,
            project: constant("default"),
            namespace: label("argocd"),
            server: constant("https://kubernetes.default.svc"),
            application_set: false,
        }
    }
}

/// A default of its type.
fn constant<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned())
        .ok()
        .expect("a constant that passes its check")
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
