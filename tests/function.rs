//! Rendering inside other programs: as a KRM function, as a legacy plugin of kustomize, as a plugin of Argo CD.
//!
//! Real kustomize is needed for some: `go install sigs.k8s.io/kustomize/kustomize/v5@latest`, and any kubectl. Where one of them is
//! not, its test says so and passes, unless TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{Ran, project, trustc, trustc_with};
use serde::Deserialize as _;
use serde_json::Value;

const CONFIG: &str = "\
apiVersion: trustc.dev/v1alpha1
kind: TrustConfig
metadata:
  name: plant
  annotations:
    config.kubernetes.io/local-config: \"true\"
    config.kubernetes.io/function: |
      exec: {path: trustc, args: [fn]}
spec:
  profile: byo-issuer
  issuer: {ca: {secretName: plant-ca}}
  anchors: [{name: root, file: pki/root.pem}]
";

/// A kustomization with a configuration, its root, and a ConfigMap of somebody else.
fn kustomization(list: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("pki")).unwrap();
    fs::copy(
        project().join("golden/pki/corp-root-2026.pem"),
        folder.path().join("pki/root.pem"),
    )
    .unwrap();
    write("trust.yaml", CONFIG);
    write(
        "other.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: apps}\ndata: {a: \"yes\"} # kept\n",
    );
    write("kustomization.yaml", list);
    folder
}

/// Runs a program that finds the program under test first; none if it is not installed.
fn real(folder: &Path, program: &str, arguments: &[&str], env: &[(&str, &str)]) -> Option<Output> {
    let own = Path::new(env!("CARGO_BIN_EXE_trustc"))
        .parent()
        .unwrap()
        .to_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).unwrap();
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path)
        .envs(env.iter().copied())
        .output();
    if run.is_err() {
        assert!(
            std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(),
            "{program} is not on the PATH"
        );
        eprintln!("skipped: {program} is not on the PATH");
    }
    run.ok()
}

fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap());
    documents.filter(Value::is_object).collect()
}

fn kinds(text: &str) -> Vec<String> {
    let mut kinds: Vec<String> = documents(text)
        .iter()
        .map(|object| object["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

const EXPECTED: [&str; 4] = ["Bundle", "ClusterIssuer", "ConfigMap", "Namespace"];
const BUILD: &[&str] = &["build", ".", "--enable-alpha-plugins", "--enable-exec"];

#[test]
fn kustomize_runs_the_function_as_a_generator() {
    let folder = kustomization("generators: [trust.yaml]\n");
    let Some(built) = real(folder.path(), "kustomize", BUILD, &[]) else {
        return;
    };
    let (out, err) = (
        String::from_utf8_lossy(&built.stdout),
        String::from_utf8_lossy(&built.stderr),
    );
    assert!(built.status.success(), "{err}");
    assert_eq!(kinds(&out), EXPECTED, "{out}");
    // The same objects as a file yields, but for the name of the file.
    let rendered = trustc(folder.path(), &["render", "trust.yaml"])
        .out
        .replace("source: trust.yaml", "source: functionConfig");
    let (built_objects, rendered) = (documents(&out), documents(&rendered));
    assert_eq!(built_objects.len(), rendered.len());
    assert!(
        rendered.iter().all(|object| built_objects.contains(object)),
        "{out}"
    );
    // An overlay runs it too.
    let parent = tempfile::tempdir().unwrap();
    fs::rename(folder.path(), parent.path().join("base")).unwrap();
    let overlay = parent.path().join("overlay");
    fs::create_dir(&overlay).unwrap();
    fs::write(overlay.join("kustomization.yaml"), "resources: [../base]\n").unwrap();
    let again = real(&overlay, "kustomize", BUILD, &[]).unwrap();
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert_eq!(again.stdout, built.stdout);
}

#[test]
fn kustomize_stops_at_findings() {
    let folder = kustomization("generators: [trust.yaml]\n");
    fs::write(
        folder.path().join("trust.yaml"),
        CONFIG.replace("pki/root.pem", "pki/missing.pem"),
    )
    .unwrap();
    let Some(built) = real(folder.path(), "kustomize", BUILD, &[]) else {
        return;
    };
    let err = String::from_utf8_lossy(&built.stderr);
    assert!(!built.status.success() && built.stdout.is_empty(), "{err}");
    assert!(
        err.contains("error[file-not-readable]") && err.contains("pki/missing.pem"),
        "{err}"
    );
}

#[test]
fn as_a_transformer_nothing_is_deleted() {
    let folder = kustomization("resources: [other.yaml]\ntransformers: [trust.yaml]\n");
    let Some(built) = real(folder.path(), "kustomize", BUILD, &[]) else {
        return;
    };
    let out = String::from_utf8_lossy(&built.stdout);
    assert_eq!(
        kinds(&out),
        [
            "Bundle",
            "ClusterIssuer",
            "ConfigMap",
            "ConfigMap",
            "Namespace"
        ],
        "{out}"
    );
    assert!(out.contains("a: \"yes\""), "{out}");
}

#[test]
fn over_a_folder_it_is_idempotent_and_deletes_nothing() {
    let folder = kustomization("");
    fs::remove_file(folder.path().join("kustomization.yaml")).unwrap();
    let run = || {
        real(
            folder.path(),
            "kustomize",
            &["fn", "run", ".", "--enable-exec"],
            &[],
        )
    };
    let files = || {
        let entries = walkdir::WalkDir::new(folder.path())
            .sort_by_file_name()
            .into_iter()
            .map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| (entry.path().to_path_buf(), fs::read(entry.path()).unwrap()))
            .collect::<Vec<_>>()
    };
    let before = files();
    let Some(first) = run() else { return };
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let once = files();
    assert_eq!(once.len(), before.len() + EXPECTED.len());
    let other = folder.path().join("other.yaml");
    assert!(fs::read_to_string(&other).unwrap().contains("# kept"));
    assert!(run().unwrap().status.success());
    assert_eq!(files(), once);
    // A changed value changes its file, where it is.
    fs::write(
        folder.path().join("trust.yaml"),
        CONFIG.replace("plant-ca", "other-ca"),
    )
    .unwrap();
    assert!(run().unwrap().status.success());
    let changed: Vec<_> = files()
        .into_iter()
        .zip(&once)
        .filter(|(new, old)| new != *old)
        .map(|(new, _)| new.0)
        .collect();
    assert_eq!(changed.len(), 2, "{changed:?}");
    // An object that would go is not deleted behind anybody's back.
    fs::write(
        folder.path().join("trust.yaml"),
        CONFIG.replace("{ca: {secretName: plant-ca}}", "{existing: {}}"),
    )
    .unwrap();
    let ran = run().unwrap();
    let err = String::from_utf8_lossy(&ran.stderr);
    assert!(
        !ran.status.success()
            && err.contains("ClusterIssuer/plant-issuer")
            && err.contains("delete it yourself"),
        "{err}"
    );
    assert_eq!(files().len(), once.len());
}

#[test]
fn kubectl_runs_the_legacy_plugin() {
    let folder = kustomization("generators: [trust.yaml]\n");
    let bare = CONFIG.replace(
        "    config.kubernetes.io/function: |\n      exec: {path: trustc, args: [fn]}\n",
        "",
    );
    fs::write(folder.path().join("trust.yaml"), bare).unwrap();
    let script = trustc(folder.path(), &["explain", "kustomize-plugin"]).out;
    // The commands above the script are those that install it.
    let commands: Vec<&str> = script
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .collect();
    let Some(built) = real(folder.path(), "kubectl", &["version", "--client"], &[]) else {
        return;
    };
    assert!(built.status.success());
    let built = real(folder.path(), "sh", &["-ec", &commands.join("\n")], &[]).unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&built.stdout),
        String::from_utf8_lossy(&built.stderr),
    );
    assert!(built.status.success(), "{err}");
    assert_eq!(kinds(&out), EXPECTED, "{out}{err}");
}

