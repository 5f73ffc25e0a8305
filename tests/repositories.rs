//! `check` on repositories of others, laid out as people lay them out.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Ran, project, quickstart, trustc, trustc_with, write};

/// A folder with these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files
        .iter()
        .for_each(|(name, text)| write(folder.path(), name, text));
    folder
}

fn check(folder: &Path) -> (Ran, Vec<String>) {
    let report: Value =
        serde_json::from_str(&trustc(folder, &["check", ".", "--format", "json"]).out).unwrap();
    let found = report["findings"].as_array().unwrap().iter();
    let found = found.map(|f| {
        format!(
            "{}@{}:{}",
            f["rule"].as_str().unwrap(),
            f["path"].as_str().unwrap(),
            f["line"]
        )
    });
    (trustc(folder, &["check", "."]), found.collect())
}

const ISSUER: &str = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: corp-ca}\nspec: {ca: {secretName: corp-ca}}\n";

fn certificate(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: {name}{namespace}}}\nspec:\n  secretName: {name}\n  \
         dnsNames: [{name}.example.com]\n  usages: [digital signature, server auth]\n  issuerRef: {{group: cert-manager.io, kind: \
         ClusterIssuer, name: corp-ca}}\n"
    )
}

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: infra, namespace: \
                    flux-system}\nspec: {interval: 1h, path: ./infrastructure/configs, prune: true, sourceRef: {kind: \
                    GitRepository, name: flux-system}}\n";
const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: podinfo, namespace: \
                       podinfo}\nspec: {interval: 1h}\n";

#[test]
fn a_repository_of_flux_with_base_and_overlays() {
    let overlay = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: podinfo\nresources: \
                   [../base]\npatches:\n- path: values.yaml\n  target: {kind: HelmRelease}\n- path: certificate-patch.yaml\n";
    let patch = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: podinfo}\nspec: {duration: 720h}\n";
    let base = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [release.yaml, tls.yaml]\n";
    let repository = repository(&[
        ("clusters/production/infrastructure.yaml", FLUX),
        ("clusters/staging/infrastructure.yaml", FLUX),
        (
            "infrastructure/configs/kustomization.yaml",
            "resources: [issuer.yaml]\n",
        ),
        ("infrastructure/configs/issuer.yaml", ISSUER),
        ("apps/base/kustomization.yaml", base),
        ("apps/base/release.yaml", RELEASE),
        ("apps/base/tls.yaml", &certificate("podinfo", "")),
        ("apps/production/kustomization.yaml", overlay),
        ("apps/production/values.yaml", RELEASE),
        ("apps/production/certificate-patch.yaml", patch),
        ("apps/staging/kustomization.yaml", overlay),
        ("apps/staging/values.yaml", RELEASE),
        ("apps/staging/certificate-patch.yaml", patch),
        (".github/workflows/test.yaml", "on: push\njobs: {}\n"),
    ]);
    let (ran, found) = check(repository.path());
    assert!(found.is_empty(), "{found:?}");
    let skipped = "skipped: 3 objects of Flux (HelmRelease, Kustomization 2), 4 objects of kustomize (Kustomization 4), 4 files \
                   with patches or settings of kustomize (apps/production/certificate-patch.yaml, apps/production/values.yaml, \
                   apps/staging/certificate-patch.yaml, apps/staging/values.yaml)\nok: 2 objects, no findings\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, skipped));
    // A slip in the base is said once, although two clusters take it in.
    let slip = certificate("podinfo", "").replace("secretName", "secretname");
    fs::write(repository.path().join("apps/base/tls.yaml"), slip).unwrap();
    let (ran, found) = check(repository.path());
    let slips = found
        .iter()
        .filter(|found| found.starts_with("manifest-refused@apps/base/tls.yaml"))
        .count();
    assert_eq!(
        (ran.code, slips),
        (1, 2),
        "unknown field and missing field: {found:?}"
    );
}

