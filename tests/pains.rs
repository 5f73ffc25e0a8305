//! What people complain of when trust is delivered by Flux, Argo CD or kustomize, and that it does not happen here: one test
//! for each complaint, over every golden tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{NOW, project, quickstart, trustc, trustc_with};
use crate::delivery::states;
use mlua::LuaSerdeExt as _;
use serde::Deserialize as _;
use serde_json::{Value, json};

const GUARD: &str = "kustomize.toolkit.fluxcd.io/prune";
const WAVE: &str = "argocd.argoproj.io/sync-wave";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// One object of a golden tree.
struct Object {
    case: String,
    /// The file, from the site's folder.
    file: String,
    value: Value,
}

impl Object {
    fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap()
    }

    fn annotation(&self, key: &str) -> &str {
        self.value["metadata"]["annotations"][key]
            .as_str()
            .unwrap_or_default()
    }

    fn title(&self) -> String {
        format!(
            "{} {} {}",
            self.case, self.file, self.value["metadata"]["name"]
        )
    }
}

fn objects_in(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap());
    documents
        .filter(|value| value["kind"].is_string())
        .collect()
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

/// Every object of every case for an engine, engine's own objects included.
fn trees(engine: &str) -> Vec<Object> {
    let mut objects = Vec::new();
    for case in folder(&project().join("golden/cases")) {
        let site = folder(&case.join(engine)).remove(0);
        let inside = folder(&site).into_iter().flat_map(|path| {
            if path.is_dir() {
                folder(&path)
            } else {
                vec![path]
            }
        });
        for path in inside {
            let file = path
                .strip_prefix(&site)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            for value in objects_in(&fs::read_to_string(&path).unwrap()) {
                let case = case.file_name().unwrap().to_string_lossy().into_owned();
                objects.push(Object {
                    case,
                    file: file.clone(),
                    value,
                });
            }
        }
    }
    assert!(objects.len() > 100);
    objects
}

/// Those that reach a cluster with the site, and not with the engine.
fn of_sites(engine: &str) -> Vec<Object> {
    let all = trees(engine).into_iter();
    all.filter(|o| !o.file.contains('/') && o.file != "kustomization.yaml")
        .collect()
}

fn site(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), config).unwrap();
    folder
}

const CHARTS: &str =
    "    controllers: {certManager: {version: v1.21.1}, trustManager: {version: v0.24.0}}\n";

#[test]
fn pain_01_kind_not_found_and_ordering() {
    // Controllers and what needs them are never in one folder, and the second waits for the first.
    for object in trees("flux") {
        let chart = matches!(object.kind(), "HelmRelease" | "OCIRepository");
        assert_eq!(
            chart,
            object.file.starts_with("controllers/") && object.kind() != "Kustomization",
            "{}",
            object.title()
        );
    }
    let flux = trees("flux");
    let with = flux
        .iter()
        .filter(|o| o.case == "flux-with-controllers" && o.file == "flux/kustomizations.yaml");
    let names: Vec<&Value> = with.map(|o| &o.value).collect();
    assert_eq!(
        names[1]["spec"]["dependsOn"],
        json!([{"name": names[0]["metadata"]["name"]}])
    );
    // Without the charts there is nothing to depend on.
    let alone = flux
        .iter()
        .filter(|o| o.case == "quickstart" && o.file == "flux/kustomizations.yaml");
    assert!(
        alone
            .map(|o| &o.value["spec"]["dependsOn"])
            .all(Value::is_null)
    );
    for object in of_sites("argocd") {
        let core = object.value["apiVersion"] == "v1";
        assert_eq!(
            !core,
            object
                .annotation(OPTIONS)
                .contains("SkipDryRunOnMissingResource=true"),
            "{}",
            object.title()
        );
    }
}

#[test]
fn pain_02_webhook_not_ready_after_install() {
    let flux = trees("flux");
    for object in flux
        .iter()
        .filter(|o| o.value["apiVersion"] == "kustomize.toolkit.fluxcd.io/v1")
    {
        assert_eq!(
            object.value["spec"]["retryInterval"],
            "2m",
            "{}",
            object.title()
        );
    }
    let releases: Vec<&Object> = flux.iter().filter(|o| o.kind() == "HelmRelease").collect();
    assert!(releases.len() >= 2);
    for release in releases {
        let name = release.value["metadata"]["name"].as_str().unwrap();
        let needs = if name == "trust-manager" {
            json!([{"name": "cert-manager"}])
        } else {
            Value::Null
        };
        assert_eq!(
            release.value["spec"]["dependsOn"],
            needs,
            "{}",
            release.title()
        );
        assert_eq!(
            release.value["spec"]["install"]["remediation"]["retries"],
            -1,
            "{}",
            release.title()
        );
    }
    for object in trees("argocd").iter().filter(|o| o.kind() == "Application") {
        assert_eq!(
            object.value["spec"]["syncPolicy"]["retry"]["limit"],
            10,
            "{}",
            object.title()
        );
    }
}

