//! Configurations in several files: what is inherited, where findings point, and fleets as the same thing in one file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{Ran, project, trustc, write};
use tempfile::TempDir;

const HEAD: &str = "apiVersion: trustc.dev/v1alpha1\nkind: ";

/// A folder of files; `pki/root.pem` and `org/pki/root.pem` are roots.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for place in ["pki", "org/pki"] {
        fs::create_dir_all(folder.path().join(place)).unwrap();
        let root = project().join("golden/pki/corp-root-2026.pem");
        fs::copy(root, folder.path().join(place).join("root.pem")).unwrap();
    }
    files
        .iter()
        .for_each(|(name, text)| write(folder.path(), name, text));
    folder
}

fn site(name: &str, spec: &str) -> String {
    format!("{HEAD}TrustConfig\nmetadata: {{name: {name}}}\nspec:\n{spec}")
}

fn defaults(spec: &str) -> String {
    format!("{HEAD}TrustDefaults\nspec:\n{spec}")
}

const ORG: &str = "  profile: byo-issuer\n  issuer: {existing: {}, name: corp-issuer}\n  anchors:\n  - {name: corp-root, file: pki/root.pem}\n  policy: {minRsaBits: 3072}\n";

fn explain(folder: &Path, field: &str, site: &str) -> Ran {
    trustc(
        folder,
        &[
            "render",
            site,
            "--explain-value",
            field,
            "--allow-root",
            ".",
        ],
    )
}

#[test]
fn every_value_says_which_file_and_line_it_is_from() {
    let folder = folder(&[
        ("org/org.yaml", &defaults(ORG)),
        (
            "org/region.yaml",
            &defaults(
                "  extends: org.yaml\n  bundle: {key: region.pem}\n  labels: {example.com/region: eu}\n",
            ),
        ),
        (
            "sites/a/trust.yaml",
            &site(
                "a",
                "  extends: ../../org/region.yaml\n  bundle: {name: own-bundle}\n",
            ),
        ),
    ]);
    for (field, expected) in [
        (
            "spec.issuer.name",
            "spec.issuer.name: corp-issuer  # org/org.yaml:5:32\n",
        ),
        (
            "spec.bundle.key",
            "spec.bundle.key: region.pem  # org/region.yaml:5:17\n",
        ),
        (
            "spec.bundle.name",
            "spec.bundle.name: own-bundle  # sites/a/trust.yaml:6:18\n",
        ),
        (
            "spec.anchors[0].file",
            "spec.anchors[0].file: pki/root.pem  # org/org.yaml:7:29\n",
        ),
        (
            "/spec/labels/example.com~1region",
            "spec.labels.example.com/region: eu  # org/region.yaml:6:32\n",
        ),
        (
            "spec.delivery.engine",
            "spec.delivery.engine: none  # default\n",
        ),
        ("metadata", "metadata.name: a  # sites/a/trust.yaml:3:18\n"),
    ] {
        let ran = explain(folder.path(), field, "sites/a/trust.yaml");
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (0, expected),
            "{field}: {}",
            ran.all()
        );
    }
    for field in ["spec.nonsense", "spec.bundle.kie", ""] {
        let ran = explain(folder.path(), field, "sites/a/trust.yaml");
        assert!(
            ran.code == 2 && ran.out.is_empty(),
            "{field}: {}",
            ran.all()
        );
    }
}

#[test]
fn what_is_inherited_renders_as_if_it_were_written_in_the_file() {
    let parts = folder(&[
        ("org/org.yaml", &defaults(ORG)),
        (
            "org/sites/a/trust.yaml",
            &site(
                "a",
                "  extends: ../../org.yaml\n  issuer: {name: a-issuer}\n",
            ),
        ),
    ]);
    let whole = folder(&[(
        "org/trust.yaml",
        &site("a", &ORG.replace("corp-issuer", "a-issuer")),
    )]);
    let parts = trustc(parts.path(), &["render", "org"]);
    assert_eq!(parts.code, 0, "{}", parts.all());
    assert_eq!(parts.out, trustc(whole.path(), &["render", "org"]).out);
}

