//! DNS-01 providers of ACME solvers: `ValidateACMEChallengeSolverDNS01`.

use super::super::field::Field;
use super::super::refusal::Refusals;
use super::{required, secret_key};
use crate::source::shown;

type Check = fn(&Field<'_>, &mut Refusals<'_>);

/// The providers, in the order in which the webhook asks for them.
const PROVIDERS: &[(&str, Check)] = &[
    ("akamai", akamai),
    ("azureDNS", azure_dns),
    ("cloudDNS", cloud_dns),
    ("cloudflare", cloudflare),
    ("route53", route53),
    ("acmeDNS", acme_dns),
    ("digitalocean", digitalocean),
    ("rfc2136", rfc2136),
    ("webhook", webhook),
];

pub(super) fn review(dns01: &Field<'_>, refusals: &mut Refusals<'_>) {
    let mut configured = 0;
    for (name, check) in PROVIDERS {
        let provider = dns01.get(name);
        if !provider.is_set() {
            continue;
        }
        // The webhook forgets to count what stands before acmeDNS.
        if configured > 0 && *name != "acmeDNS" {
            refusals.at(&provider.at, "may not specify more than one provider type");
        } else {
            check(&provider, refusals);
        }
        configured += 1;
    }
    if configured == 0 {
        refusals.at(&dns01.at, "no DNS01 provider configured");
    }
}

fn akamai(akamai: &Field<'_>, refusals: &mut Refusals<'_>) {
    for reference in [
        "clientTokenSecretRef",
        "clientSecretSecretRef",
        "accessTokenSecretRef",
    ] {
        secret_key(&akamai.get(reference), refusals);
    }
    required(&akamai.get("serviceConsumerDomain"), refusals);
}

fn azure_dns(azure: &Field<'_>, refusals: &mut Refusals<'_>) {
    const PRINCIPAL: &[&str] = &["clientID", "clientSecretSecretRef", "tenantID"];
    let is_written = |field: &Field<'_>| field.value.is_object() || field.some_text().is_some();
    let (principal, missing): (Vec<_>, Vec<_>) = PRINCIPAL
        .iter()
        .map(|key| azure.get(key))
        .partition(is_written);
    let identity = azure.get("managedIdentity");
    if !principal.is_empty() {
        for field in missing {
            refusals.at(
                &field.at,
                format!("{} must be set together", PRINCIPAL.join(", ")),
            );
        }
        if identity.is_set() {
            refusals.at(
                &identity.at,
                "managedIdentity cannot be used with a service principal",
            );
        }
        let secret = azure.get("clientSecretSecretRef");
        if secret.is_set() {
            secret_key(&secret, refusals);
        }
    }
    if identity.is_set() {
        managed_identity(&identity, refusals);
    }
    required(&azure.get("subscriptionID"), refusals);
    required(&azure.get("resourceGroupName"), refusals);
}

fn managed_identity(identity: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (client, resource, tenant) = (
        identity.get("clientID"),
        identity.get("resourceID"),
        identity.get("tenantID"),
    );
    let has = |field: &Field<'_>| field.some_text().is_some();
    if has(&client) && has(&resource) {
        refusals.at(&identity.at, "clientID and resourceID exclude each other");
    }
    if has(&tenant) && has(&resource) {
        refusals.at(&identity.at, "tenantID and resourceID exclude each other");
    }
    if has(&tenant) && !has(&client) {
        refusals.at(&client.at, "must be set when tenantID is set");
    }
}

fn cloud_dns(cloud: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&cloud.get("project"), refusals);
    let account = cloud.get("serviceAccountSecretRef");
    if account.is_set() {
        secret_key(&account, refusals);
    }
}

fn cloudflare(cloudflare: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (key, token) = (
        cloudflare.get("apiKeySecretRef"),
        cloudflare.get("apiTokenSecretRef"),
    );
    if key.is_set() == token.is_set() {
        refusals.at(
            &cloudflare.at,
            "exactly one of apiKeySecretRef and apiTokenSecretRef must be set",
        );
    }
    for reference in [&key, &token]
        .into_iter()
        .filter(|reference| reference.is_set())
    {
        secret_key(reference, refusals);
    }
    if key.is_set() {
        required(&cloudflare.get("email"), refusals);
    }
}

fn route53(route53: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (id, reference) = (
        route53.get("accessKeyID"),
        route53.get("accessKeyIDSecretRef"),
    );
    if id.some_text().is_some() && reference.is_set() {
        refusals.at(
            &id.at,
            "accessKeyID and accessKeyIDSecretRef exclude each other",
        );
    }
}

fn acme_dns(acme_dns: &Field<'_>, refusals: &mut Refusals<'_>) {
    secret_key(&acme_dns.get("accountSecretRef"), refusals);
    required(&acme_dns.get("host"), refusals);
}

fn digitalocean(digitalocean: &Field<'_>, refusals: &mut Refusals<'_>) {
    secret_key(&digitalocean.get("tokenSecretRef"), refusals);
}

fn rfc2136(rfc2136: &Field<'_>, refusals: &mut Refusals<'_>) {
    let server = rfc2136.get("nameserver");
    match server.some_text() {
        None => required(&server, refusals),
        Some(text) if !is_name_server(text) => {
            let reason = format!(
                "{}: must be host or host:port, IPv6 in brackets",
                shown(text)
            );
            refusals.at(&server.at, reason);
        }
        Some(_) => {}
    }
    let algorithm = rfc2136.get("tsigAlgorithm");
    let known = ["", "HMACMD5", "HMACSHA1", "HMACSHA256", "HMACSHA512"];
    if !known
        .iter()
        .any(|name| name.eq_ignore_ascii_case(algorithm.text()))
    {
        refusals.at(
            &algorithm.at,
            format!(
                "{}: must be one of{}",
                shown(algorithm.text()),
                known.join(" ")
            ),
        );
    }
    let (name, secret) = (
        rfc2136.get("tsigKeyName"),
        rfc2136.get("tsigSecretSecretRef"),
    );
    let has_secret = secret.get("name").some_text().is_some();
    if name.some_text().is_some() && !has_secret {
        secret_key(&secret, refusals);
    }
    if has_secret {
        required(&name, refusals);
        required(&secret.get("key"), refusals);
    }
}

/// `host`, `host:port`, `:port`, `[v6]` or `[v6]:port`.
fn is_name_server(text: &str) -> bool {
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        let tail_fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<std::net::Ipv6Addr>().is_ok() && tail_fits;
    }
    match text.split_once(':') {
        None => true,
        Some((host, port)) => !host.is_empty() && is_port(port),
    }
}

fn webhook(webhook: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&webhook.get("solverName"), refusals);
}
