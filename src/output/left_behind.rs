//! What stays on a cluster when a Certificate leaves the files: cert-manager does not delete the Secret with it
//! (cert-manager `pkg/controller/certificates/issuing/internal/secret.go`), and the engines are told not to delete a CA.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize as _;
use serde_json::Value;

use super::plan::{Action, Plan};

/// A Secret with a key in it that nothing in the files makes any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftBehind {
    pub(crate) namespace: String,
    pub(crate) secret: String,
    pub(crate) certificate: String,
    pub(crate) is_ca: bool,
    /// Whether the Certificate is gone as well, and does not merely make another Secret.
    pub(crate) gone: bool,
}

/// Every such Secret, in order.
pub(crate) fn left_behind(plan: &Plan<'_>) -> Vec<LeftBehind> {
    let mut before = BTreeSet::new();
    for change in &plan.changes {
        match &change.action {
            Action::Update { old } => before.extend(made(old)),
            // What cannot be read any more is nothing that can be told of.
            Action::Remove => {
                let old = fs::read_to_string(plan.path(change)).unwrap_or_default();
                before.extend(made(&old));
            }
            Action::Create | Action::Keep => {}
        }
    }
    if before.is_empty() {
        return Vec::new();
    }
    let after: Vec<LeftBehind> = plan
        .changes
        .iter()
        .flat_map(|change| made(change.text))
        .collect();
    let still = |one: &LeftBehind| {
        after
            .iter()
            .any(|new| new.namespace == one.namespace && new.secret == one.secret)
    };
    let certificate = |one: &LeftBehind| {
        after
            .iter()
            .any(|new| new.namespace == one.namespace && new.certificate == one.certificate)
    };
    let left = before.into_iter().filter(|one| !still(one));
    left.map(|one| LeftBehind {
        gone: !certificate(&one),
        ..one
    })
    .collect()
}

impl std::fmt::Display for LeftBehind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            namespace,
            secret,
            certificate,
            is_ca,
            gone,
        } = self;
        let key = if *is_ca { "the key of a CA" } else { "a key" };
        let leaves = if *gone {
            "leaves the files"
        } else {
            "makes another Secret"
        };
        let certificate_too = if *gone {
            format!("certificate/{certificate} ")
        } else {
            String::new()
        };
        write!(
            f,
            "Certificate {certificate} {leaves}, and Secret {secret} with {key} stays in namespace {namespace}; when nothing uses it any more: kubectl -n {namespace} delete {certificate_too}secret/{secret} --ignore-not-found"
        )
    }
}

/// The Secrets that the Certificates in a file make. What is no YAML makes none.
fn made(text: &str) -> Vec<LeftBehind> {
    if !text.contains("kind: Certificate\n") {
        return Vec::new();
    }
    let documents = serde_yaml::Deserializer::from_str(text)
        .map_while(|document| Value::deserialize(document).ok());
    let certificates = documents.filter(|object| object["kind"] == "Certificate");
    let secrets = certificates.filter_map(|object| {
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Some(LeftBehind {
            namespace: text("/metadata/namespace")?,
            secret: text("/spec/secretName")?,
            certificate: text("/metadata/name")?,
            is_ca: object["spec"]["isCA"] == true,
            gone: true,
        })
    });
    secrets.collect()
}
