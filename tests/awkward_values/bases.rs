//! Configurations that use every field there is: each is fine as it stands, and each field is in one of them.

use serde_json::{Value, json};

const ROOT: &str = "golden/pki/corp-root-2026.pem";

/// What every profile knows.
const COMMON: &str = r#"
environment: staging
installation: {trust: userManaged, certManager: {by: external, version: "1.21"}, trustManager: {version: "0.24"}, aio: {version: "1.2"}}
namespaces: {instance: {name: edge, create: true, podSecurity: baseline}, trust: {name: pki, create: true, podSecurity: restricted}}
broker:
  certificate: {duration: 720h, renewBefore: 240h, privateKeyAlgorithm: Ec384}
  extraNames: [{dns: mqtt.corp.example}, {ip: 10.0.0.9}]
  listeners:
  - {name: line-4, port: 8884, serviceType: LoadBalancer, names: [{dns: line-4.corp.example}, {ip: 10.0.0.7}], authentication: devices}
  clientTrust:
    name: device-roots
    anchors:
    - {name: device-ca, file: golden/pki/office-root.pem, retireAfter: "2027-06-30", sha256: fe45d39e3d923c98a779afbef7b13f9e1f59196a1bea5402a979b9917fa88484}
certificates:
- {name: historian, namespace: edge, secretName: historian-tls, commonName: historian, names: [{dns: historian}, {ip: 10.0.0.8}],
   usages: [server auth], duration: 720h, renewBefore: 240h,
   privateKey: {algorithm: RSA, size: 3072, encoding: PKCS8, rotationPolicy: Always}}
policy: {minRsaBits: 2048}
labels: {corp.example/line: four}
annotations: {corp.example/note: plain text}
allow: [{rule: anchor-not-pinned, reason: it is a trial, until: "2026-12-31"}]
"#;

const FLUX: &str = r"
engine: flux
guards: true
flux: {version: '2.7', name: edge-trust, namespace: flux-system, path: ./deploy/edge, sourceRef: {kind: GitRepository, name: fleet},
  deletionPolicy: Orphan, healthExpressions: true}
controllers: {certManager: {version: v1.21.1}, trustManager: {version: v0.24.0}}
";

const ARGOCD: &str = r"
engine: argocd
guards: false
argocd: {repoURL: 'https://git.corp.example/fleet.git', targetRevision: main, path: deploy/edge, project: edge, namespace: argocd,
  server: 'https://kubernetes.default.svc', applicationSet: false}
controllers: {certManager: {version: v1.21.1}, trustManager: {version: v0.24.0}}
";

const QUICKSTART: &str = r"
profile: quickstart
environment: development
root: {name: edge-root, secretName: edge-root, commonName: Edge Root, organizations: [{name: Corp}], duration: 8760h, renewBefore: 2920h,
  privateKey: {algorithm: ECDSA, size: 256, encoding: PKCS8, rotationPolicy: Never}}
issuer: {name: edge-issuer}
bundle: {name: edge-roots, key: ca.crt, namespaces: [{name: edge-apps}]}
";

