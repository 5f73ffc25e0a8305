//! What `rehearse` promises: a verdict first, the same bytes each time, a gate, and clear words on bad input.

use std::fs;
use std::path::Path;

use crate::common::{NOW, Ran, golden, project, quickstart, trustc, trustc_with};
use serde_json::Value;

fn folder_with(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trust.yaml"), config).unwrap();
    folder
}

fn rehearse(config: &str, arguments: &[&str]) -> Ran {
    let folder = folder_with(config);
    let pki = project().join("golden/pki");
    let usual = [
        "rehearse",
        "trust.yaml",
        "--from",
        NOW,
        "--allow-root",
        pki.to_str().unwrap(),
    ];
    trustc(folder.path(), &[&usual[..], arguments].concat())
}

/// A site over roots of `golden/pki`, with more of `spec`.
fn byo(anchor: &str, issuer: &str, spec: &str) -> String {
    let pki = project().join("golden/pki");
    let pki = pki.display();
    format!(
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: site}}\nspec:\n  profile: byo-issuer\n  \
         issuer:\n    {}\n  anchors:\n  - {{name: root, file: {pki}/{anchor}}}\n{spec}",
        issuer.replace("PKI", &pki.to_string())
    )
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str::<Value>(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.all()))["sites"][0].clone()
}

#[test]
fn both_starters_go_ten_years_without_a_gap() {
    for profile in ["quickstart", "byo-issuer"] {
        let starter =
            fs::read_to_string(project().join(format!("profiles/{profile}.yaml"))).unwrap();
        for from in ["2025-06-01", "2026-07-01", "2028-02-29"] {
            let ran = trustc_with(
                &project(),
                &["rehearse", "-", "--from", from, "--horizon", "10y"],
                starter.as_bytes(),
            );
            assert_eq!(ran.code, 0, "{profile} from {from}: {}", ran.all());
            assert!(
                ran.out.starts_with("no handshake fails until 203"),
                "{}",
                ran.out
            );
        }
        let ran = rehearse(&starter, &["--horizon", "10y", "--format", "json"]);
        let site = json(&ran);
        assert_eq!(site["passed"], true);
        // One that does nothing would pass as well.
        assert!(
            site["handshakes"].as_u64().unwrap() > 50
                && site["certificates"].as_array().unwrap().len() > 60
        );
    }
}

#[test]
fn every_case_can_be_rehearsed_and_says_what_it_assumes() {
    for case in fs::read_dir(project().join("golden/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let arguments = [
            "rehearse",
            "trust.yaml",
            "--now",
            NOW,
            "--allow-root",
            "../../pki",
            "--format",
            "json",
        ];
        let ran = trustc(&case, &arguments);
        let site = json(&ran);
        assert_eq!(
            ran.code,
            i32::from(site["passed"] == false),
            "{}: {}",
            case.display(),
            ran.err
        );
        assert!(
            site["handshakes"].as_u64().unwrap() > 5,
            "{}",
            case.display()
        );
        let stands_in = site["assumed"].to_string().contains("stand-ins");
        let own_root = fs::read_to_string(case.join("trust.yaml"))
            .unwrap()
            .contains("profile: quickstart");
        assert_ne!(
            stands_in,
            own_root,
            "{}: {}",
            case.display(),
            site["assumed"]
        );
    }
}

#[test]
fn a_root_that_rotates_is_a_gap_that_every_format_shows() {
    let config = quickstart("  root: {privateKey: {rotationPolicy: Always}}\n");
    let ran = rehearse(&config, &["--horizon", "450d"]);
    let first = "from 2027-03-01 08:02:10 to 2027-04-27 00:02 `clients in azure-iot-operations` reject `aio-broker`: ";
    assert!(ran.code == 1 && ran.out.starts_with(first), "{}", ran.all());
    assert!(ran.err.contains("error[root-rotates-key]"), "{}", ran.err);
    assert!(
        ran.out.contains("aio-broker rejected") && ran.out.contains("XXXX"),
        "{}",
        ran.out
    );
    let site = json(&rehearse(
        &config,
        &["--horizon", "450d", "--format", "json"],
    ));
    let gap = &site["gaps"][0];
    assert_eq!(
        (&gap["from"], &gap["code"]),
        (
            &"2027-03-01T08:02:10Z".into(),
            &"issuer-has-another-key".into()
        )
    );
    assert!(
        gap["because"].as_array().unwrap().len() > 3
            && !gap["endedBy"].as_array().unwrap().is_empty()
    );
    let svg = rehearse(&config, &["--horizon", "450d", "--format", "svg"]);
    golden(&project().join("golden/rehearsal/gap.svg"), &svg.out);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let config =
        quickstart("  root: {privateKey: {rotationPolicy: Always, algorithm: ECDSA, size: 384}}\n");
    for format in ["human", "json", "svg"] {
        let once = || rehearse(&config, &["--horizon", "3y", "--format", format]).out;
        assert_eq!(once(), once());
    }
}

