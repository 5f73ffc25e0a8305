//! `inspect`: every certificate in every container, what is wrong with it, and nothing of any key.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::common::{NOW, golden, project, trustc, trustc_with};
use serde_json::Value;

#[test]
fn every_view_of_every_case() {
    let mut cases: Vec<_> = fs::read_dir(project().join("golden/inspect"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(cases.len() >= 4);
    for case in cases {
        let input = fs::read_dir(&case)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap());
        let input = input
            .into_iter()
            .find(|name| name.starts_with("input"))
            .unwrap();
        for (format, file) in [
            ("summary", "summary.txt"),
            ("text", "text.txt"),
            ("json", "report.json"),
        ] {
            let ran = trustc(
                &case,
                &["inspect", &input, "--now", NOW, "--format", format],
            );
            golden(&case.join(file), &(ran.out + &ran.err));
        }
    }
}

/// What `openssl x509 -text` says of the same certificates, as committed beside the cases.
#[test]
fn the_text_says_what_openssl_says() {
    let plain = |line: &str| {
        line.trim()
            .replace(" = ", "=")
            .replace("IP Address:", "IP:")
            .replace("FD00:0:0:0:0:0:0:1", "fd00::1")
    };
    let theirs = fs::read_to_string(project().join("golden/inspect/openssl.txt")).unwrap();
    let theirs: BTreeSet<String> = theirs.lines().map(plain).collect();
    let mut judged = 0;
    for name in [
        "shown-root",
        "shown-server",
        "office-issuing-ca",
        "short-path-root",
        "root-ed25519",
        "root-v1",
    ] {
        let ran = trustc(
            &project(),
            &[
                "inspect",
                &format!("golden/pki/{name}.pem"),
                "--now",
                NOW,
                "--format",
                "text",
            ],
        );
        for line in ran
            .out
            .lines()
            .filter(|line| !line.starts_with('#') && !line.contains("SHA-256 Fingerprint"))
        {
            assert!(
                theirs.contains(&plain(line)),
                "{name}: {line:?} is not in openssl's text"
            );
            judged += 1;
        }
    }
    assert!(judged > 100);
}

#[test]
fn every_root_of_the_public_web_is_a_root() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for (n, certificate) in webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().enumerate() {
        fs::write(folder.path().join(format!("{n}.der")), certificate).unwrap();
        seen += 1;
    }
    let names: Vec<String> = (0..seen).map(|n| format!("{n}.der")).collect();
    let arguments: Vec<&str> = ["inspect", "--format", "json", "--now", NOW]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let ran = trustc(folder.path(), &arguments);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let certificates = report["certificates"].as_array().unwrap();
    assert!(seen > 100 && certificates.len() == seen);
    for certificate in certificates {
        assert_eq!(
            (&certificate["role"], &certificate["selfSigned"]),
            (&"root".into(), &true.into()),
            "{certificate}"
        );
    }
}

/// Rules found in a file, and the exit code.
fn found(file: &str, arguments: &[&str]) -> (Vec<String>, i32) {
    let ran = trustc(
        &project().join("golden/pki"),
        &[&["inspect", file, "--format", "json"], arguments].concat(),
    );
    rules(&ran.out, ran.code)
}

fn rules(out: &str, code: i32) -> (Vec<String>, i32) {
    let report: Value = serde_json::from_str(out).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    (
        findings
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect(),
        code,
    )
}

