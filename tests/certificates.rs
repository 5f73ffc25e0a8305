//! Every class of bad certificate, made by rcgen: the openssl-made ones are in `golden/`. RSA and SHA-1 are there only:
//! rcgen with ring makes neither.

use std::fs;

use crate::common::{quickstart, trustc};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SerialNumber, date_time_ymd,
};
use serde_json::Value;

/// A CA as people make them: valid from 2026 to 2046, key usage and identifiers.
fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2046, 1, 1);
    params
}

type Ca = CertifiedIssuer<'static, KeyPair>;

fn root(params: CertificateParams) -> Ca {
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn below(params: CertificateParams, issuer: &Ca) -> Ca {
    CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), issuer).unwrap()
}

/// Findings of a site with these anchors and this chain over an existing Secret, as `severity rule`, and the exit code.
fn judged_with(chain: &str, anchors: &str, arguments: &[&str]) -> (Vec<String>, i32) {
    let folder = tempfile::tempdir().unwrap();
    let chain_field = if chain.is_empty() {
        ""
    } else {
        ", chain: {file: chain.pem}"
    };
    let spec = format!(
        "  profile: byo-issuer\n  issuer: {{ca: {{secretName: site-ca{chain_field}}}}}\n  anchors: [{{name: root, file: root.pem}}]\n"
    );
    fs::write(
        folder.path().join("trust.yaml"),
        quickstart("").replace("  profile: quickstart\n", &spec),
    )
    .unwrap();
    fs::write(folder.path().join("chain.pem"), chain).unwrap();
    fs::write(folder.path().join("root.pem"), anchors).unwrap();
    let fixed = [
        "check",
        "trust.yaml",
        "--now",
        "2026-07-01",
        "--format",
        "json",
    ];
    let ran = trustc(folder.path(), &[&fixed[..], arguments].concat());
    let report: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.all()));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    (
        findings
            .map(|finding| format!("{} {}", text(finding, "severity"), text(finding, "rule")))
            .collect(),
        ran.code,
    )
}

fn judged(chain: &str, anchors: &str) -> Vec<String> {
    judged_with(chain, anchors, &[]).0
}

const NONE: [&str; 0] = [];

#[test]
fn a_sound_chain_has_no_findings() {
    let root = root(ca("Root"));
    let issuing = below(ca("Issuing"), &root);
    let deeper = below(ca("Deeper"), &issuing);
    assert_eq!(judged("", &root.pem()), NONE);
    assert_eq!(judged(&issuing.pem(), &root.pem()), NONE);
    assert_eq!(judged(&(deeper.pem() + &issuing.pem()), &root.pem()), NONE);
    assert_eq!(
        judged(&(deeper.pem() + &issuing.pem() + &root.pem()), &root.pem()),
        NONE
    );
    // cert-manager sorts everything behind the first.
    assert_eq!(
        judged(&(deeper.pem() + &root.pem() + &issuing.pem()), &root.pem()),
        NONE
    );
}

#[test]
fn time() {
    let until = |year, month, day| {
        let mut params = ca("Root");
        params.not_before = date_time_ymd(2016, 1, 1);
        params.not_after = date_time_ymd(year, month, day);
        root(params).pem()
    };
    assert_eq!(judged("", &until(2026, 6, 30)), ["error ca-expired"]);
    assert_eq!(judged("", &until(2026, 8, 1)), ["warning ca-expires-soon"]);
    assert_eq!(judged("", &until(2027, 8, 1)), NONE);
    let mut tomorrow = ca("Root");
    tomorrow.not_before = date_time_ymd(2026, 7, 2);
    assert_eq!(
        judged("", &root(tomorrow).pem()),
        ["error ca-not-yet-valid"]
    );
    // 2026-07-01 and 400 days are 2027-08-05.
    let within =
        |days: &str| judged_with("", &until(2027, 8, 5), &["--fail-if-expires-within", days]);
    assert_eq!(within("400d"), (vec![], 0));
    assert_eq!(
        within("401d"),
        (vec!["error ca-expires-soon".to_owned()], 1)
    );
    assert_eq!(
        within("9624h"),
        (vec!["error ca-expires-soon".to_owned()], 1)
    );
}

#[test]
fn flags_and_usages() {
    let mut leaf = ca("Leaf");
    leaf.is_ca = IsCa::NoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf = root(leaf);
    assert_eq!(judged("", &leaf.pem()), ["error anchor-is-leaf"]);
    let root = root(ca("Root"));
    let found = judged(&leaf.pem(), &root.pem());
    assert!(found.contains(&"error ca-not-a-ca".to_owned()), "{found:?}");
    let mut mute = ca("Root");
    mute.key_usages = vec![KeyUsagePurpose::CrlSign];
    assert_eq!(
        judged("", &self::root(mute).pem()),
        ["error ca-key-usage-lacks-cert-sign"]
    );
    let mut silent = ca("Root");
    silent.key_usages = vec![];
    assert_eq!(
        judged("", &self::root(silent).pem()),
        NONE,
        "without the extension everything is allowed"
    );
}

