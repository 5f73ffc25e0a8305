//! ACME issuers and their solvers: `ValidateACMEIssuerConfig`, `ValidateACMEIssuerChallengeSolver*`.

use super::super::field::Field;
use super::super::refusal::Refusals;
use super::super::{go, names};
use super::{bundle_of_cas, dns01, required, secret_key};
use crate::source::shown;

pub(super) fn review(acme: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&acme.get("server"), refusals);
    required(&acme.get("privateKeySecretRef").get("name"), refusals);
    let bundle = acme.get("caBundle");
    bundle_of_cas(&bundle, refusals);
    if bundle.some_text().is_some() && acme.get("skipTLSVerify").is_true() {
        refusals.at(&bundle.at, "caBundle and skipTLSVerify exclude each other");
    }
    let account = acme.get("externalAccountBinding");
    if account.is_set() {
        required(&account.get("keyID"), refusals);
        secret_key(&account.get("keySecretRef"), refusals);
    }
    for solver in acme.get("solvers").items() {
        self::solver(&solver, refusals);
    }
}

fn solver(solver: &Field<'_>, refusals: &mut Refusals<'_>) {
    let wait = solver.get("waitInsteadOfSelfCheck");
    if let Some(text) = wait.value.as_str() {
        match go::duration(text) {
            None => refusals.at(
                &wait.at,
                format!("{}: not a Go duration: use h, m and s", shown(text)),
            ),
            Some(nanos) if nanos < 0 => refusals.at(&wait.at, "must not be negative"),
            Some(_) => {}
        }
    }
    let (http01, dns01) = (solver.get("http01"), solver.get("dns01"));
    match (http01.is_set(), dns01.is_set()) {
        (false, false) => refusals.at(&solver.at, "no solver type configured: http01 or dns01"),
        (true, true) => refusals.at(
            &dns01.at,
            "may not specify more than one solver type in a single solver",
        ),
        (true, false) => self::http01(&http01, refusals),
        (false, true) => dns01::review(&dns01, refusals),
    }
}

fn http01(http01: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (ingress, gateway) = (http01.get("ingress"), http01.get("gatewayHTTPRoute"));
    if ingress.is_set() == gateway.is_set() {
        refusals.at(
            &http01.at,
            "exactly one of ingress and gatewayHTTPRoute must be set",
        );
    }
    for route in [&ingress, &gateway] {
        let service = route.get("serviceType");
        if !matches!(service.text(), "" | "ClusterIP" | "NodePort") {
            refusals.at(
                &service.at,
                format!("{}: must be ClusterIP or NodePort", shown(service.text())),
            );
        }
    }
    let class = ingress.get("ingressClassName");
    let named = ["class", "ingressClassName", "name"].map(|key| ingress.get(key).is_set());
    if named.into_iter().filter(|set| *set).count() > 1 {
        refusals.at(
            &ingress.at,
            "only one of class, ingressClassName and name may be set",
        );
    }
    if let Some(reason) = class.value.as_str().and_then(names::dns_subdomain) {
        refusals.at(&class.at, format!("{}: {reason}", shown(class.text())));
    }
}
