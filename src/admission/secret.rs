//! Secret: metadata and shape (kubernetes `pkg/apis/core/validation/validation.go` ValidateSecret). Values are never repeated.

use std::collections::BTreeMap;

use serde_json::Value;

use super::base64::decode;
use super::config_map::MAX_BYTES;
use super::names;
use super::refusal::{Layer, Refusals};
use crate::json_pointer::Pointer;

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let mut refusals = refusals.layer(Layer::Core);
    for field in ["data", "stringData"] {
        for (key, _) in manifest[field].as_object().into_iter().flatten() {
            if let Some(reason) = names::config_map_key(key) {
                refusals.at(Pointer::root().key(field).key(key), reason);
            }
        }
    }
    let data = merged(manifest);
    if data.values().map(Vec::len).sum::<usize>() > MAX_BYTES {
        refusals.at(
            Pointer::root().key("data"),
            format!("must have at most {MAX_BYTES} bytes in all"),
        );
    }
    typed(manifest, &data, &mut refusals);
}

/// `stringData` over `data` (kubernetes `pkg/apis/core/v1/conversion.go`).
fn merged(manifest: &Value) -> BTreeMap<&str, Vec<u8>> {
    let data = manifest["data"].as_object().into_iter().flatten();
    let decoded = data.map(|(key, value)| {
        (
            key.as_str(),
            decode(value.as_str().unwrap_or_default()).unwrap_or_default(),
        )
    });
    let plain = manifest["stringData"].as_object().into_iter().flatten();
    decoded
        .chain(plain.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default().into())))
        .collect()
}

/// What each type of Secret must hold.
fn typed(manifest: &Value, data: &BTreeMap<&str, Vec<u8>>, refusals: &mut Refusals<'_>) {
    let kind = manifest["type"].as_str().unwrap_or("Opaque");
    let at = |key: &str| Pointer::root().key("data").key(key);
    match kind {
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"]
                .into_iter()
                .filter(|key| !data.contains_key(key))
            {
                refusals.at(at(key), "required value for type kubernetes.io/tls");
            }
        }
        "kubernetes.io/dockerconfigjson" => docker(data, ".dockerconfigjson", refusals),
        "kubernetes.io/dockercfg" => docker(data, ".dockercfg", refusals),
        "kubernetes.io/basic-auth"
            if !data.contains_key("username") && !data.contains_key("password") =>
        {
            refusals.at(
                at("username"),
                "username or password is required for type kubernetes.io/basic-auth",
            );
        }
        "kubernetes.io/ssh-auth" if data.get("ssh-privatekey").is_none_or(Vec::is_empty) => {
            refusals.at(
                at("ssh-privatekey"),
                "required value for type kubernetes.io/ssh-auth",
            );
        }
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            if manifest["metadata"]["annotations"][key]
                .as_str()
                .unwrap_or_default()
                .is_empty()
            {
                refusals.at(
                    Pointer::parse("/metadata/annotations").key(key),
                    "required value",
                );
            }
        }
        _ => {}
    }
}

fn docker(data: &BTreeMap<&str, Vec<u8>>, key: &str, refusals: &mut Refusals<'_>) {
    let at = Pointer::root().key("data").key(key);
    match data.get(key) {
        None => refusals.at(at, "required value for this type of Secret"),
        Some(bytes)
            if !serde_json::from_slice::<Value>(bytes).is_ok_and(|value| value.is_object()) =>
        {
            refusals.at(at, "must be a JSON object");
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Layer;
    use super::super::testing::refused;
    use serde_json::{Value, json};

    fn of(body: Value) -> Vec<String> {
        let mut manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}});
        manifest
            .as_object_mut()
            .expect("an object")
            .extend(body.as_object().expect("an object").clone());
        refused(&manifest)
            .into_iter()
            .map(|(pointer, layer)| format!("{} {pointer}", layer.as_str()))
            .collect()
    }

    #[test]
    fn keys_values_and_size() {
        assert!(
            of(json!({"data": {"a": "AA=="}, "stringData": {"b": "x"}, "type": "Opaque", "immutable": false}))
                .is_empty()
        );
        assert_eq!(
            of(json!({"data": {"a/b": "AA=="}})),
            ["API server /data/a~1b"]
        );
        assert_eq!(
            of(json!({"stringData": {"..a": ""}})),
            ["API server /stringData/..a"]
        );
        assert_eq!(of(json!({"data": {"a": "-----BEGIN"}})), ["schema /data/a"]);
        assert!(of(json!({"stringData": {"a": "x".repeat(1024 * 1024)}})).is_empty());
        assert_eq!(
            of(json!({"stringData": {"a": "x".repeat(1024 * 1024 + 1)}})),
            ["API server /data"]
        );
    }

    #[test]
    fn types() {
        let tls = |data: Value| of(json!({"type": "kubernetes.io/tls", "data": data}));
        assert!(
            tls(json!({"tls.crt": "", "tls.key": ""})).is_empty(),
            "empty values pass: the server never parses them"
        );
        assert_eq!(tls(json!({"tls.crt": ""})), ["API server /data/tls.key"]);
        assert!(
            of(json!({"type": "kubernetes.io/tls", "data": {"tls.crt": ""}, "stringData": {"tls.key": ""}})).is_empty()
        );
        assert!(
            of(json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{}"}})).is_empty()
        );
        assert_eq!(
            of(
                json!({"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "x"}})
            ),
            ["API server /data/.dockerconfigjson"]
        );
        assert_eq!(
            of(json!({"type": "kubernetes.io/dockercfg"})),
            ["API server /data/.dockercfg"]
        );
        assert!(
            of(json!({"type": "kubernetes.io/basic-auth", "stringData": {"password": ""}}))
                .is_empty()
        );
        assert_eq!(
            of(json!({"type": "kubernetes.io/basic-auth"})),
            ["API server /data/username"]
        );
        assert!(
            of(json!({"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": "x"}}))
                .is_empty()
        );
        assert_eq!(
            of(json!({"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": ""}})),
            ["API server /data/ssh-privatekey"]
        );
        assert_eq!(
            of(json!({"type": "kubernetes.io/service-account-token"})).len(),
            1
        );
        assert!(of(json!({"type": "example.com/any"})).is_empty());
    }

    #[test]
    fn layers() {
        let tls = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "kubernetes.io/tls"});
        assert!(refused(&tls).iter().all(|(_, layer)| *layer == Layer::Core));
    }
}
