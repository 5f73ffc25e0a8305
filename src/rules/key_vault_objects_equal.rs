//! One object of a vault cannot be both: the Secret would hold the key where certificates belong.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::trust::{Road, Signing};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "key-vault-objects-equal",
    severity: Severity::Error,
    summary: "two parts of a Secret come from one object of the vault",
    why: "the issuer never becomes ready; and a key that stands where certificates belong is copied into every bundle that reads it",
    fix: "name three objects: the key, the chain, the root",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Signing::CaSecret(ca) = &case.trust.issuer.signing else {
        return;
    };
    let (base, objects) = match &ca.road {
        Some(Road::KeyVault(vault)) => {
            let objects = &vault.objects;
            let names = [
                Some(&objects.key),
                Some(&objects.chain),
                objects.root.as_ref(),
            ];
            (
                "fromKeyVault",
                names.map(|name| name.map(ToString::to_string)),
            )
        }
        Some(Road::ExternalSecret(external)) => {
            let objects = &external.objects;
            let names = [
                Some(&objects.key),
                Some(&objects.chain),
                objects.root.as_ref(),
            ];
            (
                "fromExternalSecret",
                names.map(|name| {
                    name.map(|remote| format!("{:?}", (&*remote.key, &remote.property)))
                }),
            )
        }
        _ => return,
    };
    for (n, part) in ["key", "chain", "root"].iter().enumerate().skip(1) {
        if let Some(name) = &objects[n]
            && objects[..n].contains(&Some(name.clone()))
        {
            let origin = case
                .trust
                .origin(&format!("/spec/issuer/ca/{base}/objects/{part}"));
            found.push(INFO.at(
                origin,
                format!("the {part} comes from the same object as another part"),
            ));
        }
    }
}