#[test]
fn pain_03_endless_out_of_sync_on_durations() {
    let canonical = |text: &str| {
        let (hours, rest) = text.split_once('h').unwrap();
        let (minutes, seconds) = rest.split_once('m').unwrap();
        let number = |text: &str| text.parse::<u32>().unwrap();
        number(hours) > 0 && number(minutes) < 60 && number(seconds.strip_suffix('s').unwrap()) < 60
    };
    let mut judged = 0;
    for object in of_sites("argocd")
        .iter()
        .filter(|o| o.kind() == "Certificate")
    {
        for field in ["duration", "renewBefore"] {
            assert!(
                canonical(object.value["spec"][field].as_str().unwrap()),
                "{}",
                object.title()
            );
            judged += 1;
        }
        // What a release once defaulted is written out: nothing can be filled in behind Argo CD's back.
        for field in ["group", "kind", "name"] {
            assert!(
                object.value["spec"]["issuerRef"][field].is_string(),
                "{}",
                object.title()
            );
        }
    }
    assert!(judged >= 8);
    let argocd = trees("argocd");
    assert!(
        argocd
            .iter()
            .all(|o| !o.value.to_string().contains("ignoreDifferences"))
    );
    assert!(argocd.iter().all(|o| o.value.get("status").is_none()));
    // Days go in, Go's own form comes out.
    let folder = site(&quickstart("  root: {duration: 365d, renewBefore: 120d}\n"));
    let out = trustc(folder.path(), &["render", "trust.yaml"]).out;
    assert!(
        out.contains("duration: 8760h0m0s") && out.contains("renewBefore: 2880h0m0s"),
        "{out}"
    );
}

#[test]
fn pain_04_certificate_degraded_stops_the_wave() {
    // Each object is in a later wave than everything it needs, and none is a hook.
    let mut waves: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    let objects = of_sites("argocd");
    for object in &objects {
        assert!(
            !object.value.to_string().contains("argocd.argoproj.io/hook"),
            "{}",
            object.title()
        );
        let wave = object.annotation(WAVE).parse().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = |kind: &str, name: &Value| (object.case.clone(), kind.to_owned(), text(name));
        waves.insert(id(object.kind(), &object.value["metadata"]["name"]), wave);
        if object.kind() == "Certificate" {
            waves.insert(id("Secret", &object.value["spec"]["secretName"]), wave);
        }
    }
    let mut followed = 0;
    for object in &objects {
        let spec = &object.value["spec"];
        let mut needs = vec![
            ("Namespace", &object.value["metadata"]["namespace"]),
            ("Secret", &spec["ca"]["secretName"]),
            (
                spec["issuerRef"]["kind"].as_str().unwrap_or_default(),
                &spec["issuerRef"]["name"],
            ),
        ];
        for source in spec["sources"].as_array().into_iter().flatten() {
            needs.push(("ConfigMap", &source["configMap"]["name"]));
            needs.push(("Secret", &source["secret"]["name"]));
        }
        let own: i64 = object.annotation(WAVE).parse().unwrap();
        for (kind, name) in needs {
            let key = (
                object.case.clone(),
                kind.to_owned(),
                name.as_str().unwrap_or_default().to_owned(),
            );
            if let Some(wave) = waves.get(&key) {
                assert!(*wave < own, "{} needs {kind} {name}", object.title());
                followed += 1;
            }
        }
    }
    assert!(followed > 50);
}

