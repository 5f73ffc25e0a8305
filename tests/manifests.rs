//! `check` on manifests of others: streams in every form, sets judged together, definitions of the user's own cluster.

use std::fs;
use std::path::Path;

use crate::common::{project, quickstart, trustc, trustc_with};
use serde_json::{Value, json};

const CERTIFICATE: &str = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web, namespace: edge}\nspec:\n  \
    secretName: web\n  dnsNames: [web]\n  usages: [server auth]\n  issuerRef: {kind: ClusterIssuer, name: ca}\n";
const ISSUER: &str = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca}\nspec:\n  ca: {secretName: ca}\n";

fn check(text: &str) -> Vec<String> {
    check_with(text, &[]).0
}

/// The findings of a stream on standard input, as `rule@line`, and the exit code.
fn check_with(text: &str, arguments: &[&str]) -> (Vec<String>, i32) {
    let ran = trustc_with(
        Path::new("/"),
        &[&["check", "-", "--format", "json"], arguments].concat(),
        text.as_bytes(),
    );
    let report: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.all()));
    let found = report["findings"].as_array().unwrap().iter();
    (
        found
            .map(|f| format!("{}@{}", f["rule"].as_str().unwrap(), f["line"]))
            .collect(),
        ran.code,
    )
}

#[test]
fn a_sound_set_has_no_findings_in_any_form() {
    let yaml = format!("{CERTIFICATE}---\n{ISSUER}");
    assert!(check(&yaml).is_empty());
    assert!(check(&format!("\u{feff}{}", yaml.replace('\n', "\r\n"))).is_empty());
    let values: Vec<Value> = [CERTIFICATE, ISSUER]
        .iter()
        .map(|text| serde_yaml::from_str(text).unwrap())
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": values});
    assert!(check(&list.to_string()).is_empty());
    assert!(check(&serde_yaml::to_string(&list).unwrap()).is_empty());
    assert!(
        check(
            &values
                .iter()
                .map(|value| format!("---\n{value:#}\n"))
                .collect::<String>()
        )
        .is_empty()
    );
}

#[test]
fn findings_point_into_lists_and_later_documents() {
    assert_eq!(check(CERTIFICATE), ["issuer-missing@8"]);
    assert_eq!(
        check(&format!(
            "{ISSUER}---\n{}",
            CERTIFICATE.replace("name: ca}", "name: cb}")
        )),
        ["issuer-missing@14"]
    );
    let indented = CERTIFICATE.replace('\n', "\n  ");
    assert_eq!(
        check(&format!(
            "apiVersion: v1\nkind: List\nitems:\n- {indented}\n"
        )),
        ["issuer-missing@11"]
    );
}

#[test]
fn unknown_kinds_are_named_once_and_build_input_never() {
    let pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n";
    assert_eq!(
        check_with(pods, &[]),
        (vec!["kind-not-judged@2".to_owned()], 0)
    );
    assert!(
        check("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n")
            .is_empty()
    );
}

#[test]
fn documents_that_are_no_objects_are_errors_when_named_and_none_of_our_business_when_found() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("values.yaml"), "replicas: 3\n").unwrap();
    fs::write(
        folder.path().join("chart.yaml"),
        "apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata: {}\n",
    )
    .unwrap();
    fs::write(folder.path().join("issuer.yaml"), ISSUER).unwrap();
    let ran = trustc(folder.path(), &["check", "."]);
    assert!(
        ran.code == 0
            && ran
                .err
                .contains("note[template-not-rendered]: chart.yaml is a Helm template"),
        "{}",
        ran.all()
    );
    let end = "skipped: 1 file without Kubernetes objects (values.yaml)\nok: 1 object, 1 note\n";
    assert!(ran.err.ends_with(end), "{}", ran.all());
    fs::write(folder.path().join("named.yaml"), "apiVersion: v1\n").unwrap();
    assert_eq!(trustc(folder.path(), &["check", "named.yaml"]).code, 1);
}