fn list(items: &str, config: &str) -> String {
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:{items}\nfunctionConfig:\n{config}"
    )
}

fn function(text: &str) -> Ran {
    trustc_with(Path::new("/"), &["fn"], text.as_bytes())
}

fn config(spec: &str) -> String {
    format!(
        "  apiVersion: trustc.dev/v1alpha1\n  kind: TrustConfig\n  metadata: {{name: plant}}\n  spec: {{profile: quickstart{spec}}}\n"
    )
}

#[test]
fn findings_are_results_and_text() {
    let ran = function(&list(
        " []",
        &config(", root: {privateKey: {rotationPolicy: Always}}"),
    ));
    assert_eq!(ran.code, 1);
    let out: Value = serde_yaml::from_str(&ran.out).unwrap();
    assert_eq!(out["items"], serde_json::json!([]));
    let result = &out["results"][0];
    assert_eq!(result["severity"], "error");
    assert_eq!(
        result["field"]["path"],
        "spec.root.privateKey.rotationPolicy"
    );
    assert_eq!(result["resourceRef"]["name"], "plant");
    assert_eq!(result["tags"]["rule"], "root-rotates-key");
    assert!(ran.err.contains("error[root-rotates-key]"), "{}", ran.err);
    let ran = function(&list(
        " []",
        &config(", bundle: {key: a}, installation: {certManager: {by: arc-extension}}"),
    ));
    let out: Value = serde_yaml::from_str(&ran.out).unwrap();
    let severities: Vec<&str> = out["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["severity"].as_str().unwrap())
        .collect();
    assert_eq!(
        (ran.code, severities),
        (0, vec!["info", "warning"]),
        "{}",
        ran.all()
    );
    assert_eq!(out["items"].as_array().unwrap().len(), 5);
}

#[test]
fn items_of_others_go_through_untouched() {
    let items = "\n- apiVersion: v1   # why\n  kind: Secret\n  metadata: {name: s, namespace: n}\n  data:\n    on: \"off\"\n    'a': |-\n      x\n\n       y\n  nothing: null";
    let ran = function(&list(items, &config("")));
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(ran.out.contains(items), "{}", ran.out);
    assert_eq!(
        serde_yaml::from_str::<Value>(&ran.out).unwrap()["items"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let whole =
        serde_json::to_string(&serde_yaml::from_str::<Value>(&list(items, &config(""))).unwrap())
            .unwrap();
    let json = function(&whole);
    let items = |ran: &Ran| serde_yaml::from_str::<Value>(&ran.out).unwrap()["items"].clone();
    assert_eq!(items(&json), items(&ran), "JSON in, the same out");
}

#[test]
fn misuse_prints_no_list() {
    let good = list(" []", &config(""));
    for text in [
        "",
        "\u{0}",
        "a: [",
        "[]",
        "apiVersion: v1\nkind: List\nitems: []\n",
        &good.replace("functionConfig", "other"),
        &format!("{good}---\n{good}"),
    ] {
        let ran = function(text);
        assert!(
            ran.code == 2 && ran.out.is_empty() && ran.err.starts_with("error: "),
            "{text:?}: {}",
            ran.all()
        );
    }
    // Success without any object would delete what is there.
    let ran = function(&list(
        " []",
        &config(", installation: {trust: productManaged}"),
    ));
    assert!(
        ran.code == 1 && ran.err.contains("product"),
        "{}",
        ran.all()
    );
    let ran = function(&good.replace("kind: TrustConfig", "kind: TrustFleet"));
    assert!(ran.code == 2 && ran.out.is_empty(), "{}", ran.all());
}

#[test]
fn a_private_key_in_the_list_is_not_repeated() {
    let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgexampleexampleexampl";
    let anchors = format!(
        ", anchors: [{{name: a, inLine: \"-----BEGIN PRIVATE KEY-----\\n{key}\\n-----END PRIVATE KEY-----\\n\"}}]"
    );
    let ran = function(&list(
        " []",
        &config(&anchors).replace("quickstart", "byo-issuer, issuer: {existing: {}}"),
    ));
    assert_eq!(ran.code, 1, "{}", ran.all());
    assert!(!ran.err.contains(&key[..40]), "{}", ran.err);
}

/// What `generate.command` of the plugin runs, in the folder of the Application.
fn argocd_plugin(folder: &Path, parameter: Option<&str>) -> Output {
    let plugin: Value =
        serde_yaml::from_str(&trustc(folder, &["explain", "argocd-plugin"]).out).unwrap();
    assert_eq!(plugin["kind"], "ConfigManagementPlugin");
    let command: Vec<&str> = plugin["spec"]["generate"]["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(command[0], "trustc");
    let mut run = Command::new(env!("CARGO_BIN_EXE_trustc"));
    run.args(&command[1..]).current_dir(folder).env_clear();
    run.envs([
        ("ARGOCD_APP_NAME", "plant"),
        ("ARGOCD_ENV_CONFIG", "x"),
        ("ARGOCD_APP_PARAMETERS", "[]"),
    ]);
    if let Some(parameter) = parameter {
        run.env("PARAM_CONFIG", parameter);
    }
    run.output().unwrap()
}

#[test]
fn argo_cd_gets_manifests_or_a_failure() {
    let folder = kustomization("");
    let good = argocd_plugin(folder.path(), None);
    let out = String::from_utf8(good.stdout).unwrap();
    assert!(
        good.status.success()
            && kinds(&out) == EXPECTED
            && out.contains("argocd.argoproj.io/sync-wave"),
        "{out}"
    );
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(
        folder.path().join("a/b.yaml"),
        CONFIG
            .replace("pki/root.pem", "root.pem")
            .replace("plant", "other"),
    )
    .unwrap();
    fs::copy(
        folder.path().join("pki/root.pem"),
        folder.path().join("a/root.pem"),
    )
    .unwrap();
    let other = argocd_plugin(folder.path(), Some("a/b.yaml"));
    assert!(
        String::from_utf8(other.stdout)
            .unwrap()
            .contains("name: other-issuer")
    );
    assert!(
        argocd_plugin(folder.path(), Some("")).status.success(),
        "an empty parameter is none"
    );
    for outside in [
        "../trust.yaml",
        "/etc/passwd",
        "a/../../x",
        "-",
        "missing.yaml",
        "pki",
    ] {
        let ran = argocd_plugin(folder.path(), Some(outside));
        assert!(
            !ran.status.success() && ran.stdout.is_empty() && !ran.stderr.is_empty(),
            "{outside}"
        );
    }
    for broken in [
        "",
        "a: [",
        &CONFIG.replace("root.pem", "missing.pem"),
        &CONFIG.replace("byo-issuer", "quickstart"),
    ] {
        fs::write(folder.path().join("trust.yaml"), broken).unwrap();
        let ran = argocd_plugin(folder.path(), None);
        assert!(
            !ran.status.success() && ran.stdout.is_empty() && !ran.stderr.is_empty(),
            "{broken}"
        );
    }
    let product = "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {name: a}\nspec: {profile: quickstart, installation: {trust: productManaged}}\n";
    fs::write(folder.path().join("trust.yaml"), product).unwrap();
    assert!(
        !argocd_plugin(folder.path(), None).status.success(),
        "nothing rendered is no success"
    );
}