#[test]
fn a_repository_of_argo_cd_with_a_chart() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: apps, namespace: argocd}\nspec: \
                       {project: default}\n";
    let template = "{{- if .Values.tls.enabled }}\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: {{ \
                    include \"web.fullname\" . }}\n{{- end }}\n";
    let sets = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: sites, namespace: argocd}\nspec: \
                {template: {metadata: {name: '{{path.basename}}'}}}\n";
    let repository = repository(&[
        ("apps/root.yaml", application),
        ("apps/sites.yaml", sets),
        (
            "charts/web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        ),
        ("charts/web/values.yaml", "tls: {enabled: true}\n"),
        ("charts/web/templates/certificate.yaml", template),
        ("charts/web/templates/deployment.yaml", template),
        ("charts/web/crds/thing.yaml", ""),
        ("trust/issuer.yaml", ISSUER),
        ("trust/web.yaml", &certificate("web", ", namespace: web")),
        ("docker-compose.yml", "services: {web: {image: nginx}}\n"),
    ]);
    let (ran, found) = check(repository.path());
    assert!(found.is_empty(), "{found:?}");
    let skipped = "skipped: 2 objects of Argo CD (Application, ApplicationSet), templates of 1 Helm chart (charts/web), 2 files \
                   without Kubernetes objects (charts/web/values.yaml, docker-compose.yml), 1 file without content \
                   (charts/web/crds/thing.yaml)\nok: 2 objects, no findings\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, skipped));
}

#[test]
fn a_template_is_called_one_even_if_it_leaves_the_kind_to_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deploy.yaml"), "x: {{ .Values.name }}\n").unwrap();
    let ran = trustc(folder.path(), &["check", "deploy.yaml"]);
    assert!(
        ran.code == 1 && ran.err.contains("deploy.yaml is a Helm template"),
        "{}",
        ran.all()
    );
    fs::write(folder.path().join("deploy.yaml"), "x: 1\n").unwrap();
    assert!(
        trustc(folder.path(), &["check", "deploy.yaml"])
            .err
            .contains("not-a-trust-config")
    );
}

#[test]
fn a_plain_folder_with_templates_names_each_with_what_to_do() {
    let variables = certificate("web", ", namespace: \"${NAMESPACE}\"");
    let repository = repository(&[
        ("issuer.yaml", ISSUER),
        (
            "certs/jinja.yaml",
            "{% for site in sites %}\napiVersion: v1\nkind: Namespace\n{% endfor %}\n",
        ),
        (
            "certs/site.yaml.j2",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
        ),
        ("certs/variables.yaml", &variables),
        (
            "certs/go.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {{ site }}\n",
        ),
        (
            "deployment.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\n",
        ),
    ]);
    let (ran, mut found) = check(repository.path());
    found.sort();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found
            .iter()
            .all(|found| found.starts_with("template-not-rendered@certs/")),
        "{found:?}"
    );
    assert_eq!(ran.code, 0, "{}", ran.all());
    for words in [
        "certs/jinja.yaml is a Jinja template",
        "certs/site.yaml.j2 is a Jinja template",
        "certs/variables.yaml is text with `${ }` variables (Flux postBuild, envsubst)",
        "certs/go.yaml is a template with `{{ }}` (Helm, Jinja, Go)",
        "envsubst < FILE | trustc check -",
        "skipped: 1 object of other kinds (Deployment)",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    // Whoever names a template wants it judged, and that cannot be done.
    let named = trustc(repository.path(), &["check", "certs/go.yaml"]);
    assert!(
        named.code == 1 && named.err.contains("error[template-not-rendered]"),
        "{}",
        named.all()
    );
    let piped = trustc_with(Path::new("/"), &["check", "-"], variables.as_bytes());
    assert!(
        piped.code == 1 && piped.err.contains("error[template-not-rendered]"),
        "{}",
        piped.all()
    );
}

#[test]
fn what_kustomize_would_do_to_trust_is_seen() {
    let ca = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: ca, namespace: cert-manager}\nspec:\n  isCA: \
              true\n  secretName: corp-ca\n  commonName: Corp CA\n  usages: [cert sign]\n  duration: 87600h\n  renewBefore: \
              8760h\n  privateKey: {rotationPolicy: Never}\n  issuerRef: {kind: ClusterIssuer, name: corp-ca}\n";
    let trust = "resources: [issuer.yaml, ca.yaml]\n";
    let top = |more: &str| {
        format!(
            "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [trust]\n{more}"
        )
    };
    let files = |more: &str| {
        let top = top(more);
        let files = [
            ("site/kustomization.yaml", top.as_str()),
            ("site/trust/kustomization.yaml", trust),
            (
                "site/trust/issuer.yaml",
                &ISSUER.replace("corp-ca}}", "other}}"),
            ),
            ("site/trust/ca.yaml", ca),
        ];
        check(repository(&files).path()).1
    };
    assert!(files("").is_empty(), "{:?}", files(""));
    assert_eq!(
        files("namespace: edge\n"),
        ["kustomization-moves-objects@site/kustomization.yaml:4"]
    );
    assert!(files("namespace: cert-manager\n").is_empty());
    assert_eq!(
        files("namePrefix: berlin-\n"),
        ["kustomization-renames-objects@site/kustomization.yaml:4"]
    );
    assert!(files("namePrefix: berlin-\nconfigurations: [refs.yaml]\n").is_empty());
}

