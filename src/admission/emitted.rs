//! What is ever emitted: one closed JSON Schema per kind, narrower than what the cluster takes.

use std::sync::OnceLock;

use jsonschema::Validator;
use memchr::memchr;
use serde_json::Value;

use super::field::text_at;
use super::refusal::{Layer, Refusal};
use crate::json_pointer::Pointer;
use crate::types::{FORMATS, Lifetime, every_byte, refusal};

/// A kind that is emitted, and its schema.
pub(crate) struct KindSchema {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    /// The schema's text, as committed.
    pub(crate) text: &'static str,
    accepts: fn(&Value) -> bool,
    /// The same schema for those that are refused: only this one says why.
    compiled: OnceLock<Validator>,
}

macro_rules! kinds {
    ($(($api_version:literal, $kind:literal, $compiled:ident, $file:tt)),* $(,)?) => {
        mod compiled {
            crate::types::compiled_schemas! {
                {
                    "certificates" => crate::admission::emitted::only_certificates,
                    "canonical-go-duration" => crate::admission::emitted::is_canonical_duration,
                }
                $(($compiled, $file)),*
            }
        }

        /// Every kind that is emitted.
        pub(crate) static KINDS: [KindSchema; [$($kind),*].len()] = [$(KindSchema {
            api_version: $api_version,
            kind: $kind,
            text: include_str!(concat!("../../", $file)),
            accepts: compiled::$compiled::is_valid,
            compiled: OnceLock::new(),
        }),*];
    };
}

kinds![
    (
        "v1",
        "Namespace",
        Namespace,
        "schemas/emitted/namespace.schema.json"
    ),
    (
        "v1",
        "ConfigMap",
        ConfigMap,
        "schemas/emitted/config-map.schema.json"
    ),
    (
        "cert-manager.io/v1",
        "Issuer",
        Issuer,
        "schemas/emitted/issuer.schema.json"
    ),
    (
        "cert-manager.io/v1",
        "ClusterIssuer",
        ClusterIssuer,
        "schemas/emitted/cluster-issuer.schema.json"
    ),
    (
        "cert-manager.io/v1",
        "Certificate",
        Certificate,
        "schemas/emitted/certificate.schema.json"
    ),
    (
        "trust.cert-manager.io/v1alpha1",
        "Bundle",
        Bundle,
        "schemas/emitted/bundle.schema.json"
    ),
    (
        "v1",
        "ServiceAccount",
        ServiceAccount,
        "schemas/emitted/service-account.schema.json"
    ),
    (
        "secrets-store.csi.x-k8s.io/v1",
        "SecretProviderClass",
        SecretProviderClass,
        "schemas/emitted/secret-provider-class.schema.json"
    ),
    (
        "secret-sync.x-k8s.io/v1alpha1",
        "SecretSync",
        SecretSync,
        "schemas/emitted/secret-sync.schema.json"
    ),
    (
        "external-secrets.io/v1",
        "ExternalSecret",
        ExternalSecret,
        "schemas/emitted/external-secret.schema.json"
    ),
    (
        "policy.cert-manager.io/v1alpha1",
        "CertificateRequestPolicy",
        CertificateRequestPolicy,
        "schemas/emitted/certificate-request-policy.schema.json"
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        ClusterRole,
        "schemas/emitted/cluster-role.schema.json"
    ),
    (
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        ClusterRoleBinding,
        "schemas/emitted/cluster-role-binding.schema.json"
    ),
    (
        "kustomize.config.k8s.io/v1beta1",
        "Kustomization",
        Kustomization,
        "schemas/emitted/kustomization.schema.json"
    ),
    (
        "kustomize.toolkit.fluxcd.io/v1",
        "Kustomization",
        FluxKustomization,
        "schemas/emitted/flux-kustomization.schema.json"
    ),
    (
        "source.toolkit.fluxcd.io/v1",
        "OCIRepository",
        OciRepository,
        "schemas/emitted/oci-repository.schema.json"
    ),
    (
        "helm.toolkit.fluxcd.io/v2",
        "HelmRelease",
        HelmRelease,
        "schemas/emitted/helm-release.schema.json"
    ),
    (
        "argoproj.io/v1alpha1",
        "Application",
        Application,
        "schemas/emitted/application.schema.json"
    ),
    (
        "argoproj.io/v1alpha1",
        "ApplicationSet",
        ApplicationSet,
        "schemas/emitted/application-set.schema.json"
    ),
    // Not objects, but files beside them: no document has an empty kind.
    (
        "",
        "HelmValues",
        HelmValues,
        "schemas/emitted/helm-values.schema.json"
    ),
    (
        "",
        "NameReferences",
        NameReferences,
        "schemas/emitted/name-references.schema.json"
    ),
];