#[test]
fn pain_05_ca_secret_not_found_by_cluster_issuer() {
    for object in of_sites("none")
        .iter()
        .filter(|o| o.kind() == "ClusterIssuer")
    {
        let secret = &object.value["spec"]["ca"]["secretName"];
        let all = of_sites("none");
        let makers = all
            .iter()
            .filter(|o| o.case == object.case && o.value["spec"]["secretName"] == *secret);
        for maker in makers.filter(|maker| maker.kind() == "Certificate" && !secret.is_null()) {
            assert_eq!(
                maker.value["metadata"]["namespace"],
                "cert-manager",
                "{}",
                maker.title()
            );
        }
    }
    let text = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca}\nspec: {ca: {secretName: ca}}\n---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: ca, namespace: apps}\nspec: {secretName: ca, isCA: true, commonName: a, usages: [cert sign], privateKey: {rotationPolicy: Never}, issuerRef: {group: cert-manager.io, kind: ClusterIssuer, name: root}}\n";
    let ran = trustc_with(Path::new("/"), &["check", "-"], text.as_bytes());
    assert!(ran.err.contains("[ca-secret-elsewhere]"), "{}", ran.all());
}

#[test]
fn pain_06_bundle_source_in_the_wrong_trust_namespace() {
    let all = of_sites("none");
    for object in all.iter().filter(|o| o.kind() == "Bundle") {
        for source in object.value["spec"]["sources"].as_array().unwrap() {
            let name = &source["configMap"]["name"];
            let maps = all
                .iter()
                .filter(|o| o.case == object.case && o.value["metadata"]["name"] == *name);
            assert!(
                maps.map(|map| &map.value["metadata"]["namespace"])
                    .all(|n| n == "cert-manager"),
                "{}",
                object.title()
            );
        }
    }
    // The chart is told the namespace that the configuration means, and the two cannot disagree.
    let folder = site(&quickstart(&format!(
        "  namespaces: {{trust: {{name: pki}}}}\n  delivery:\n{CHARTS}"
    )));
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]).code,
        0
    );
    let values = fs::read_to_string(
        folder
            .path()
            .join("out/site/controllers/trust-manager.values"),
    )
    .unwrap();
    assert_eq!(
        serde_yaml::from_str::<Value>(&values).unwrap()["app"]["trust"]["namespace"],
        "pki"
    );
    assert!(
        values.contains("helm upgrade --install trust-manager")
            && values.contains("--namespace pki"),
        "{values}"
    );
}

/// What Argo CD's script makes of an object: status and message.
fn lua_health(object: &Value) -> (String, String) {
    let patch: Value =
        serde_yaml::from_str(&trustc(Path::new("/"), &["explain", "argocd-health"]).out).unwrap();
    let script = patch["data"]["resource.customizations.health.trust.cert-manager.io_Bundle"]
        .as_str()
        .unwrap();
    let lua = mlua::Lua::new();
    lua.globals()
        .set("obj", lua.to_value(object).unwrap())
        .unwrap();
    let health: mlua::Table = lua.load(script).eval().unwrap();
    (
        health.get("status").unwrap(),
        health.get("message").unwrap_or_default(),
    )
}

#[test]
fn pain_07_bundle_failure_is_invisible() {
    let mut asked = 0;
    for state in states().iter().filter(|state| state["argocd"].is_string()) {
        let (status, message) = lua_health(&state["object"]);
        assert_eq!(state["argocd"], *status, "{}", state["name"]);
        assert!(!message.is_empty(), "{}", state["name"]);
        asked += 1;
    }
    assert!(asked >= 7);
    for object in trees("flux")
        .iter()
        .filter(|o| o.value["apiVersion"] == "kustomize.toolkit.fluxcd.io/v1")
    {
        let checked = object.value["spec"]["healthCheckExprs"]
            .as_array()
            .into_iter()
            .flatten();
        let kinds: Vec<&str> = checked
            .map(|check| check["kind"].as_str().unwrap())
            .collect();
        let bundles = of_sites("flux")
            .iter()
            .any(|o| o.case == object.case && o.kind() == "Bundle");
        let controllers = object.value["spec"]["path"]
            .as_str()
            .unwrap()
            .ends_with("/controllers");
        assert_eq!(
            kinds.contains(&"Bundle"),
            bundles && !controllers,
            "{}",
            object.title()
        );
        assert_eq!(object.value["spec"]["wait"], true, "{}", object.title());
    }
}

