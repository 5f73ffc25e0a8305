//! A rotation of roots: planned with dates, and each step taken only when it strands nothing.

use std::fs;

use crate::common::{Ran, golden, project, quickstart, trustc};

const CONFIG: &str = "\
apiVersion: trustc.dev/v1alpha1
kind: TrustConfig
metadata: {name: plant-hamburg}
spec:
  profile: byo-issuer
  issuer:
    name: plant-hamburg-issuer
    ca: {secretName: plant-hamburg-ca}
  anchors:
  - {name: corp-root-2019, file: pki/corp-root-2019.pem}
  certificates:
  - name: historian
    namespace: edge-apps
    names: [{dns: historian.edge-apps.svc}]
  bundle:
    namespaces: [{name: edge-apps}]
";

const ROTATION: &str = "\
  # Agreed with the PKI team.
  rotation:
    from: corp-root-2019
    to: corp-root-2026
    phase: prepare   # reviewed by two
    switchAfter: \"2026-07-09\"
";

struct Site(tempfile::TempDir);

impl Site {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pki")).unwrap();
        for root in [
            "corp-root-2019.pem",
            "corp-root-2026.pem",
            "root-rsa1024.pem",
            "hamburg-chain.pem",
            "root-future.pem",
        ] {
            fs::copy(
                project().join("golden/pki").join(root),
                folder.path().join("pki").join(root),
            )
            .unwrap();
        }
        fs::copy(
            project().join("tests/keys/pkcs8.pem"),
            folder.path().join("pki/key.pem"),
        )
        .unwrap();
        fs::write(folder.path().join("trust.yaml"), config).unwrap();
        Self(folder)
    }

    fn rotating() -> Self {
        let anchors = "  - {name: corp-root-2026, file: pki/corp-root-2026.pem}\n  certificates:";
        Self::new(&(CONFIG.replace("  certificates:", anchors) + ROTATION))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        trustc(self.0.path(), arguments)
    }

    fn plan(&self, arguments: &[&str]) -> Ran {
        self.run(
            &[
                &["rotate", "plan", "trust.yaml", "--now", "2026-07-01"],
                arguments,
            ]
            .concat(),
        )
    }

    fn next(&self, now: &str) -> Ran {
        self.run(&["rotate", "next", "trust.yaml", "--now", now])
    }

    fn text(&self) -> String {
        fs::read_to_string(self.0.path().join("trust.yaml")).unwrap()
    }
}

