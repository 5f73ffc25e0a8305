//! Every type of issuer: its starter, and a finding for each value that cannot work.

use std::fs;

use crate::common::{NOW, project, trustc};
use serde_json::Value;

const TYPES: [&str; 6] = ["existing", "ca", "vault", "venafi", "acme", "external"];

#[test]
fn every_starter_compiles_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        project().join("golden/pki/corp-root-2026.pem"),
        folder.path().join("root.pem"),
    )
    .unwrap();
    for name in TYPES {
        let file = format!("{name}.trust.yaml");
        let ran = trustc(
            folder.path(),
            &["init", "--issuer", name, "--anchors", "root.pem", &file],
        );
        assert_eq!(ran.code, 0, "{name}: {}", ran.all());
        let text = fs::read_to_string(folder.path().join(&file)).unwrap();
        assert!(text.contains(&format!("\n    {name}:")), "{name}: {text}");
        let ran = trustc(folder.path(), &["render", &file, "--now", NOW]);
        assert!(
            ran.code == 0 && ran.out.contains("kind: Bundle"),
            "{name}: {}",
            ran.all()
        );
    }
    let ran = trustc(
        folder.path(),
        &["init", "--profile", "quickstart", "--issuer", "ca"],
    );
    assert_eq!(ran.code, 2, "{}", ran.all());
}

/// What is found in a configuration with this issuer, as `rule pointer`.
fn found(issuer: &str) -> Vec<String> {
    found_with("", issuer)
}

fn found_with(spec: &str, issuer: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        project().join("golden/pki/corp-root-2026.pem"),
        folder.path().join("root.pem"),
    )
    .unwrap();
    let text = format!(
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: site}}\nspec:\n  profile: byo-issuer\n{spec}  \
         issuer: {issuer}\n  anchors: [{{name: root, file: root.pem}}]\n"
    );
    fs::write(folder.path().join("trust.yaml"), text).unwrap();
    let ran = trustc(
        folder.path(),
        &["check", "trust.yaml", "--now", NOW, "--format", "json"],
    );
    let report: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.all()));
    let at = |finding: &Value| {
        finding["pointer"]
            .as_str()
            .unwrap_or_default()
            .replace("/spec/issuer", "")
    };
    let findings = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error");
    findings
        .map(|finding| format!("{} {}", finding["rule"].as_str().unwrap(), at(finding)))
        .collect()
}

/// Each replacement in a sound issuer, and the one finding it gives.
fn cases(sound: &str, cases: &[(&str, &str, &str)]) {
    cases_with("", sound, cases);
}

fn cases_with(spec: &str, sound: &str, cases: &[(&str, &str, &str)]) {
    assert_eq!(found_with(spec, sound), [""; 0], "{sound}");
    for (from, to, expected) in cases {
        assert!(sound.contains(from), "{from} is not in {sound}");
        let broken = sound.replacen(from, to, 1);
        assert_eq!(found_with(spec, &broken).join(", "), *expected, "{broken}");
    }
}

#[test]
fn one_type_and_only_one() {
    assert_eq!(found("{}"), ["missing-field "]);
    assert_eq!(
        found("{existing: {}, ca: {secretName: a}}"),
        ["conflicting-fields /ca"]
    );
    assert_eq!(found("{selfSigned: {}}"), ["unknown-field /selfSigned"]);
    assert_eq!(
        found("{kind: Issuers, existing: {}}"),
        ["invalid-value /kind"]
    );
    assert_eq!(found("{name: A_b, existing: {}}"), ["invalid-value /name"]);
}

