//! Bundle: the CEL rules of its definition (trust-manager `deploy/crds/trust.cert-manager.io_bundles.yaml`) and the
//! validating webhook (`pkg/webhook/validation.go`).

use serde_json::Value;

use super::field::Field;
use super::metadata;
use super::refusal::{Layer, Refusals};
use super::selector;

/// Keys of labels and annotations that trust-manager keeps for itself.
const RESERVED: &[&str] = &["trust.cert-manager.io/", "trust-manager.io/"];

pub(super) fn review(manifest: &Value, refusals: &mut Refusals<'_>) {
    let bundle = Field::root(manifest);
    let (sources, target) = (
        bundle.get("spec").get("sources"),
        bundle.get("spec").get("target"),
    );
    sources_review(&sources, refusals);
    let name = bundle.get("metadata").get("name");
    for source in sources.items() {
        feeds_itself(&source, name.text(), &target, refusals);
    }
    if target.is_set() {
        target_review(&target, refusals);
    }
}

fn sources_review(sources: &Field<'_>, refusals: &mut Refusals<'_>) {
    const KINDS: &[&str] = &["configMap", "secret", "inLine", "useDefaultCAs"];
    let mut effective = 0;
    let mut defaults = 0;
    for source in sources.items() {
        let kinds = source.set_among(KINDS).len();
        if kinds != 1 {
            let reason = format!(
                "exactly one of {} must be set, not {kinds}",
                KINDS.join(", ")
            );
            refusals.layer(Layer::Cel).at(&source.at, reason);
        }
        for object in source.set_among(&["configMap", "secret"]) {
            source_object(&object, refusals);
        }
        let default = source.get("useDefaultCAs");
        if default.is_set() {
            defaults += 1;
        }
        if !default.is_set() || default.is_true() {
            effective += 1;
        }
    }
    if effective == 0 {
        refusals.at(
            &sources.at,
            "must define at least one source: useDefaultCAs: false is none",
        );
    }
    if defaults > 1 {
        refusals.at(
            &sources.at,
            "must request default CAs either once or not at all",
        );
    }
}

/// A ConfigMap or Secret as a source.
fn source_object(object: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (name, selector) = (object.get("name"), object.get("selector"));
    if name.is_set() == selector.is_set() {
        refusals
            .layer(Layer::Cel)
            .at(&object.at, "exactly one of name and selector must be set");
    }
    if selector.is_set() {
        selector::review(&selector, refusals);
    }
    let (key, all) = (
        object.get("key").some_text().is_some(),
        object.get("includeAllKeys").is_true(),
    );
    if key == all {
        refusals.at(
            &object.at,
            "exactly one of key and includeAllKeys: true must be set",
        );
    }
}

fn feeds_itself(source: &Field<'_>, bundle: &str, target: &Field<'_>, refusals: &mut Refusals<'_>) {
    for kind in ["configMap", "secret"] {
        let (object, written) = (source.get(kind), target.get(kind).get("key"));
        let same = object.get("name").text() == bundle
            && written.is_set()
            && object.get("key").value == written.value;
        if object.is_set() && same {
            refusals.at(&object.at, "cannot define the same source as target");
        }
    }
}

fn target_review(target: &Field<'_>, refusals: &mut Refusals<'_>) {
    let objects = target.set_among(&["configMap", "secret"]);
    if objects.is_empty() {
        refusals.layer(Layer::Cel).at(
            &target.at,
            "at least one of configMap and secret must be set",
        );
    }
    for object in &objects {
        target_metadata(&object.get("metadata"), refusals);
    }
    let selector = target.get("namespaceSelector");
    if selector.is_set() {
        selector::review(&selector, refusals);
    }
    let formats = target.get("additionalFormats");
    if formats.is_set() && formats.set_among(&["jks", "pkcs12"]).is_empty() {
        refusals
            .layer(Layer::Cel)
            .at(&formats.at, "at least one of jks and pkcs12 must be set");
    }
    let mut taken: Vec<&Value> = objects
        .iter()
        .map(|object| object.get("key").value)
        .collect();
    for format in formats.set_among(&["jks", "pkcs12"]) {
        let key = format.get("key");
        if taken.contains(&key.value) {
            refusals.at(
                &key.at,
                "must be another key than those of the targets and of the other format",
            );
        }
        taken.push(key.value);
    }
}