#[test]
fn anchors_that_are_no_roots() {
    let root = root(ca("Root"));
    let issuing = below(ca("Issuing"), &root);
    assert_eq!(judged("", &issuing.pem()), ["error anchor-is-intermediate"]);
    assert_eq!(
        judged("", &(root.pem() + &root.pem())),
        ["warning anchor-duplicate"]
    );
    // A new key under the old name, certified by the old key: with key identifiers, and without.
    let mut bare = ca("Root");
    bare.use_authority_key_identifier_extension = false;
    bare.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1]);
    for link in [below(ca("Root"), &root), below(bare, &root)] {
        assert_eq!(judged("", &link.pem()), ["error anchor-is-intermediate"]);
    }
}

#[test]
fn broken_chains() {
    let (root, other) = (self::root(ca("Root")), self::root(ca("Other")));
    let issuing = below(ca("Issuing"), &root);
    let deeper = below(ca("Deeper"), &issuing);
    assert_eq!(judged(&issuing.pem(), &other.pem()), ["error chain-broken"]);
    assert_eq!(
        judged(&deeper.pem(), &root.pem()),
        ["error chain-broken"],
        "a link is missing"
    );
    let impostor = self::root(ca("Root"));
    assert_eq!(
        judged(&issuing.pem(), &impostor.pem()),
        ["error chain-broken"],
        "the name fits, the key does not"
    );
    assert_eq!(
        judged(&issuing.pem(), &(impostor.pem() + &root.pem())),
        NONE,
        "both generations"
    );
    assert_eq!(
        judged(&(issuing.pem() + &deeper.pem()), &root.pem()),
        ["error chain-out-of-order"]
    );
    assert_eq!(
        judged(&(root.pem() + &issuing.pem()), &root.pem()),
        ["error chain-out-of-order"]
    );
    assert_eq!(
        judged(&(issuing.pem() + &other.pem()), &root.pem()),
        ["error chain-stray-certificate"]
    );
    assert_eq!(
        judged(&(issuing.pem() + &issuing.pem()), &root.pem()),
        NONE,
        "cert-manager drops duplicates"
    );
}

/// A certificate for the key of one CA by the key of another: `a` is signed by `b`.
fn crossed(a: (&str, &KeyPair), b: (&str, &KeyPair)) -> String {
    let above = ca(b.0);
    let signed = ca(a.0).signed_by(a.1, &Issuer::from_params(&above, b.1));
    signed.unwrap().pem()
}

#[test]
fn certificates_that_sign_each_other_lead_nowhere() {
    let keys: Vec<KeyPair> = (0..4).map(|_| KeyPair::generate().unwrap()).collect();
    let names = ["A", "B", "C", "D"];
    let of = |n: usize| (names[n], &keys[n]);
    let anchor = root(ca("Root"));
    for length in 2..=4 {
        let circle: Vec<String> = (0..length)
            .map(|n| crossed(of(n), of((n + 1) % length)))
            .collect();
        let chain = circle.concat();
        assert_eq!(
            judged(&chain, &anchor.pem()),
            ["error chain-broken"],
            "{length}"
        );
        let issuing = crossed(("Issuing", &KeyPair::generate().unwrap()), of(0));
        assert_eq!(
            judged(&(issuing.clone() + &chain), &anchor.pem()),
            ["error chain-broken"],
            "{length}, with one below"
        );
        let found = judged(&(chain + &anchor.pem()), &anchor.pem());
        assert!(
            found.contains(&"error chain-broken".to_owned()),
            "{length}, with the root beside: {found:?}"
        );
    }
}