#[test]
fn vault() {
    let sound = "{vault: {server: 'https://v', path: pki/sign/a, auth: {appRole: {path: approle, roleId: r, secretRef: {name: s, key: k}}}}}";
    cases(
        sound,
        &[
            ("'https://v'", "v", "invalid-value /vault/server"),
            (
                "'https://v'",
                "'https://u:p@v'",
                "invalid-value /vault/server",
            ),
            ("server: 'https://v', ", "", "missing-field /vault"),
            ("pki/sign/a", "pki/../a", "invalid-value /vault/path"),
            (
                "pki/sign/a",
                "pki/issue/a",
                "vault-path-not-sign /vault/path",
            ),
            ("pki/sign/a", "''", "invalid-value /vault/path"),
            (
                "path: approle",
                "path: a/..",
                "invalid-value /vault/auth/appRole/path",
            ),
            (
                "roleId: r",
                "roleId: ''",
                "invalid-value /vault/auth/appRole/roleId",
            ),
            (
                "name: s",
                "name: S_1",
                "invalid-value /vault/auth/appRole/secretRef/name",
            ),
            (
                "key: k",
                "key: k/l",
                "invalid-value /vault/auth/appRole/secretRef/key",
            ),
            (
                ", key: k",
                "",
                "missing-field /vault/auth/appRole/secretRef",
            ),
            ("appRole:", "approle:", "unknown-field /vault/auth/approle"),
            (
                "auth: {appRole",
                "auth: {tokenSecretRef: {name: t, key: k}, appRole",
                "conflicting-fields /vault/auth/appRole",
            ),
            (
                "{appRole: {path: approle, roleId: r, secretRef: {name: s, key: k}}}",
                "{}",
                "missing-field /vault/auth",
            ),
            (
                "server:",
                "maxTtl: 90days, server:",
                "invalid-value /vault/maxTtl",
            ),
            (
                "server:",
                "clientCertSecretRef: {name: a, key: k}, server:",
                "controller-too-old /vault/clientCertSecretRef, missing-field /vault/clientCertSecretRef",
            ),
            (
                "server:",
                "caBundle: {}, server:",
                "missing-field /vault/caBundle",
            ),
            (
                "server:",
                "caBundle: {file: root.pem}, caBundleSecretRef: {name: a, key: k}, server:",
                "conflicting-fields /vault/caBundleSecretRef",
            ),
            (
                "server:",
                "caBundle: {file: gone.pem}, server:",
                "file-not-readable /vault/caBundle/file",
            ),
        ],
    );
    let sound = "{vault: {server: 'https://v', path: pki/sign/a, auth: {kubernetes: {role: r, serviceAccountRef: {name: s}}}}}";
    cases(
        sound,
        &[
            ("role: r, ", "", "missing-field /vault/auth/kubernetes"),
            (
                ", serviceAccountRef: {name: s}",
                "",
                "missing-field /vault/auth/kubernetes",
            ),
            (
                "role: r",
                "role: r, secretRef: {name: a, key: k}",
                "conflicting-fields /vault/auth/kubernetes/secretRef",
            ),
            (
                "role: r",
                "role: r, mountPath: ../x",
                "invalid-value /vault/auth/kubernetes/mountPath",
            ),
        ],
    );
    let aws = "{vault: {server: 'https://v', path: pki/sign/a, auth: {aws: {role: r, iamRoleArn: a, serviceAccountRef: {name: s}}}}}";
    assert_eq!(
        found(aws),
        ["controller-too-old /vault/auth/aws"],
        "the oldest release is assumed"
    );
    cases_with(
        "  installation: {certManager: {version: '1.21'}}\n",
        aws,
        &[
            (
                ", iamRoleArn: a",
                "",
                "missing-field /vault/auth/aws/serviceAccountRef",
            ),
            ("role: r", "role: ''", "invalid-value /vault/auth/aws/role"),
        ],
    );
    let old = "  installation: {certManager: {version: '1.20'}}\n";
    assert_eq!(found_with(old, aws), ["controller-too-old /vault/auth/aws"]);
}