#[test]
fn the_end_of_an_intermediate_is_the_first_instant() {
    let config = byo(
        "corp-root-2026.pem",
        "ca: {secretName: ca, chain: {file: PKI/hamburg-chain.pem}}",
        "",
    );
    let ran = rehearse(&config, &["--horizon", "9y"]);
    assert_eq!(
        (ran.code, ran.out.lines().next()),
        (0, Some("no handshake fails until 2035-07-01")),
        "{}",
        ran.all()
    );
    let ran = rehearse(&config, &["--horizon", "10y"]);
    let line = ran.out.lines().next().unwrap();
    assert!(
        ran.code == 1 && line.starts_with("from 2036-01-31 23:59:59 on "),
        "{line}"
    );
    assert!(
        line.contains("`Hamburg Issuing CA`, to which its certificate chains, has ended"),
        "{line}"
    );
}

#[test]
fn public_constraints_hold_for_stand_ins() {
    for (anchor, issuer, code) in [
        (
            "short-path-root.pem",
            "existing: {chain: {file: PKI/short-path-issuing-ca.pem}}",
            "path-length",
        ),
        (
            "office-root.pem",
            "existing: {chain: {file: PKI/office-issuing-ca.pem}}",
            "name-constraint",
        ),
        (
            "corp-root-2019.pem",
            "existing: {chain: {file: PKI/hamburg-issuing-ca.pem}}",
            "issuer-not-trusted",
        ),
        (
            "impostor-root.pem",
            "existing: {chain: {file: PKI/hamburg-issuing-ca.pem}}",
            "issuer-has-another-key",
        ),
        ("root-expired.pem", "existing: {}", "certificate-ended"),
        (
            "root-future.pem",
            "existing: {}",
            "certificate-not-yet-valid",
        ),
        (
            "hamburg-issuing-ca.pem",
            "existing: {}",
            "anchor-not-a-root",
        ),
    ] {
        let ran = rehearse(&byo(anchor, issuer, ""), &["--format", "json"]);
        assert_eq!(
            (ran.code, &json(&ran)["gaps"][0]["code"]),
            (1, &code.into()),
            "{anchor}: {}",
            ran.all()
        );
    }
}

#[test]
fn an_anchor_that_retires_leaves_the_bundle_that_night() {
    let anchors = "  - {name: next, file: PKI/corp-root-2026.pem}\n"
        .replace("PKI", project().join("golden/pki").to_str().unwrap());
    let config = byo("corp-root-2019.pem", "existing: {}", &anchors).replace(
        "corp-root-2019.pem}",
        "corp-root-2019.pem, retireAfter: \"2027-06-30\"}",
    );
    let ran = rehearse(&config, &["--format", "json"]);
    let site = json(&ran);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let contents: Vec<&Value> = site["bundles"].as_array().unwrap().iter().collect();
    assert_eq!(
        (contents.len(), &contents[1]["at"], &contents[1]["holds"]),
        (
            2,
            &"2027-07-01T00:00:10Z".into(),
            &serde_json::json!(["next"])
        )
    );
}

