//! Both sides of each boundary.

use super::super::testing::refused;
use serde_json::{Value, json};

/// Refusals of a sound Certificate with these fields of its `spec` replaced; null takes a field away.
fn with(fields: Value) -> Vec<String> {
    let mut spec = json!({"secretName": "web", "issuerRef": {"name": "ca"}, "dnsNames": ["web"]});
    for (key, value) in fields.as_object().expect("fields") {
        spec[key] = value.clone();
    }
    of(spec)
}

fn of(spec: Value) -> Vec<String> {
    let manifest = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a", "namespace": "b"}, "spec": spec});
    let found = refused(&manifest).into_iter();
    found
        .map(|(at, layer)| {
            format!(
                "{} {}",
                layer.as_str(),
                at.strip_prefix("/spec").unwrap_or(&at)
            )
        })
        .collect()
}

/// `good` values of a field pass, `bad` ones are refused at that field by `layer`.
fn both_sides(field: &str, layer: &str, good: &[Value], bad: &[Value]) {
    both_sides_with(&json!({}), field, layer, good, bad);
}

fn both_sides_with(base: &Value, field: &str, layer: &str, good: &[Value], bad: &[Value]) {
    let case = |value: &Value| {
        let mut fields = base.clone();
        let path = field.trim_start_matches('/').split('/').collect::<Vec<_>>();
        let mut slot = &mut fields;
        for key in &path {
            slot = &mut slot[*key];
        }
        *slot = value.clone();
        with(fields)
    };
    for value in good {
        assert_eq!(case(value), [""; 0], "{field}: {value}");
    }
    for value in bad {
        let found = case(value);
        assert!(
            found
                .iter()
                .any(|found| found.starts_with(&format!("{layer} {field}"))),
            "{field}: {value}: {found:?}"
        );
    }
}

#[test]
fn names_and_references() {
    let name = |n: usize| json!("a".repeat(n));
    both_sides(
        "/secretName",
        "webhook",
        &[json!("a.b"), name(253)],
        &[json!(""), json!("A"), json!("a/b"), name(254)],
    );
    both_sides("/secretName", "schema", &[], &[Value::Null, json!(1)]);
    both_sides("/issuerRef", "schema", &[], &[Value::Null, json!({})]);
    both_sides(
        "/issuerRef",
        "webhook",
        &[json!({"name": "Not_A_Name"})],
        &[json!({"name": ""})],
    );
    let kind = |kind: &str, group: &str| json!({"name": "a", "kind": kind, "group": group});
    let good = [
        kind("Issuer", ""),
        kind("ClusterIssuer", "cert-manager.io"),
        kind("", ""),
        kind("AnyThing", "example.com"),
    ];
    both_sides(
        "/issuerRef",
        "webhook",
        &good,
        &[kind("issuer", ""), kind("Clusterissuer", "cert-manager.io")],
    );
}

#[test]
fn without_a_spec_the_webhook_speaks() {
    let manifest = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "a"}});
    let found: Vec<String> = refused(&manifest)
        .into_iter()
        .map(|(at, layer)| format!("{} {at}", layer.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            "webhook /spec/secretName",
            "webhook /spec/issuerRef/name",
            "webhook /spec"
        ]
    );
}

#[test]
fn some_name_is_needed() {
    let of_list = |list: &str, value: Value| with(json!({"dnsNames": [], list: [value]}));
    assert_eq!(with(json!({"dnsNames": []})), ["webhook "]);
    assert_eq!(
        with(json!({"dnsNames": [], "commonName": ""})),
        ["webhook "]
    );
    assert_eq!(with(json!({"dnsNames": [], "commonName": "a"})), [""; 0]);
    assert_eq!(
        with(json!({"dnsNames": [], "literalSubject": "CN=a"})),
        [""; 0]
    );
    assert_eq!(
        with(json!({"dnsNames": [], "literalSubject": "O=a"})),
        ["webhook "]
    );
    assert_eq!(of_list("uris", json!("anything")), [""; 0]);
    assert_eq!(of_list("emailAddresses", json!("a@b")), [""; 0]);
    assert_eq!(of_list("ipAddresses", json!("10.0.0.1")), [""; 0]);
    assert_eq!(
        of_list("otherNames", json!({"oid": "1.2.3", "utf8Value": "x"})),
        [""; 0]
    );
}