#[test]
fn one_object_in_two_folders_is_two_clusters_and_not_a_slip() {
    let certificate = certificate("web", ", namespace: web");
    let repository = repository(&[
        ("clusters/a/web.yaml", &certificate),
        ("clusters/b/web.yaml", &certificate),
        ("shared/issuer.yaml", ISSUER),
    ]);
    assert!(check(repository.path()).1.is_empty());
    fs::write(
        repository.path().join("clusters/b/again.yaml"),
        &certificate,
    )
    .unwrap();
    let (_, found) = check(repository.path());
    assert_eq!(found, ["object-twice@clusters/b/web.yaml:3"]);
}

#[test]
fn configurations_and_manifests_of_one_folder_are_both_judged() {
    let repository = repository(&[
        ("sites/berlin/trust.yaml", &quickstart("  rooot: {}\n")),
        ("apps/web.yaml", &certificate("web", ", namespace: web")),
    ]);
    let (ran, found) = check(repository.path());
    assert_eq!(
        found,
        [
            "unknown-field@sites/berlin/trust.yaml:7",
            "issuer-missing@apps/web.yaml:8"
        ]
    );
    assert!(
        ran.code == 1
            && ran
                .err
                .ends_with("refused: 1 site, 1 object, 1 error, 1 warning\n"),
        "{}",
        ran.all()
    );
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let repository = repository(&[
        ("issuer.yaml", ISSUER),
        ("empty.yaml", "# nothing\n---\n"),
        ("list.yaml", "- a\n- b\n"),
    ]);
    let write = |name: &str, bytes: &[u8]| fs::write(repository.path().join(name), bytes).unwrap();
    write("binary.yaml", &[0xff, 0xfe, 0, 1, 2]);
    write("zip.json", b"PK\x03\x04\xff\xff");
    write(
        "package.json",
        b"{\"name\": \"x\", \"scripts\": {\"kind\": 1}}",
    );
    write("huge.yaml", &vec![b'#'; 17 * 1024 * 1024]);
    write("encrypted.yaml", b"apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\ndata: {k: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}\n");
    let (ran, found) = check(repository.path());
    assert!(found.is_empty() && ran.code == 0, "{found:?} {}", ran.all());
    for words in [
        "2 files not in UTF-8",
        "1 file without content",
        "1 file encrypted with SOPS",
        "is larger than 16 MiB",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_locked_folders_do_not_stop_the_rest() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let repository = repository(&[
        ("issuer.yaml", ISSUER),
        ("locked/web.yaml", "x"),
        ("a/b/c.yaml", "x: y\n"),
    ]);
    symlink("..", repository.path().join("a/b/up")).unwrap();
    symlink("nowhere", repository.path().join("dangling.yaml")).unwrap();
    symlink("issuer.yaml", repository.path().join("linked.yaml")).unwrap();
    let locked = repository.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let (ran, found) = check(repository.path());
    let root = fs::read_dir(&locked).is_ok();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(found, ["object-twice@linked.yaml:3"], "{}", ran.all());
    assert_eq!(ran.code, 0);
    // Who runs tests as root can read everything.
    assert!(
        root || ran
            .err
            .contains("warning: cannot read `./locked`: permission denied"),
        "{}",
        ran.all()
    );
}

#[test]
fn a_folder_without_anything_to_judge_is_no_success() {
    let nothing = repository(&[("readme.md", "x")]);
    assert_eq!(trustc(nothing.path(), &["check", "."]).code, 2);
    let others = repository(&[("values.yaml", "a: b\n")]);
    let ran = trustc(others.path(), &["check", "."]);
    assert!(
        ran.code == 2 && ran.err.contains("skipped: 1 file"),
        "{}",
        ran.all()
    );
    assert_eq!(trustc(&project(), &["check", "no/such/folder"]).code, 2);
}