#[test]
fn each_folder_of_a_kustomization_is_a_cluster_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    for site in ["a", "b"] {
        let config = quickstart("").replace("name: site", &format!("name: {site}"));
        fs::write(folder.path().join(format!("{site}.trust.yaml")), config).unwrap();
    }
    assert_eq!(
        trustc(folder.path(), &["render", ".", "--out", "deploy"]).code,
        0
    );
    let ran = trustc(folder.path(), &["check", "deploy"]);
    assert!(
        ran.code == 0 && ran.err.ends_with("\nok: 10 objects, no findings\n"),
        "no hazards of ours: {}",
        ran.all()
    );
}

#[test]
fn our_own_output_has_no_hazards_in_any_case() {
    for case in fs::read_dir(project().join("golden/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let ran = trustc(
            &case,
            &["check", "none", "flux", "argocd", "--format", "json"],
        );
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        // Kinds of other projects are only named; the others are what the case asks for, and is warned of there.
        let expected = [
            "kind-not-judged",
            "external-issuer-unapproved",
            "bundle-default-cas",
            "bundle-secret-target",
        ];
        let harmless = |finding: &Value| expected.contains(&finding["rule"].as_str().unwrap());
        let clean = report["findings"].as_array().unwrap().iter().all(harmless);
        assert!(ran.code == 0 && clean, "{}: {}", case.display(), ran.all());
    }
}

#[test]
fn a_file_is_what_its_api_version_says() {
    let stream = project().join("golden/cases/quickstart/stream.yaml");
    let ran = trustc(Path::new("/"), &["check", stream.to_str().unwrap()]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, "ok: 5 objects, no findings\n"),
        "our own stream"
    );
    let folder = tempfile::tempdir().unwrap();
    for text in [
        quickstart(""),
        quickstart("").replace(
            "apiVersion: trustc.dev/v1alpha1",
            "\"apiVersion\": 'trustc.dev/v1alpha1'",
        ),
    ] {
        fs::write(folder.path().join("any.yaml"), text).unwrap();
        assert_eq!(
            trustc(folder.path(), &["check", "any.yaml"]).err,
            "ok: 1 site, no findings\n"
        );
    }
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\ntype: kubernetes.io/tls\nstringData:\n  \
                  tls.key: hunter2\n  a/b: hunter3\ndata:\n  x: 'hunter4!'\n";
    for format in [
        "human", "json", "sarif", "github", "gitlab", "azure", "junit",
    ] {
        let ran = trustc_with(
            Path::new("/"),
            &["check", "-", "--format", format],
            secret.as_bytes(),
        );
        assert!(
            ran.code == 1 && ran.all().contains("secret-holds-private-key"),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains("hunter"), "{}", ran.all());
    }
}

#[test]
fn client_side_apply_has_a_limit() {
    let map = |length: usize| {
        let text = "x".repeat(length);
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}, "data": {"k": text}})
    };
    let overhead = map(0).to_string().len();
    assert!(check(&map(261_120 - overhead).to_string()).is_empty());
    assert_eq!(
        check(&map(261_121 - overhead).to_string()),
        ["too-large-for-client-side-apply@1"]
    );
}

fn crds(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("all.yaml"), text).unwrap();
    folder
}

const THING: &str = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  \
    group: example.com\n  names: {kind: Thing}\n  versions:\n  - name: v1\n    served: true\n    schema:\n      openAPIV3Schema:\n        \
    type: object\n        properties:\n          spec:\n            type: object\n            properties: {a: {type: string}, b: {type: string}}\n            \
    x-kubernetes-validations:\n            - {rule: \"has(self.a) != has(self.b)\", message: one of a and b}\n            - {rule: \"self.a == oldSelf.a\"}\n";

#[test]
fn definitions_of_the_cluster_judge_their_kinds() {
    let folder = crds(THING);
    let arguments = ["--crds", folder.path().to_str().unwrap()];
    let thing = |spec: &str| {
        format!("apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\nspec: {spec}\n")
    };
    assert_eq!(check_with(&thing("{a: x}"), &[]).0, ["kind-not-judged@2"]);
    assert_eq!(
        check_with(&thing("{a: x}"), &arguments),
        (vec!["crd-rule-not-evaluated@1".to_owned()], 0)
    );
    assert_eq!(
        check_with(&thing("{a: x, b: z}"), &arguments).0,
        ["crd-rule-not-evaluated@1", "manifest-refused@4"]
    );
    assert_eq!(
        check_with(&thing("{a: x, c: z}"), &arguments),
        (vec!["manifest-refused@4".to_owned()], 1)
    );
    assert_eq!(
        check_with(&thing("{a: yes}"), &arguments).1,
        1,
        "an unquoted yes is a boolean to Kubernetes"
    );
}

#[test]
fn definitions_may_come_as_a_list_and_must_be_usable() {
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {}\n",
        THING.replace('\n', "\n  ")
    );
    let folder = crds(&list);
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {c: z}\n";
    assert_eq!(
        check_with(thing, &["--crds", folder.path().to_str().unwrap()]).1,
        1
    );
    for bad in ["", "a: [\n", &THING.replace("type: string", "type: 7")] {
        let folder = crds(bad);
        let ran = trustc_with(
            Path::new("/"),
            &["check", "-", "--crds", folder.path().to_str().unwrap()],
            thing.as_bytes(),
        );
        assert_eq!(ran.code, 2, "{bad:?}: {}", ran.all());
    }
}

