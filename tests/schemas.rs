//! Committed schemas are what the program prints, and agree with what it accepts and emits.

use std::fs;

use crate::common::{golden, project, trustc};
use serde_json::Value;

#[test]
fn configuration_schemas_are_fresh() {
    let folder = project().join("schemas/config");
    for (file, name) in [
        ("quickstart", Some("quickstart")),
        ("byo-issuer", Some("byo-issuer")),
        ("trust-config", None),
        ("trust-defaults", Some("TrustDefaults")),
        ("trust-fleet", Some("TrustFleet")),
    ] {
        let ran = trustc(
            &project(),
            &["schema"].into_iter().chain(name).collect::<Vec<_>>(),
        );
        golden(&folder.join(format!("{file}.schema.json")), &ran.out);
    }
}

#[test]
fn issuer_schemas_are_fresh_and_closed() {
    let folder = project().join("schemas/config/issuers");
    for name in ["existing", "ca", "vault", "venafi", "acme", "external"] {
        let ran = trustc(&project(), &["schema", &format!("byo-issuer/{name}")]);
        golden(&folder.join(format!("{name}.schema.json")), &ran.out);
        let schema: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let validator = jsonschema::validator_for(&schema).unwrap();
        let starter =
            fs::read_to_string(project().join(format!("profiles/issuers/{name}.yaml"))).unwrap();
        let starter: Value = serde_yaml::from_str(&starter).unwrap();
        assert!(validator.is_valid(&starter[name]), "{name}");
        assert!(
            !validator.is_valid(&serde_json::json!({"nonsense": 1})),
            "{name}"
        );
    }
    assert_eq!(trustc(&project(), &["schema", "byo-issuer/kind"]).code, 2);
}

/// What `rehearse` takes and prints is described, closed where it is taken, and described truly where it is printed.
#[test]
fn rehearsal_schemas_are_fresh_and_true() {
    let folder = project().join("schemas/rehearsal");
    let schema = |name: &str| -> Value {
        let ran = trustc(&project(), &["schema", name]);
        golden(&folder.join(format!("{name}.schema.json")), &ran.out);
        serde_json::from_str(&ran.out).unwrap()
    };
    let assumptions = jsonschema::validator_for(&schema("assumptions")).unwrap();
    assert!(assumptions.is_valid(
        &serde_json::json!({"mountDelay": "2m", "servers": [{"name": "a", "reads": "onRestart"}]})
    ));
    assert!(!assumptions.is_valid(&serde_json::json!({"mountDelai": "2m"})));
    let report = jsonschema::validator_for(&schema("rehearsal")).unwrap();
    for (config, code) in [
        ("profiles/quickstart.yaml", 0),
        ("golden/rules/root-rotates-key/fail.yaml", 1),
    ] {
        let ran = trustc(
            &project(),
            &[
                "rehearse",
                config,
                "--from",
                "2026-07-01",
                "--format",
                "json",
            ],
        );
        assert_eq!(ran.code, code, "{}", ran.all());
        let printed: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(
            report.is_valid(&printed),
            "{:?}",
            report.iter_errors(&printed).next()
        );
        assert_eq!(printed["sites"][0]["passed"], code == 0);
    }
}

#[test]
fn manifest_schemas_are_the_committed_ones() {
    for entry in fs::read_dir(project().join("schemas/emitted")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let title = serde_json::from_str::<Value>(&text).unwrap()["title"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(trustc(&project(), &["schema", &title]).out, text, "{title}");
    }
}

/// Whether the schema for editors takes a configuration, with any JSON Schema validator and no formats of ours.
fn editors_accept(text: &str) -> bool {
    let schema: Value = serde_json::from_str(&trustc(&project(), &["schema"]).out).unwrap();
    let config: Value = serde_yaml::from_str(text).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .is_valid(&config)
}

#[test]
fn the_schema_for_editors_picks_by_profile() {
    for profile in ["quickstart", "byo-issuer"] {
        let starter =
            fs::read_to_string(project().join(format!("profiles/{profile}.yaml"))).unwrap();
        assert!(editors_accept(&starter), "{profile}");
        assert!(
            !editors_accept(&starter.replace("spec:\n", "spec:\n  bundel: {}\n")),
            "{profile}"
        );
    }
    let quickstart = fs::read_to_string(project().join("profiles/quickstart.yaml")).unwrap();
    assert!(!editors_accept(
        &quickstart.replace("profile: quickstart", "profile: byo-issuer")
    ));
    assert!(!editors_accept(
        &quickstart.replace("profile: quickstart", "profile: other")
    ));
    assert!(!editors_accept(
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: a}\nspec: {}\n"
    ));
}

