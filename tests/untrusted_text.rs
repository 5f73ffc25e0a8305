//! What a pull request brings is shown so that no terminal, CI agent or browser obeys it, in every form of output, and
//! without the secrets in it.

use std::fs;
use std::path::Path;

use crate::common::harmless::first_harm;
use crate::common::{NOW, Ran, quickstart, trustc, trustc_with};

const FORMATS: &[&str] = &[
    "human", "json", "sarif", "github", "gitlab", "azure", "junit",
];

/// Text that something would obey, with a word that shows where it ended up.
const HOSTILE: &[&str] = &[
    "::error file=x::hostile",
    "  ::set-output name=a::hostile",
    "mid ::add-mask::hostile",
    "##vso[task.setvariable variable=a]hostile",
    "##[group]hostile",
    "a ##VSO[task.x]hostile",
    "\u{1b}[2Jhostile",
    "\u{1b}]0;hostile\u{7}",
    "\u{9b}31mhostile",
    "a\rhostile",
    "\u{202e}elitsoh hostile",
    "host\u{200b}ile hostile",
    "#\u{200b}#vso[hostile]",
    "hostile\n::error::hostile",
    "\u{7f}\u{0}hostile",
    "hostile\u{2028}x",
];

fn own(format: &str) -> &'static [&'static str] {
    match format {
        "github" => &["::error ", "::warning ", "::notice "],
        "azure" => &["##vso[task.logissue ", "##vso[task.debug]"],
        _ => &[],
    }
}

fn harmless(ran: &Ran, format: &str, what: &str) {
    for text in [&ran.out, &ran.err] {
        let found = first_harm(text, own(format));
        assert_eq!(found, None, "{what}, {format}: {}", ran.all());
    }
    assert!(
        ran.code == 0 || ran.code == 1 || ran.code == 2,
        "{what}: {}",
        ran.all()
    );
}

/// As a YAML string in double quotes.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    json.replace('\u{7f}', "\\u007f")
        .replace('\u{9b}', "\\u009b")
}

#[test]
fn values_keys_and_names_in_configurations_are_harmless_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for hostile in HOSTILE {
        let value = quoted(hostile);
        for text in [
            quickstart(&format!("  annotations: {{example.com/a: {value}}}\n")),
            quickstart(&format!("  annotations: {{{value}: a}}\n")),
            quickstart(&format!("  profile: {value}\n")),
            quickstart(&format!("  {value}: {value}\n")),
            quickstart("").replace("name: ", &format!("name: {value} # ")),
            format!("{}# {hostile}\n\tx: {hostile}\n", quickstart("")),
            format!("{hostile}\n"),
        ] {
            fs::write(folder.path().join("trust.yaml"), &text).unwrap();
            for format in FORMATS {
                let ran = trustc(folder.path(), &["check", "trust.yaml", "--format", format]);
                harmless(&ran, format, &text);
            }
            for line in [
                &["render", "trust.yaml"][..],
                &["render", "trust.yaml", "--explain-value", "spec"],
                &["render", "trust.yaml", "--out", "deploy", "--diff"],
                &["params", "trust.yaml"],
                &["rehearse", "trust.yaml", "--from", NOW, "--horizon", "30d"],
            ] {
                harmless(&trustc(folder.path(), line), "human", &text);
            }
        }
    }
}

