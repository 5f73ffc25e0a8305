//! Debian's roots beside private ones (trust-manager `pkg/bundle/internal/source/source.go`).

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "bundle-default-cas",
    severity: Severity::Warning,
    summary: "a private bundle also trusts the public web's CAs",
    why: "any of a hundred public CAs could then vouch for the broker, and without the default package the whole Bundle fails",
    fix: "delete the useDefaultCAs source; name the private roots only",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for bundle in case.bundles() {
        let sources = bundle.sources();
        let private = sources
            .iter()
            .any(|source| source.value.get("useDefaultCAs").is_none());
        for source in sources
            .iter()
            .filter(|source| private && source.value["useDefaultCAs"] == true)
        {
            let message = format!(
                "{} mixes private roots with the public web's",
                bundle.object.title()
            );
            found.push(
                INFO.at(
                    bundle
                        .object
                        .origin(&format!("{}/useDefaultCAs", source.at)),
                    message,
                ),
            );
        }
    }
}