/// A certificate of the golden PKI, indented for a block scalar.
fn pem(name: &str) -> String {
    let text = fs::read_to_string(project().join("golden/pki").join(name)).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| format!("    {line}\n")).collect()
}

fn encoded(name: &str) -> String {
    use base64::Engine as _;
    let text = fs::read_to_string(project().join("golden/pki").join(name)).unwrap();
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn certificates_are_judged_wherever_they_stand() {
    let now = ["--now", crate::common::NOW];
    let map = |name: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: roots, namespace: cert-manager}}\ndata:\n  a.pem: |\n{}",
            pem(name)
        )
    };
    let secret = |key: &str, name: &str| {
        let data = encoded(name);
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: plant, namespace: cert-manager}}\ndata: {{{key}: {data}}}\n"
        )
    };
    let issuer = |name: &str| {
        format!(
            "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {{name: v}}\nspec:\n  vault:\n    server: \
             https://vault.corp:8200\n    path: pki/sign/x\n    caBundle: {}\n    auth: {{tokenSecretRef: {{name: t, key: k}}}}\n",
            encoded(name)
        )
    };
    let ca = "---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca}\nspec: {ca: {secretName: plant}}\n";
    for (text, expected) in [
        (map("root-expired.pem"), vec!["ca-expired@5"]),
        (map("server.pem"), vec!["anchor-is-leaf@5"]),
        // An intermediate is no fault where nobody is known to take it for a root.
        (map("hamburg-issuing-ca.pem"), vec![]),
        (map("corp-root-2026.pem"), vec![]),
        (
            secret("ca.crt", "root-ends-soon.pem"),
            vec!["ca-expires-soon@4"],
        ),
        (secret("tls.crt", "root-expired.pem"), vec![]),
        (
            secret("tls.crt", "root-expired.pem") + ca,
            vec!["ca-expired@4"],
        ),
        (secret("tls.crt", "hamburg-chain.pem") + ca, vec![]),
        (issuer("root-expired.pem"), vec!["ca-expired@8"]),
        (issuer("corp-root-2026.pem"), vec![]),
    ] {
        assert_eq!(check_with(&text, &now).0, expected, "{text}");
    }
    let bundle = "---\napiVersion: trust.cert-manager.io/v1alpha1\nkind: Bundle\nmetadata: {name: b}\nspec:\n  sources: [{configMap: \
                  {name: roots, key: a.pem}}]\n  target: {configMap: {key: ca.crt}, namespaceSelector: {matchLabels: \
                  {kubernetes.io/metadata.name: edge}}}\n";
    let read = check_with(&(map("root-expired.pem") + bundle), &now);
    assert_eq!(
        read,
        (vec!["ca-expired@5".to_owned()], 1),
        "once, though the ConfigMap has a reader"
    );
    let soon = [
        "--now",
        crate::common::NOW,
        "--fail-if-expires-within",
        "36500d",
    ];
    assert_eq!(
        check_with(&map("corp-root-2026.pem"), &soon),
        (vec!["ca-expires-soon@5".to_owned()], 1)
    );
}