#[test]
fn venafi() {
    let sound = "{venafi: {zone: z, tpp: {url: 'https://t', credentialsRef: {name: c}}}}";
    cases(
        sound,
        &[
            ("zone: z", "zone: ''", "invalid-value /venafi/zone"),
            ("zone: z, ", "", "missing-field /venafi"),
            ("'https://t'", "t", "invalid-value /venafi/tpp/url"),
            (
                "name: c",
                "name: C",
                "invalid-value /venafi/tpp/credentialsRef/name",
            ),
            (
                "tpp:",
                "cloud: {apiTokenSecretRef: {name: a, key: k}}, tpp:",
                "conflicting-fields /venafi/cloud",
            ),
            (
                ", tpp: {url: 'https://t', credentialsRef: {name: c}}",
                "",
                "missing-field /venafi",
            ),
            (
                "url:",
                "caBundleSecretRef: {name: a, key: k}, url:",
                "controller-too-old /venafi/tpp/caBundleSecretRef",
            ),
        ],
    );
    assert_eq!(
        found("{venafi: {zone: z, ngts: {tsgID: '1', credentialsRef: {name: c}}}}"),
        ["controller-too-old /venafi/ngts"]
    );
    assert_eq!(
        found("{venafi: {zone: z, ngts: {tsgID: '', credentialsRef: {name: c}}}}"),
        ["invalid-value /venafi/ngts/tsgID"]
    );
}

#[test]
fn acme() {
    let acme = |solver: &str| {
        format!(
            "{{acme: {{server: 'https://a', private: true, privateKeySecretRef: {{name: k}}, solvers: [{solver}]}}}}"
        )
    };
    let ingress = acme("{http01: {ingress: {ingressClassName: nginx}}}");
    cases(
        &ingress,
        &[
            ("'https://a'", "a", "invalid-value /acme/server"),
            (
                "private: true",
                "private: false",
                "acme-not-private /acme/server",
            ),
            (
                "name: k",
                "name: K",
                "invalid-value /acme/privateKeySecretRef/name",
            ),
            (
                "{http01: {ingress: {ingressClassName: nginx}}}",
                "",
                "invalid-value /acme/solvers",
            ),
            (
                "{http01: {ingress: {ingressClassName: nginx}}}",
                "{}",
                "missing-field /acme/solvers/0",
            ),
            (
                "ingressClassName: nginx",
                "ingressClassName: Nginx",
                "invalid-value /acme/solvers/0/http01/ingress/ingressClassName",
            ),
            (
                "private:",
                "preferredChain: '0123456789012345678901234567890123456789012345678901234567890123456789', private:",
                "invalid-value /acme/preferredChain",
            ),
            (
                "private:",
                "externalAccountBinding: {keyID: '', keySecretRef: {name: a, key: k}}, private:",
                "invalid-value /acme/externalAccountBinding/keyID",
            ),
        ],
    );
    cases(
        &acme(
            "{dns01: {rfc2136: {nameserver: '10.0.0.53:53', tsigKeyName: a, tsigAlgorithm: HMACSHA256, tsigSecretSecretRef: {name: a, key: k}}}}",
        ),
        &[
            (
                "'10.0.0.53:53'",
                "'::1'",
                "invalid-value /acme/solvers/0/dns01/rfc2136/nameserver",
            ),
            (
                "HMACSHA256",
                "HMACSHA384",
                "invalid-value /acme/solvers/0/dns01/rfc2136/tsigAlgorithm",
            ),
            (
                "tsigKeyName: a, ",
                "",
                "missing-field /acme/solvers/0/dns01/rfc2136/tsigSecretSecretRef",
            ),
        ],
    );
    cases(
        &acme("{dns01: {cloudflare: {apiKeySecretRef: {name: a, key: k}, email: a@b}}}"),
        &[
            (
                ", email: a@b",
                "",
                "missing-field /acme/solvers/0/dns01/cloudflare/apiKeySecretRef",
            ),
            (
                "email: a@b",
                "email: a@b, apiTokenSecretRef: {name: a, key: k}",
                "conflicting-fields /acme/solvers/0/dns01/cloudflare/apiKeySecretRef",
            ),
        ],
    );
    cases(
        &acme(
            "{dns01: {azureDNS: {subscriptionID: 11111111-2222-3333-4444-555555555555, resourceGroupName: g, managedIdentity: {clientID: 11111111-2222-3333-4444-555555555555}}}}",
        ),
        &[
            (
                "subscriptionID: 1",
                "subscriptionID: x",
                "invalid-value /acme/solvers/0/dns01/azureDNS/subscriptionID",
            ),
            (
                "resourceGroupName: g",
                "resourceGroupName: ''",
                "invalid-value /acme/solvers/0/dns01/azureDNS/resourceGroupName",
            ),
        ],
    );
    cases(
        &acme("{dns01: {route53: {region: eu-central-1}}}"),
        &[
            (
                "region: eu-central-1",
                "region: a, accessKeyIDSecretRef: {name: a, key: k}",
                "missing-field /acme/solvers/0/dns01/route53/accessKeyIDSecretRef",
            ),
            (
                "route53:",
                "cloudflare: {apiTokenSecretRef: {name: a, key: k}}, route53:",
                "conflicting-fields /acme/solvers/0/dns01/route53",
            ),
        ],
    );
    cases(
        &acme("{dns01: {webhook: {groupName: a.b, solverName: s, config: {a: [1, {b: c}]}}}}"),
        &[
            (
                "solverName: s",
                "solverName: ''",
                "invalid-value /acme/solvers/0/dns01/webhook/solverName",
            ),
            (
                "b: c",
                "b: '${X}'",
                "variable-substitution /acme/solvers/0/dns01/webhook/config/a/1/b",
            ),
            (
                "b: c",
                "b: null",
                "invalid-value /acme/solvers/0/dns01/webhook/config/a/1/b",
            ),
            (
                "b: c",
                "\"b\\tb\": c",
                "invalid-value /acme/solvers/0/dns01/webhook/config/a/1/b\tb",
            ),
        ],
    );
}