#[test]
fn common_names_count_bytes() {
    let good = [json!("a".repeat(64)), json!("ä".repeat(32))];
    both_sides(
        "/commonName",
        "webhook",
        &good,
        &[json!("a".repeat(65)), json!("ä".repeat(33))],
    );
    both_sides(
        "/literalSubject",
        "webhook",
        &[json!(format!("O=x,CN={}", "a".repeat(64)))],
        &[json!(format!("CN={}", "a".repeat(65)))],
    );
}

#[test]
fn literal_subjects() {
    both_sides(
        "/literalSubject",
        "webhook",
        &[json!("C=DE,O=a\\, b,1.2.3=x"), json!("")],
        &[json!("a"), json!("cn=a"), json!("CN=a,")],
    );
    let beside =
        |fields: Value| both_sides_with(&fields, "/literalSubject", "webhook", &[json!("")], &[]);
    beside(json!({"commonName": "a"}));
    assert_eq!(
        with(json!({"commonName": "a", "literalSubject": "CN=a"})),
        ["webhook /commonName"]
    );
    for (field, value) in [
        ("organizations", json!(["a"])),
        ("serialNumber", json!("1")),
        ("countries", json!(["DE"])),
    ] {
        let found = with(json!({"literalSubject": "CN=a", "subject": {field: value}}));
        assert_eq!(found, [format!("webhook /subject/{field}")]);
    }
    assert_eq!(
        with(json!({"literalSubject": "CN=a", "subject": {"organizations": []}})),
        [""; 0]
    );
}

#[test]
fn subjects_hold_strings() {
    let good = [json!({"countries": ["Germany"], "organizations": ["x".repeat(300)]})];
    both_sides(
        "/subject",
        "schema",
        &good,
        &[
            json!({"countries": "DE"}),
            json!({"country": ["DE"]}),
            json!({"provinces": [1]}),
        ],
    );
}

#[test]
fn alternative_names() {
    both_sides(
        "/dnsNames",
        "schema",
        &[json!(["ä"]), json!(["a b"])],
        &[json!("web"), json!([1])],
    );
    both_sides(
        "/ipAddresses",
        "webhook",
        &[json!(["10.0.0.2", "::1"])],
        &[
            json!(["10.0.0.0/8"]),
            json!(["010.0.0.2"]),
            json!(["fe80::1%a"]),
        ],
    );
    both_sides(
        "/emailAddresses",
        "webhook",
        &[json!(["a@b.c"])],
        &[json!(["Alice <a@b>"]), json!(["mailto:a@b"]), json!([""])],
    );
    let other = |oid: &str, value: &str| json!([{"oid": oid, "utf8Value": value}]);
    both_sides(
        "/otherNames",
        "webhook",
        &[other("1.3.6.1", "x")],
        &[
            other("1.a", "x"),
            other("", "x"),
            other("1..2", "x"),
            other("1.2", ""),
        ],
    );
    both_sides("/uris", "schema", &[json!(["::no url::"])], &[json!([{}])]);
}

#[test]
fn private_keys() {
    let key = |algorithm: Value, size: i64| json!({"algorithm": algorithm, "size": size});
    for rsa in [json!("RSA"), Value::Null] {
        let sized = |size| key(rsa.clone(), size);
        both_sides(
            "/privateKey",
            "webhook",
            &[sized(0), sized(2048), sized(2049), sized(8192)],
            &[sized(2047), sized(8193), sized(-1)],
        );
    }
    let ecdsa = |size| key(json!("ECDSA"), size);
    both_sides(
        "/privateKey",
        "webhook",
        &[ecdsa(0), ecdsa(256), ecdsa(384), ecdsa(521)],
        &[ecdsa(255), ecdsa(512), ecdsa(2048)],
    );
    both_sides(
        "/privateKey",
        "webhook",
        &[key(json!("Ed25519"), 12345)],
        &[],
    );
    both_sides(
        "/privateKey",
        "schema",
        &[],
        &[
            key(json!("rsa"), 0),
            json!({"encoding": "pkcs8"}),
            json!({"rotationPolicy": "Sometimes"}),
            json!({"size": "2048"}),
        ],
    );
    both_sides(
        "/privateKey",
        "schema",
        &[json!({"encoding": "PKCS8", "rotationPolicy": "Never"})],
        &[json!({"algo": "RSA"})],
    );
}