#[test]
fn a_way_out_of_a_circle_is_found() {
    let keys: Vec<KeyPair> = (0..2).map(|_| KeyPair::generate().unwrap()).collect();
    let (a, b) = (("A", &keys[0]), ("B", &keys[1]));
    let (root_key, other_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (up, other) = (("Root", &root_key), ("Other", &other_key));
    let anchor = crossed(up, up);
    let circle = crossed(a, b) + &crossed(b, a);
    let breaks = |chain: &str| judged(chain, &anchor).contains(&"error chain-broken".to_owned());
    assert!(breaks(&circle));
    for chain in [circle.clone() + &crossed(b, up), circle + &crossed(a, up)] {
        assert!(!breaks(&chain), "a twin by the root");
    }
    // The twin under its own key is a dead end, and the one by the root is not.
    let twins = crossed(a, b) + &crossed(b, b) + &crossed(b, other) + &crossed(b, up);
    assert!(!breaks(&twins));
    // A namesake with another key is passed by on the way to the right one, for each of two certificates.
    let namesakes = crossed(a, b) + &crossed(b, other) + &crossed(("Other", &other_key), up);
    let wrong = crossed(("B", &other_key), up);
    assert!(!breaks(&(namesakes + &wrong)));
}

#[test]
fn a_circle_is_a_gap_in_a_rehearsal() {
    let keys: Vec<KeyPair> = (0..2).map(|_| KeyPair::generate().unwrap()).collect();
    let (a, b) = (("A", &keys[0]), ("B", &keys[1]));
    let folder = tempfile::tempdir().unwrap();
    let spec = "  profile: byo-issuer\n  issuer: {ca: {secretName: a, chain: {file: chain.pem}}}\n  anchors: [{name: root, file: root.pem}]\n";
    let config = quickstart("").replace("  profile: quickstart\n", spec);
    fs::write(folder.path().join("trust.yaml"), config).unwrap();
    fs::write(folder.path().join("root.pem"), root(ca("Root")).pem()).unwrap();
    let chain = crossed(a, b) + &crossed(b, a);
    fs::write(folder.path().join("chain.pem"), chain).unwrap();
    let rehearse = ["rehearse", ".", "--from", "2026-07-01", "--horizon", "60d"];
    let ran = trustc(folder.path(), &rehearse);
    assert_eq!(ran.code, 1, "{}", ran.all());
    let lanes = |name: &str| {
        ran.out
            .lines()
            .filter(|line| line.starts_with(name))
            .count()
    };
    let once = ["issuer of B ", "B ", "A "].map(lanes);
    assert_eq!(once, [1, 1, 1], "{}", ran.all());
}

#[test]
fn path_lengths_on_both_sides() {
    for (limit, depth, sound) in [
        (0, 0, true),
        (0, 1, false),
        (1, 1, true),
        (1, 2, false),
        (2, 2, true),
    ] {
        let mut params = ca("Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(limit));
        let root = root(params);
        let mut chain = String::new();
        let mut issuer = &root;
        let mut owned: Vec<Ca> = Vec::new();
        for level in 0..depth {
            owned.push(below(
                ca(&format!("Level {level}")),
                owned.last().unwrap_or(issuer),
            ));
            chain = owned.last().unwrap().pem() + &chain;
            issuer = &root;
        }
        let chain = if chain.is_empty() { root.pem() } else { chain };
        let expected: &[&str] = if sound {
            &[]
        } else {
            &["error path-length-too-short"]
        };
        assert_eq!(
            judged(&chain, &root.pem()),
            expected,
            "limit {limit}, depth {depth}"
        );
    }
}

#[test]
fn name_constraints_on_both_sides() {
    let constrained = |permitted: &[&str], excluded: &[&str]| {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| GeneralSubtree::DnsName((*name).to_owned()))
                .collect()
        };
        let mut params = ca("Root");
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: names(permitted),
            excluded_subtrees: names(excluded),
        });
        root(params)
    };
    let violated = ["error name-constraint-violated"];
    assert_eq!(
        judged("", &constrained(&["corp.example"], &[]).pem()),
        violated
    );
    assert_eq!(
        judged("", &constrained(&["aio-broker"], &[]).pem()),
        violated,
        "the longer names are not below it"
    );
    let all = [
        "aio-broker",
        "aio-broker.azure-iot-operations",
        "cluster.local",
    ];
    assert_eq!(judged("", &constrained(&all, &[]).pem()), NONE);
    assert_eq!(judged("", &constrained(&[], &["corp.example"]).pem()), NONE);
    assert_eq!(
        judged("", &constrained(&[], &["cluster.local"]).pem()),
        violated
    );
    // Of two roots one may be the one that signs.
    let (office, plant) = (constrained(&["corp.example"], &[]), root(ca("Plant")));
    assert_eq!(judged("", &(office.pem() + &plant.pem())), NONE);
    // A constraint of any CA in the path counts.
    let issuing = below(ca("Issuing"), &office);
    assert_eq!(judged(&issuing.pem(), &office.pem()), violated);
}

#[test]
fn strange_but_sound() {
    for serial in [vec![0], vec![0x80], vec![0xff; 20], vec![1; 40]] {
        let mut params = ca("Root");
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        assert_eq!(judged("", &root(params).pem()), NONE, "{serial:?}");
    }
    let mut params = ca("Root");
    let uri = rcgen::SanType::URI(Ia5String::try_from("urn:x").unwrap());
    params.subject_alt_names = vec![uri];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0])];
    assert_eq!(judged("", &root(params).pem()), NONE);
}