#[test]
fn manifests_are_harmless_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for hostile in HOSTILE {
        let value = quoted(hostile);
        let text = format!(
            "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: {value}\n  namespace: {value}\n\
             spec:\n  secretName: {value}\n  duration: {value}\n  {value}: 1\n  dnsNames: [{value}]\n\
             \x20 issuerRef: {{name: {value}, kind: {value}}}\n---\napiVersion: {value}\nkind: {value}\n\
             metadata: {{name: {value}}}\n"
        );
        for format in FORMATS {
            let ran = trustc_with(
                folder.path(),
                &["check", "-", "--format", format],
                text.as_bytes(),
            );
            harmless(&ran, format, &text);
        }
        harmless(
            &trustc_with(folder.path(), &["inspect", "-"], text.as_bytes()),
            "human",
            &text,
        );
        let list = format!(
            "apiVersion: config.kubernetes.io/{}\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  \
             metadata: {{name: {value}}} # {hostile}\nfunctionConfig:\n  apiVersion: trustc.dev/v1alpha1\n  \
             kind: TrustConfig\n  metadata: {{name: {value}}}\n  spec: {{profile: {value}}}\n",
            "v1"
        );
        harmless(
            &trustc_with(folder.path(), &["fn"], list.as_bytes()),
            "human",
            &list,
        );
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_and_arguments_are_harmless() {
    let folder = tempfile::tempdir().unwrap();
    for hostile in HOSTILE.iter().filter(|text| !text.contains(['\0'])) {
        let name = hostile.replace('/', "_");
        let file = format!("{name}.trust.yaml");
        fs::write(folder.path().join(&file), "profle: x\n").unwrap();
        for format in FORMATS {
            harmless(
                &trustc(folder.path(), &["check", ".", "--format", format]),
                format,
                &file,
            );
        }
        harmless(
            &trustc(folder.path(), &["render", ".", "--out", &name]),
            "human",
            &file,
        );
        harmless(
            &trustc(folder.path(), &["check", &format!("{name}-missing")]),
            "human",
            &file,
        );
        harmless(
            &trustc(folder.path(), &["explain", "--", hostile]),
            "human",
            hostile,
        );
        harmless(
            &trustc(folder.path(), &["check", ".", "--only", hostile]),
            "human",
            hostile,
        );
        harmless(
            &trustc(folder.path(), &[&format!("--{hostile}")]),
            "human",
            hostile,
        );
        fs::remove_file(folder.path().join(&file)).unwrap();
    }
}

#[test]
fn rendered_text_that_an_agent_would_obey_is_escaped_and_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let note = "::error::x ##vso[task.y]z \u{202e}";
    let text = quickstart(&format!(
        "  annotations: {{example.com/note: {}}}\n",
        quoted(note)
    ));
    fs::write(folder.path().join("trust.yaml"), text).unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    harmless(&ran, "human", note);
    let first = ran.out.split("\n---\n").nth(1).unwrap();
    let read: serde_json::Value = serde_yaml::from_str(first).unwrap();
    assert_eq!(read["metadata"]["annotations"]["example.com/note"], note);
}

/// Secrets in files, and commands that speak about these files.
fn nothing_of(word: &str, folder: &Path, lines: &[&[&str]]) {
    for line in lines {
        for format in FORMATS {
            let mut arguments = line.to_vec();
            if line[0] == "check" {
                arguments.extend(["--format", format]);
            }
            let ran = trustc(folder, &arguments);
            assert!(!ran.all().contains(word), "{arguments:?}: {}", ran.all());
        }
    }
}

#[test]
fn no_value_of_a_secret_is_shown_wherever_it_stands() {
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: edge}\n";
    for rest in [
        "stringData:\n  password: c0rrect-horse-battery\n  port: 8080\n",
        "dat: {password: c0rrect-horse-battery}\n",
        "stringdata:\n  password: c0rrect-horse-battery\n",
        "stringData:\n  password: c0rrect-horse: battery\n",
        "stringData:\n  password: \"c0rrect-horse-battery\n  user: x\n",
        "stringData: [c0rrect-horse-battery]\n",
        "immutable: c0rrect-horse-battery\n",
        "type: Opaque\ndata: c0rrect-horse-battery\n",
        "data:\n  a: c0rrect-horse-battery\n  b: 1\n",
        "data:\n  ? a\n  : c0rrect-horse-battery\n",
        "stringData: &a\n  x: c0rrect-horse-battery\n  y: *b\n",
        "stringData:\n\tx: c0rrect-horse-battery\n",
        "stringData:\n  a:\n    b: c0rrect-horse-battery\n",
        "c0rrect-horse-battery: x: y\n- c0rrect-horse\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), format!("{head}{rest}")).unwrap();
        let line: &[&str] = &["check", "a.yaml", "--fix", "--unsafe-fixes"];
        if !rest.starts_with("c0rrect") {
            nothing_of(
                "c0rrect",
                folder.path(),
                &[&["check", "a.yaml"], &["inspect", "a.yaml"], line],
            );
        }
    }
    for text in [
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"stringData\":{\"p\":\"c0rrect-horse\"",
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"kind\":\"Secret\",\"stringData\":{\"p\":\"c0rrect-horse\",\"q\":1}}]}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.json"), text).unwrap();
        let line: &[&str] = &["check", "a.json", "--fix", "--unsafe-fixes"];
        nothing_of("c0rrect", folder.path(), &[&["check", "a.json"], line]);
    }
}