#[test]
fn external() {
    let sound = "{external: {issuerRef: {group: ejbca-issuer.keyfactor.com, kind: ClusterIssuer, name: c}, intermediate: {commonName: Plant CA}}}";
    cases(
        sound,
        &[
            (
                "kind: ClusterIssuer, ",
                "",
                "missing-field /external/issuerRef",
            ),
            (
                "group: ejbca-issuer.keyfactor.com, ",
                "",
                "missing-field /external/issuerRef",
            ),
            (
                "ejbca-issuer.keyfactor.com",
                "cert-manager.io",
                "external-issuer-unusable /external/issuerRef/group",
            ),
            (
                "ejbca-issuer.keyfactor.com",
                "certmanager.step.sm",
                "external-issuer-unusable /external/issuerRef/group",
            ),
            (
                "kind: ClusterIssuer",
                "kind: cluster-issuer",
                "invalid-value /external/issuerRef/kind",
            ),
            (
                "commonName: Plant CA",
                "commonName: ''",
                "invalid-value /external/intermediate/commonName",
            ),
            (
                "commonName: Plant CA",
                "commonName: 0123456789012345678901234567890123456789012345678901234567890123456789",
                "common-name-too-long /external/intermediate/commonName",
            ),
            (
                "commonName: Plant CA",
                "commonName: a, duration: 30m, renewBefore: 10m",
                "lifetime-out-of-range /external/intermediate/duration",
            ),
            (
                "commonName: Plant CA",
                "commonName: a, duration: 1h, renewBefore: 2h",
                "lifetime-out-of-range /external/intermediate/renewBefore",
            ),
            (
                "commonName: Plant CA",
                "commonName: a, privateKey: {algorithm: ECDSA, size: 512}",
                "key-size-refused /external/intermediate/privateKey/size",
            ),
            (
                ", intermediate: {commonName: Plant CA}",
                "",
                "missing-field /external",
            ),
        ],
    );
}

