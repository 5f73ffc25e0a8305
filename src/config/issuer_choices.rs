//! Which fields of an issuer exclude or need each other: what cert-manager's webhook refuses, and what it would admit and
//! then take only half of.

use super::Choice;
use super::byo_issuer::ByoIssuer;
use super::issuers::{AcmeIssuer, VaultIssuer, VenafiIssuer};
use crate::json_pointer::Pointer;

pub(super) fn of(issuer: &ByoIssuer) -> Vec<Choice> {
    let at = Pointer::parse("/spec/issuer");
    let ca = issuer.ca.iter().map(|ca| {
        let ways = [
            ("fromKeyVault", ca.from_key_vault.is_some()),
            ("fromExternalSecret", ca.from_external_secret.is_some()),
            ("fromSops", ca.from_sops.is_some()),
        ];
        Choice::at_most_one_of(at.key("ca"), ways)
    });
    let mut choices: Vec<Choice> = ca.collect();
    if let Some(it) = &issuer.vault {
        vault(it, &at.key("vault"), &mut choices);
    }
    if let Some(it) = &issuer.venafi {
        venafi(it, &at.key("venafi"), &mut choices);
    }
    if let Some(it) = &issuer.acme {
        acme(it, &at.key("acme"), &mut choices);
    }
    choices
}

fn vault(vault: &VaultIssuer, at: &Pointer, choices: &mut Vec<Choice>) {
    let bundles = [
        ("caBundle", vault.ca_bundle.is_some()),
        ("caBundleSecretRef", vault.ca_bundle_secret_ref.is_some()),
    ];
    choices.push(Choice::at_most_one_of(at.clone(), bundles));
    let (certificate, key) = (
        vault.client_cert_secret_ref.is_some(),
        vault.client_key_secret_ref.is_some(),
    );
    let pair = [
        ("clientCertSecretRef", certificate),
        ("clientKeySecretRef", key),
    ];
    choices.push(Choice::all_or_none(at.clone(), pair));
    let auth = &vault.auth;
    let ways = [
        ("tokenSecretRef", auth.token_secret_ref.is_some()),
        ("appRole", auth.app_role.is_some()),
        ("kubernetes", auth.kubernetes.is_some()),
        ("clientCertificate", auth.client_certificate.is_some()),
        ("aws", auth.aws.is_some()),
    ];
    choices.push(Choice::one_of(at.key("auth"), ways));
    if let Some(kubernetes) = &auth.kubernetes {
        let account = (
            "serviceAccountRef",
            kubernetes.service_account_ref.is_some(),
        );
        let ways = [account, ("secretRef", kubernetes.secret_ref.is_some())];
        choices.push(Choice::one_of(at.key("auth").key("kubernetes"), ways));
    }
    if let Some(aws) = &auth.aws {
        let pair = [
            ("serviceAccountRef", aws.service_account_ref.is_some()),
            ("iamRoleArn", aws.iam_role_arn.is_some()),
        ];
        choices.push(Choice::all_or_none(at.key("auth").key("aws"), pair));
    }
}

fn venafi(venafi: &VenafiIssuer, at: &Pointer, choices: &mut Vec<Choice>) {
    let ways = [
        ("tpp", venafi.tpp.is_some()),
        ("cloud", venafi.cloud.is_some()),
        ("ngts", venafi.ngts.is_some()),
    ];
    choices.push(Choice::one_of(at.clone(), ways));
    if let Some(tpp) = &venafi.tpp {
        let bundles = [
            ("caBundle", tpp.ca_bundle.is_some()),
            ("caBundleSecretRef", tpp.ca_bundle_secret_ref.is_some()),
        ];
        choices.push(Choice::at_most_one_of(at.key("tpp"), bundles));
    }
}

fn acme(acme: &AcmeIssuer, at: &Pointer, choices: &mut Vec<Choice>) {
    for (n, solver) in acme.solvers.iter().enumerate() {
        let at = at.key("solvers").index(n);
        choices.push(Choice::one_of(
            at.clone(),
            [
                ("http01", solver.http01.is_some()),
                ("dns01", solver.dns01.is_some()),
            ],
        ));
        if let Some(http01) = &solver.http01 {
            let ways = [
                ("ingress", http01.ingress.is_some()),
                ("gatewayHTTPRoute", http01.gateway.is_some()),
            ];
            choices.push(Choice::one_of(at.key("http01"), ways));
        }
        let Some(dns01) = &solver.dns01 else { continue };
        let at = at.key("dns01");
        let ways = [
            ("azureDNS", dns01.azure_dns.is_some()),
            ("cloudflare", dns01.cloudflare.is_some()),
            ("route53", dns01.route53.is_some()),
            ("rfc2136", dns01.rfc2136.is_some()),
            ("webhook", dns01.webhook.is_some()),
        ];
        choices.push(Choice::one_of(at.clone(), ways));
        if let Some(cloudflare) = &dns01.cloudflare {
            let (token, key) = (
                cloudflare.api_token_secret_ref.is_some(),
                cloudflare.api_key_secret_ref.is_some(),
            );
            let at = at.key("cloudflare");
            choices.push(Choice::one_of(
                at.clone(),
                [("apiTokenSecretRef", token), ("apiKeySecretRef", key)],
            ));
            choices.push(Choice::all_or_none(
                at,
                [
                    ("apiKeySecretRef", key),
                    ("email", cloudflare.email.is_some()),
                ],
            ));
        }
        if let Some(route53) = &dns01.route53 {
            let id = (
                "accessKeyIDSecretRef",
                route53.access_key_id_secret_ref.is_some(),
            );
            let key = (
                "secretAccessKeySecretRef",
                route53.secret_access_key_secret_ref.is_some(),
            );
            choices.push(Choice::all_or_none(at.key("route53"), [id, key]));
        }
        if let Some(rfc2136) = &dns01.rfc2136 {
            let name = ("tsigKeyName", rfc2136.tsig_key_name.is_some());
            let secret = (
                "tsigSecretSecretRef",
                rfc2136.tsig_secret_secret_ref.is_some(),
            );
            choices.push(Choice::all_or_none(at.key("rfc2136"), [name, secret]));
        }
    }
}
