//! Whether the issuer's chain leads to an anchor, by names and signatures.

use super::{Case, at_certificate, described};
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::pki::Broken;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "chain-broken",
    severity: Severity::Error,
    summary: "the issuer's chain leads to no root in the bundle",
    why: "the issuer signs, all resources are healthy, and every client rejects every server: the bundle holds the wrong root",
    fix: "add the root that issued the chain to spec.anchors",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(Err(broken)) = &case.path else {
        return;
    };
    match broken {
        Broken::NoIssuer(top) => {
            let message = format!(
                "{} is issued by `{}`, which is not among the anchors",
                described(top),
                top.issuer
            );
            found.push(
                at_certificate(&INFO, top, message)
                    .also(case.trust.origin("/spec/anchors"), "none of these"),
            );
        }
        Broken::WrongKey(certificate, impostor) => {
            let message = format!(
                "the key of {} did not sign {}, though it bears the name of its issuer",
                described(impostor),
                described(certificate)
            );
            let help = "a CA of that name has been renewed with another key: ask for the certificate that signed the chain";
            let finding = at_certificate(&INFO, certificate, message).help(help);
            found.push(finding.also(impostor.found.named.clone(), "the name, with another key"));
        }
        Broken::Circle(certificate, issuer) => {
            let message = format!(
                "{} is issued by {}, which is below it in the chain: they sign each other, and lead to no anchor",
                described(certificate),
                described(issuer)
            );
            let help = "ask for the certificate that a root has issued for one of them, and put it into the chain; the root belongs into spec.anchors";
            found.push(
                at_certificate(&INFO, certificate, message)
                    .help(help)
                    .also(case.trust.origin("/spec/anchors"), "none of these"),
            );
        }
    }
}