#[test]
fn signature_algorithms_fit_the_key() {
    for (algorithm, fitting) in [
        ("RSA", "SHA512WithRSA"),
        ("ECDSA", "ECDSAWithSHA256"),
        ("Ed25519", "PureEd25519"),
    ] {
        for signature in ["SHA512WithRSA", "ECDSAWithSHA256", "PureEd25519"] {
            let found = with(
                json!({"privateKey": {"algorithm": algorithm}, "signatureAlgorithm": signature}),
            );
            assert_eq!(
                found.is_empty(),
                signature == fitting,
                "{algorithm} {signature}"
            );
        }
    }
    both_sides(
        "/signatureAlgorithm",
        "webhook",
        &[json!("SHA256WithRSA")],
        &[json!("ECDSAWithSHA256")],
    );
    both_sides(
        "/signatureAlgorithm",
        "schema",
        &[],
        &[json!("SHA1WithRSA")],
    );
}

#[test]
fn durations() {
    both_sides(
        "/duration",
        "webhook",
        &[json!("1h"), json!("90m"), json!("2160h0m0s")],
        &[
            json!("59m59s"),
            json!("90d"),
            json!("P90D"),
            json!(""),
            json!("-1h"),
            json!("0"),
        ],
    );
    both_sides("/duration", "schema", &[], &[json!(3600)]);
    both_sides(
        "/renewBefore",
        "webhook",
        &[json!("5m"), json!("2159h59m59s")],
        &[json!("4m59s"), json!("2160h"), json!("30d"), json!("")],
    );
    let hour = json!({"duration": "1h"});
    both_sides_with(
        &hour,
        "/renewBefore",
        "webhook",
        &[json!("59m59s")],
        &[json!("1h"), json!("2h")],
    );
}

#[test]
fn the_percentage_is_judged_as_its_mirror_image() {
    let hour = json!({"duration": "1h"});
    // 5 minutes of an hour are 8.33 %: what the webhook calls the remaining part must not be smaller.
    both_sides_with(
        &hour,
        "/renewBeforePercentage",
        "webhook",
        &[json!(1), json!(5), json!(91)],
        &[json!(0), json!(-1), json!(92), json!(95), json!(100)],
    );
    both_sides(
        "/renewBeforePercentage",
        "schema",
        &[json!(100), json!(0), json!(-5)],
        &[json!("30"), json!(1.5)],
    );
    assert_eq!(
        with(json!({"renewBefore": "24h", "renewBeforePercentage": 30})),
        ["webhook /renewBefore"]
    );
    // Ten years: the product no longer overflows.
    assert_eq!(
        with(json!({"duration": "87600h", "renewBeforePercentage": 30})),
        [""; 0]
    );
}

#[test]
fn usages_and_flags() {
    both_sides(
        "/usages",
        "schema",
        &[json!(["server auth", "s/mime"])],
        &[
            json!(["serverAuth"]),
            json!(["Server Auth"]),
            json!("server auth"),
        ],
    );
    both_sides("/isCA", "schema", &[json!(true)], &[json!("true")]);
    both_sides(
        "/encodeUsagesInRequest",
        "schema",
        &[json!(false)],
        &[json!("yes")],
    );
    assert_eq!(with(json!({"isCa": true})), ["schema /isCa"]);
    both_sides(
        "/revisionHistoryLimit",
        "webhook",
        &[json!(1)],
        &[json!(0), json!(-1)],
    );
    both_sides(
        "/revisionHistoryLimit",
        "schema",
        &[],
        &[json!(i64::from(i32::MAX) + 1)],
    );
}

