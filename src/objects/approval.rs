//! Policies for approver-policy (cert-manager/approver-policy v0.27): what is not named in a policy must not be asked for.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Object, Resource, Step, issuer, object};
use crate::config::{ApproverPolicy, LeafUsage};
use crate::trust::{Leaf, Root, Signing, Trust};

const GROUP: &str = "policy.cert-manager.io";

#[derive(Serialize)]
struct Policy {
    spec: Value,
}

/// A policy for each certificate of the site, and the right of cert-manager to use them.
pub(super) fn objects(trust: &Trust, approver: &ApproverPolicy) -> Vec<Object> {
    let mut policies = vec![policy(trust, "broker", broker(trust))];
    if let Some(ca) = trust.made_ca() {
        policies.push(policy(trust, "ca", authority(trust, ca)));
    }
    policies.extend(trust.certificates.iter().map(|leaf| {
        policy(
            trust,
            &format!("{}-{}", leaf.namespace.value, leaf.name.value),
            workload(trust, leaf),
        )
    }));
    let names: Vec<String> = policies
        .iter()
        .map(|policy| policy.id.name.clone())
        .collect();
    policies.extend(rights(trust, approver, &names));
    policies
}

fn policy(trust: &Trust, what: &str, spec: Value) -> Object {
    let id = Resource::cluster("CertificateRequestPolicy", format!("{}-{what}", trust.site));
    object(
        "policy.cert-manager.io/v1alpha1",
        id,
        Step::Approval,
        Policy { spec },
    )
}

/// The listener's own certificate: the product asks for it, with the names of the service and further ones.
fn broker(trust: &Trust) -> Value {
    let names = trust.broker_names();
    let (addresses, names): (Vec<String>, Vec<String>) =
        names.into_iter().partition(|name| is_address(name));
    let mut allowed = json!({
        "commonName": {"value": "aio-broker-*"},
        "dnsNames": {"values": names},
        "usages": ["digital signature", "key encipherment", "server auth"],
    });
    if !addresses.is_empty() {
        allowed["ipAddresses"] = json!({"values": addresses});
    }
    spec(
        trust,
        allowed,
        &trust.broker.certificate.duration.to_string(),
        &trust.instance.name.value,
    )
}

fn workload(trust: &Trust, leaf: &Leaf) -> Value {
    let mut usages = vec!["digital signature", "key encipherment"];
    usages.extend(leaf.usages.iter().map(|usage| match usage {
        LeafUsage::Server => "server auth",
        LeafUsage::Client => "client auth",
    }));
    let mut allowed = json!({"usages": usages});
    if let Some(name) = &leaf.common_name {
        allowed["commonName"] = json!({"value": name.value});
    }
    if !leaf.dns_names.is_empty() {
        allowed["dnsNames"] = json!({"values": leaf.dns_names});
    }
    if !leaf.ip_addresses.is_empty() {
        allowed["ipAddresses"] = json!({"values": leaf.ip_addresses});
    }
    spec(
        trust,
        allowed,
        &leaf.duration.value.to_string(),
        &leaf.namespace.value,
    )
}

fn authority(trust: &Trust, ca: &Root) -> Value {
    let mut allowed = json!({
        "commonName": {"value": ca.common_name.value, "required": true},
        "isCA": true,
        "usages": ["cert sign", "crl sign"],
    });
    if !ca.organizations.is_empty() {
        allowed["subject"] = json!({"organizations": {"values": ca.organizations}});
    }
    let mut spec = spec(
        trust,
        allowed,
        &ca.duration.value.to_string(),
        trust.secret_namespace(),
    );
    spec["selector"]["issuerRef"] = match &trust.issuer.signing {
        Signing::Intermediate(made) => {
            json!({"group": made.issuer.group, "kind": made.issuer.kind, "name": made.issuer.name})
        }
        _ => json!({"group": "cert-manager.io", "kind": "ClusterIssuer", "name": ca.name}),
    };
    spec
}

fn spec(trust: &Trust, allowed: Value, longest: &str, namespace: &str) -> Value {
    let issuer = issuer::id(trust);
    json!({
        "allowed": allowed,
        "constraints": {"maxDuration": longest},
        "selector": {
            "issuerRef": {"group": "cert-manager.io", "kind": issuer.kind, "name": issuer.name},
            "namespace": {"matchNames": [namespace]},
        },
    })
}

fn is_address(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok()
}

#[derive(Serialize)]
struct ClusterRole {
    rules: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterRoleBinding {
    role_ref: Value,
    subjects: Value,
}

/// Whoever makes a request must be allowed to use a policy: cert-manager's controller makes those of Certificates.
fn rights(trust: &Trust, approver: &ApproverPolicy, policies: &[String]) -> [Object; 2] {
    let name = format!("{}-certificate-requests", trust.site);
    let api = "rbac.authorization.k8s.io/v1";
    let rule = json!({"apiGroups": [GROUP], "resources": ["certificaterequestpolicies"], "resourceNames": policies, "verbs": ["use"]});
    let role = Resource::cluster("ClusterRole", &name);
    let role = object(
        api,
        role,
        Step::Approval,
        ClusterRole {
            rules: json!([rule]),
        },
    );
    let subject = json!({
        "kind": "ServiceAccount",
        "name": approver.service_account_name,
        "namespace": trust.trust_namespace.name.value,
    });
    let body = ClusterRoleBinding {
        role_ref: json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}),
        subjects: json!([subject]),
    };
    let binding = Resource::cluster("ClusterRoleBinding", &name);
    let mut binding = object(api, binding, Step::Approval, body);
    binding.requires.push(role.id.clone());
    binding.remarks = vec![
        "cert-manager makes the requests, and so must be allowed to use the policies.".to_owned(),
    ];
    [role, binding]
}
