//! Real kustomize builds every golden tree, and follows names through overlays.
//!
//! Needs `kustomize` or `kubectl` on the PATH: `go install sigs.k8s.io/kustomize/kustomize/v5@latest`, or any kubectl.
//! Where there is neither, the test says so and passes, unless TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::project;
use serde_json::Value;

/// What `kustomize build` prints for a folder: by every program that is there, and all agree.
fn build(folder: &Path) -> Option<String> {
    let mut built: Option<String> = None;
    for (program, arguments) in [("kustomize", &["build"][..]), ("kubectl", &["kustomize"])] {
        let Ok(output) = Command::new(program).args(arguments).arg(folder).output() else {
            continue;
        };
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            built.as_ref().is_none_or(|other| *other == text),
            "{program} disagrees on {}",
            folder.display()
        );
        built = Some(text);
    }
    assert!(
        built.is_some() || std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(),
        "no kustomize and no kubectl"
    );
    if built.is_none() {
        eprintln!("skipped: neither kustomize nor kubectl is on the PATH");
    }
    built
}

/// The folder of the site in each golden tree.
fn sites() -> Vec<PathBuf> {
    let cases = fs::read_dir(project().join("golden/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let trees = cases.flat_map(|case| ["none", "flux", "argocd"].map(|engine| case.join(engine)));
    let mut sites: Vec<PathBuf> = trees
        .map(|tree| fs::read_dir(tree).unwrap().next().unwrap().unwrap().path())
        .collect();
    sites.sort();
    sites
}

/// What the files of a folder hold, without what lists them.
fn written(site: &Path) -> BTreeMap<String, Value> {
    let files = fs::read_dir(site)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let files = files.filter(|path| {
        !path.ends_with("kustomization.yaml") && !path.ends_with("trust-names.conf")
    });
    files
        .flat_map(|path| objects(&fs::read_to_string(path).unwrap()))
        .collect()
}

fn objects(text: &str) -> BTreeMap<String, Value> {
    use serde::Deserialize as _;
    let documents =
        serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap());
    let identity = |object: &Value| {
        format!(
            "{} {} {}",
            object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]
        )
    };
    documents
        .filter(|value| !value.is_null())
        .map(|object| (identity(&object), object))
        .collect()
}

#[test]
fn a_build_of_the_folder_holds_what_its_files_hold() {
    for site in sites() {
        let Some(built) = build(&site) else { return };
        assert_eq!(objects(&built), written(&site), "{}", site.display());
    }
}

/// Every reference inside a tree that resolves: who names whom.
fn resolved(objects: &BTreeMap<String, Value>) -> Vec<String> {
    let all: Vec<&Value> = objects.values().collect();
    let named = |kinds: &[&str], name: &Value| {
        all.iter()
            .any(|o| kinds.contains(&o["kind"].as_str().unwrap()) && o["metadata"]["name"] == *name)
    };
    let issued = |name: &Value| {
        all.iter()
            .any(|o| o["kind"] == "Certificate" && o["spec"]["secretName"] == *name)
    };
    let mut found = Vec::new();
    for object in &all {
        let spec = &object["spec"];
        let mut add = |what: &str, holds: bool| {
            if holds {
                found.push(format!("{} {what}", object["kind"]));
            }
        };
        let secret = &spec["ca"]["secretName"];
        add(
            "issuerRef",
            named(&["Issuer", "ClusterIssuer"], &spec["issuerRef"]["name"]),
        );
        add(
            "policy issuerRef",
            named(
                &["Issuer", "ClusterIssuer"],
                &spec["selector"]["issuerRef"]["name"],
            ),
        );
        add(
            "ca",
            issued(secret) || named(&["SecretSync", "ExternalSecret"], secret),
        );
        add(
            "class",
            named(&["SecretProviderClass"], &spec["secretProviderClassName"]),
        );
        add(
            "account",
            named(&["ServiceAccount"], &spec["serviceAccountName"]),
        );
        for name in object["rules"][0]["resourceNames"]
            .as_array()
            .into_iter()
            .flatten()
        {
            add("policy", named(&["CertificateRequestPolicy"], name));
        }
        for source in spec["sources"].as_array().into_iter().flatten() {
            add(
                "configMap",
                named(&["ConfigMap"], &source["configMap"]["name"]),
            );
            add("secret", issued(&source["secret"]["name"]));
        }
    }
    found.sort();
    found
}

/// A folder beside which an overlay stands.
fn overlay(site: &Path, overlay: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("base");
    fs::create_dir(&copy).unwrap();
    for file in fs::read_dir(site)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
    }
    fs::write(folder.path().join("kustomization.yaml"), overlay).unwrap();
    folder
}

/// A prefix and a suffix in an overlay leave no reference dangling that resolved before, and rename nothing else.
#[test]
fn names_are_followed_through_overlays() {
    for site in sites()
        .into_iter()
        .filter(|site| site.parent().unwrap().ends_with("none"))
    {
        // Some of its Certificates are signed by an issuer of others: one field specification cannot tell them apart, and
        // the file says so.
        let names = fs::read_to_string(site.join("trust-names.conf")).unwrap_or_default();
        let mixed = site.ends_with("byo-approver-policy");
        assert_eq!(
            names.contains("# Not spec.issuerRef.name of every Certificate"),
            mixed,
            "{names}"
        );
        let folder = overlay(&site, "resources: [base]\nnamePrefix: a-\nnameSuffix: -z\n");
        let Some(built) = build(folder.path()) else {
            return;
        };
        let before = resolved(&written(&site))
            .into_iter()
            .filter(|found| !mixed || found != "\"Certificate\" issuerRef");
        let before: Vec<String> = before.collect();
        assert_eq!(
            before,
            resolved(&objects(&built)),
            "{}: {built}",
            site.display()
        );
    }
}

/// What kustomize makes of the folder is a folder that it leaves alone, and an overlay that asks for nothing changes nothing.
#[test]
fn building_twice_changes_nothing() {
    for site in sites() {
        let Some(once) = build(&site) else { return };
        let folder = overlay(&site, "resources: [base]\n");
        assert_eq!(build(folder.path()).unwrap(), once, "{}", site.display());
        fs::write(folder.path().join("all.yaml"), &once).unwrap();
        fs::write(
            folder.path().join("kustomization.yaml"),
            "resources: [all.yaml]\n",
        )
        .unwrap();
        assert_eq!(build(folder.path()).unwrap(), once, "{}", site.display());
    }
}

/// Folders of engines build as well: they are what a cluster's own kustomization names.
#[test]
fn folders_of_engines_build() {
    let mut built = 0;
    for site in sites() {
        for folder in ["flux", "argocd", "controllers"].map(|name| site.join(name)) {
            if folder.join("kustomization.yaml").exists() {
                let Some(text) = build(&folder) else { return };
                assert_eq!(objects(&text), written(&folder), "{}", folder.display());
                built += 1;
            }
        }
    }
    assert!(built >= 30);
}