/// The schema of a kind, by its name in any case.
pub(crate) fn of_kind(kind: &str) -> Option<&'static KindSchema> {
    // Flux has a Kustomization too: its schema is known by its title.
    let titled = |schema: &&KindSchema| schema.text.contains(&format!("\"title\": \"{kind}\""));
    KINDS
        .iter()
        .find(|schema| schema.kind.eq_ignore_ascii_case(kind))
        .or_else(|| KINDS.iter().find(titled))
}

/// What the kind's schema refuses. A kind without a schema is refused as such.
pub(super) fn judge(manifest: &Value) -> Vec<Refusal> {
    judge_as(
        text_at(manifest, "apiVersion"),
        text_at(manifest, "kind"),
        manifest,
    )
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
    let Some(schema) = KINDS
        .iter()
        .find(|schema| schema.api_version == api_version && schema.kind == kind)
    else {
        return vec![refused(
            "/kind",
            format!("there is no schema for {api_version} {kind}"),
        )];
    };
    if (schema.accepts)(document) {
        return Vec::new();
    }
    let errors = schema.validator().iter_errors(document);
    errors
        .map(|error| refused(error.instance_path().as_str(), error.to_string()))
        .collect()
}

impl KindSchema {
    fn validator(&self) -> &Validator {
        self.compiled.get_or_init(|| {
            let schema: Value = serde_json::from_str(self.text)
                .expect("committed schemas are JSON; a test reads each");
            let options = jsonschema::options()
                .should_validate_formats(true)
                .with_format("certificates", only_certificates);
            let options = FORMATS.iter().fold(options, |options, (name, _)| {
                options.with_format(*name, move |text: &str| refusal(name, text).is_none())
            });
            let options = options.with_format("canonical-go-duration", is_canonical_duration);
            options
                .build(&schema)
                .expect("committed schemas compile; a test compiles each")
        })
    }
}

/// Output is stricter than input: one spelling only.
fn is_canonical_duration(text: &str) -> bool {
    Lifetime::parse(text).is_ok_and(|lifetime| lifetime.to_string() == text)
}

/// PEM blocks of certificates, one after the other, and nothing else: what every reader of a bundle can take.
fn only_certificates(text: &str) -> bool {
    let is_base64 =
        |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'+') | (byte == b'/') | (byte == b'=');
    let mut inside = false;
    let mut rest = text;
    while let Some((line, next)) =
        memchr(b'\n', rest.as_bytes()).map(|end| (&rest[..end], &rest[end + 1..]))
    {
        match line {
            "-----BEGIN CERTIFICATE-----" if !inside => inside = true,
            "-----END CERTIFICATE-----" if inside => inside = false,
            base64 if inside && every_byte(base64.as_bytes(), is_base64) => {}
            _ => return false,
        }
        rest = next;
    }
    !text.is_empty() && rest.is_empty() && !inside
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{golden, some_variants};

    /// What is compiled with the program and what is compiled at run time are two programs: they must agree.
    #[test]
    fn both_validators_agree_on_what_is_changed() {
        let mut judged = BTreeMap::new();
        for document in golden("cases", ".yaml") {
            let is = |schema: &&KindSchema| {
                schema.api_version == document["apiVersion"] && schema.kind == document["kind"]
            };
            let Some(schema) = KINDS.iter().find(is) else {
                continue;
            };
            let times: &mut usize = judged.entry(schema.text).or_default();
            *times += 1;
            if *times > 4 {
                continue;
            }
            assert!((schema.accepts)(&document), "{document}");
            for variant in some_variants(&document) {
                assert_eq!(
                    (schema.accepts)(&variant),
                    schema.validator().is_valid(&variant),
                    "{variant}"
                );
            }
        }
        assert!(judged.len() >= 18, "{}", judged.len());
    }

    #[test]
    fn every_schema_compiles_and_is_closed() {
        fn walk(schema: &Value, at: &str) {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object)
                && schema.get("type").is_some()
            {
                assert_eq!(
                    schema.get("additionalProperties"),
                    Some(&Value::Bool(false)),
                    "{at} is open"
                );
                properties
                    .iter()
                    .for_each(|(key, value)| walk(value, &format!("{at}/{key}")));
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