#[test]
fn assumptions_change_the_verdict() {
    let assume = |text: &str| {
        let folder = folder_with(&quickstart(""));
        fs::write(folder.path().join("assume.yaml"), text).unwrap();
        let arguments = [
            "rehearse",
            "trust.yaml",
            "--from",
            NOW,
            "--horizon",
            "2y",
            "--assume",
            "assume.yaml",
        ];
        trustc(folder.path(), &arguments)
    };
    let restart = |every: &str| {
        assume(&format!(
            "servers:\n- {{name: aio-broker, reads: onRestart, restartEvery: {every}}}\n"
        ))
    };
    assert_eq!(restart("30d").code, 0);
    let ran = restart("90d");
    assert!(
        ran.code == 1 && ran.out.contains("its certificate `aio-broker #"),
        "{}",
        ran.all()
    );
    assert_eq!(
        assume("servers:\n- {name: aio-broker, reads: onRestart}\n").code,
        1
    );
    for (text, words) in [
        (
            "servers:\n- {name: aio-brokr}\n",
            "did you mean `aio-broker`?",
        ),
        (
            "clients:\n- {name: nobody}\n",
            "there are: clients in azure-iot-operations",
        ),
        ("mountDelai: 1h\n", "assume.yaml:1:1"),
        ("mountDelay: soon\n", "assume.yaml:1:13"),
        ("{", "assume.yaml:1:2"),
        ("", "assume.yaml"),
    ] {
        let ran = assume(text);
        assert!(
            ran.code == 2 && ran.err.contains(words),
            "{text:?}: {}",
            ran.all()
        );
    }
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_even_if_its_rehearsal_stops() {
    let folder = folder_with(&quickstart(
        "  allow:\n  - {rule: ca-expired, reason: none}\n",
    ));
    fs::write(
        folder.path().join("assume.yaml"),
        "servers:\n- {name: nobody}\n",
    )
    .unwrap();
    let ran = trustc(
        folder.path(),
        &[
            "rehearse",
            "trust.yaml",
            "--from",
            NOW,
            "--assume",
            "assume.yaml",
        ],
    );
    assert!(
        ran.code == 2 && ran.err.contains("warning[allow-unused]"),
        "{}",
        ran.all()
    );
}

#[test]
fn horizons_that_make_no_sense_are_refused() {
    for (horizon, words) in [
        ("0", "shows nothing"),
        ("0y", "shows nothing"),
        ("500y", "at most 100y"),
        ("5 years", "write years, days or hours"),
        ("-1y", "write whole years"),
    ] {
        let ran = rehearse(&quickstart(""), &[&format!("--horizon={horizon}")]);
        assert_eq!(ran.code, 2, "{horizon}: {}", ran.all());
        let folder = folder_with(&quickstart(""));
        let ran = trustc(
            folder.path(),
            &["rehearse", "trust.yaml", &format!("--horizon={horizon}")],
        );
        assert!(ran.err.contains(words), "{horizon}: {}", ran.all());
    }
    let folder = folder_with(&quickstart(""));
    for (from, words) in [("9990-01-01", "9999"), ("1969-12-31", "1970")] {
        let ran = trustc(
            folder.path(),
            &["rehearse", "trust.yaml", "--from", from, "--horizon", "20y"],
        );
        assert!(ran.code == 2 && ran.err.contains(words), "{}", ran.all());
    }
}

#[test]
fn lifetimes_so_short_that_there_are_too_many_certificates_stop_the_rehearsal() {
    let config = quickstart("  broker: {certificate: {duration: 1h, renewBefore: 30m}}\n");
    let ran = rehearse(&config, &["--horizon", "20y"]);
    assert!(
        ran.code == 2 && ran.err.contains("shorten --horizon") && ran.out.is_empty(),
        "{}",
        ran.all()
    );
    assert_eq!(rehearse(&config, &["--horizon", "10d"]).code, 0);
}

#[test]
fn errors_that_time_does_not_bring_out_stand_in_the_way() {
    let ran = rehearse(&quickstart("  bundel: {}\n"), &[]);
    assert!(
        ran.code == 1 && ran.out.is_empty() && ran.err.contains("not rehearsed: 1 of 1"),
        "{}",
        ran.all()
    );
    let ran = rehearse(&quickstart("  root: {privateKey: {size: 1024}}\n"), &[]);
    assert!(ran.code == 1 && ran.out.is_empty(), "{}", ran.all());
}

#[test]
fn check_and_render_are_gates() {
    // The root retires while certificates under it live: nothing is wrong today.
    let config = byo(
        "corp-root-2019.pem",
        "existing: {chain: {file: PKI/corp-root-2019.pem}}",
        "  - {name: next, inLine: NEXT}\n",
    )
    .replace(
        "corp-root-2019.pem}\n",
        "corp-root-2019.pem, retireAfter: \"2026-11-30\"}\n",
    );
    let root = fs::read_to_string(project().join("golden/pki/root-rsa2048.pem")).unwrap();
    let folder = folder_with(&config.replace("NEXT", &serde_json::to_string(&root).unwrap()));
    let pki = project().join("golden/pki");
    let run = |arguments: &[&str]| {
        trustc(
            folder.path(),
            &[
                arguments,
                &[
                    "trust.yaml",
                    "--now",
                    NOW,
                    "--allow-root",
                    pki.to_str().unwrap(),
                ],
            ]
            .concat(),
        )
    };
    assert_eq!(run(&["check"]).code, 0);
    assert_eq!(run(&["render"]).code, 0);
    let ran = run(&["check", "--rehearse"]);
    assert!(
        ran.code == 1 && ran.err.contains("error[handshake-fails]"),
        "{}",
        ran.all()
    );
    let ran = run(&["render", "--rehearse", "--out", "deploy"]);
    assert!(
        ran.code == 1 && ran.err.contains("nothing was rendered"),
        "{}",
        ran.all()
    );
    assert!(!folder.path().join("deploy").exists());
    assert_eq!(
        run(&[
            "render",
            "--rehearse",
            "--horizon",
            "100d",
            "--out",
            "deploy"
        ])
        .code,
        0
    );
    let ran = run(&["check", "--rehearse", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let rules: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["rule"])
        .collect();
    assert!(
        rules.contains(&&Value::from("handshake-fails")),
        "{rules:?}"
    );
    let ran = run(&["check", "--horizon", "1y"]);
    assert!(
        ran.code == 2 && ran.err.contains("add --rehearse"),
        "{}",
        ran.all()
    );
}

#[test]
fn several_sites_keep_their_order_and_one_picture_is_of_one_site() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b", "a", "c"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        let config = quickstart("").replace("name: site", &format!("name: {name}"));
        fs::write(folder.path().join(name).join("trust.yaml"), config).unwrap();
    }
    let run = |format: &str| {
        trustc(
            folder.path(),
            &[
                "rehearse",
                ".",
                "--from",
                NOW,
                "--horizon",
                "1y",
                "--format",
                format,
            ],
        )
    };
    let report: Value = serde_json::from_str(&run("json").out).unwrap();
    let names: Vec<&str> = report["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["site"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(
        run("human")
            .out
            .matches("no handshake fails until 2027-07-01")
            .count(),
        3
    );
    let ran = run("svg");
    assert!(ran.code == 2 && ran.out.is_empty(), "{}", ran.all());
}