#[test]
fn pain_08_rotation_drops_the_old_root_at_once() {
    for object in of_sites("none").iter().filter(|o| o.kind() == "Bundle") {
        let secrets = object.value["spec"]["sources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s["secret"].is_object());
        if secrets {
            let all = of_sites("none");
            let root = all
                .iter()
                .find(|o| o.case == object.case && o.kind() == "Certificate")
                .unwrap();
            assert_eq!(
                root.value["spec"]["privateKey"]["rotationPolicy"],
                "Never",
                "{}",
                object.title()
            );
        }
    }
    let folder = site(&quickstart(
        "  root: {privateKey: {rotationPolicy: Always}}\n",
    ));
    let ran = trustc(folder.path(), &["render", "trust.yaml"]);
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("[root-rotates-key]"),
        "{}",
        ran.all()
    );
    let both = project().join("golden/cases/byo-ca-two-roots/none/plant-hamburg/anchors.yaml");
    let map = &objects_in(&fs::read_to_string(both).unwrap())[0];
    assert_eq!(
        map["data"]["ca.crt"]
            .as_str()
            .unwrap()
            .matches("BEGIN CERTIFICATE")
            .count(),
        2
    );
}

#[test]
fn pain_09_prefix_does_not_reach_references() {
    // That nothing dangles under a real kustomize is in tests/kustomize.rs; here, that the file is listed wherever there is one.
    let mut with = 0;
    for case in folder(&project().join("golden/cases")) {
        let site = folder(&case.join("none")).remove(0);
        let list = fs::read_to_string(site.join("kustomization.yaml")).unwrap();
        assert_eq!(
            list.contains("- trust-names.conf\n"),
            site.join("trust-names.conf").exists(),
            "{}",
            site.display()
        );
        with += usize::from(site.join("trust-names.conf").exists());
    }
    assert!(with >= 20);
}

#[test]
fn pain_10_namespace_on_cluster_scoped_kinds() {
    let cluster = [
        "Namespace",
        "ClusterIssuer",
        "Bundle",
        "ClusterRole",
        "ClusterRoleBinding",
        "CertificateRequestPolicy",
    ];
    for object in of_sites("none") {
        let namespaced = object.value["metadata"]["namespace"].is_string();
        assert_eq!(
            namespaced,
            !cluster.contains(&object.kind()),
            "{}",
            object.title()
        );
    }
    let text = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: a, namespace: b}\nspec: {selfSigned: {}}\n";
    let ran = trustc_with(Path::new("/"), &["check", "-"], text.as_bytes());
    assert!(
        ran.err.contains("[namespace-on-cluster-scoped]"),
        "{}",
        ran.all()
    );
}

#[test]
fn pain_11_functions_silently_ignored() {
    // How it is run by kustomize and kubectl is in tests/function.rs; here, that nobody is left guessing.
    let page = trustc(Path::new("/"), &["explain", "kustomize-function"]).out;
    for told in [
        "--enable-alpha-plugins --enable-exec",
        "kubectl kustomize skips functions",
        "not under `transformers:`",
    ] {
        assert!(page.contains(told), "{told:?} in {page}");
    }
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig: {apiVersion: v1, kind: ConfigMap}\n";
    let ran = trustc_with(Path::new("/"), &["fn"], list.as_bytes());
    assert!(
        ran.code == 2 && ran.out.is_empty() && ran.err.contains("generators"),
        "{}",
        ran.all()
    );
}

#[test]
fn pain_12_app_of_apps_waves_do_not_wait() {
    // One Application holds the whole chain of a site, or one ApplicationSet makes one for each site, never both.
    for case in folder(&project().join("golden/cases")) {
        let case = case.file_name().unwrap().to_string_lossy().into_owned();
        let objects = trees("argocd");
        let told = objects
            .iter()
            .filter(|o| o.case == case && o.file == "argocd/applications.yaml");
        let trust = told.filter(|o| {
            o.kind() == "ApplicationSet"
                || o.value["metadata"]["name"]
                    .as_str()
                    .unwrap()
                    .ends_with("-trust")
        });
        let trust: Vec<&Object> = trust.collect();
        assert!(trust.len() <= 1, "{case}");
        for object in trust {
            let template = if object.kind() == "ApplicationSet" {
                "/spec/template/spec"
            } else {
                "/spec"
            };
            let spec = object.value.pointer(template).unwrap();
            assert!(
                spec["source"]["path"].is_string() && spec["sources"].is_null(),
                "{case}"
            );
        }
    }
    let folder = site(&quickstart(
        "  delivery: {engine: argocd, argocd: {repoURL: \"https://git.corp.example/a.git\"}}\n",
    ));
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]).code,
        0
    );
    let text = fs::read_to_string(folder.path().join("out/site/argocd/applications.yaml")).unwrap();
    let [application] = objects_in(&text).try_into().unwrap();
    assert_eq!(application["spec"]["source"]["path"], "deploy/site");
    assert_eq!(
        application["spec"]["destination"],
        json!({"server": "https://kubernetes.default.svc"})
    );
}