#[test]
fn a_folder_has_defaults_for_its_sites() {
    let org = defaults(&ORG.replace("pki/root.pem", "../pki/root.pem"));
    let files = [
        ("sites/trust.defaults.yaml", org.as_str()),
        ("sites/a.trust.yaml", &site("a", "  bundle: {key: a.pem}\n")),
        ("sites/other.yaml", &defaults("  profile: quickstart\n")),
        ("sites/b.trust.yaml", &site("b", "  extends: other.yaml\n")),
        ("deep/c/trust.yaml", &site("c", "  extends: ../../sites\n")),
    ];
    let folder = folder(&files);
    let ran = explain(folder.path(), "spec.issuer.name", "sites");
    assert!(
        ran.out
            .contains("# a\nspec.issuer.name: corp-issuer  # sites/trust.defaults.yaml:5:32"),
        "{}",
        ran.all()
    );
    assert!(
        !ran.out.contains("# b\n"),
        "extends counts instead: {}",
        ran.all()
    );
    let ran = explain(folder.path(), "spec.issuer.name", "deep/c");
    assert!(
        ran.out.contains("# sites/trust.defaults.yaml:5:32"),
        "a folder stands for its defaults: {}",
        ran.all()
    );
}

#[test]
fn findings_point_into_the_file_of_the_value_and_are_said_once() {
    let org = ORG
        .replace("minRsaBits: 3072", "minRsaBits: many")
        .replace("existing: {}", "existing: {}, ca: {secretName: x}");
    let folder = folder(&[
        ("org/org.yaml", &defaults(&org)),
        (
            "org/a/trust.yaml",
            &site("a", "  extends: ../org.yaml\n  bundle: {kei: x}\n"),
        ),
        ("org/b/trust.yaml", &site("b", "  extends: ../org.yaml\n")),
    ]);
    let ran = trustc(folder.path(), &["check", "org"]);
    assert_eq!(
        ran.err.matches("--> org/org.yaml:8:24").count(),
        1,
        "{}",
        ran.all()
    );
    assert_eq!(
        ran.err.matches("--> org/a/trust.yaml:6:12").count(),
        1,
        "{}",
        ran.all()
    );
    assert!(
        ran.code == 1 && ran.err.ends_with("refused: 2 sites, 2 errors\n"),
        "{}",
        ran.all()
    );
    fs::write(
        folder.path().join("org/org.yaml"),
        defaults(&org.replace("many", "3072")),
    )
    .unwrap();
    fs::write(
        folder.path().join("org/a/trust.yaml"),
        site("a", "  extends: ../org.yaml\n"),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["check", "org", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        report["findings"][0]["rule"],
        "conflicting-fields",
        "{}",
        ran.all()
    );
    assert_eq!(report["findings"][0]["path"], "org/org.yaml");
    assert_eq!(report["summary"]["errors"], 1);
}

#[test]
fn a_site_can_remove_what_it_inherits() {
    let removed = "  extends: ../org.yaml\n  issuer: {existing: null, name: null, ca: {secretName: own-ca}}\n";
    let folder = folder(&[
        ("org/org.yaml", &defaults(ORG)),
        ("org/a/trust.yaml", &site("a", removed)),
    ]);
    let ran = trustc(folder.path(), &["render", "org"]);
    assert!(
        ran.code == 0 && ran.out.contains("secretName: own-ca"),
        "{}",
        ran.all()
    );
    let nothing = "  extends: ../org.yaml\n  broker: {certificate: null}\n";
    fs::write(folder.path().join("org/a/trust.yaml"), site("a", nothing)).unwrap();
    let ran = trustc(folder.path(), &["check", "org"]);
    assert!(
        ran.code == 1 && ran.err.contains("org/a/trust.yaml:6:25"),
        "a null that removes nothing: {}",
        ran.all()
    );
}

#[test]
fn only_what_may_be_read_is_inherited() {
    let folder = folder(&[
        ("org/org.yaml", &defaults(ORG)),
        ("org/list.yaml", "- a\n"),
        ("org/pod.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("org/twice.yaml", "a: 1\na: 2\n"),
        (
            "org/spec.yaml",
            &format!("{HEAD}TrustDefaults\nspec: [1]\n"),
        ),
        (
            "org/more.yaml",
            &format!("{HEAD}TrustDefaults\nspecs: {{}}\n"),
        ),
        ("org/empty.yaml", ""),
    ]);
    for (extends, rule, place) in [
        ("../../org/org.yaml", "file-outside-tree", "trust.yaml:5:12"),
        ("/etc/hostname", "file-outside-tree", "trust.yaml:5:12"),
        ("../missing.yaml", "file-not-readable", "trust.yaml:5:12"),
        ("..", "file-not-readable", "trust.yaml:5:12"),
        ("../pki/root.pem", "not-a-trust-config", "pki/root.pem:1:1"),
        ("../list.yaml", "not-a-trust-config", "org/list.yaml:1:1"),
        ("../pod.yaml", "not-a-trust-config", "org/pod.yaml:1:13"),
        ("../twice.yaml", "yaml-duplicate-key", "org/twice.yaml:2:1"),
        ("../spec.yaml", "not-a-trust-config", "org/spec.yaml:3:1"),
        ("../more.yaml", "not-a-trust-config", "org/more.yaml:3:1"),
        ("../empty.yaml", "config-empty", "org/empty.yaml"),
        ("trust.yaml", "extends-cycle", "trust.yaml:5:12"),
    ] {
        let path = folder.path().join("org/a/trust.yaml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, site("a", &format!("  extends: {extends}\n"))).unwrap();
        let named = if extends.starts_with("../../") {
            "org/a"
        } else {
            "org"
        };
        let ran = trustc(folder.path(), &["check", named]);
        assert!(
            ran.code == 1 && ran.err.contains(rule) && ran.err.contains(place),
            "{extends}: {}",
            ran.all()
        );
    }
    let ran = trustc(
        folder.path(),
        &["check", "org/a/trust.yaml", "--allow-root", "org"],
    );
    assert!(ran.err.contains("extends-cycle"), "{}", ran.all());
    // What is named in a base is relative to the base, and stays in its folder.
    let outside = defaults(&ORG.replace("pki/root.pem", "../pki/root.pem"));
    fs::write(folder.path().join("org/org.yaml"), outside).unwrap();
    fs::write(
        folder.path().join("org/a/trust.yaml"),
        site("a", "  extends: ../org.yaml\n"),
    )
    .unwrap();
    let ran = trustc(folder.path(), &["check", "org"]);
    assert!(
        ran.err.contains("file-outside-tree") && ran.err.contains("org/org.yaml:7:29"),
        "{}",
        ran.all()
    );
}

/// The text of every file, without what names its source.
fn anonymous(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for site in fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        for file in fs::read_dir(&site)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let text = fs::read_to_string(&file).unwrap();
            let named = |line: &&str| {
                !line.starts_with("# Generated by trustc from ")
                    && !line.contains("trustc.dev/source:")
            };
            let lines: Vec<&str> = text.lines().filter(named).collect();
            let name = file
                .strip_prefix(out)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            files.insert(name, lines.join("\n"));
        }
    }
    files
}

#[test]
fn a_fleet_is_the_same_as_files_that_extend() {
    let spec = |n: usize| {
        format!(
            "{{issuer: {{name: issuer-{n}}}, policy: {{minRsaBits: {}}}, bundle: {{secret: true}}}}",
            2048 + n
        )
    };
    let names = ["a", "b", "c"];
    let mut files = vec![("org/org.yaml".to_owned(), defaults(ORG))];
    for (n, name) in names.iter().enumerate() {
        let spec = spec(n).replacen('{', "{extends: ../../org.yaml, ", 1);
        files.push((
            format!("org/sites/{name}/trust.yaml"),
            format!("{HEAD}TrustConfig\nmetadata: {{name: {name}}}\nspec: {spec}\n"),
        ));
        files.push((
            format!("org/more/{name}.yaml"),
            format!(
                "{HEAD}TrustConfig\nmetadata: {{name: {name}}}\nspec: {}\n",
                self::spec_of(n)
            ),
        ));
    }
    let fleet = |sites: &str| {
        format!(
            "{HEAD}TrustFleet\nmetadata: {{name: plants}}\nspec:\n  extends: org.yaml\n  sites:\n{sites}"
        )
    };
    let rows: String = names
        .iter()
        .enumerate()
        .map(|(n, name)| format!("    - {{name: {name}, spec: {}}}\n", spec(n)))
        .collect();
    let csv: String = names
        .iter()
        .enumerate()
        .map(|(n, name)| format!("{name},issuer-{n},{},true\n", 2048 + n))
        .collect();
    files.push((
        "org/in-line.fleet.yaml".to_owned(),
        fleet(&format!("    inLine:\n{rows}")),
    ));
    files.push((
        "org/csv.fleet.yaml".to_owned(),
        fleet("    csv: sites.csv\n"),
    ));
    files.push((
        "org/sites.csv".to_owned(),
        format!("name,spec.issuer.name,spec.policy.minRsaBits,spec.bundle.secret\n{csv}"),
    ));
    files.push((
        "org/glob.fleet.yaml".to_owned(),
        fleet("    glob: more/*.yaml\n"),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&files);
    let render = |path: &str, out: &str| {
        let ran = trustc(
            folder.path(),
            &["render", path, "--out", out, "--allow-root", "org"],
        );
        assert!(
            ran.code == 0 && ran.err.contains("3 sites: "),
            "{path}: {}",
            ran.all()
        );
        anonymous(&folder.path().join(out))
    };
    let expected = render("org/sites", "out/files");
    assert_eq!(expected.len(), 15);
    for kind in ["in-line", "csv", "glob"] {
        assert_eq!(
            render(&format!("org/{kind}.fleet.yaml"), &format!("out/{kind}")),
            expected,
            "{kind}"
        );
    }
}

fn spec_of(n: usize) -> String {
    format!(
        "{{issuer: {{name: issuer-{n}}}, policy: {{minRsaBits: {}}}, bundle: {{secret: true}}}}",
        2048 + n
    )
}

#[test]
fn faults_of_a_fleet_are_at_their_rows() {
    let fleet = |sites: &str| {
        format!(
            "{HEAD}TrustFleet\nmetadata: {{name: plants}}\nspec:\n  extends: org.yaml\n  sites:\n{sites}"
        )
    };
    let folder = folder(&[
        ("org/org.yaml", &defaults(ORG)),
        ("org/sites.csv", "name,spec.bundle.key\na,../x\nb,\nb,\n"),
    ]);
    for (sites, expected) in [
        (
            "    inLine: [{name: a, spec: {bundle: {kei: x}}}]\n",
            "org/fleet.yaml:7:40",
        ),
        ("    inLine: [{name: a_b}]\n", "org/fleet.yaml:7:21"),
        (
            "    inLine: [{name: a, speck: {}}]\n",
            "org/fleet.yaml:7:24",
        ),
        (
            "    inLine: [{name: a}, {name: a}]\n",
            "org/fleet.yaml:7:32",
        ),
        (
            "    inLine: [{name: a, spec: {extends: other.yaml}}]\n",
            "org/fleet.yaml:7:40",
        ),
        ("    csv: sites.csv\n", "org/sites.csv:2:3"),
        ("    csv: sites.csv\n", "org/sites.csv:4:1"),
        ("    csv: ../sites.csv\n", "org/fleet.yaml:7:10"),
        ("    csv: missing.csv\n", "org/fleet.yaml:7:10"),
        ("    glob: nothing/*.yaml\n", "org/fleet.yaml:7:11"),
        ("    globe: nothing/*.yaml\n", "org/fleet.yaml:7:5"),
    ] {
        fs::write(folder.path().join("org/fleet.yaml"), fleet(sites)).unwrap();
        for named in ["org", "org/fleet.yaml"] {
            let ran = trustc(folder.path(), &["check", named]);
            assert!(
                ran.code == 1 && ran.err.contains(expected),
                "{sites}: {expected} is not in {}",
                ran.all()
            );
        }
    }
}

/// A fleet whose glob finds these sites, and what they extend by that.
fn glob_fleet(extends: &str, glob: &str) -> String {
    format!(
        "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: {extends}\n  sites: {{glob: '{glob}'}}\n"
    )
}

#[test]
fn what_a_glob_finds_is_a_site_of_the_fleet_whichever_is_found_first() {
    let (berlin, base) = (
        site("berlin", "  labels: {a: b}\n"),
        defaults("  profile: quickstart\n  bundle: {key: org.crt}\n"),
    );
    // A walk is at `plants` before `plants.fleet.yaml`, and behind `a.fleet.yml`.
    for fleet in ["a.fleet.yml", "plants.fleet.yaml", "fleet.yml"] {
        let folder = folder(&[
            ("x/plants/berlin.trust.yaml", &berlin),
            ("x/org.yaml", &base),
            (
                &format!("x/{fleet}"),
                &glob_fleet("org.yaml", "./plants/*.yaml"),
            ),
        ]);
        let named = format!("x/{fleet}");
        for paths in [
            &["x"][..],
            &[&named],
            &["x/plants/berlin.trust.yaml", &named],
            &[&named, "x/plants"],
        ] {
            let ran = trustc(folder.path(), &[&["render", "--out", "o"], paths].concat());
            assert_eq!(ran.code, 0, "{paths:?}: {}", ran.all());
            let bundle = fs::read_to_string(folder.path().join("o/berlin/bundle.yaml")).unwrap();
            assert!(bundle.contains("key: org.crt"), "{paths:?}: {bundle}");
            fs::remove_dir_all(folder.path().join("o")).unwrap();
        }
    }
}

#[test]
fn two_globs_that_find_one_file_must_say_the_same() {
    let base = defaults("  profile: quickstart\n");
    let check = |other: &str| {
        let files = [
            (
                "x/plants/berlin.trust.yaml",
                site("berlin", "  labels: {a: b}\n"),
            ),
            ("x/org.yaml", base.clone()),
            ("x/other.yaml", base.clone()),
            (
                "x/a.fleet.yaml",
                glob_fleet("org.yaml", "plants/berlin*.yaml"),
            ),
            ("x/plants/b.fleet.yaml", glob_fleet(other, "berlin*.yaml")),
        ];
        let folder = folder(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
        trustc(folder.path(), &["check", "x"])
    };
    let ran = check("../org.yaml");
    assert!(ran.code == 0 && ran.err.contains("1 site"), "{}", ran.all());
    let ran = check("../other.yaml");
    assert!(
        ran.code == 2 && ran.err.contains("two fleets"),
        "{}",
        ran.all()
    );
}

#[test]
fn a_glob_leaves_the_fleet_itself_out() {
    let folder = folder(&[
        ("org/fleet.yaml", &glob_fleet("../base.yaml", "*.yaml")),
        ("org/berlin.yaml", &site("berlin", "  labels: {a: b}\n")),
        ("base.yaml", &defaults("  profile: quickstart\n")),
    ]);
    let ran = trustc(
        folder.path(),
        &["check", "org/fleet.yaml", "--allow-root", "."],
    );
    assert!(ran.code == 0 && ran.err.contains("1 site"), "{}", ran.all());
}

#[test]
fn a_fleet_that_is_named_twice_counts_once() {
    let folder = folder(&[
        ("org/org.yaml", &defaults("  profile: quickstart\n")),
        (
            "org/fleet.yaml",
            &format!(
                "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec: {{extends: org.yaml, sites: {{inLine: [{{name: a}}, {{name: b}}]}}}}\n"
            ),
        ),
    ]);
    for paths in [
        &["org"][..],
        &["org", "org"],
        &["org/fleet.yaml", "org"],
        &["org", "org/fleet.yaml"],
    ] {
        let ran = trustc(folder.path(), &[&["check"], paths].concat());
        assert!(
            ran.code == 0 && ran.err.contains("2 sites"),
            "{paths:?}: {}",
            ran.all()
        );
    }
}

#[test]
fn a_fleet_under_the_name_of_a_site_is_told_its_own() {
    let fleet = format!(
        "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec: {{sites: {{inLine: [{{name: a}}]}}}}\n"
    );
    let folder = folder(&[("org/trust.yaml", &fleet)]);
    let ran = trustc(folder.path(), &["check", "org"]);
    assert!(
        ran.code == 1 && ran.err.contains("named fleet.yaml or *.fleet.yaml"),
        "{}",
        ran.all()
    );
}

/// Sites that have no files of their own.
#[test]
fn of_a_table_only_the_row_that_changed_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| write(folder.path(), name, text);
    let table = |changed: &str| {
        let row = |n| format!("s{n:03},{}\n", if n == 7 { changed } else { "Plant" });
        let rows: String = (0..100).map(row).collect();
        format!("name,spec.root.commonName\n{rows}")
    };
    write(
        "base.yaml",
        &format!("{HEAD}TrustDefaults\nspec: {{profile: quickstart}}\n"),
    );
    write(
        "all.fleet.yaml",
        &format!(
            "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec: {{extends: base.yaml, sites: {{csv: sites.csv}}}}\n"
        ),
    );
    write("sites.csv", &table("Plant"));
    let render = ["render", "all.fleet.yaml", "--out", "out"];
    assert_eq!(trustc(folder.path(), &render).code, 0);
    write("sites.csv", &table("Another"));
    let ran = trustc(folder.path(), &[&render[..], &["--check"]].concat());
    assert!(
        ran.code == 1 && ran.out.contains("out/s007/"),
        "{}",
        ran.all()
    );
    assert!(!ran.out.contains("out/s008/"), "{}", ran.all());
}

#[test]
fn a_base_is_the_one_that_its_fleet_means_by_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let base = |key: &str| {
        format!("{HEAD}TrustDefaults\nspec: {{profile: quickstart, bundle: {{key: {key}}}}}\n")
    };
    let fleet = |glob: &str| {
        format!(
            "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: org.yaml\n  sites: {{glob: '{glob}'}}\n"
        )
    };
    let site = format!("{HEAD}TrustConfig\nmetadata: {{name: s}}\nspec: {{}}\n");
    write(folder.path(), "sites/sub/plants/s.yaml", site);
    write(folder.path(), "sites/org.yaml", base("one.crt"));
    write(folder.path(), "sites/sub/org.yaml", base("other.crt"));
    write(
        folder.path(),
        "sites/a.fleet.yaml",
        fleet("sub/plants/*.yaml"),
    );
    let render = ["render", "sites", "--out", "out"];
    assert_eq!(trustc(folder.path(), &render).code, 0);
    std::fs::remove_file(folder.path().join("sites/a.fleet.yaml")).unwrap();
    write(
        folder.path(),
        "sites/sub/a.fleet.yaml",
        fleet("plants/*.yaml"),
    );
    let ran = trustc(folder.path(), &[&render[..], &["--check"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.all());
}
