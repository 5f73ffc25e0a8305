//! Both sides of each boundary.

use super::super::testing::refused;
use crate::pki::testing::{ROOT_PEM, as_base64};
use serde_json::{Value, json};

fn of(spec: Value) -> Vec<String> {
    let [issuer, cluster_issuer] = ["Issuer", "ClusterIssuer"].map(|kind| {
        let manifest =
            json!({"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec});
        let found = refused(&manifest).into_iter();
        found
            .map(|(at, layer)| format!("{} {}", layer.as_str(), at.strip_prefix("/spec").unwrap_or(&at)))
            .collect::<Vec<_>>()
    });
    assert_eq!(issuer, cluster_issuer);
    issuer
}

const NONE: [&str; 0] = [];

/// `base` with the value at a pointer replaced; null takes it away.
fn replaced(base: &Value, pointer: &str, value: Value) -> Value {
    let mut spec = base.clone();
    let mut slot = &mut spec;
    for key in pointer.split('/').skip(1) {
        slot = match key.parse::<usize>() {
            Ok(n) => &mut slot[n],
            Err(_) => &mut slot[key],
        };
    }
    *slot = value;
    spec
}

/// What each replacement in `base` is refused with, where it is refused; nothing if it passes.
fn cases(base: &Value, cases: &[(&str, Value, &str)]) {
    assert_eq!(of(base.clone()), NONE, "the base must pass");
    for (pointer, value, expected) in cases {
        let found = of(replaced(base, pointer, value.clone())).join(", ");
        assert_eq!(found, *expected, "{pointer} = {value}");
    }
}

#[test]
fn one_type_and_only_one() {
    assert_eq!(of(Value::Null), ["schema "]);
    assert_eq!(of(json!({})), ["webhook "]);
    assert_eq!(
        of(json!({"selfSigned": null})),
        ["webhook "],
        "a null is pruned: no issuer at all"
    );
    assert_eq!(of(json!({"selfSigned": {}})), NONE);
    assert_eq!(
        of(json!({"selfSigned": {"crlDistributionPoints": [""]}})),
        NONE
    );
    assert_eq!(
        of(json!({"selfSigned": {}, "ca": {"secretName": "a"}})),
        ["webhook /selfSigned"]
    );
    let vault = json!({"server": "s", "path": "p", "auth": {"tokenSecretRef": {"name": "t"}}});
    assert_eq!(
        of(json!({"ca": {"secretName": "a"}, "selfSigned": {}, "vault": vault})),
        ["webhook /selfSigned", "webhook /vault"]
    );
    assert_eq!(of(json!({"self-signed": {}})), ["schema /self-signed"]);
}

#[test]
fn ca() {
    let base = json!({"ca": {"secretName": "a", "ocspServers": ["no url"], "issuingCertificateURLs": ["x"], "crlDistributionPoints": [""]}});
    cases(
        &base,
        &[
            ("/ca/secretName", json!("AIO_CA"), ""),
            ("/ca/secretName", json!(""), "webhook /ca/secretName"),
            ("/ca/secretName", Value::Null, "schema /ca/secretName"),
            ("/ca/ocspServers/0", json!(""), "webhook /ca/ocspServers/0"),
            (
                "/ca/issuingCertificateURLs/0",
                json!(""),
                "webhook /ca/issuingCertificateURLs/0",
            ),
            ("/ca/secretname", json!("x"), "schema /ca/secretname"),
        ],
    );
}

#[test]
fn vault() {
    let base = json!({"vault": {"server": "https://v", "path": "pki/sign/x", "auth": {"tokenSecretRef": {"name": "t"}}}});
    let good = as_base64(&format!("rubbish\n{ROOT_PEM}"));
    cases(
        &base,
        &[
            ("/vault/server", json!(""), "webhook /vault/server"),
            ("/vault/server", Value::Null, "schema /vault/server"),
            ("/vault/path", json!(""), "webhook /vault/path"),
            ("/vault/path", json!("pki/../x"), "webhook /vault/path"),
            ("/vault/path", json!("pki/..x"), ""),
            ("/vault/auth", Value::Null, "schema /vault/auth"),
            ("/vault/auth", json!({}), "webhook /vault/auth"),
            ("/vault/auth", json!({"clientCertificate": {}}), ""),
            (
                "/vault/auth",
                json!({"clientCertificate": {}, "tokenSecretRef": {"name": "t"}}),
                "",
            ),
            (
                "/vault/auth/clientCertificate",
                json!({"mountPath": "a/.."}),
                "webhook /vault/auth/clientCertificate/mountPath",
            ),
            (
                "/vault/auth/tokenSecretRef",
                json!({"name": "t", "key": "k"}),
                "",
            ),
            ("/vault/caBundle", json!(good), ""),
            ("/vault/caBundle", json!("%"), "schema /vault/caBundle"),
            (
                "/vault/caBundle",
                json!(as_base64("rubbish")),
                "webhook /vault/caBundle",
            ),
            ("/vault/caBundleSecretRef", json!({"name": "c"}), ""),
            (
                "/vault/clientCertSecretRef",
                json!({"name": "c"}),
                "webhook /vault/clientKeySecretRef",
            ),
            (
                "/vault/clientKeySecretRef",
                json!({"name": "c"}),
                "webhook /vault/clientCertSecretRef",
            ),
        ],
    );
    let both = replaced(&base, "/vault/caBundle", json!(good));
    cases(
        &both,
        &[(
            "/vault/caBundleSecretRef",
            json!({"name": "c"}),
            "webhook /vault/caBundle",
        )],
    );
    let client = replaced(&base, "/vault/clientCertSecretRef", json!({"name": "c"}));
    cases(
        &replaced(&client, "/vault/clientKeySecretRef", json!({"name": "c"})),
        &[],
    );
}

#[test]
fn vault_logins() {
    let base = |auth: Value| json!({"vault": {"server": "https://v", "path": "p", "auth": auth}});
    let role =
        base(json!({"appRole": {"path": "approle", "roleId": "r", "secretRef": {"name": "s"}}}));
    cases(
        &role,
        &[
            (
                "/vault/auth/appRole/path",
                Value::Null,
                "schema /vault/auth/appRole/path",
            ),
            (
                "/vault/auth/appRole/path",
                json!("a/../b"),
                "webhook /vault/auth/appRole/path",
            ),
            (
                "/vault/auth/appRole/roleId",
                json!(""),
                "webhook /vault/auth/appRole/roleId",
            ),
            (
                "/vault/auth/appRole/secretRef/name",
                json!(""),
                "webhook /vault/auth/appRole/secretRef/name",
            ),
        ],
    );
    let kubernetes = base(json!({"kubernetes": {"role": "r", "serviceAccountRef": {"name": "a"}}}));
    cases(
        &kubernetes,
        &[
            (
                "/vault/auth/kubernetes/role",
                json!(""),
                "webhook /vault/auth/kubernetes/role",
            ),
            (
                "/vault/auth/kubernetes/role",
                Value::Null,
                "schema /vault/auth/kubernetes/role",
            ),
            (
                "/vault/auth/kubernetes/mountPath",
                json!("/v1/auth/../x"),
                "webhook /vault/auth/kubernetes/mountPath",
            ),
            (
                "/vault/auth/kubernetes/serviceAccountRef/name",
                json!(""),
                "webhook /vault/auth/kubernetes/serviceAccountRef/name",
            ),
            (
                "/vault/auth/kubernetes/serviceAccountRef",
                Value::Null,
                "webhook /vault/auth/kubernetes",
            ),
            (
                "/vault/auth/kubernetes/secretRef",
                json!({"name": "s"}),
                "webhook /vault/auth/kubernetes",
            ),
        ],
    );
    let aws = base(
        json!({"aws": {"role": "r", "iamRoleArn": "arn", "serviceAccountRef": {"name": "a"}}}),
    );
    cases(
        &aws,
        &[
            (
                "/vault/auth/aws/role",
                json!(""),
                "schema /vault/auth/aws/role",
            ),
            (
                "/vault/auth/aws/serviceAccountRef/name",
                json!(""),
                "webhook /vault/auth/aws/serviceAccountRef/name",
            ),
            (
                "/vault/auth/aws/iamRoleArn",
                Value::Null,
                "webhook /vault/auth/aws/iamRoleArn",
            ),
            (
                "/vault/auth/aws/mountPath",
                json!(".."),
                "webhook /vault/auth/aws/mountPath",
            ),
            ("/vault/auth/aws/serviceAccountRef", Value::Null, ""),
        ],
    );
}

#[test]
fn venafi() {
    let tpp = json!({"url": "https://t", "credentialsRef": {"name": "c"}});
    let base = json!({"venafi": {"zone": "z", "tpp": tpp}});
    cases(
        &base,
        &[
            ("/venafi/zone", json!(""), "webhook /venafi/zone"),
            ("/venafi/zone", Value::Null, "schema /venafi/zone"),
            ("/venafi/tpp", Value::Null, "CEL rule /venafi"),
            (
                "/venafi/cloud",
                json!({"apiTokenSecretRef": {"name": "a"}}),
                "CEL rule /venafi",
            ),
            ("/venafi/tpp/url", json!(""), "webhook /venafi/tpp/url"),
            (
                "/venafi/tpp/credentialsRef",
                Value::Null,
                "schema /venafi/tpp/credentialsRef",
            ),
            ("/venafi/tpp/caBundle", json!(as_base64("rubbish")), ""),
            (
                "/venafi/tpp/caBundle",
                json!("%"),
                "schema /venafi/tpp/caBundle",
            ),
        ],
    );
    let both = replaced(&base, "/venafi/tpp/caBundle", json!(as_base64("x")));
    cases(
        &both,
        &[(
            "/venafi/tpp/caBundleSecretRef",
            json!({"name": "a"}),
            "webhook /venafi/tpp/caBundle",
        )],
    );
    cases(
        &json!({"venafi": {"zone": "z", "cloud": {"apiTokenSecretRef": {"name": "a"}}}}),
        &[(
            "/venafi/cloud/apiTokenSecretRef",
            Value::Null,
            "schema /venafi/cloud/apiTokenSecretRef",
        )],
    );
    cases(
        &json!({"venafi": {"zone": "z", "ngts": {"tsgID": "1", "credentialsRef": {"name": "a"}}}}),
        &[
            (
                "/venafi/ngts/tsgID",
                json!(""),
                "webhook /venafi/ngts/tsgID",
            ),
            (
                "/venafi/ngts/credentialsRef/name",
                json!(""),
                "webhook /venafi/ngts/credentialsRef/name",
            ),
            (
                "/venafi/ngts/tsgID",
                Value::Null,
                "schema /venafi/ngts/tsgID",
            ),
        ],
    );
}

#[test]
fn acme() {
    let base = json!({"acme": {"server": "https://a", "privateKeySecretRef": {"name": "k"}, "solvers": []}});
    let binding = |id: &str, name: &str, key: &str| json!({"keyID": id, "keySecretRef": {"name": name, "key": key}});
    cases(
        &base,
        &[
            ("/acme/server", json!(""), "webhook /acme/server"),
            ("/acme/server", Value::Null, "schema /acme/server"),
            (
                "/acme/privateKeySecretRef/name",
                json!(""),
                "webhook /acme/privateKeySecretRef/name",
            ),
            ("/acme/skipTLSVerify", json!(true), ""),
            ("/acme/caBundle", json!(as_base64(ROOT_PEM)), ""),
            (
                "/acme/caBundle",
                json!(as_base64("x")),
                "webhook /acme/caBundle",
            ),
            ("/acme/preferredChain", json!("x".repeat(64)), ""),
            (
                "/acme/preferredChain",
                json!("x".repeat(65)),
                "schema /acme/preferredChain",
            ),
            ("/acme/externalAccountBinding", binding("i", "n", "k"), ""),
            (
                "/acme/externalAccountBinding",
                binding("", "n", "k"),
                "webhook /acme/externalAccountBinding/keyID",
            ),
            (
                "/acme/externalAccountBinding",
                binding("i", "", "k"),
                "webhook /acme/externalAccountBinding/keySecretRef/name",
            ),
            (
                "/acme/externalAccountBinding",
                binding("i", "n", ""),
                "webhook /acme/externalAccountBinding/keySecretRef/key",
            ),
        ],
    );
    let skip = replaced(&base, "/acme/skipTLSVerify", json!(true));
    cases(
        &skip,
        &[(
            "/acme/caBundle",
            json!(as_base64(ROOT_PEM)),
            "webhook /acme/caBundle",
        )],
    );
    let bound = replaced(
        &base,
        "/acme/externalAccountBinding",
        binding("i", "n", "k"),
    );
    cases(
        &bound,
        &[
            (
                "/acme/externalAccountBinding/keyAlgorithm",
                json!("HS256"),
                "",
            ),
            (
                "/acme/externalAccountBinding/keyAlgorithm",
                json!("hs256"),
                "schema /acme/externalAccountBinding/keyAlgorithm",
            ),
        ],
    );
}

fn solver(solver: Value) -> Value {
    json!({"acme": {"server": "https://a", "privateKeySecretRef": {"name": "k"}, "solvers": [solver]}})
}

#[test]
fn solvers() {
    let at = "/acme/solvers/0";
    let ingress = solver(json!({"http01": {"ingress": {"class": "nginx"}}}));
    let of = |end: &str| format!("{at}{end}");
    cases(
        &ingress,
        &[
            (at, json!({}), "webhook /acme/solvers/0"),
            (
                &of("/dns01"),
                json!({"webhook": {"groupName": "g", "solverName": "s"}}),
                "webhook /acme/solvers/0/dns01",
            ),
            (&of("/waitInsteadOfSelfCheck"), json!("1m"), ""),
            (&of("/waitInsteadOfSelfCheck"), json!("0"), ""),
            (
                &of("/waitInsteadOfSelfCheck"),
                json!("-1s"),
                "webhook /acme/solvers/0/waitInsteadOfSelfCheck",
            ),
            (
                &of("/waitInsteadOfSelfCheck"),
                json!("1d"),
                "webhook /acme/solvers/0/waitInsteadOfSelfCheck",
            ),
            (&of("/http01"), json!({}), "webhook /acme/solvers/0/http01"),
            (
                &of("/http01/gatewayHTTPRoute"),
                json!({}),
                "webhook /acme/solvers/0/http01",
            ),
            (
                &of("/http01/ingress/name"),
                json!("a"),
                "webhook /acme/solvers/0/http01/ingress",
            ),
            (
                &of("/http01/ingress"),
                json!({"ingressClassName": "a.b"}),
                "",
            ),
            (
                &of("/http01/ingress"),
                json!({"ingressClassName": "A"}),
                "webhook /acme/solvers/0/http01/ingress/ingressClassName",
            ),
            (&of("/http01/ingress/serviceType"), json!("NodePort"), ""),
            (
                &of("/http01/ingress/serviceType"),
                json!("LoadBalancer"),
                "webhook /acme/solvers/0/http01/ingress/serviceType",
            ),
            (
                &of("/http01/ingress/podTemplate"),
                json!({"spec": {"nodeSelector": {"a": "b"}}}),
                "",
            ),
            (
                &of("/http01/ingress/podTemplate"),
                json!({"spec": {"containers": []}}),
                "schema /acme/solvers/0/http01/ingress/podTemplate/spec/containers",
            ),
        ],
    );
    let gateway = solver(json!({"http01": {"gatewayHTTPRoute": {"parentRefs": [{"name": "g"}]}}}));
    let parent = of("/http01/gatewayHTTPRoute/parentRefs/0");
    cases(
        &gateway,
        &[
            (
                &parent,
                json!({}),
                "schema /acme/solvers/0/http01/gatewayHTTPRoute/parentRefs/0/name",
            ),
            (
                &of("/http01/gatewayHTTPRoute/serviceType"),
                json!("x"),
                "webhook /acme/solvers/0/http01/gatewayHTTPRoute/serviceType",
            ),
        ],
    );
}

/// Cases of one provider; pointers, given and expected, are below `dns01`.
fn provider(base: Value, list: &[(&str, Value, &str)]) {
    let full = solver(json!({"dns01": base}));
    let at = "/acme/solvers/0/dns01";
    for (pointer, value, expected) in list {
        let expected = expected.replace(" /", &format!(" {at}/"));
        let expected = if expected.ends_with(' ') {
            format!("{expected}{at}").replace("  ", " ")
        } else {
            expected
        };
        cases(
            &full,
            &[(&format!("{at}{pointer}"), value.clone(), &expected)],
        );
    }
}

#[test]
fn providers() {
    let key = json!({"name": "n", "key": "k"});
    provider(
        json!({"digitalocean": {"tokenSecretRef": key}}),
        &[
            ("/digitalocean", Value::Null, "webhook "),
            (
                "/digitalocean/tokenSecretRef/key",
                json!(""),
                "webhook /digitalocean/tokenSecretRef/key",
            ),
            (
                "/webhook",
                json!({"groupName": "g", "solverName": "s"}),
                "webhook /webhook",
            ),
            (
                "/acmeDNS",
                json!({"host": "h", "accountSecretRef": key}),
                "webhook /digitalocean",
            ),
        ],
    );
    provider(
        json!({"cloudDNS": {"project": "p"}}),
        &[
            ("/cloudDNS/project", json!(""), "webhook /cloudDNS/project"),
            ("/cloudDNS/serviceAccountSecretRef", key.clone(), ""),
            (
                "/cloudDNS/serviceAccountSecretRef",
                json!({"name": ""}),
                "webhook /cloudDNS/serviceAccountSecretRef/name, webhook /cloudDNS/serviceAccountSecretRef/key",
            ),
            (
                "/acmeDNS",
                json!({"host": "h", "accountSecretRef": key}),
                "",
            ),
        ],
    );
    provider(
        json!({"acmeDNS": {"host": "h", "accountSecretRef": key}}),
        &[
            ("/acmeDNS/host", json!(""), "webhook /acmeDNS/host"),
            (
                "/acmeDNS/accountSecretRef/name",
                json!(""),
                "webhook /acmeDNS/accountSecretRef/name",
            ),
        ],
    );
    provider(
        json!({"akamai": {"serviceConsumerDomain": "d", "clientTokenSecretRef": key, "clientSecretSecretRef": key, "accessTokenSecretRef": key}}),
        &[
            (
                "/akamai/serviceConsumerDomain",
                json!(""),
                "webhook /akamai/serviceConsumerDomain",
            ),
            (
                "/akamai/clientTokenSecretRef/key",
                json!(""),
                "webhook /akamai/clientTokenSecretRef/key",
            ),
            (
                "/akamai/accessTokenSecretRef",
                Value::Null,
                "schema /akamai/accessTokenSecretRef",
            ),
        ],
    );
    provider(
        json!({"route53": {"region": "", "accessKeyID": "a"}}),
        &[
            (
                "/route53/accessKeyIDSecretRef",
                key.clone(),
                "webhook /route53/accessKeyID",
            ),
            ("/route53", json!({}), ""),
        ],
    );
    provider(
        json!({"webhook": {"groupName": "g", "solverName": "s", "config": {"any": ["thing"]}}}),
        &[(
            "/webhook/solverName",
            json!(""),
            "webhook /webhook/solverName",
        )],
    );
}

#[test]
fn cloudflare_and_rfc2136() {
    let key = json!({"name": "n", "key": "k"});
    provider(
        json!({"cloudflare": {"apiTokenSecretRef": key}}),
        &[
            ("/cloudflare", json!({}), "webhook /cloudflare"),
            (
                "/cloudflare",
                json!({"apiKeySecretRef": key, "email": "e"}),
                "",
            ),
            (
                "/cloudflare",
                json!({"apiKeySecretRef": key}),
                "webhook /cloudflare/email",
            ),
            (
                "/cloudflare",
                json!({"apiKeySecretRef": key, "apiTokenSecretRef": key, "email": "e"}),
                "webhook /cloudflare",
            ),
            (
                "/cloudflare/apiTokenSecretRef/name",
                json!(""),
                "webhook /cloudflare/apiTokenSecretRef/name",
            ),
        ],
    );
    let mut list = Vec::new();
    for good in ["ns", "ns:53", "10.0.0.1:53", "[::1]", "[::1]:53"] {
        list.push(("/rfc2136/nameserver", json!(good), ""));
    }
    for bad in ["", "::1", "ns:dns", "ns:99999", "[::1", "[ns]:53"] {
        list.push((
            "/rfc2136/nameserver",
            json!(bad),
            "webhook /rfc2136/nameserver",
        ));
    }
    list.extend([
        ("/rfc2136/tsigAlgorithm", json!("hmacSHA256"), ""),
        (
            "/rfc2136/tsigAlgorithm",
            json!("HMACSHA384"),
            "webhook /rfc2136/tsigAlgorithm",
        ),
        ("/rfc2136/protocol", json!("TCP"), ""),
        (
            "/rfc2136/protocol",
            json!("tcp"),
            "schema /rfc2136/protocol",
        ),
        (
            "/rfc2136/tsigKeyName",
            json!("k"),
            "webhook /rfc2136/tsigSecretSecretRef/name, webhook /rfc2136/tsigSecretSecretRef/key",
        ),
        (
            "/rfc2136/tsigSecretSecretRef",
            key,
            "webhook /rfc2136/tsigKeyName",
        ),
    ]);
    provider(json!({"rfc2136": {"nameserver": "ns"}}), &list);
}

#[test]
fn azure_dns() {
    let base = json!({"azureDNS": {"subscriptionID": "s", "resourceGroupName": "g"}});
    provider(
        base,
        &[
            (
                "/azureDNS/subscriptionID",
                json!(""),
                "webhook /azureDNS/subscriptionID",
            ),
            (
                "/azureDNS/resourceGroupName",
                Value::Null,
                "schema /azureDNS/resourceGroupName",
            ),
            ("/azureDNS/environment", json!("AzureChinaCloud"), ""),
            (
                "/azureDNS/environment",
                json!("azure"),
                "schema /azureDNS/environment",
            ),
            (
                "/azureDNS/zoneType",
                json!("Private"),
                "schema /azureDNS/zoneType",
            ),
            (
                "/azureDNS/clientID",
                json!("c"),
                "webhook /azureDNS/clientSecretSecretRef, webhook /azureDNS/tenantID",
            ),
            (
                "/azureDNS/managedIdentity",
                json!({"clientID": "c", "tenantID": "t"}),
                "",
            ),
            (
                "/azureDNS/managedIdentity",
                json!({"clientID": "c", "resourceID": "r"}),
                "webhook /azureDNS/managedIdentity",
            ),
            (
                "/azureDNS/managedIdentity",
                json!({"tenantID": "t"}),
                "webhook /azureDNS/managedIdentity/clientID",
            ),
            ("/azureDNS/managedIdentity", json!({"resourceID": "r"}), ""),
        ],
    );
    let principal = json!({"azureDNS": {"subscriptionID": "s", "resourceGroupName": "g", "clientID": "c", "tenantID": "t", "clientSecretSecretRef": {"name": "n", "key": "k"}}});
    provider(
        principal,
        &[(
            "/azureDNS/managedIdentity",
            json!({"clientID": "c"}),
            "webhook /azureDNS/managedIdentity",
        )],
    );
}
