//! All keys of a Secret with a private key in it (trust-manager `pkg/bundle/internal/source/source.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-includes-private-key",
    severity: Severity::Warning,
    summary: "a Bundle reads all keys of a Secret that holds a private key",
    why: "trust-manager refuses that on purpose (InvalidSecretError): the whole Bundle fails, and clients keep what they had",
    fix: "name the key with the certificates instead of includeAllKeys: key: ca.crt",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        for source in bundle
            .sources()
            .iter()
            .filter(|source| source.value["secret"]["includeAllKeys"] == true)
        {
            let Some(name) = source.value["secret"]["name"].as_str() else {
                continue;
            };
            let written = case
                .named("Secret", name)
                .iter()
                .filter(|secret| secret.text("/type") == "kubernetes.io/tls");
            let mut holders = written.chain(case.issued_into(name));
            if let Some(holder) = holders.find(|holder| holder.namespace() == case.trust_namespace)
            {
                let message = format!(
                    "{} reads all keys of Secret `{name}`, tls.key too",
                    bundle.object.title()
                );
                let at = bundle
                    .object
                    .origin(&format!("{}/secret/includeAllKeys", source.at));
                found.push(INFO.at(at, message).also(
                    holder.origin("/metadata/name"),
                    "the Secret comes from here",
                ));
            }
        }
    }
}