/// Each issuer, in the configuration that says most of it.
const ISSUERS: [&str; 16] = [
    "existing: {chain: {file: golden/pki/hamburg-chain.pem}}",
    "ca: {secretName: plant-ca, chain: {file: golden/pki/hamburg-chain.pem}, fromKeyVault: {vaultName: kv-plant, \
     tenantId: 66666666-7777-8888-9999-000000000000, clientId: 11111111-2222-3333-4444-555555555555, serviceAccountName: sync, \
     objects: {key: k, chain: c, root: r}}}",
    "ca: {secretName: plant-ca, fromExternalSecret: {secretStoreRef: {kind: SecretStore, name: store}, refreshInterval: 1h, objects: \
     {key: {key: a, property: k}, chain: {key: a, property: c}, root: {key: b, property: r}}}}",
    "ca: {secretName: plant-ca, fromSops: {file: secrets/plant-ca.sops.yaml}}",
    "vault: {server: 'https://vault.corp.example:8200', path: pki/sign/aio, namespace: plants, serverName: vault.corp.example, \
     caBundleSecretRef: {name: ca, key: ca.crt}, clientCertSecretRef: {name: tls, key: tls.crt}, clientKeySecretRef: {name: tls, key: \
     tls.key}, auth: {tokenSecretRef: {name: token, key: token}}, maxTtl: 8760h, chain: {file: golden/pki/hamburg-chain.pem}}",
    "vault: {server: 'https://vault', path: pki/sign/aio, caBundle: {file: golden/pki/corp-root-2026.pem}, auth: {appRole: {path: \
     approle, roleId: aio, secretRef: {name: role, key: id}}}}",
    "vault: {server: 'https://vault', path: pki/sign/aio, auth: {kubernetes: {role: aio, mountPath: /v1/auth/kubernetes, \
     serviceAccountRef: {name: vault, audiences: [vault]}}}}",
    "vault: {server: 'https://vault', path: pki/sign/aio, auth: {kubernetes: {role: aio, secretRef: {name: token, key: token}}}}",
    "vault: {server: 'https://vault', path: pki/sign/aio, auth: {clientCertificate: {mountPath: /v1/auth/cert, secretName: tls, name: aio}}}",
    "vault: {server: 'https://vault', path: pki/sign/aio, auth: {aws: {role: aio, mountPath: /v1/auth/aws, region: eu-central-1, \
     iamRoleArn: 'arn:aws:iam::123456789012:role/aio', serviceAccountRef: {name: vault, audiences: [vault]}}}}",
    "venafi: {zone: Plants, tpp: {url: 'https://tpp/vedsdk', credentialsRef: {name: tpp}, caBundle: {file: \
     golden/pki/corp-root-2026.pem}}, chain: {file: golden/pki/hamburg-chain.pem}}",
    "venafi: {zone: Plants, tpp: {url: 'https://tpp/vedsdk', credentialsRef: {name: tpp}, caBundleSecretRef: {name: ca, key: ca.crt}}}",
    "venafi: {zone: Plants, cloud: {url: 'https://api.venafi.cloud', apiTokenSecretRef: {name: key, key: key}}}",
    "venafi: {zone: Plants, ngts: {tsgID: '1', credentialsRef: {name: ngts}, url: 'https://a.example', tokenEndpoint: 'https://b.example'}}",
    "acme: {server: 'https://ca/directory', privateKeySecretRef: {name: account}, private: true, email: pki@corp.example, caBundle: \
     {file: golden/pki/corp-root-2026.pem}, preferredChain: Corp Root, externalAccountBinding: {keyID: plant, keySecretRef: {name: eab, \
     key: secret}}, solvers: [{http01: {ingress: {ingressClassName: nginx}}}, {http01: {gatewayHTTPRoute: {parentRefs: [{name: edge, \
     namespace: gateways}]}}}, {dns01: {azureDNS: {subscriptionID: 11111111-2222-3333-4444-555555555555, resourceGroupName: dns, \
     hostedZoneName: corp.example, managedIdentity: {clientID: 66666666-7777-8888-9999-000000000000}}}}, {dns01: {cloudflare: \
     {apiTokenSecretRef: {name: cf, key: token}}}}, {dns01: {cloudflare: {apiKeySecretRef: {name: cf, key: key}, email: \
     dns@corp.example}}}, {dns01: {route53: {region: eu-central-1, role: dns, hostedZoneID: Z1, accessKeyIDSecretRef: {name: aws, key: \
     id}, secretAccessKeySecretRef: {name: aws, key: key}}}}, {dns01: {rfc2136: {nameserver: '10.0.0.53:53', tsigKeyName: aio, \
     tsigAlgorithm: HMACSHA256, tsigSecretSecretRef: {name: tsig, key: k}}}}, {dns01: {webhook: {groupName: acme.corp.example, \
     solverName: infoblox, config: {host: dns.corp.example, views: [internal]}}}}], chain: {file: golden/pki/hamburg-chain.pem}}",
    "external: {issuerRef: {group: awspca.cert-manager.io, kind: AWSPCAClusterIssuer, name: pca}, intermediate: {commonName: Plant CA, \
     secretName: plant-ca, duration: 17520h, renewBefore: 4380h, privateKey: {algorithm: RSA, size: 2048, encoding: PKCS1, \
     rotationPolicy: Always}}, chain: {file: golden/pki/hamburg-chain.pem}}",
];

