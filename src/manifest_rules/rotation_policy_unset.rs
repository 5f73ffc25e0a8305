//! The default changed from Never to Always in cert-manager 1.18.

use serde_json::json;

use super::Case;
use crate::diagnostic::{Change, Diagnostic, Fix, RuleInfo, Severity};
use crate::json_pointer::Pointer;
use crate::k8s::Object;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "rotation-policy-unset",
    severity: Severity::Warning,
    summary: "a CA whose rotationPolicy is not written",
    why: "since cert-manager 1.18 it gets a new key at each renewal: whatever trusts the old certificate rejects everything signed after",
    fix: "write privateKey.rotationPolicy: Never, or Always once its roots are handed out from copies",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case
        .certificates()
        .filter(|certificate| certificate.value["spec"]["isCA"] == true)
    {
        if certificate
            .text("/spec/privateKey/rotationPolicy")
            .is_empty()
        {
            let message = format!(
                "{} leaves its rotationPolicy to the release of cert-manager",
                certificate.title()
            );
            found.push(
                INFO.at(certificate.origin("/spec/privateKey"), message)
                    .fix(never(certificate)),
            );
        }
    }
}

/// The old default. Whoever wants new keys says so; nobody should get them by an upgrade.
fn never(certificate: &Object) -> Fix {
    let (at, key, value) = if certificate.value["spec"]["privateKey"].is_object() {
        ("/spec/privateKey", "rotationPolicy", json!("Never"))
    } else {
        ("/spec", "privateKey", json!({"rotationPolicy": "Never"}))
    };
    let change = Change::Insert(key.to_owned(), value);
    Fix::risky(
        "write `rotationPolicy: Never`",
        vec![certificate.edit(&Pointer::parse(at), change)],
    )
}