#[test]
fn roads_for_the_key() {
    let sound = "{ca: {secretName: a, fromKeyVault: {vaultName: kv-plant, tenantId: 11111111-2222-3333-4444-555555555555, clientId: 66666666-7777-8888-9999-000000000000, objects: {key: k, chain: c}}}}";
    cases(
        sound,
        &[
            (
                "kv-plant",
                "kv_plant",
                "invalid-value /ca/fromKeyVault/vaultName",
            ),
            ("kv-plant", "kv", "invalid-value /ca/fromKeyVault/vaultName"),
            (
                "tenantId: 1",
                "tenantId: g",
                "invalid-value /ca/fromKeyVault/tenantId",
            ),
            (
                "clientId: 6",
                "clientId: 66",
                "invalid-value /ca/fromKeyVault/clientId",
            ),
            (
                "key: k",
                "key: a/b",
                "invalid-value /ca/fromKeyVault/objects/key",
            ),
            (
                "key: k",
                "key: c",
                "key-vault-objects-equal /ca/fromKeyVault/objects/chain",
            ),
            (", chain: c", "", "missing-field /ca/fromKeyVault/objects"),
            (
                "secretName: a",
                "secretName: A",
                "invalid-value /ca/secretName",
            ),
            (
                "secretName: a",
                "secretName: a, fromSops: {file: a.sops.yaml}",
                "conflicting-fields /ca/fromSops",
            ),
        ],
    );
    let sound = "{ca: {secretName: a, fromExternalSecret: {secretStoreRef: {name: s}, objects: {key: {key: a}, chain: {key: b}}}}}";
    cases(
        sound,
        &[
            (
                "name: s",
                "name: S",
                "invalid-value /ca/fromExternalSecret/secretStoreRef/name",
            ),
            (
                "name: s",
                "kind: Store, name: s",
                "invalid-value /ca/fromExternalSecret/secretStoreRef/kind",
            ),
            (
                "key: {key: a}",
                "key: {key: ''}",
                "invalid-value /ca/fromExternalSecret/objects/key/key",
            ),
            (
                "chain: {key: b}",
                "chain: {key: a}",
                "key-vault-objects-equal /ca/fromExternalSecret/objects/chain",
            ),
            (
                "objects",
                "refreshInterval: daily, objects",
                "invalid-value /ca/fromExternalSecret/refreshInterval",
            ),
        ],
    );
    cases(
        "{ca: {secretName: a, fromSops: {file: a.sops.yaml}}}",
        &[
            ("a.sops.yaml", "''", "invalid-value /ca/fromSops/file"),
            ("a.sops.yaml", "'a\\b'", "invalid-value /ca/fromSops/file"),
        ],
    );
}

