//! What is ever emitted: one closed JSON Schema per kind, narrower than what the cluster takes.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

use super::refusal::{Layer, Refusal};
use crate::pointer::Pointer;
use crate::values::{FORMATS, Lifetime, refusal};

/// A kind that is emitted, and its schema.
pub(crate) struct KindSchema {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    /// The schema's text, as committed.
    pub(crate) text: &'static str,
    compiled: OnceLock<Validator>,
}

macro_rules! kinds {
    ($(($api_version:literal, $kind:literal, $file:literal)),* $(,)?) => {
        /// Every kind that is emitted.
        pub(crate) static KINDS: [KindSchema; [$($kind),*].len()] = [$(KindSchema {
            api_version: $api_version,
            kind: $kind,
            text: include_str!(concat!("../../schemas/manifests/", $file, ".schema.json")),
            compiled: OnceLock::new(),
        }),*];
    };
}

kinds![
    ("v1", "Namespace", "namespace"),
    ("v1", "ConfigMap", "config-map"),
    ("cert-manager.io/v1", "Issuer", "issuer"),
    ("cert-manager.io/v1", "ClusterIssuer", "cluster-issuer"),
    ("cert-manager.io/v1", "Certificate", "certificate"),
    ("trust.cert-manager.io/v1alpha1", "Bundle", "bundle"),
    ("v1", "ServiceAccount", "service-account"),
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "secret-provider-class"),
    ("secret-sync.x-k8s.io/v1alpha1", "SecretSync", "secret-sync"),
    ("external-secrets.io/v1", "ExternalSecret", "external-secret"),
    ("policy.cert-manager.io/v1alpha1", "CertificateRequestPolicy", "certificate-request-policy"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "cluster-role"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "cluster-role-binding"),
    ("kustomize.config.k8s.io/v1beta1", "Kustomization", "kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-kustomization"),
    ("source.toolkit.fluxcd.io/v1", "OCIRepository", "oci-repository"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease", "helm-release"),
    ("argoproj.io/v1alpha1", "Application", "application"),
    ("argoproj.io/v1alpha1", "ApplicationSet", "application-set"),
    // Not objects, but files beside them: no document has an empty kind.
    ("", "HelmValues", "helm-values"),
    ("", "NameReferences", "name-references"),
];

/// The schema of a kind, by its name in any case.
pub(crate) fn of_kind(kind: &str) -> Option<&'static KindSchema> {
    // Flux has a Kustomization too: its schema is known by its title.
    let titled = |schema: &&KindSchema| schema.text.contains(&format!("\"title\": \"{kind}\""));
    KINDS.iter().find(|schema| schema.kind.eq_ignore_ascii_case(kind)).or_else(|| KINDS.iter().find(titled))
}

/// What the kind's schema refuses. A kind without a schema is refused as such.
pub(super) fn judge(manifest: &Value) -> Vec<Refusal> {
    let text = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or_default();
    judge_as(text("apiVersion"), text("kind"), manifest)
}

/// What the schema of this kind refuses.
pub(super) fn judge_as(api_version: &str, kind: &str, document: &Value) -> Vec<Refusal> {
    let refused = |at: &str, reason| Refusal {
        pointer: Pointer::parse(at),
        layer: Layer::Schema,
        reason,
        help: None,
        change: None,
    };
    let Some(schema) = KINDS.iter().find(|schema| schema.api_version == api_version && schema.kind == kind) else {
        return vec![refused("/kind", format!("there is no schema for {api_version} {kind}"))];
    };
    let errors = schema.validator().iter_errors(document);
    errors.map(|error| refused(error.instance_path().as_str(), error.to_string())).collect()
}

impl KindSchema {
    fn validator(&self) -> &Validator {
        self.compiled.get_or_init(|| {
            let schema: Value = serde_json::from_str(self.text).expect("committed schemas are JSON; a test reads each");
            let options =
                jsonschema::options().should_validate_formats(true).with_format("certificates", only_certificates);
            let options = FORMATS.iter().fold(options, |options, (name, _)| {
                options.with_format(*name, move |text: &str| refusal(name, text).is_none())
            });
            // Output is stricter than input: one spelling only.
            let options = options
                .with_format("go-duration", |text: &str| Lifetime::parse(text).is_ok_and(|l| l.to_string() == text));
            options.build(&schema).expect("committed schemas compile; a test compiles each")
        })
    }
}

/// PEM blocks of certificates, one after the other, and nothing else: what every reader of a bundle can take.
fn only_certificates(text: &str) -> bool {
    let mut inside = false;
    let mut count = 0;
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some("-----BEGIN CERTIFICATE-----") if !inside => inside = true,
            Some("-----END CERTIFICATE-----") if inside => {
                inside = false;
                count += 1;
            }
            Some(base64) if inside && base64.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) => {}
            _ => return false,
        }
    }
    count > 0 && !inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_compiles_and_is_closed() {
        fn walk(schema: &Value, at: &str) {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object)
                && schema.get("type").is_some()
            {
                assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{at} is open");
                properties.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}")));
            }
            if let Some(items) = schema.get("items") {
                walk(items, &format!("{at}[]"));
            }
        }
        for kind in &KINDS {
            let _ = kind.validator();
            walk(&serde_json::from_str(kind.text).expect("JSON"), kind.kind);
        }
    }

    #[test]
    fn only_certificates_are_in_a_bundle() {
        let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        assert!(only_certificates(pem) && only_certificates(&pem.repeat(3)));
        for text in [
            "",
            "x",
            "-----BEGIN CERTIFICATE-----\nAA==\n",
            &pem.replace("CERTIFICATE", "PRIVATE KEY"),
            &format!("x\n{pem}"),
            pem.trim_end(),
        ] {
            assert!(!only_certificates(text), "{text:?}");
        }
    }
}