#[test]
fn name_constraints() {
    let ca = json!({"isCA": true});
    let item = json!({"dnsDomains": ["a"], "ipRanges": ["no range: admitted"]});
    both_sides_with(
        &ca,
        "/nameConstraints",
        "webhook",
        &[
            json!({"permitted": item}),
            json!({"critical": true, "excluded": item}),
        ],
        &[json!({}), json!({"critical": true})],
    );
    assert_eq!(
        with(json!({"nameConstraints": {"permitted": {}}})),
        ["webhook /nameConstraints"]
    );
}

#[test]
fn templates_of_the_secret() {
    let labels = |key: &str, value: &str| json!({"labels": {key: value}});
    let annotations = |key: &str| json!({"annotations": {key: "any: thing"}});
    both_sides(
        "/secretTemplate",
        "webhook",
        &[labels("a.io/b", "")],
        &[
            labels("a b", ""),
            labels("a", "b c"),
            labels("a", &"x".repeat(64)),
        ],
    );
    both_sides(
        "/secretTemplate",
        "webhook",
        &[
            annotations("A.io/b"),
            annotations("cert-manager.io/allow-direct-injection"),
            annotations("acme.cert-manager.io/x"),
        ],
        &[
            annotations("a/b/c"),
            annotations("cert-manager.io/issuer-name"),
        ],
    );
    let big = |n: usize| json!({"annotations": {"a": "x".repeat(n)}});
    both_sides(
        "/secretTemplate",
        "webhook",
        &[big(262_143)],
        &[big(262_144)],
    );
}

#[test]
fn outputs() {
    let types =
        |types: &[&str]| Value::Array(types.iter().map(|kind| json!({"type": kind})).collect());
    both_sides(
        "/additionalOutputFormats",
        "webhook",
        &[types(&["DER", "CombinedPEM"])],
        &[types(&["DER", "DER"])],
    );
    both_sides(
        "/additionalOutputFormats",
        "schema",
        &[],
        &[types(&["PEM"]), json!([{}])],
    );
    for store in ["jks", "pkcs12"] {
        let field = format!("/keystores/{store}");
        let reference = json!({"name": "s", "key": "p"});
        let good = [
            json!({"create": true, "password": "x"}),
            json!({"create": true, "passwordSecretRef": reference}),
            json!({"create": true, "passwordSecretRef": {"name": "s"}}),
        ];
        let bad = [
            json!({"create": true}),
            json!({"create": false}),
            json!({"create": true, "password": ""}),
            json!({"create": true, "password": "x", "passwordSecretRef": reference}),
        ];
        both_sides(&field, "webhook", &good, &bad);
        both_sides(
            &field,
            "schema",
            &[],
            &[
                json!({"password": "x"}),
                json!({"create": true, "password": "x", "profil": "x"}),
            ],
        );
    }
    let profile = |profile: &str| json!({"create": true, "password": "x", "profile": profile});
    both_sides(
        "/keystores/pkcs12",
        "schema",
        &[profile("Modern2026")],
        &[profile("Modern2020")],
    );
}

#[test]
fn renewal() {
    let window = |cron: &str, long: &str, zone: &str| json!({"policy": "RenewBefore", "windows": [{"cron": cron, "windowDuration": long, "timezone": zone}]});
    both_sides(
        "/renewal",
        "webhook",
        &[
            json!({"policy": "Disabled"}),
            window("0 2 * * *", "1h", "Europe/Berlin"),
            window("@daily", "1.5h30m", "UTC"),
        ],
        &[
            json!({}),
            window("@noon", "1h", "UTC"),
            window("* * *", "1h", "UTC"),
            window("@daily", "1h", "Berlin"),
        ],
    );
    both_sides(
        "/renewal",
        "schema",
        &[],
        &[
            json!({"policy": ""}),
            json!({"policy": "Never"}),
            window("@daily", "1d", "UTC"),
            window("@daily", "", "UTC"),
            window("", "1h", "UTC"),
            window("@daily", "1h", ""),
        ],
    );
    let disabled =
        json!({"policy": "Disabled", "windows": [{"cron": "@daily", "windowDuration": "1h"}]});
    both_sides(
        "/renewal",
        "webhook",
        &[
            json!({"policy": "RenewBefore", "windows": [{"cron": "@daily", "windowDuration": "1h"}]}),
        ],
        &[disabled],
    );
}
