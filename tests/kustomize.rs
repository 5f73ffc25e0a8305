//! Real kustomize gives back the objects of the stream.
//!
//! Needs `kustomize` or `kubectl` on the PATH: `go install sigs.k8s.io/kustomize/kustomize/v5@latest`, or any kubectl.
//! Where there is neither, the test says so and passes, unless TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::project;
use serde_json::Value;

/// What `kustomize build` prints for a folder, by whichever program is there.
fn build(folder: &Path) -> Option<String> {
    for (program, arguments) in [("kustomize", &["build"][..]), ("kubectl", &["kustomize"])] {
        let Ok(output) = Command::new(program).args(arguments).arg(folder).output() else { continue };
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        return Some(String::from_utf8(output.stdout).unwrap());
    }
    assert!(std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(), "neither kustomize nor kubectl is on the PATH");
    eprintln!("skipped: neither kustomize nor kubectl is on the PATH");
    None
}

fn objects(text: &str) -> BTreeMap<String, Value> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap());
    let identity = |object: &Value| {
        format!("{} {} {}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"])
    };
    documents.filter(|value| !value.is_null()).map(|object| (identity(&object), object)).collect()
}

#[test]
fn a_build_of_the_folder_is_the_stream() {
    for case in fs::read_dir(project().join("golden/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let site = fs::read_dir(case.join("expected")).unwrap().next().unwrap().unwrap().path();
        let Some(built) = build(&site) else { return };
        let stream = fs::read_to_string(case.join("stream.yaml")).unwrap();
        assert_eq!(objects(&built), objects(&stream), "{}", case.display());
    }
}

/// Every reference inside a tree that resolves: who names whom.
fn resolved(objects: &BTreeMap<String, Value>) -> Vec<String> {
    let all: Vec<&Value> = objects.values().collect();
    let named = |kinds: &[&str], name: &Value| {
        all.iter().any(|o| kinds.contains(&o["kind"].as_str().unwrap()) && o["metadata"]["name"] == *name)
    };
    let issued = |name: &Value| all.iter().any(|o| o["kind"] == "Certificate" && o["spec"]["secretName"] == *name);
    let mut found = Vec::new();
    for object in &all {
        let spec = &object["spec"];
        let mut add = |what: &str, holds: bool| {
            if holds {
                found.push(format!("{} {what}", object["kind"]));
            }
        };
        let secret = &spec["ca"]["secretName"];
        add("issuerRef", named(&["Issuer", "ClusterIssuer"], &spec["issuerRef"]["name"]));
        add("policy issuerRef", named(&["Issuer", "ClusterIssuer"], &spec["selector"]["issuerRef"]["name"]));
        add("ca", issued(secret) || named(&["SecretSync", "ExternalSecret"], secret));
        add("class", named(&["SecretProviderClass"], &spec["secretProviderClassName"]));
        add("account", named(&["ServiceAccount"], &spec["serviceAccountName"]));
        for source in spec["sources"].as_array().into_iter().flatten() {
            add("configMap", named(&["ConfigMap"], &source["configMap"]["name"]));
            add("secret", issued(&source["secret"]["name"]));
        }
    }
    found.sort();
    found
}

/// A prefix and a suffix in an overlay leave no reference dangling that resolved before.
#[test]
fn names_are_followed_through_overlays() {
    for case in fs::read_dir(project().join("golden/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        // The rights of approver-policy name policies in a list that kustomize cannot change, and an external issuer
        // beside one of ours makes a reference that must not be followed.
        if case.ends_with("byo-approver-policy") {
            continue;
        }
        let site = fs::read_dir(case.join("expected")).unwrap().next().unwrap().unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("base");
        fs::create_dir(&copy).unwrap();
        for file in fs::read_dir(&site).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
        }
        let overlay = "resources: [base]\nnamePrefix: a-\nnameSuffix: -z\n";
        fs::write(folder.path().join("kustomization.yaml"), overlay).unwrap();
        let Some(built) = build(folder.path()) else { return };
        let before = resolved(&objects(&fs::read_to_string(case.join("stream.yaml")).unwrap()));
        assert_eq!(before, resolved(&objects(&built)), "{}: {built}", case.display());
    }
}

/// Folders of engines build as well: they are what a cluster's own kustomization names.
#[test]
fn folders_of_engines_build() {
    let mut built = 0;
    for case in fs::read_dir(project().join("golden/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let site = fs::read_dir(case.join("expected")).unwrap().next().unwrap().unwrap().path();
        for engine in ["flux", "argocd", "controllers"].map(|name| site.join(name)).iter().filter(|path| path.exists())
        {
            let Some(text) = build(engine) else { return };
            assert!(!objects(&text).is_empty(), "{}", engine.display());
            built += 1;
        }
    }
    assert!(built >= 4);
}
