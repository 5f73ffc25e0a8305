//! What engines are told is right in every state a cluster passes through.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::common::{project, quickstart, trustc};
use cel::{Context, Program};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// The health expression that is emitted for a kind: the same in every case.
fn expression(kind: &str) -> String {
    let mut found = BTreeSet::new();
    for case in fs::read_dir(project().join("golden/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let site = fs::read_dir(case.join("flux"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let text = fs::read_to_string(site.join("flux/kustomizations.yaml")).unwrap();
        let objects = serde_yaml::Deserializer::from_str(&text)
            .map(|document| Value::deserialize(document).unwrap());
        let checks = objects
            .filter_map(|object| object["spec"]["healthCheckExprs"].as_array().cloned())
            .flatten();
        found.extend(
            checks
                .filter(|check| check["kind"] == kind)
                .map(|check| check["current"].to_string()),
        );
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

/// Forms of status as the controllers write them, each with what engines have to make of it.
pub(crate) fn states() -> Vec<Value> {
    let text = fs::read_to_string(project().join("golden/health/states.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

#[test]
fn health_is_right_in_every_state() {
    let mut seen = BTreeSet::new();
    for state in states() {
        let (name, object) = (&state["name"], &state["object"]);
        let kind = object["kind"].as_str().unwrap();
        assert_eq!(
            is_current(kind, object),
            state["flux"] == "current",
            "{name}"
        );
        seen.insert((kind.to_owned(), state["flux"].to_string()));
    }
    assert_eq!(seen.len(), 8, "four kinds, ready and not");
}

/// Every object stands after what it names: in files, in the stream, and in Argo CD's waves.
#[test]
fn waves_follow_dependencies() {
    let stream =
        fs::read_to_string(project().join("golden/cases/quickstart-argocd/stream.yaml")).unwrap();
    let objects = serde_yaml::Deserializer::from_str(&stream)
        .map(|document| Value::deserialize(document).unwrap());
    let waves: Vec<(String, i64)> = objects
        .filter(|object| !object.is_null())
        .map(|object| {
            let wave = object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
                .as_str()
                .unwrap();
            let issuer = if object["spec"]["selfSigned"].is_object() {
                "self-signed "
            } else {
                ""
            };
            (
                format!("{issuer}{}", object["kind"].as_str().unwrap()),
                wave.parse().unwrap(),
            )
        })
        .collect();
    let wave = |kind: &str| waves.iter().find(|(one, _)| one == kind).unwrap().1;
    assert!(wave("self-signed ClusterIssuer") < wave("Certificate"));
    assert!(
        wave("Certificate") < wave("ClusterIssuer"),
        "a CA issuer is degraded until its Secret is there"
    );
    assert!(wave("Certificate") < wave("Bundle"));
    assert!(wave("Namespace") < wave("Bundle"));
    assert!(waves.is_sorted_by_key(|(_, wave)| *wave));
}

/// The chart of a release as its project publishes it, from the Go module proxy; none where there is no Go.
fn chart_schema(module: &str, version: &str) -> Option<Value> {
    let source = format!("github.com/cert-manager/{module}@{version}");
    let run = Command::new("go")
        .args(["mod", "download", "-json", &source])
        .current_dir(std::env::temp_dir())
        .output();
    let Some(output) = run.ok().filter(|output| output.status.success()) else {
        assert!(
            std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(),
            "no go, or {source} cannot be had"
        );
        eprintln!("skipped: no go, or {source} cannot be had");
        return None;
    };
    let module_folder = serde_json::from_slice::<Value>(&output.stdout).unwrap()["Dir"]
        .as_str()
        .unwrap()
        .to_owned();
    let schema = fs::read_to_string(format!(
        "{module_folder}/deploy/charts/{module}/values.schema.json"
    ))
    .unwrap();
    Some(serde_json::from_str(&schema).unwrap())
}

#[test]
fn values_are_those_that_the_charts_know() {
    for (module, version) in [("cert-manager", "v1.21.1"), ("trust-manager", "v0.24.0")] {
        let Some(schema) = chart_schema(module, version) else {
            return;
        };
        let validator = jsonschema::validator_for(&schema).unwrap();
        let site = "golden/cases/flux-with-controllers/none/flux-with-controllers/controllers";
        let text =
            fs::read_to_string(project().join(site).join(format!("{module}.values"))).unwrap();
        let mut values: Value = serde_yaml::from_str(&text).unwrap();
        assert!(
            validator.is_valid(&values),
            "{:?}",
            validator.validate(&values)
        );
        assert!(
            text.contains(&format!("--version {version} ")),
            "the golden installs another release"
        );
        values["crds"]["enabled"] = json!("yes");
        assert!(
            !validator.is_valid(&values),
            "the schema of {module} judges nothing"
        );
    }
}

/// A folder that one engine needed is gone when another one is told of the site; nothing of others goes with it.
#[test]
fn another_engine_leaves_nothing_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), quickstart("")).unwrap();
    let render = |engine: &str| {
        trustc(
            folder.path(),
            &["render", "trust.yaml", "--out", "out", "--engine", engine],
        )
    };
    assert_eq!(render("flux").code, 0);
    let site = folder.path().join("out/site");
    assert!(site.join("flux/kustomizations.yaml").exists());
    assert_eq!(render("argocd").code, 0);
    assert!(
        !site.join("flux").exists(),
        "the folder goes with its last file"
    );
    assert_eq!(render("flux").code, 0);
    fs::write(site.join("flux/notes.txt"), "theirs").unwrap();
    let ran = render("none");
    assert!(
        ran.code == 0 && ran.err.contains("notes.txt"),
        "{}",
        ran.all()
    );
    assert_eq!(fs::read_dir(site.join("flux")).unwrap().count(), 1);
    // A kustomization of somebody else in such a folder is not built over.
    fs::write(site.join("flux/kustomization.yml"), "resources: []\n").unwrap();
    assert_eq!(render("flux").code, 2);
}

#[test]
fn starters_for_an_engine_render_for_it() {
    let folder = tempfile::tempdir().unwrap();
    for (engine, sign) in [
        ("flux", "kustomize.toolkit.fluxcd.io/prune"),
        ("argocd", "argocd.argoproj.io/sync-wave"),
    ] {
        for profile in ["quickstart", "byo-issuer"] {
            let file = format!("{engine}-{profile}.yaml");
            let ran = trustc(
                folder.path(),
                &["init", "--engine", engine, "--profile", profile, &file],
            );
            assert_eq!(ran.code, 0, "{}", ran.all());
            let ran = trustc(folder.path(), &["render", &file]);
            assert!(ran.code == 0 && ran.out.contains(sign), "{}", ran.all());
            // What is commented out is right as well.
            let text = fs::read_to_string(folder.path().join(&file)).unwrap();
            let (head, block) = text.split_once("\n  delivery:\n").unwrap();
            let block = block
                .replace("\n    # ", "\n    ")
                .replace("<metadata.name>", "plant");
            fs::write(
                folder.path().join(&file),
                format!("{head}\n  delivery:\n{block}"),
            )
            .unwrap();
            let ran = trustc(folder.path(), &["render", &file, "--out", "out"]);
            assert_eq!(ran.code, 0, "{}", ran.all());
            let controllers = if engine == "flux" {
                "controllers/releases.yaml"
            } else {
                "argocd/applications.yaml"
            };
            assert!(
                folder
                    .path()
                    .join("out")
                    .join(profile)
                    .join(controllers)
                    .exists(),
                "{}",
                ran.all()
            );
            fs::remove_dir_all(folder.path().join("out")).unwrap();
        }
    }
}