fn target_metadata(template: &Field<'_>, refusals: &mut Refusals<'_>) {
    let (labels, annotations) = (template.get("labels"), template.get("annotations"));
    metadata::labels(&labels, refusals);
    metadata::annotations(&annotations, refusals);
    for (key, entry) in labels.entries().chain(annotations.entries()) {
        if RESERVED.iter().any(|prefix| key.starts_with(prefix)) {
            refusals.at(&entry.at, "this prefix is trust-manager's own");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::refused;
    use serde_json::{Value, json};

    fn of(sources: Value, target: Value) -> Vec<String> {
        let mut spec = json!({"sources": sources});
        if !target.is_null() {
            spec["target"] = target;
        }
        let bundle = json!({"apiVersion": "trust.cert-manager.io/v1alpha1", "kind": "Bundle", "metadata": {"name": "b"}, "spec": spec});
        refused(&bundle)
            .into_iter()
            .map(|(at, layer)| format!("{} {}", layer.as_str(), at.trim_start_matches("/spec")))
            .collect()
    }

    fn with_source(source: Value) -> Vec<String> {
        of(json!([source, {"inLine": "x"}]), Value::Null)
    }

    fn with_target(target: Value) -> Vec<String> {
        of(json!([{"inLine": "x"}]), target)
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn number_and_kind_of_sources() {
        let inline = |n: usize| of(Value::Array(vec![json!({"inLine": "x"}); n]), Value::Null);
        assert_eq!(inline(1), NONE);
        assert_eq!(inline(100), NONE);
        assert_eq!(inline(0), ["schema /sources"]);
        assert_eq!(inline(101), ["schema /sources"]);
        assert_eq!(with_source(json!({})), ["CEL rule /sources/0"]);
        assert_eq!(
            with_source(json!({"inLine": "x", "useDefaultCAs": true})),
            ["CEL rule /sources/0"]
        );
        assert_eq!(with_source(json!({"useDefaultCAs": false})), NONE);
        assert_eq!(of(json!([{"useDefaultCAs": true}]), Value::Null), NONE);
        assert_eq!(
            of(json!([{"useDefaultCAs": false}]), Value::Null),
            ["webhook /sources"]
        );
        assert_eq!(
            of(
                json!([{"useDefaultCAs": true}, {"useDefaultCAs": false}]),
                Value::Null
            ),
            ["webhook /sources"]
        );
    }

    #[test]
    fn objects_as_sources() {
        for kind in ["configMap", "secret"] {
            let source = |object: Value| with_source(json!({kind: object}));
            let at = |layer: &str, end: &str| vec![format!("{layer} /sources/0/{kind}{end}")];
            assert_eq!(source(json!({"name": "a", "key": "k"})), NONE);
            assert_eq!(source(json!({"name": "a", "includeAllKeys": true})), NONE);
            assert_eq!(source(json!({"selector": {}, "key": "k"})), NONE);
            assert_eq!(source(json!({"key": "k"})), at("CEL rule", ""));
            assert_eq!(
                source(json!({"name": "a", "selector": {}, "key": "k"})),
                at("CEL rule", "")
            );
            assert_eq!(source(json!({"name": "a"})), at("webhook", ""));
            assert_eq!(
                source(json!({"name": "a", "includeAllKeys": false})),
                at("webhook", "")
            );
            assert_eq!(
                source(json!({"name": "a", "key": "k", "includeAllKeys": false})),
                NONE
            );
            assert_eq!(
                source(json!({"name": "a", "key": "k", "includeAllKeys": true})),
                at("webhook", "")
            );
            for field in ["name", "key"] {
                let long = |n: usize| {
                    let mut object = json!({"name": "a", "key": "k"});
                    object[field] = json!("x".repeat(n));
                    source(object)
                };
                assert_eq!(long(253), NONE);
                assert_eq!(long(254), at("schema", &format!("/{field}")));
                assert_eq!(long(0), at("schema", &format!("/{field}")));
            }
        }
    }

    #[test]
    fn inline_text() {
        let of_length = |n: usize| with_source(json!({"inLine": "x".repeat(n)}));
        assert_eq!(of_length(1_048_576), NONE);
        assert_eq!(of_length(1_048_577), ["schema /sources/0/inLine"]);
        assert_eq!(of_length(0), ["schema /sources/0/inLine"]);
    }

    #[test]
    fn selectors() {
        let expression = |expression: Value| {
            let selector = json!({"matchExpressions": [expression]});
            let target = with_target(
                json!({"configMap": {"key": "k"}, "namespaceSelector": selector.clone()}),
            );
            let source = with_source(json!({"configMap": {"selector": selector, "key": "k"}}));
            assert_eq!(target.len(), source.len());
            target
                .join(" ")
                .replace("/target/namespaceSelector/matchExpressions/0", "")
        };
        for (operator, values) in [
            ("In", json!(["a"])),
            ("NotIn", json!(["a", ""])),
            ("Exists", json!([])),
            ("DoesNotExist", json!([])),
        ] {
            assert_eq!(
                expression(json!({"key": "a.io/b", "operator": operator, "values": values})),
                ""
            );
        }
        assert_eq!(expression(json!({"key": "a", "operator": "Exists"})), "");
        assert_eq!(
            expression(json!({"key": "a", "operator": "In"})),
            "webhook /values"
        );
        assert_eq!(
            expression(json!({"key": "a", "operator": "NotIn", "values": []})),
            "webhook /values"
        );
        assert_eq!(
            expression(json!({"key": "a", "operator": "Exists", "values": ["x"]})),
            "webhook /values"
        );
        assert_eq!(
            expression(json!({"key": "a", "operator": "DoesNotExist", "values": ["x"]})),
            "webhook /values"
        );
        assert_eq!(
            expression(json!({"key": "a", "operator": "in", "values": ["x"]})),
            "webhook /operator"
        );
        assert_eq!(
            expression(json!({"key": "a b", "operator": "Exists"})),
            "webhook /key"
        );
        assert_eq!(
            expression(json!({"key": "a", "operator": "In", "values": ["x y"]})),
            "webhook /values/0"
        );
        assert_eq!(expression(json!({"key": "a"})), "schema /operator");
        let labels = with_target(
            json!({"configMap": {"key": "k"}, "namespaceSelector": {"matchLabels": {"a": "b c"}}}),
        );
        assert_eq!(labels, ["webhook /target/namespaceSelector/matchLabels/a"]);
        assert_eq!(
            with_target(json!({"configMap": {"key": "k"}, "namespaceSelector": {}})),
            NONE
        );
    }

    #[test]
    fn a_source_that_is_the_target() {
        let case = |source: Value| of(json!([source]), json!({"configMap": {"key": "k"}}));
        assert_eq!(
            case(json!({"configMap": {"name": "b", "key": "k"}})),
            ["webhook /sources/0/configMap"]
        );
        assert_eq!(case(json!({"configMap": {"name": "b", "key": "l"}})), NONE);
        assert_eq!(case(json!({"configMap": {"name": "c", "key": "k"}})), NONE);
        assert_eq!(
            case(json!({"secret": {"name": "b", "key": "k"}})),
            NONE,
            "another kind"
        );
    }

    #[test]
    fn targets_and_their_keys() {
        assert_eq!(
            with_target(Value::Null),
            NONE,
            "a Bundle without target is admitted since 0.19"
        );
        assert_eq!(
            with_target(json!({"configMap": {"key": "k"}, "secret": {"key": "k"}})),
            NONE
        );
        assert_eq!(
            with_target(json!({"namespaceSelector": {}})),
            ["CEL rule /target"]
        );
        assert_eq!(
            with_target(json!({"configMap": {}})),
            ["schema /target/configMap/key"]
        );
        assert_eq!(
            with_target(json!({"configMap": {"key": ""}})),
            ["schema /target/configMap/key"]
        );
        assert_eq!(
            with_target(json!({"secret": {"key": "certs/ca.crt"}})),
            NONE,
            "admitted; a hazard"
        );
        assert_eq!(
            with_target(json!({"secret": {"key": "x".repeat(254)}})),
            ["schema /target/secret/key"]
        );
    }

    #[test]
    fn further_formats() {
        let formats = |formats: Value| {
            with_target(
                json!({"configMap": {"key": "k"}, "secret": {"key": "s"}, "additionalFormats": formats}),
            )
        };
        assert_eq!(
            formats(
                json!({"jks": {"key": "j"}, "pkcs12": {"key": "p", "password": "", "profile": "Modern2023"}})
            ),
            NONE
        );
        assert_eq!(formats(json!({})), ["CEL rule /target/additionalFormats"]);
        assert_eq!(
            formats(json!({"jks": {"key": "k"}})),
            ["webhook /target/additionalFormats/jks/key"]
        );
        assert_eq!(
            formats(json!({"pkcs12": {"key": "s"}})),
            ["webhook /target/additionalFormats/pkcs12/key"]
        );
        assert_eq!(
            formats(json!({"jks": {"key": "x"}, "pkcs12": {"key": "x"}})),
            ["webhook /target/additionalFormats/pkcs12/key"]
        );
        assert_eq!(
            formats(json!({"jks": {"key": "j", "password": ""}})),
            ["schema /target/additionalFormats/jks/password"]
        );
        assert_eq!(
            formats(json!({"jks": {"key": "j", "password": "x".repeat(128)}})),
            NONE
        );
        assert_eq!(
            formats(json!({"jks": {"key": "j", "password": "x".repeat(129)}})),
            ["schema /target/additionalFormats/jks/password"]
        );
        assert_eq!(
            formats(json!({"pkcs12": {"key": "p", "password": "x".repeat(129)}})),
            ["schema /target/additionalFormats/pkcs12/password"]
        );
        assert_eq!(
            formats(json!({"pkcs12": {"key": "p", "profile": "Modern2026"}})),
            ["schema /target/additionalFormats/pkcs12/profile"]
        );
        assert_eq!(
            formats(json!({"pkcs12": {"profile": "Modern2023"}})),
            ["schema /target/additionalFormats/pkcs12/key"]
        );
    }

    #[test]
    fn metadata_of_targets() {
        let template =
            |template: Value| with_target(json!({"configMap": {"key": "k", "metadata": template}}));
        assert_eq!(
            template(json!({"labels": {"a": "b"}, "annotations": {"A.io/x": "any: thing"}})),
            NONE
        );
        assert_eq!(template(json!({})), ["schema /target/configMap/metadata"]);
        assert_eq!(
            template(json!({"labels": {}})),
            ["schema /target/configMap/metadata/labels"]
        );
        assert_eq!(
            template(json!({"labels": {"a": "b c"}})),
            ["webhook /target/configMap/metadata/labels/a"]
        );
        assert_eq!(
            template(json!({"annotations": {"a/b/c": ""}})),
            ["webhook /target/configMap/metadata/annotations/a~1b~1c"]
        );
        for key in ["trust.cert-manager.io/bundle", "trust-manager.io/x"] {
            assert_eq!(template(json!({"labels": {key: "x"}})).len(), 1, "{key}");
            assert_eq!(
                template(json!({"annotations": {key: "x"}})).len(),
                1,
                "{key}"
            );
        }
        assert_eq!(
            template(json!({"labels": {"trust.example.com/x": "x"}})),
            NONE
        );
    }
}