#[test]
fn sizes_on_both_sides() {
    let padded = |length: usize| {
        let with = |fill: usize| {
            let mut params = ca("Root");
            params.serial_number = Some(SerialNumber::from(7_u64));
            params.custom_extensions = vec![CustomExtension::from_oid_content(
                &[1, 2, 3, 4],
                vec![5; fill],
            )];
            root(params)
        };
        // Signatures differ by a byte or two, so that a few tries are needed to meet a length.
        let overhead = with(30_000).der().len() - 30_000;
        (0..500)
            .map(|n| with(length - overhead + n % 7))
            .find(|made| made.der().len() == length)
            .unwrap()
    };
    assert_eq!(judged("", &padded(36_500).pem()), NONE);
    assert_eq!(
        judged("", &padded(36_501).pem()),
        ["error certificate-unreadable"]
    );
    // A thousand certificates are within 330 kB only if nothing is in them: the count is a limit of its own.
    let block = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    let found = |count: usize| judged("", &block.repeat(count));
    assert!(!found(1000).contains(&"error certificates-too-large".to_owned()));
    assert_eq!(found(1001), ["error certificates-too-large"]);
}

/// No panic, no hang: the program ends, with findings.
#[test]
fn pathological_pem() {
    let root = root(ca("Root")).pem();
    let body: String = root.lines().filter(|line| !line.starts_with('-')).collect();
    let nested = {
        // Sequences that each announce more than there is.
        let der: Vec<u8> = std::iter::repeat_n([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], 5000)
            .flatten()
            .collect();
        pem::encode(&pem::Pem::new("CERTIFICATE", der))
    };
    for (what, text) in [
        ("a megabyte of dashes", "-".repeat(1024 * 1024)),
        (
            "300 kB of dashes behind a marker",
            format!("-----BEGIN {}", "-".repeat(300_000)),
        ),
        (
            "ten thousand blocks",
            "-----BEGIN A-----\n-----END A-----\n".repeat(10_000),
        ),
        (
            "ten thousand beginnings",
            "-----BEGIN CERTIFICATE-----\n".repeat(10_000),
        ),
        (
            "truncated base64",
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                &body[..body.len() - 3]
            ),
        ),
        ("cut in the middle", root[..root.len() / 2].to_owned()),
        (
            "a marker in a marker",
            format!("-----BEGIN CERTIFICATE-----\n{root}"),
        ),
        (
            "other ends",
            root.replace("END CERTIFICATE", "END X509 CRL"),
        ),
        (
            "no base64 at all",
            "-----BEGIN CERTIFICATE-----\n\u{0}\u{1}ä%\n-----END CERTIFICATE-----\n".to_owned(),
        ),
        (
            "nothing between",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_owned(),
        ),
        ("nested lengths", nested),
        (
            "a line without an end",
            format!("-----BEGIN CERTIFICATE-----{}", body.repeat(300)),
        ),
    ] {
        let (found, code) = judged_with("", &text, &[]);
        assert!(code == 1 && !found.is_empty(), "{what}: {found:?}");
    }
}

/// Any number of CAs with one name cost no more than a hundred signatures.
#[test]
fn many_cas_of_one_name() {
    let mut text = String::new();
    let key = KeyPair::generate().unwrap();
    for n in 0..400_u64 {
        let mut params = ca("Root");
        params.serial_number = Some(SerialNumber::from(n));
        text += &params.self_signed(&key).unwrap().pem();
    }
    let chain = below(ca("Issuing"), &root(ca("Root"))).pem();
    let (found, code) = judged_with(&chain, &text, &[]);
    assert!(
        code == 1 && found.contains(&"error chain-broken".to_owned()),
        "{found:?}"
    );
}

/// A certificate of a workload whose usages are written in any way.
#[test]
fn a_usage_that_is_written_twice_is_meant_once() {
    let folder = tempfile::tempdir().unwrap();
    for (usages, printed) in [
        ("client auth, client auth", "  - client auth\n"),
        (
            "client auth, server auth, client auth",
            "  - server auth\n  - client auth\n",
        ),
        (
            "server auth, client auth",
            "  - server auth\n  - client auth\n",
        ),
    ] {
        let spec =
            format!("  certificates: [{{name: a, names: [{{dns: a}}], usages: [{usages}]}}]\n");
        fs::write(folder.path().join("trust.yaml"), quickstart(&spec)).unwrap();
        let ran = trustc(folder.path(), &["render", "trust.yaml"]);
        let usages = format!("  usages:\n  - digital signature\n{printed}  ");
        assert!(ran.code == 0 && ran.out.contains(&usages), "{}", ran.all());
    }
}
