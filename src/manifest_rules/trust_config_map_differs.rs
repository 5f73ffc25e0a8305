//! Where clients and the broker look for roots, against the configuration that is judged beside them.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "trust-config-map-differs",
    severity: Severity::Warning,
    summary: "a ConfigMap of roots is named that the configuration does not make",
    why: "pods wait for a volume that does not exist, or trust what somebody else wrote; a client that trusts the wrong roots refuses the broker",
    fix: "write the ConfigMap of the configuration: trustc params prints it",
};

/// Kinds, the field that names a ConfigMap, and whether it holds the roots of clients.
const FIELDS: &[(&str, &str, bool)] = &[
    (
        "DataflowEndpoint",
        "/spec/mqttSettings/tls/trustedCaCertificateConfigMapRef",
        false,
    ),
    (
        "DataflowEndpoint",
        "/spec/kafkaSettings/tls/trustedCaCertificateConfigMapRef",
        false,
    ),
    (
        "DataflowEndpoint",
        "/spec/openTelemetrySettings/tls/trustedCaCertificateConfigMapRef",
        false,
    ),
];

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(expected) = case.expected else {
        return;
    };
    let servers: Vec<&str> = std::iter::once(&expected.config_map_name)
        .chain(&expected.additional_bundles)
        .map(String::as_str)
        .collect();
    let clients: Vec<&str> = expected.client_trust.as_deref().into_iter().collect();
    for object in case.product_objects() {
        let fields = FIELDS.iter().filter(|(kind, _, _)| *kind == object.kind());
        let mut named: Vec<(String, bool)> = fields
            .map(|(_, field, of_clients)| ((*field).to_owned(), *of_clients))
            .collect();
        if object.kind() == "BrokerAuthentication" {
            let methods = object.value["spec"]["authenticationMethods"]
                .as_array()
                .map_or(0, Vec::len);
            for n in 0..methods {
                named.push((
                    format!("/spec/authenticationMethods/{n}/x509Settings/trustedClientCaCert"),
                    true,
                ));
                named.push((
                    format!("/spec/authenticationMethods/{n}/customSettings/caCertConfigMap"),
                    false,
                ));
            }
        }
        for (field, of_clients) in named {
            let name = object.text(&field);
            let known = if of_clients { &clients } else { &servers };
            if name.is_empty() || known.contains(&name) {
                continue;
            }
            let whose = if of_clients {
                "roots of clients"
            } else {
                "roots of servers"
            };
            let made = if known.is_empty() {
                "none".to_owned()
            } else {
                format!("`{}`", known.join("`, `"))
            };
            let message = format!(
                "{} takes {whose} from `{name}`, and site {} makes {made}",
                object.title(),
                expected.site
            );
            found.push(INFO.at(object.origin(&field), message));
        }
    }
}