#[test]
fn names_from_a_configuration_cannot_break_out_of_the_picture() {
    let config = quickstart(
        "  root: {commonName: \"<script>&\\\"x\", privateKey: {rotationPolicy: Always}}\n",
    );
    let ran = rehearse(&config, &["--format", "svg"]);
    assert!(
        ran.out.starts_with("<svg") && !ran.out.contains("<script"),
        "{}",
        ran.all()
    );
    // As XML it is well-formed: every opened element is closed.
    let opened =
        ["rect", "text", "title", "svg"].map(|name| ran.out.matches(&format!("<{name}")).count());
    let closed =
        ["text", "title", "svg"].map(|name| ran.out.matches(&format!("</{name}>")).count());
    assert_eq!(opened[1..], closed);
}

#[test]
fn no_key_leaves_the_process() {
    for format in ["human", "json", "svg"] {
        let ran = rehearse(&quickstart(""), &["--format", format]);
        assert!(
            !ran.all().contains("PRIVATE KEY") && !ran.all().contains("BEGIN"),
            "{format}"
        );
    }
}

#[test]
fn the_picture_of_the_readme_is_a_rehearsal() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let picture = "golden/rehearsal/gap.svg";
    let at = readme.find(picture).unwrap_or(usize::MAX);
    assert!(at < 1500, "the README opens with {picture}");
    assert!(Path::new(&project()).join(picture).exists());
}

#[test]
fn servers_of_every_kind_of_name_and_key_are_reached() {
    let config = quickstart(
        "  broker:\n    extraNames: [{dns: mqtt.plant.example}, {ip: 10.0.0.1}, {ip: \"fd00::1\"}]\n    listeners: [{name: outside, port: 8884}]\n    \
         certificate: {privateKeyAlgorithm: Ec521}\n  certificates:\n  - {name: wild, names: [{dns: \"*.edge.svc\"}]}\n  \
         - {name: rsa, names: [{dns: rsa.edge.svc}], privateKey: {algorithm: RSA, size: 8192}}\n  \
         - {name: client, commonName: sensor-1, usages: [client auth]}\n",
    );
    let ran = rehearse(&config, &["--horizon", "1y", "--format", "json"]);
    let site = json(&ran);
    assert_eq!(ran.code, 0, "{}", ran.all());
    let assumed = site["assumed"].to_string();
    assert!(
        assumed.contains("ECDSA P-521 are rehearsed as ECDSA P-384"),
        "{assumed}"
    );
    assert!(
        assumed.contains("RSA 8192 are rehearsed as RSA 4096"),
        "{assumed}"
    );
    let text = rehearse(&config, &["--horizon", "1y"]).out;
    assert!(text.contains("1 group of clients and 4 servers"), "{text}");
}

#[test]
fn the_assumptions_of_the_readme_are_read() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let block = readme
        .split("```yaml\n")
        .find(|block| block.starts_with("mountDelay"))
        .unwrap();
    let folder = folder_with(&quickstart(""));
    fs::write(
        folder.path().join("assume.yaml"),
        block.split("```").next().unwrap(),
    )
    .unwrap();
    let ran = trustc(
        folder.path(),
        &[
            "rehearse",
            "trust.yaml",
            "--from",
            NOW,
            "--assume",
            "assume.yaml",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.all());
}