#[test]
fn no_password_or_token_of_a_configuration_is_shown() {
    for field in [
        "issuer: {name: i, vault: {server: 'https://v', path: pki/sign/a, auth: {appRole: {secretId: c0rrect-horse}}}}",
        "password: c0rrect-horse",
        "vaultToken: [c0rrect-horse]",
        "issuer:\n    vault:\n      token: c0rrect-horse",
        "annotations: {a: AGE-SECRET-KEY-1c0rrecthorsebattery}",
        "annotations: {a: 'https://me:c0rrect-horse@git.example/x', b: 1}",
        "labels: {a: ghp_c0rrecthorsebatterystaple}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("trust.yaml"),
            quickstart(&format!("  {field}\n")),
        )
        .unwrap();
        nothing_of(
            "c0rrect",
            folder.path(),
            &[&["check", "trust.yaml"], &["check", "trust.yaml", "--fix"]],
        );
    }
}

#[test]
fn a_folder_that_holds_a_key_is_compared_without_showing_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), quickstart("")).unwrap();
    let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "deploy"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let site = fs::read_dir(folder.path().join("deploy"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for entry in fs::read_dir(&site)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let mut text = fs::read_to_string(&entry).unwrap();
        text.push_str("# -----BEGIN PRIVATE KEY-----\n# c0rrect\n# -----END PRIVATE KEY-----\n# AGE-SECRET-KEY-1c0rrecthorsebattery\n");
        fs::write(&entry, text).unwrap();
    }
    for how in ["--check", "--diff"] {
        let ran = trustc(
            folder.path(),
            &["render", "trust.yaml", "--out", "deploy", how],
        );
        assert!(
            ran.out.contains("PRIVATE KEY") && !ran.all().contains("c0rrect"),
            "{}",
            ran.all()
        );
    }
}

#[test]
fn a_masked_excerpt_keeps_its_marks_at_the_place() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: edge}\nstringData:\n  a: é-c0rrect\n  port: 8080\n";
    let ran = trustc_with(Path::new("."), &["check", "-"], text.as_bytes());
    let lines: Vec<&str> = ran.err.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("port: ****"))
        .unwrap();
    let marks = lines[at + 1].find('^').unwrap();
    assert_eq!(marks, lines[at].find("port").unwrap(), "{}", ran.all());
}

#[test]
fn a_key_in_an_annotation_is_an_error() {
    let key = rcgen::KeyPair::generate().unwrap();
    let hex: String = key
        .serialize_der()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for value in [hex, key.serialize_pem()] {
        let folder = tempfile::tempdir().unwrap();
        let text = quickstart(&format!(
            "  annotations: {{example.com/a: {}}}\n",
            quoted(&value)
        ));
        fs::write(folder.path().join("trust.yaml"), text).unwrap();
        let ran = trustc(folder.path(), &["check", "trust.yaml"]);
        assert_eq!(ran.code, 1, "{}", ran.all());
        assert!(
            ran.err.contains("error[") && ran.err.contains("key"),
            "{}",
            ran.all()
        );
        assert!(!ran.all().contains(&value[40..60]), "{}", ran.all());
    }
}
