//! How long the main jobs take, through the command line's own entry: cargo bench.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, SerialNumber};
use trustc::cli::{Exit, Printer, Streams, Terminal, run};

fn main() {
    divan::main();
}

/// Runs one command line and gives back what it printed.
fn trustc(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut &*input,
        output: Printer::new(&mut output),
        errors: Printer::new(&mut errors),
        terminal: Terminal::default(),
        rules_url: None,
    };
    let arguments = std::iter::once("trustc")
        .chain(arguments.iter().copied())
        .map(OsString::from);
    let exit = run(arguments, &mut streams);
    assert_eq!(exit, Exit::Clean, "{}", String::from_utf8_lossy(&errors));
    output
}

/// Roots in PEM, each with a key of its own.
fn roots(count: usize) -> Vec<String> {
    let one = |n: usize| {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Root {n}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(SerialNumber::from(n as u64));
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .pem()
    };
    (0..count).map(one).collect()
}

/// 1,000 certificates in ten files, every signature checked.
#[divan::bench]
fn inspect_1000_certificates(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["inspect".to_owned()];
    for (n, hundred) in roots(1000).chunks(100).enumerate() {
        let path = folder.path().join(format!("{n}.pem"));
        fs::write(&path, hundred.concat()).unwrap();
        arguments.push(path.to_string_lossy().into_owned());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    bencher.bench(|| trustc(&arguments, b""));
}

/// 1,000 Certificates in one stream: schema, ObjectMeta, webhook and the hazards of the whole set.
#[divan::bench]
fn check_1000_manifests(bencher: divan::Bencher<'_, '_>) {
    let issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: ca}\nspec:\n  ca: {secretName: ca}\n";
    let one = |n: usize| {
        format!(
            "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: web-{n}\n  namespace: edge\n  \
             labels: {{app.kubernetes.io/name: web}}\nspec:\n  secretName: web-{n}\n  duration: 2160h\n  renewBefore: 720h\n  \
             dnsNames: [web-{n}, web-{n}.edge.svc]\n  usages: [digital signature, server auth]\n  privateKey: \
             {{algorithm: ECDSA, size: 256, rotationPolicy: Always}}\n  issuerRef: {{group: cert-manager.io, kind: \
             ClusterIssuer, name: ca}}\n"
        )
    };
    let stream = issuer.to_owned() + &(0..1000).map(one).collect::<String>();
    bencher.bench(|| trustc(&["check", "-"], stream.as_bytes()));
}

/// 1,000 sites of both profiles in one folder, each with roots of its own, as `trustc check sites` in a pull request.
#[divan::bench]
fn check_1000_sites(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    for (n, root) in roots(1000).iter().enumerate() {
        let site = folder.path().join(format!("site-{n:04}"));
        fs::create_dir_all(site.join("pki")).unwrap();
        fs::write(site.join("pki/root.pem"), root).unwrap();
        let profile = if n % 4 == 0 {
            "profile: quickstart\n  bundle: {namespaces: [{name: edge-apps}]}\n"
        } else {
            "profile: byo-issuer\n  issuer:\n    name: plant-issuer\n    ca: {secretName: plant-ca}\n  anchors:\n  - {name: root, file: \
             pki/root.pem}\n  bundle: {namespaces: [{name: edge-apps}]}\n"
        };
        let text = format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: site-{n:04}}}\nspec:\n  {profile}"
        );
        fs::write(site.join("trust.yaml"), text).unwrap();
    }
    let folder = folder.path().to_string_lossy().into_owned();
    bencher.bench(|| trustc(&["check", &folder], b""));
}

/// The starter of quickstart to a stream.
#[divan::bench]
fn render_one_site(bencher: divan::Bencher<'_, '_>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/quickstart.yaml");
    let path = path.to_string_lossy().into_owned();
    bencher.bench(|| trustc(&["render", &path], b""));
}

/// Two findings in each of 5,000 objects of one stream, in forms for people and for programs.
#[divan::bench(args = ["human", "sarif", "github", "junit"])]
fn report_10000_findings(bencher: divan::Bencher<'_, '_>, format: &str) {
    let one = |n: usize| {
        format!(
            "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {{name: web-{n}, namespace: edge}}\nspec: \
             {{secretName: web-{n}, dnsNames: [a.edge], usages: [server auth], isCa: true, privateKey: {{rotationPolicy: \
             Always}}, issuerRef: {{kind: ClusterIssuer, name: ca}}}}\n"
        )
    };
    let stream: String = (0..5000).map(one).collect();
    bencher.bench(|| {
        trustc(
            &["check", "-", "--exit-zero", "--format", format],
            stream.as_bytes(),
        )
    });
}

/// Ten years of a site: every certificate issued, every handshake verified.
#[divan::bench]
fn rehearse_one_site_ten_years(bencher: divan::Bencher<'_, '_>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/quickstart.yaml");
    let path = path.to_string_lossy().into_owned();
    bencher.bench(|| {
        trustc(
            &[
                "rehearse",
                &path,
                "--from",
                "2026-07-01",
                "--horizon",
                "10y",
            ],
            b"",
        )
    });
}

/// Two years of 1,000 sites, in parallel.
#[divan::bench(sample_count = 3)]
fn rehearse_1000_sites_two_years(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    let starter =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/quickstart.yaml"))
            .unwrap();
    for n in 0..1000 {
        let site = starter.replace("name: quickstart", &format!("name: site-{n}"));
        fs::write(folder.path().join(format!("{n}.trust.yaml")), site).unwrap();
    }
    let path = folder.path().to_string_lossy().into_owned();
    bencher.bench(|| {
        trustc(
            &["rehearse", &path, "--from", "2026-07-01", "--horizon", "2y"],
            b"",
        )
    });
}
