//! `az` command lines, as a script to read and to complete.

use super::Params;
use crate::config::{Listener, Ownership};

/// What may have to be filled in, and what it is.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("<cluster>", "the Arc-enabled cluster"),
    (
        "<resource-group>",
        "the resource group of cluster and instance",
    ),
    ("<instance>", "the name of the instance"),
    (
        "<schema-registry-id>",
        "the resource id of the schema registry",
    ),
    (
        "<namespace-id>",
        "the resource id of the device registry namespace",
    ),
    ("<identity>", "the name of the user-assigned identity"),
    ("<key-vault-id>", "the resource id of the Key Vault"),
    (
        "<oidc-issuer-url>",
        "az connectedk8s show: oidcIssuerProfile.issuerUrl",
    ),
    ("<authn>", "the name of the BrokerAuthentication"),
];

/// Every line for the site, each step after those it needs, and the placeholders in them.
pub(crate) fn az(params: &Params) -> String {
    let mut lines = vec![format!("# {}", params.site)];
    lines.extend(identity(params));
    lines.extend(install(params));
    lines.extend(
        params
            .listeners
            .iter()
            .map(|listener| port(params, listener)),
    );
    lines.extend(params.client_trust.iter().map(|name| {
        format!("az iot ops broker authn method add --authn <authn> --in <instance> -g <resource-group> --x509-client-ca-ref {name}")
    }));
    let text = lines.join("\n");
    let used: Vec<String> = PLACEHOLDERS
        .iter()
        .filter(|(placeholder, _)| text.contains(placeholder))
        .map(|(placeholder, what)| format!("# {placeholder}: {what}\n"))
        .collect();
    format!("{text}\n\n# To fill in:\n{}", used.concat())
}

fn install(params: &Params) -> Vec<String> {
    let create = format!(
        "az iot ops create --cluster <cluster> -g <resource-group> -n <instance> --cluster-namespace {} --sr-resource-id <schema-registry-id> --ns-resource-id <namespace-id>",
        params.namespace
    );
    let init = "az iot ops init --cluster <cluster> -g <resource-group>";
    let upgrade = "az iot ops upgrade -n <instance> -g <resource-group>";
    if params.ownership == Ownership::ProductManaged {
        return vec![init.to_owned(), create, upgrade.to_owned()];
    }
    let settings: Vec<String> = params
        .settings()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    vec![
        "# Before this: cert-manager, trust-manager and the manifests of this site.".to_owned(),
        format!("{init} --user-trust"),
        format!("{create} --trust-settings {}", settings.join(" ")),
        "# Later, at an upgrade: without --no-cm-install the product's cert-manager lands on yours.".to_owned(),
        format!("{upgrade} --no-cm-install"),
    ]
}

/// The identity that reads the Key Vault: two roles, and the trust in the ServiceAccount.
fn identity(params: &Params) -> Vec<String> {
    let Some(vault) = &params.key_vault else {
        return Vec::new();
    };
    let role = |role: &str| {
        format!(
            "az role assignment create --assignee {} --role \"{role}\" --scope <key-vault-id>",
            vault.client_id
        )
    };
    vec![
        format!("# The identity that reads Key Vault {}.", vault.vault),
        role("Key Vault Reader"),
        role("Key Vault Secrets User"),
        format!(
            "az identity federated-credential create --name {}-trust --identity-name <identity> -g <resource-group> --issuer <oidc-issuer-url> --subject {} --audiences api://AzureADTokenExchange",
            params.site, vault.subject
        ),
    ]
}

fn port(params: &Params, listener: &Listener) -> String {
    let service = serde_json::to_value(listener.service_type).unwrap_or_default();
    let mut line = format!(
        "az iot ops broker listener port add --in <instance> -g <resource-group> --listener {} --service-type {} --port {} --tls-issuer-ref group=cert-manager.io kind={} name={} --tls-duration {} --tls-renew-before {} --tls-key-algo {} --tls-key-rotation Always",
        listener.name,
        service.as_str().unwrap_or_default(),
        listener.port,
        params.issuer_kind.as_str(),
        params.issuer_name,
        params.certificate.duration,
        params.certificate.renew_before,
        params.certificate.key,
    );
    let dns: Vec<String> = listener
        .names
        .iter()
        .filter_map(|name| name.dns.as_ref())
        .map(ToString::to_string)
        .collect();
    let ips: Vec<String> = listener
        .names
        .iter()
        .filter_map(|name| name.ip.as_ref())
        .map(ToString::to_string)
        .collect();
    for (flag, values) in [("--tls-san-dns", dns), ("--tls-san-ip", ips)] {
        if !values.is_empty() {
            line.push_str(&format!(" {flag} {}", values.join(" ")));
        }
    }
    if let Some(authentication) = &listener.authentication {
        line.push_str(&format!(" --authn-ref {authentication}"));
    }
    line
}
