//! What engines are told is right in every state a cluster passes through.

use std::collections::BTreeSet;
use std::fs;

use crate::common::project;
use cel::{Context, Program};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// The health expression that is emitted for a kind: the same in every case.
fn expression(kind: &str) -> String {
    let mut found = BTreeSet::new();
    for case in fs::read_dir(project().join("golden/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let site = fs::read_dir(case.join("flux")).unwrap().next().unwrap().unwrap().path();
        let text = fs::read_to_string(site.join("flux/kustomizations.yaml")).unwrap();
        let objects = serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).unwrap());
        let checks = objects.filter_map(|object| object["spec"]["healthCheckExprs"].as_array().cloned()).flatten();
        found.extend(checks.filter(|check| check["kind"] == kind).map(|check| check["current"].to_string()));
    }
    assert_eq!(found.len(), 1, "{kind}");
    serde_json::from_str(&found.pop_first().unwrap()).unwrap()
}

/// What Flux makes of it: an error means that it keeps waiting.
fn is_current(kind: &str, object: &Value) -> bool {
    let program = Program::compile(&expression(kind)).unwrap();
    let mut context = Context::default();
    for part in ["metadata", "status"] {
        if !object[part].is_null() {
            context.add_variable(part, &object[part]).unwrap();
        }
    }
    matches!(program.execute(&context), Ok(cel::Value::Bool(true)))
}

fn object(generation: i64, conditions: Value) -> Value {
    json!({"metadata": {"generation": generation}, "status": {"conditions": conditions}})
}

fn condition(kind: &str, status: &str, generation: i64) -> Value {
    json!({"type": kind, "status": status, "observedGeneration": generation})
}

#[test]
fn health_is_right_in_every_state() {
    for (kind, ready) in
        [("Certificate", "Ready"), ("ClusterIssuer", "Ready"), ("Issuer", "Ready"), ("Bundle", "Synced")]
    {
        let current = |object: &Value| is_current(kind, object);
        assert!(!current(&json!({"metadata": {"generation": 1}})), "{kind}: no status yet");
        assert!(!current(&json!({"metadata": {"generation": 1}, "status": {}})), "{kind}: an empty status");
        assert!(!current(&object(1, json!([]))), "{kind}: no conditions yet");
        let issuing = json!([condition(ready, "False", 1), condition("Issuing", "True", 1)]);
        assert!(!current(&object(1, issuing)), "{kind}: first issuance");
        assert!(
            current(&object(1, json!([condition(ready, "True", 1)]))),
            "{kind}: done; cert-manager removes Issuing"
        );
        assert!(!current(&object(2, json!([condition(ready, "True", 1)]))), "{kind}: changed, and not yet looked at");
        let again = json!([condition("Issuing", "True", 2), condition(ready, "True", 2)]);
        assert!(current(&object(2, again)), "{kind}: renewed while the old one is good");
    }
}

/// Every object stands after what it names: in files, in the stream, and in Argo CD's waves.
#[test]
fn waves_follow_dependencies() {
    let stream = fs::read_to_string(project().join("golden/cases/quickstart-argocd/stream.yaml")).unwrap();
    let objects = serde_yaml::Deserializer::from_str(&stream).map(|document| Value::deserialize(document).unwrap());
    let waves: Vec<(String, i64)> = objects
        .filter(|object| !object.is_null())
        .map(|object| {
            let wave = object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str().unwrap();
            let issuer = if object["spec"]["selfSigned"].is_object() { "self-signed " } else { "" };
            (format!("{issuer}{}", object["kind"].as_str().unwrap()), wave.parse().unwrap())
        })
        .collect();
    let wave = |kind: &str| waves.iter().find(|(one, _)| one == kind).unwrap().1;
    assert!(wave("self-signed ClusterIssuer") < wave("Certificate"));
    assert!(wave("Certificate") < wave("ClusterIssuer"), "a CA issuer is degraded until its Secret is there");
    assert!(wave("Certificate") < wave("Bundle"));
    assert!(wave("Namespace") < wave("Bundle"));
    assert!(waves.is_sorted_by_key(|(_, wave)| *wave));
}