/// Everything beside the issuer, each field with a wrong value.
#[test]
fn bundles_certificates_and_the_broker() {
    let around = |spec: &str, cases: &[(&str, &str, &str)]| {
        assert_eq!(found_with(spec, "{existing: {}}"), [""; 0], "{spec}");
        for (from, to, expected) in cases {
            assert!(spec.contains(from), "{from} is not in {spec}");
            let found = found_with(&spec.replacen(from, to, 1), "{existing: {}}")
                .join(", ")
                .replace("/spec", "");
            assert_eq!(found, *expected, "{from} -> {to}");
        }
    };
    let bundle = "  bundle: {selector: {matchLabels: {a: b}}, secret: false, useDefaultCAs: {reason: r}, additional: [{name: java, key: k, pkcs12: {key: p, password: x}}]}\n";
    around(
        bundle,
        &[
            ("{a: b}", "{}", "invalid-value /bundle/selector/matchLabels"),
            (
                "{a: b}",
                "{a: 'b c'}",
                "invalid-value /bundle/selector/matchLabels/a",
            ),
            (
                "{a: b}",
                "{'a b': c}",
                "invalid-value /bundle/selector/matchLabels/a b",
            ),
            (
                "selector:",
                "namespaces: [{name: x}], selector:",
                "conflicting-fields /bundle/selector",
            ),
            ("secret: false", "secret: 'no'", "wrong-type /bundle/secret"),
            (
                "reason: r",
                "reason: ''",
                "invalid-value /bundle/useDefaultCAs/reason",
            ),
            ("{reason: r}", "{}", "missing-field /bundle/useDefaultCAs"),
            ("{reason: r}", "true", "wrong-type /bundle/useDefaultCAs"),
            (
                "name: java",
                "name: Java",
                "invalid-value /bundle/additional/0/name",
            ),
            (
                "key: k",
                "key: k/l",
                "invalid-value /bundle/additional/0/key",
            ),
            (
                "key: p",
                "key: k",
                "bundle-written-twice /bundle/additional/0/pkcs12/key",
            ),
            (
                "password: x",
                "profile: Modern2026",
                "invalid-value /bundle/additional/0/pkcs12/profile",
            ),
            (
                "password: x",
                "profile: Modern2023",
                "controller-too-old /bundle/additional/0/pkcs12/profile",
            ),
        ],
    );
    let certificates = "  certificates: [{name: web, namespace: apps, secretName: tls, commonName: w, names: [{dns: web}], usages: [server auth], duration: 720h, renewBefore: 240h}]\n";
    around(
        certificates,
        &[
            (
                "name: web",
                "name: Web",
                "invalid-value /certificates/0/name",
            ),
            (
                "namespace: apps",
                "namespace: a.b",
                "invalid-value /certificates/0/namespace",
            ),
            (
                "secretName: tls",
                "secretName: a_b",
                "invalid-value /certificates/0/secretName",
            ),
            (
                "commonName: w",
                "commonName: ''",
                "invalid-value /certificates/0/commonName",
            ),
            (
                "dns: web",
                "dns: 'a b'",
                "invalid-value /certificates/0/names/0/dns",
            ),
            (
                "dns: web",
                "ip: 10.0.0.0/8",
                "invalid-value /certificates/0/names/0/ip",
            ),
            (
                "dns: web",
                "dns: web, ip: 10.0.0.1",
                "conflicting-fields /certificates/0/names/0/ip",
            ),
            (
                "server auth",
                "serverAuth",
                "invalid-value /certificates/0/usages/0",
            ),
            (
                "[server auth]",
                "[]",
                "invalid-value /certificates/0/usages",
            ),
            (
                "[{dns: web}]",
                "[]",
                "certificate-without-name /certificates/0",
            ),
            (
                "720h",
                "30m",
                "lifetime-out-of-range /certificates/0/duration, lifetime-out-of-range /certificates/0/renewBefore",
            ),
            (
                "240h",
                "4m",
                "lifetime-out-of-range /certificates/0/renewBefore",
            ),
            ("240h", "soon", "invalid-value /certificates/0/renewBefore"),
        ],
    );
    let broker = "  broker: {listeners: [{name: line, port: 8884, serviceType: NodePort, names: [{dns: a}], authentication: x}], clientTrust: {name: c, anchors: [{name: d, file: root.pem}]}}\n";
    around(
        broker,
        &[
            (
                "name: line",
                "name: Line",
                "invalid-value /broker/listeners/0/name",
            ),
            (
                "name: line",
                "name: default",
                "listener-port-taken /broker/listeners/0/name",
            ),
            (
                "port: 8884",
                "port: 0",
                "invalid-value /broker/listeners/0/port",
            ),
            (
                "port: 8884",
                "port: 65536",
                "invalid-value /broker/listeners/0/port",
            ),
            (
                "port: 8884",
                "port: 18883",
                "listener-port-taken /broker/listeners/0/port",
            ),
            (
                "NodePort",
                "Nodeport",
                "invalid-value /broker/listeners/0/serviceType",
            ),
            (
                "dns: a",
                "dns: a_b",
                "invalid-value /broker/listeners/0/names/0/dns",
            ),
            (
                "authentication: x",
                "authentication: X",
                "invalid-value /broker/listeners/0/authentication",
            ),
            (
                "name: c",
                "name: C",
                "invalid-value /broker/clientTrust/name",
            ),
            (
                "[{name: d, file: root.pem}]",
                "[]",
                "invalid-value /broker/clientTrust/anchors",
            ),
            (
                "file: root.pem",
                "file: gone.pem",
                "file-not-readable /broker/clientTrust/anchors/0/file",
            ),
            (
                "name: d, file: root.pem",
                "name: d",
                "missing-field /broker/clientTrust/anchors/0",
            ),
        ],
    );
    around(
        "  approverPolicy: {serviceAccountName: cm}\n",
        &[(
            "cm",
            "CM",
            "invalid-value /approverPolicy/serviceAccountName",
        )],
    );
}