#[test]
fn what_is_wrong_and_what_is_not() {
    let now = ["--now", NOW];
    let one = |rule: &str, code: i32| (vec![rule.to_owned()], code);
    for sound in [
        "corp-root-2019.pem",
        "corp-root-2026.der",
        "hamburg-chain.pem",
        "hamburg-issuing-ca.pem",
        "server.pem",
        "both-roots.pem",
        "pkcs7.pem",
    ] {
        assert_eq!(found(sound, &now), (vec![], 0), "{sound}");
    }
    assert_eq!(
        found("root-expired.pem", &now),
        one("certificate-expired", 1)
    );
    assert_eq!(
        found("root-expired.pem", &["--now", "2025-12-31"]),
        (vec![], 0)
    );
    assert_eq!(
        found("root-future.pem", &now),
        one("certificate-not-yet-valid", 1)
    );
    assert_eq!(
        found("root-future.pem", &["--now", "2027-01-01"]),
        (vec![], 0)
    );
    assert_eq!(found("root-rsa1024.pem", &now), one("certificate-weak", 0));
    assert_eq!(
        found("intermediate-sha1.pem", &now),
        one("certificate-weak", 0)
    );
    assert_eq!(
        found("root-sha1.pem", &now),
        (vec![], 0),
        "nobody checks a root's own signature"
    );
    assert_eq!(found("root-ends-soon.pem", &now), (vec![], 0));
    // It ends on 2026-08-15, 45 days behind.
    let within = |days: &str| {
        found(
            "root-ends-soon.pem",
            &["--now", NOW, "--fail-if-expires-within", days],
        )
    };
    assert_eq!(within("45d"), (vec![], 0));
    assert_eq!(within("46d"), one("certificate-expires-soon", 1));
    assert_eq!(found("request.pem", &now).1, 1);
    assert_eq!(found("trusted.pem", &now).1, 1);
}

#[test]
fn chains_that_are_none() {
    let read = |name: &str| fs::read_to_string(project().join("golden/pki").join(name)).unwrap();
    let judge = |text: &str| {
        let arguments = ["inspect", "-", "--format", "json", "--now", NOW];
        let ran = trustc_with(Path::new("/"), &arguments, text.as_bytes());
        rules(&ran.out, ran.code)
    };
    let (server, issuing, root) = (
        read("server.pem"),
        read("hamburg-issuing-ca.pem"),
        read("corp-root-2026.pem"),
    );
    assert_eq!(judge(&format!("{server}{issuing}{root}")), (vec![], 0));
    assert_eq!(
        judge(&format!("{server}{root}{issuing}")),
        (vec![], 0),
        "the order is judged where it matters"
    );
    let unlinked = |count: usize| (vec!["chain-unlinked".to_owned(); count], 1);
    assert_eq!(judge(&format!("{server}{root}")), unlinked(1));
    assert_eq!(
        judge(&format!("{server}{issuing}{}", read("corp-root-2019.pem"))),
        unlinked(1)
    );
    assert_eq!(
        judge(&format!("{issuing}{}", read("impostor-root.pem"))),
        unlinked(2)
    );
    assert_eq!(
        judge(&format!("{root}{}", read("corp-root-2019.pem"))),
        (vec![], 0),
        "roots make no chain"
    );
}

#[test]
fn objects_are_looked_into_and_keys_are_not() {
    for case in ["cluster/input.yaml", "cluster-json/input.json"] {
        for format in ["summary", "text", "json"] {
            let ran = trustc(
                &project(),
                &[
                    "inspect",
                    &format!("golden/inspect/{case}"),
                    "--now",
                    NOW,
                    "--format",
                    format,
                ],
            );
            assert_eq!(ran.code, 1, "{}", ran.all());
            assert!(
                ran.all().contains("trusted-certificate-not-a-ca"),
                "{}",
                ran.all()
            );
            for line in fs::read_to_string(project().join("tests/keys/pkcs8.pem"))
                .unwrap()
                .lines()
                .filter(|l| !l.contains('-'))
            {
                assert!(!ran.all().contains(line), "{}", ran.all());
            }
            assert!(!ran.all().contains("LS0tLS1CRUdJTiBQUk"), "{}", ran.all());
        }
    }
    let nothing = trustc_with(
        Path::new("/"),
        &["inspect", "-"],
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
    );
    assert!(
        nothing.code == 1 && nothing.err.contains("no object here holds certificates"),
        "{}",
        nothing.all()
    );
    let missing = trustc(Path::new("/"), &["inspect", "/nowhere.pem"]);
    assert_eq!(missing.code, 2, "{}", missing.all());
}

#[test]
fn several_certificates_in_der() {
    let one = fs::read(project().join("golden/pki/corp-root-2026.der")).unwrap();
    let ran = trustc_with(
        Path::new("/"),
        &["inspect", "-", "--now", NOW],
        &[one.clone(), one].concat(),
    );
    assert!(
        ran.code == 0 && ran.out.starts_with("<stdin>: 2 certificates"),
        "{}",
        ran.all()
    );
}