#[test]
fn a_plan_says_what_when_and_what_to_look_at() {
    let site = Site::new(CONFIG);
    let ran = site.plan(&["--to", "pki/corp-root-2026.pem"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    golden(&project().join("golden/rotation/plan.txt"), &ran.out);
    assert_eq!(site.text(), CONFIG);
    let dated = site.plan(&[
        "--to",
        "pki/corp-root-2026.pem",
        "--switch-after",
        "2026-09-30",
    ]);
    assert!(
        dated.out.contains("switch, from 2026-10-01")
            && dated.out.contains("retire, from 2026-12-30"),
        "{}",
        dated.out
    );
}

/// What a plan prints goes into the configuration as it is.
#[test]
fn the_first_step_of_a_plan_is_a_configuration() {
    let site = Site::new(CONFIG);
    let plan = site.plan(&["--to", "pki/corp-root-2026.pem"]).out;
    let lines = plan
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("anchors:"));
    let lines: Vec<&str> = lines
        .take_while(|line| line.starts_with("     "))
        .map(|line| &line[3..])
        .collect();
    let (anchors, rotation) = lines.split_at(
        lines
            .iter()
            .position(|line| line.trim() == "rotation:")
            .unwrap(),
    );
    let anchor = anchors[1..].join("\n") + "\n  certificates:";
    let chain = rotation
        .join("\n")
        .replace("pki/next-chain.pem", "pki/hamburg-chain.pem");
    fs::write(
        site.0.path().join("trust.yaml"),
        CONFIG.replace("  certificates:", &anchor) + &chain + "\n",
    )
    .unwrap();
    let ran = site.run(&["check", "trust.yaml", "--now", "2026-07-01", "--rehearse"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (0, "ok: 1 site, no findings\n"),
        "{}\n{}",
        site.text(),
        ran.all()
    );
    // Preparing is nothing to the cluster.
    let before = Site::new(CONFIG)
        .run(&["render", "trust.yaml", "--now", "2026-07-01"])
        .out;
    assert_eq!(
        site.run(&["render", "trust.yaml", "--now", "2026-07-01"])
            .out,
        before
    );
}

#[test]
fn roots_that_cannot_come_are_refused() {
    let site = Site::new(CONFIG);
    for (file, words, code) in [
        ("pki/hamburg-chain.pem", "exactly one certificate", 2),
        ("pki/nothing.pem", "cannot read", 2),
        ("pki/key.pem", "private key", 2),
        ("trust.yaml", "trust.yaml", 2),
        ("pki/root-rsa1024.pem", "error[ca-weak-key]", 1),
        ("pki/corp-root-2019.pem", "nothing to replace", 2),
    ] {
        let ran = site.plan(&["--to", file]);
        assert!(
            ran.code == code && ran.err.contains(words) && ran.out.is_empty(),
            "{file}: {}",
            ran.all()
        );
        assert!(!ran.err.contains("MII"), "{file} is repeated");
    }
    let quick = Site::new(&quickstart(""));
    let ran = quick.plan(&["--to", "pki/corp-root-2026.pem"]);
    assert!(
        ran.code == 2 && ran.err.contains("byo-issuer"),
        "{}",
        ran.all()
    );
    let ran = Site::rotating().plan(&["--to", "pki/corp-root-2026.pem"]);
    assert!(
        ran.code == 2 && ran.err.contains("rotate next"),
        "{}",
        ran.all()
    );
}

#[test]
fn a_root_of_tomorrow_waits_for_its_day() {
    let ran = Site::new(CONFIG).plan(&["--to", "pki/root-future.pem"]);
    assert!(ran.out.contains("switch, from 2027-01-01"), "{}", ran.all());
}

#[test]
fn steps_are_taken_on_their_day_and_not_before_and_touch_one_word() {
    let site = Site::rotating();
    for (now, code, phase) in [
        ("2026-07-01", 0, "distribute"),
        ("2026-07-09", 1, "distribute"),
        ("2026-07-10", 0, "switch"),
        ("2026-10-07", 1, "switch"),
        ("2026-10-08", 0, "retire"),
        ("2026-10-09", 2, "retire"),
    ] {
        let before = site.text();
        let ran = site.next(now);
        assert_eq!(ran.code, code, "{now}: {}", ran.all());
        let step = before.replace(
            &before[before.find("phase: ").unwrap()..before.find("   # reviewed").unwrap()],
            &format!("phase: {phase}"),
        );
        assert_eq!(site.text(), step, "{now}");
        if code == 1 {
            assert!(
                ran.err.contains("error[rotation-too-early]")
                    && ran.err.contains("safe from 2026-"),
                "{}",
                ran.err
            );
        }
    }
}

#[test]
fn a_phase_in_quotes_keeps_them_and_one_that_is_no_word_is_left_alone() {
    let site = Site::rotating();
    let path = site.0.path().join("trust.yaml");
    fs::write(
        &path,
        site.text().replace("phase: prepare", "phase: 'prepare'"),
    )
    .unwrap();
    assert_eq!(site.next("2026-07-01").code, 0);
    assert!(
        site.text().contains("phase: 'distribute'   # reviewed"),
        "{}",
        site.text()
    );
    let alias = site.text().replace(
        "{name: plant-hamburg}",
        "{name: plant-hamburg, labels: {phase: &phase distribute}}",
    );
    let alias = alias.replace("phase: 'distribute'", "phase: *phase");
    fs::write(&path, &alias).unwrap();
    let ran = site.next("2026-07-10");
    assert!(
        ran.code == 2 && ran.err.contains("phase: switch"),
        "{}",
        ran.all()
    );
    assert_eq!(site.text(), alias);
}

#[test]
fn without_a_rotation_there_is_no_next_step() {
    let ran = Site::new(CONFIG).next("2026-07-01");
    assert!(
        ran.code == 2 && ran.err.contains("rotate plan"),
        "{}",
        ran.all()
    );
    let site = Site::new("nonsense");
    assert_eq!(site.next("2026-07-01").code, 1);
    assert_eq!(site.text(), "nonsense");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_nothing_is_written_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let site = Site::rotating();
    let (path, link) = (
        site.0.path().join("trust.yaml"),
        site.0.path().join("link.trust.yaml"),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("trust.yaml", &link).unwrap();
    let before = site.text();
    let ran = site.run(&["rotate", "next", "link.trust.yaml", "--now", "2026-07-01"]);
    assert!(ran.code == 2 && ran.err.contains("a link"), "{}", ran.all());
    assert!(link.is_symlink() && site.text() == before);
    let ran = site.run(&["rotate", "next", "trust.yaml", "--now", "2026-07-01"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert!(site.text().contains("phase: distribute"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
}
