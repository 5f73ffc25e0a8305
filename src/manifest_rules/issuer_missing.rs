//! References are not checked on admission: one object at a time.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "issuer-missing",
    severity: Severity::Warning,
    summary: "a Certificate refers to an issuer that nothing here provides",
    why: "the Certificate waits for ever, and pods that mount its Secret never start; if the issuer is made elsewhere this is all right",
    fix: "correct kind, name or namespace: an Issuer must be in the Certificate's namespace",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for certificate in case.certificates() {
        let group = certificate.text("/spec/issuerRef/group");
        if (!group.is_empty() && group != "cert-manager.io")
            || case.issuer_of(certificate).is_some()
            || case.is_issuer_elsewhere(certificate)
        {
            continue;
        }
        let (kind, name) = (
            case.issuer_kind(certificate),
            certificate.text("/spec/issuerRef/name"),
        );
        let place = if kind == "Issuer" {
            format!(" in namespace `{}`", certificate.namespace())
        } else {
            String::new()
        };
        let message = format!(
            "{} wants {} {}{place}, which is not among these manifests",
            certificate.title(),
            shown(kind),
            shown(name)
        );
        let finding = INFO.at(certificate.origin("/spec/issuerRef"), message);
        found.push(match case.issuers().find(|issuer| issuer.name() == name) {
            Some(other) => finding.also(
                other.origin("/kind"),
                format!("this {} has the name", other.kind()),
            ),
            None => finding,
        });
    }
}
