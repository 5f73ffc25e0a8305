//! Whatever the schema accepts yields findings, or manifests that a cluster takes: configurations of any shape, made from the
//! schema itself.

use std::ffi::OsString;

use crate::common::NOW;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use trustc::cli::{Exit, Printer, Streams, Terminal, run};

/// Runs the program inside this process.
fn trustc(arguments: &[&str], input: &str) -> (Exit, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut input.as_bytes(),
        output: Printer::new(&mut output),
        errors: Printer::new(&mut errors),
        terminal: Terminal::default(),
        rules_url: None,
    };
    let arguments = std::iter::once("trustc")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let exit = run(arguments, &mut streams);
    (
        exit,
        String::from_utf8(output).unwrap(),
        String::from_utf8(errors).unwrap(),
    )
}

/// Values that a schema accepts: most of the time what people write, and the edges of each format.
fn values(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(only) = schema.get("const") {
        return Just(only.clone()).boxed();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return select(words.clone()).boxed();
    }
    let ways = ["oneOf", "anyOf"]
        .iter()
        .filter_map(|key| schema.get(*key)?.as_array())
        .find(|ways| !ways.is_empty());
    if let Some(ways) = ways {
        return proptest::strategy::Union::new(ways.iter().map(values)).boxed();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => mappings(schema),
        Some("array") => {
            let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap();
            vec(values(&schema["items"]), least..=least.max(2))
                .prop_map(Value::from)
                .boxed()
        }
        Some("integer") => {
            let (least, most) = (
                schema["minimum"].as_u64().unwrap_or(0),
                schema["maximum"].as_u64().unwrap_or(70_000),
            );
            prop_oneof![Just(least), Just(most), least..=most]
                .prop_map(Value::from)
                .boxed()
        }
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("string") => texts(schema["format"].as_str().unwrap_or_default()),
        _ => Just(json!({})).boxed(),
    }
}

fn mappings(schema: &Value) -> BoxedStrategy<Value> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let keys = texts(
            schema
                .pointer("/propertyNames/format")
                .and_then(Value::as_str)
                .unwrap_or("label-key"),
        );
        let keys = keys.prop_map(|key| key.as_str().unwrap_or_default().to_owned());
        let inner = schema
            .get("additionalProperties")
            .filter(|inner| inner.is_object());
        let inner = inner.map_or_else(|| texts("text"), values);
        return btree_map(keys, inner, 0..2)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
            .boxed();
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fields: Vec<BoxedStrategy<Option<(String, Value)>>> = properties
        .iter()
        .filter(|(key, _)| *key != "extends")
        .map(|(key, schema)| {
            let pair = values(schema).prop_map({
                let key = key.clone();
                move |value| (key.clone(), value)
            });
            match required.contains(&key.as_str()) {
                true => pair.prop_map(Some).boxed(),
                false => proptest::option::weighted(0.25, pair).boxed(),
            }
        })
        .collect();
    fields
        .prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>()))
        .boxed()
}

fn texts(format: &str) -> BoxedStrategy<Value> {
    let samples: &[&str] = match format {
        "dns-label" => &[
            "a",
            "edge-apps",
            "0",
            "x9",
            "azure-iot-operations",
            "cert-manager",
        ],
        "dns-subdomain" => &["a", "a.b", "1.2.3", "plant-issuer", "null", "1e3", "0x1f"],
        "dns-name" => &["broker.example.com", "*.example.com", "a"],
        "config-map-key" => &["ca.crt", "1", "_", "no", "a.b-c_d"],
        "label-key" | "metadata-key" => &["example.com/a", "example.com/1"],
        "label-value" => &["", "1", "yes", "a.b"],
        "go-duration" => &["1h", "90d", "2160h", "8760h0m0s", "5m", "720h30m"],
        "file-path" => &[
            "golden/pki/corp-root-2026.pem",
            "golden/pki/hamburg-chain.pem",
            "missing.pem",
        ],
        "pem" => &[
            include_str!("../golden/pki/corp-root-2026.pem"),
            "-----BEGIN CERTIFICATE-----\n",
        ],
        "calendar-date" => &["2026-01-01", "2027-06-30", "2100-12-31"],
        "sha256" => &["e06140f1b3767325649da8a63ef5c20b28a72ad87b47d2f03b87609c4a39283a"],
        "ip-address" => &["10.0.0.1", "::1"],
        "version" => &["1.13", "1.21", "0.14", "0.24"],
        "url" | "repository-url" => &[
            "https://vault.example.com:8200",
            "https://git.example.com/fleet.git",
        ],
        "vault-path" => &["pki/sign/edge", "pki/issue/edge"],
        "key-vault-name" => &["plant-vault"],
        "key-vault-object" => &["plant-ca", "plant-key"],
        "uuid" => &["00000000-0000-4000-8000-000000000001"],
        "kind-name" => &["AWSPCAClusterIssuer"],
        "release-tag" => &["v1.19.2"],
        "repository-path" => &["deploy/a"],
        _ => &[
            "a",
            "two words",
            "yes",
            "{{ x }}",
            "a: b # c",
            "\u{e4}",
            "1e3",
        ],
    };
    select(samples).prop_map(Value::from).boxed()
}

fn configurations(profile: &str) -> BoxedStrategy<Value> {
    let (_, schema, _) = trustc(&["schema", profile], "");
    values(&serde_json::from_str(&schema).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_the_schema_accepts_yields_findings_or_admitted_manifests(
        config in prop_oneof![configurations("quickstart"), configurations("byo-issuer")],
    ) {
        let (exit, output, errors) = trustc(&["render", "-", "--now", NOW], &config.to_string());
        prop_assert!(exit != Exit::Failed, "{}\n{}", errors, config);
        prop_assert_eq!(exit == Exit::Findings, errors.contains("error[") || errors.contains("refused: "), "{}", errors);
        prop_assert_eq!(exit == Exit::Clean, !output.is_empty());
        if exit == Exit::Clean {
            let (_, _, errors) = trustc(&["check", "-", "--now", NOW], &output);
            prop_assert!(!errors.contains("[manifest-refused]"), "{}\n{}", errors, config);
        }
    }
}
