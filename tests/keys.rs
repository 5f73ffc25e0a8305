//! Private keys, in every form people have them, are refused and never repeated.

use std::fs;

use crate::common::{NOW, project, quickstart, trustc};
use rcgen::{CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

/// Something that must not be printed: the base64 (or hex) of a stretch of the key, at every alignment.
fn secrets(der: &[u8]) -> Vec<String> {
    let middle = der.len() / 2;
    (0..3)
        .map(|shift| encode(&der[middle + shift..middle + shift + 9]))
        .collect()
}

fn pem_text(label: &str, der: &[u8]) -> String {
    let body = encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|chunk| std::str::from_utf8(chunk).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let index = (word >> (18 - 6 * n)) & 63;
            out.push(if n <= chunk.len() {
                char::from(ALPHABET[index as usize])
            } else {
                '='
            });
        }
    }
    out
}

/// Checks a configuration with `root.pem` holding these bytes, in both formats.
fn refused(bytes: &[u8], secrets: &[String], what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let spec = "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("").replace("  profile: quickstart\n", spec),
    )
    .unwrap();
    fs::write(folder.path().join("root.pem"), bytes).unwrap();
    for format in [
        "human", "json", "sarif", "github", "gitlab", "azure", "junit",
    ] {
        let ran = trustc(
            folder.path(),
            &["check", "trust.yaml", "--now", NOW, "--format", format],
        );
        assert_eq!(ran.code, 1, "{what}: {}", ran.all());
        assert!(
            ran.all().contains("private-key-in-input"),
            "{what}: {}",
            ran.all()
        );
        for secret in secrets {
            assert!(
                !ran.all().contains(secret.as_str()),
                "{what} leaks: {}",
                ran.all()
            );
        }
    }
}

#[test]
fn keys_of_rcgen() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let der = key.serialize_der();
        let secrets = secrets(&der);
        refused(key.serialize_pem().as_bytes(), &secrets, "PKCS#8 PEM");
        refused(&der, &secrets, "PKCS#8 DER");
        refused(
            pem_text("CERTIFICATE", &der).as_bytes(),
            &secrets,
            "a key that calls itself a certificate",
        );
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        refused(
            format!("{certificate}{}", key.serialize_pem()).as_bytes(),
            &secrets,
            "behind a certificate",
        );
        let one_line = key.serialize_pem().replace('\n', "");
        refused(one_line.as_bytes(), &secrets, "on one line");
        let unclosed = key.serialize_pem().replace("-----END PRIVATE KEY-----", "");
        refused(unclosed.as_bytes(), &secrets, "without an end");
    }
}

#[test]
fn keys_of_openssl() {
    let mut judged = 0;
    for entry in fs::read_dir(project().join("tests/keys")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sh") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let secrets: Vec<String> = if text.contains("-----BEGIN") {
            let lines = text
                .lines()
                .filter(|line| !line.contains([' ', '-', ':']) && line.len() > 20);
            lines.map(|line| line[8..20].to_owned()).collect()
        } else {
            secrets(&bytes)
        };
        assert!(!secrets.is_empty());
        refused(&bytes, &secrets, &path.display().to_string());
        judged += 1;
    }
    assert!(judged >= 12);
}

#[test]
fn keys_in_the_configuration_itself() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let (pem, secrets) = (key.serialize_pem(), secrets(&key.serialize_der()));
    let indented = pem.trim_end().replace('\n', "\n      ");
    let one_line = encode(&key.serialize_der());
    let folder = tempfile::tempdir().unwrap();
    for spec in [
        format!("  bundel: |\n      {indented}\n"),
        format!("  bundle: |\n      {indented}\n"),
        format!("  root:\n    commonName: |\n      {indented}\n"),
        format!("  root: {{commonName: \"{one_line}\"}}\n"),
        format!("  namespaces: {{instance: {{name: {one_line}}}}}\n"),
        format!("  labels: {{a: {one_line}}}\n"),
        format!("  labels: {{{one_line}: a}}\n"),
        format!("  {one_line}: a\n"),
        format!("  installation: {{trust: \"{one_line}\"}}\n"),
        format!("  allow: [{{rule: \"{one_line}\", reason: x}}]\n"),
        format!("  root: {{commonName: \"{one_line}\n"),
        format!("  a: [\n      {indented}\n"),
    ] {
        fs::write(folder.path().join("trust.yaml"), quickstart(&spec)).unwrap();
        for format in [
            "human", "json", "sarif", "github", "gitlab", "azure", "junit",
        ] {
            let ran = trustc(folder.path(), &["check", "trust.yaml", "--format", format]);
            assert_eq!(ran.code, 1, "{spec}: {}", ran.all());
            for secret in &secrets {
                assert!(
                    !ran.all().contains(secret.as_str()),
                    "{spec} leaks: {}",
                    ran.all()
                );
            }
        }
    }
}