#[test]
fn pain_13_substitution_eats_variables() {
    for engine in ["none", "flux", "argocd"] {
        for object in trees(engine) {
            assert!(
                !object.value.to_string().contains("${"),
                "{}",
                object.title()
            );
        }
    }
    for spec in [
        "  annotations: {example.com/note: \"${SITE}\"}\n",
        "  root: {commonName: \"${SITE} root\"}\n",
        "  delivery: {flux: {path: \"deploy/${SITE}\"}}\n",
        "  delivery: {argocd: {repoURL: \"https://${HOST}/a.git\"}}\n",
    ] {
        let folder = site(&quickstart(spec));
        let ran = trustc(folder.path(), &["render", "trust.yaml"]);
        assert!(ran.code == 1 && ran.out.is_empty(), "{spec}: {}", ran.all());
        assert!(ran.err.contains("Flux"), "{spec}: {}", ran.all());
    }
}

#[test]
fn pain_14_namespace_deleted_or_guarded_so_well_it_cannot_go() {
    // What readers mount is guarded, whoever writes it; what it is copied from is not.
    let guarded = |object: &Object| match object.kind() {
        "Namespace" | "Bundle" | "SecretSync" | "ExternalSecret" => true,
        "ConfigMap" => object.value["metadata"]["namespace"] != "cert-manager",
        _ => object.value["spec"]["isCA"] == true,
    };
    for object in of_sites("flux") {
        assert_eq!(
            object.annotation(GUARD) == "disabled",
            guarded(&object),
            "{}",
            object.title()
        );
    }
    for object in of_sites("argocd") {
        assert_eq!(
            object
                .annotation(OPTIONS)
                .contains("Prune=false,Delete=false"),
            guarded(&object),
            "{}",
            object.title()
        );
    }
    let folder = site(&quickstart("  delivery: {guards: false}\n"));
    for engine in ["flux", "argocd"] {
        let out = trustc(folder.path(), &["render", "trust.yaml", "--engine", engine]).out;
        assert!(
            !out.contains("Prune=false") && !out.contains(GUARD),
            "{out}"
        );
    }
}

#[test]
fn pain_15_uninstall_or_delete_surprises() {
    for (engine, pointer) in [
        ("flux", "/spec/values"),
        ("argocd", "/spec/source/helm/valuesObject"),
    ] {
        let objects = trees(engine);
        let values: Vec<&Value> = objects
            .iter()
            .filter_map(|o| o.value.pointer(pointer))
            .collect();
        assert!(values.len() >= 4);
        values
            .iter()
            .for_each(|values| assert_eq!(values["crds"], json!({"enabled": true, "keep": true})));
    }
    for object in trees("argocd")
        .iter()
        .filter(|o| o.kind() == "ApplicationSet")
    {
        assert_eq!(
            object.value["spec"]["syncPolicy"]["preserveResourcesOnDeletion"],
            true
        );
    }
    // What stays on the cluster when a CA leaves the configuration is said, in every mode, and only then.
    let folder = site(&quickstart(""));
    let render = |more: &[&str]| {
        trustc(
            folder.path(),
            &[
                &["render", "trust.yaml", "--out", "out", "--now", NOW],
                more,
            ]
            .concat(),
        )
    };
    assert!(!render(&[]).err.contains("Secret"));
    fs::copy(
        project().join("golden/pki/corp-root-2026.pem"),
        folder.path().join("root.pem"),
    )
    .unwrap();
    let byo = "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("").replace("  profile: quickstart\n", byo),
    )
    .unwrap();
    let said = "kubectl -n cert-manager delete certificate/azure-iot-operations-aio-selfsigned-root secret/azure-iot-operations-aio-ca-certificate";
    for mode in [&["--diff"][..], &["--check"], &[]] {
        let ran = render(mode);
        assert!(ran.err.contains(said), "{mode:?}: {}", ran.all());
    }
    assert!(!render(&[]).err.contains("Secret"));
}

#[test]
fn a_root_that_moves_to_another_secret_keeps_its_certificate() {
    let folder = site(&quickstart(""));
    assert_eq!(
        trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]).code,
        0
    );
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("  root: {secretName: other}\n"),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
    assert!(
        ran.err
            .contains("delete secret/azure-iot-operations-aio-ca-certificate"),
        "{}",
        ran.all()
    );
    assert!(!ran.err.contains("certificate/azure"), "{}", ran.all());
}