const BUNDLES: [&str; 2] = [
    "{name: edge-roots, key: ca.crt, delivery: bundle, selector: {matchLabels: {corp.example/roots: 'yes'}}, secret: true, useDefaultCAs: \
     {reason: the gateway needs them}, additional: [{name: java, key: ca.pem, secret: true, pkcs12: {key: trust.p12, password: changeit, \
     profile: Modern2023}}]}",
    "{delivery: configMap, namespaces: [{name: edge}]}",
];

const ROTATION: &str = r#"
anchors:
- {name: old, file: golden/pki/corp-root-2019.pem}
- {name: new, file: golden/pki/corp-root-2026.pem}
rotation: {from: old, to: new, phase: distribute, switchAfter: "2026-12-31", issuer: {chain: {file: golden/pki/hamburg-chain.pem}}}
"#;

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The fields of `more` in `value`, whatever is there.
fn with(mut value: Value, more: &str) -> Value {
    let fields = value.as_object_mut().unwrap();
    fields.extend(yaml(more).as_object().unwrap().clone());
    value
}

fn config(spec: Value) -> Value {
    json!({
        "apiVersion": "trustc.dev/v1alpha1",
        "kind": "TrustConfig",
        "metadata": {"name": "edge", "labels": {"a": "b"}, "annotations": {"c": "d"}},
        "spec": spec,
    })
}

/// Every configuration.
pub(super) fn all() -> Vec<Value> {
    let mut found = Vec::new();
    let quickstart = with(yaml(COMMON), QUICKSTART);
    for delivery in [FLUX, ARGOCD, "engine: none"] {
        let mut spec = quickstart.clone();
        spec["delivery"] = yaml(delivery);
        found.push(spec);
    }
    let mut byo = with(yaml(COMMON), "profile: byo-issuer");
    byo["policy"]["requireAnchorPins"] = false.into();
    byo["anchors"] = json!([{"name": "root", "file": ROOT, "retireAfter": "2040-01-01", "sha256": "e06140f1b3767325649da8a63ef5c20b28a72ad87b47d2f03b87609c4a39283a"}]);
    for (n, issuer) in ISSUERS.iter().enumerate() {
        let mut spec = byo.clone();
        spec["issuer"] = with(json!({"kind": "ClusterIssuer", "name": "plant"}), issuer);
        spec["delivery"] = yaml([FLUX, ARGOCD][n % 2]);
        spec["bundle"] = yaml(BUNDLES[usize::from(n == 0)]);
        // Who approves requests of another group is not known here.
        if n > 0 {
            spec["approverPolicy"] = json!({"serviceAccountName": "cert-manager"});
        }
        found.push(spec);
    }
    for next in [
        "ca: {secretName: plant-ca}",
        "vault: {server: 'https://vault', path: pki/sign/a, auth: {tokenSecretRef: {name: t, key: k}}}",
    ] {
        let mut spec = with(byo.clone(), ROTATION);
        spec["issuer"] = with(json!({"name": "plant"}), next);
        let (key, value) = if next.starts_with("ca") {
            ("secretName", "next-ca")
        } else {
            ("path", "pki/sign/b")
        };
        spec["rotation"]["issuer"][key] = value.into();
        found.push(spec);
    }
    let pem = std::fs::read_to_string(ROOT).unwrap();
    let mut spec = byo.clone();
    spec["issuer"] = json!({"existing": {"chain": {"inLine": pem}}});
    spec["anchors"] = json!([{"name": "root", "inLine": pem}]);
    spec["broker"]["clientTrust"]["anchors"][0] = json!({"name": "device-ca", "inLine": std::fs::read_to_string("golden/pki/office-root.pem").unwrap()});
    found.push(spec);
    found.into_iter().map(config).collect()
}