#[test]
fn what_extends_need_not_be_whole_and_defaults_and_fleets_have_schemas() {
    let head = "apiVersion: trustc.dev/v1alpha1\n";
    let site =
        |spec: &str| format!("{head}kind: TrustConfig\nmetadata: {{name: a}}\nspec: {spec}\n");
    assert!(editors_accept(&site("{extends: org.yaml}")));
    assert!(editors_accept(&site(
        "{extends: .., profile: byo-issuer, bundle: {key: null}}"
    )));
    assert!(!editors_accept(&site(
        "{extends: .., profile: byo-issuer, bundle: {kei: x}}"
    )));
    assert!(!editors_accept(&site(
        "{profile: byo-issuer, bundle: {key: x}}"
    )));
    let accepts = |kind: &str, text: &str| {
        let schema: Value =
            serde_json::from_str(&trustc(&project(), &["schema", kind]).out).unwrap();
        let value: Value = serde_yaml::from_str(&format!("{head}kind: {kind}\n{text}")).unwrap();
        jsonschema::validator_for(&schema).unwrap().is_valid(&value)
    };
    assert!(accepts(
        "TrustDefaults",
        "spec: {anchors: [{name: a}], issuer: {ca: {}}}\n"
    ));
    assert!(!accepts("TrustDefaults", "spec: {anchor: []}\n"));
    assert!(accepts(
        "TrustFleet",
        "metadata: {name: a}\nspec: {sites: {inLine: [{name: a, spec: {labels: {}}}]}}\n"
    ));
    assert!(!accepts(
        "TrustFleet",
        "metadata: {name: a}\nspec: {sites: {inLine: [{name: a, spec: {label: {}}}]}}\n"
    ));
    assert!(!accepts(
        "TrustFleet",
        "metadata: {name: a}\nspec: {sites: {inLine: [{}]}}\n"
    ));
}

/// A keyword for texts beside `type: integer` means nothing, and validators that are compiled from schemas have taken it for a
/// permission.
#[test]
fn keywords_fit_the_type_that_they_stand_beside() {
    const OF: &[(&str, &[&str])] = &[
        ("string", &["minLength", "maxLength", "pattern", "format"]),
        (
            "number",
            &[
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "multipleOf",
            ],
        ),
        (
            "array",
            &["items", "minItems", "maxItems", "uniqueItems", "contains"],
        ),
        (
            "object",
            &[
                "properties",
                "additionalProperties",
                "required",
                "minProperties",
                "maxProperties",
                "propertyNames",
            ],
        ),
    ];
    fn walk(schema: &Value, at: &str, found: &mut Vec<String>) {
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let types: Vec<&str> = types
            .into_iter()
            .map(|kind| if kind == "integer" { "number" } else { kind })
            .collect();
        for (kind, keywords) in OF
            .iter()
            .filter(|(kind, _)| !types.is_empty() && !types.contains(kind))
        {
            let stray = keywords
                .iter()
                .filter(|keyword| schema.get(**keyword).is_some());
            found.extend(stray.map(|keyword| format!("{at}: {keyword} is for {kind}")));
        }
        match schema {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{at}/{key}"), found)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, at, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for folder in ["schemas/emitted", "schemas/admission", "schemas/config"] {
        for file in fs::read_dir(project().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if file.is_file() {
                let schema: Value =
                    serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
                walk(&schema, &file.display().to_string(), &mut found);
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
