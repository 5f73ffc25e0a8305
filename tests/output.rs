//! Output that survives anything: kills at any instant, full disks, missing rights, strange files, two runs at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{quickstart, shell, trustc};
use tempfile::TempDir;

/// A folder of `count` sites, all with this text in their root's subject.
fn fleet(count: usize, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    sites(folder.path(), count, text);
    folder
}

fn sites(folder: &Path, count: usize, text: &str) {
    for n in 0..count {
        let site = folder.join(format!("sites/s{n}"));
        fs::create_dir_all(&site).unwrap();
        let config = quickstart(&format!("  root: {{commonName: \"{text}\"}}\n"));
        fs::write(
            site.join("trust.yaml"),
            config.replace("name: site", &format!("name: s{n}")),
        )
        .unwrap();
    }
}

/// Every file below a folder, by its path.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

const RENDER: [&str; 4] = ["render", "sites", "--out", "out"];

#[test]
fn an_error_in_the_last_site_leaves_everything_as_it_was() {
    let folder = fleet(5, "old");
    fs::write(
        folder.path().join("sites/s4/trust.yaml"),
        quickstart("  rot: {}\n"),
    )
    .unwrap();
    let ran = trustc(folder.path(), &RENDER);
    assert!(
        ran.code == 1 && ran.err.contains("nothing was rendered"),
        "{}",
        ran.all()
    );
    assert!(!folder.path().join("out").exists());
    sites(folder.path(), 5, "old");
    assert_eq!(trustc(folder.path(), &RENDER).code, 0);
    let before = tree(&folder.path().join("out"));
    sites(folder.path(), 5, "new");
    fs::write(
        folder.path().join("sites/s4/trust.yaml"),
        quickstart("  rot: {}\n"),
    )
    .unwrap();
    assert_eq!(trustc(folder.path(), &RENDER).code, 1);
    assert_eq!(tree(&folder.path().join("out")), before);
}

#[test]
fn several_sites_end_in_one_line_that_counts_everything() {
    let folder = fleet(3, "old");
    let ran = trustc(folder.path(), &RENDER);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (4, "out/s0: 6 written, 0 unchanged, 0 removed"),
        "{}",
        ran.all()
    );
    assert!(
        lines[3].starts_with("3 sites: 18 files written, 0 unchanged, 0 removed, no findings, "),
        "{}",
        ran.all()
    );
    assert!(lines[3].ends_with(" seconds"), "{}", ran.all());
    let many = fleet(21, "old");
    let ran = trustc(many.path(), &RENDER);
    assert!(
        ran.err.starts_with("21 sites: ") && ran.err.lines().count() == 1,
        "{}",
        ran.all()
    );
    let again = trustc(
        folder.path(),
        &["render", "sites", "--out", "out", "--check"],
    );
    assert!(
        again
            .err
            .starts_with("3 sites: 0 files would be written, 18 unchanged, 0 removed"),
        "{}",
        again.all()
    );
    assert_eq!((again.code, again.out.as_str()), (0, ""));
}

#[test]
fn findings_of_many_sites_come_in_the_order_of_their_paths() {
    let folder = fleet(200, "old");
    for n in (0..200).step_by(3) {
        fs::write(
            folder.path().join(format!("sites/s{n}/trust.yaml")),
            quickstart("  rot: {}\n"),
        )
        .unwrap();
    }
    let ran = trustc(folder.path(), &["check", "sites"]);
    let places: Vec<&str> = ran
        .err
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--> "))
        .collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!((places.len(), &places), (67, &sorted));
    assert_eq!(trustc(folder.path(), &["check", "sites"]).err, ran.err);
}

#[test]
fn the_output_folder_may_be_inside_the_input_folder() {
    let folder = fleet(2, "old");
    let inside = ["render", "sites", "--out", "sites/deploy"];
    assert_eq!(trustc(folder.path(), &inside).code, 0);
    let before = tree(folder.path());
    let again = trustc(folder.path(), &inside);
    assert!(
        again.code == 0 && again.err.contains(" 12 unchanged"),
        "{}",
        again.all()
    );
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let folder = fleet(2, "old");
    let waiting = folder.path().join("out/.trustc/new/s0");
    fs::create_dir_all(&waiting).unwrap();
    fs::write(waiting.join("bundle.yaml"), "half").unwrap();
    let mark = "# A run of trustc writes here. What it leaves when it is killed, the next run removes.\n*\n";
    fs::write(folder.path().join("out/.trustc/.gitignore"), mark).unwrap();
    assert_eq!(
        trustc(
            folder.path(),
            &["render", "sites", "--out", "out", "--check"]
        )
        .code,
        1
    );
    assert!(waiting.exists(), "--check changes nothing");
    assert_eq!(trustc(folder.path(), &RENDER).code, 0);
    assert!(!folder.path().join("out/.trustc").exists());
}

#[test]
fn a_hundred_thousand_stale_files_are_removed_and_those_of_others_stay() {
    let folder = fleet(1, "old");
    assert_eq!(trustc(folder.path(), &RENDER).code, 0);
    let site = folder.path().join("out/s0");
    let mark = fs::read_to_string(site.join("bundle.yaml"))
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned()
        + "\n";
    for n in 0..100_000 {
        fs::write(site.join(format!("stale-{n}.yaml")), &mark).unwrap();
    }
    for n in 0..100 {
        fs::write(site.join(format!("theirs-{n}.yaml")), "kind: ConfigMap\n").unwrap();
    }
    for more in ["--check", "--diff"] {
        let ran = trustc(folder.path(), &[&RENDER[..], &[more]].concat());
        assert!(
            ran.err.contains("out/s0: 99980 more files of earlier runs"),
            "{}",
            ran.err
        );
        assert!(ran.err.lines().count() < 30 && ran.out.lines().count() < 200);
    }
    let ran = trustc(folder.path(), &RENDER);
    assert!(
        ran.err
            .contains("out/s0: 80 more files that are not of trustc"),
        "{}",
        ran.all()
    );
    assert!(
        ran.code == 0 && ran.err.contains("100000 removed"),
        "{}",
        ran.all()
    );
    assert_eq!(fs::read_dir(&site).unwrap().count(), 106);
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    for (name, is_folder) in [("out/s0/Bundle.yaml", false), ("out/S0", true)] {
        let folder = fleet(1, "old");
        let path = folder.path().join(name);
        fs::create_dir_all(if is_folder {
            &path
        } else {
            path.parent().unwrap()
        })
        .unwrap();
        if !is_folder {
            fs::write(&path, "theirs").unwrap();
        }
        let before = tree(folder.path());
        let ran = trustc(folder.path(), &RENDER);
        assert!(
            ran.code == 2 && ran.err.contains("upper and lower case"),
            "{name}: {}",
            ran.all()
        );
        assert_eq!(tree(folder.path()), before, "{name}");
    }
}

#[test]
fn a_clock_far_off_is_no_harm() {
    let folder = fleet(1, "old");
    for day in ["0001-01-01", "9999-12-31", "1969-12-31", "2038-01-20"] {
        let ran = trustc(
            folder.path(),
            &["render", "sites", "--out", "out", "--now", day],
        );
        assert_eq!(ran.code, 0, "{day}: {}", ran.all());
    }
    let root = crate::common::project().join("golden/pki/corp-root-2026.pem");
    fs::copy(root, folder.path().join("sites/s0/root.pem")).unwrap();
    let byo = "  profile: byo-issuer\n  issuer: {existing: {}}\n  anchors: [{name: root, file: root.pem}]\n";
    let config = quickstart("").replace("  profile: quickstart\n", byo);
    fs::write(folder.path().join("sites/s0/trust.yaml"), config).unwrap();
    for (day, rule) in [
        ("0001-01-01", "ca-not-yet-valid"),
        ("9999-12-31", "ca-expired"),
    ] {
        let ran = trustc(folder.path(), &["check", "sites", "--now", day]);
        assert!(
            ran.code == 1 && ran.err.contains(rule),
            "{day}: {}",
            ran.all()
        );
    }
}

#[test]
fn windows_line_ends_in_a_configuration_change_nothing() {
    let folder = fleet(1, "old");
    assert_eq!(trustc(folder.path(), &RENDER).code, 0);
    let config = folder.path().join("sites/s0/trust.yaml");
    let text = fs::read_to_string(&config).unwrap().replace('\n', "\r\n");
    fs::write(config, text).unwrap();
    assert_eq!(
        trustc(
            folder.path(),
            &["render", "sites", "--out", "out", "--check"]
        )
        .code,
        0
    );
}

#[test]
fn names_that_lead_elsewhere_or_are_too_long_are_refused() {
    for (name, exists) in [
        ("..".to_owned(), false),
        ("a/b".to_owned(), false),
        ("a\\0b".to_owned(), false),
        ("s".repeat(63), true),
        ("s".repeat(64), false),
        ("s".repeat(255), false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = quickstart("").replace("name: site", &format!("name: \"{name}\""));
        fs::write(folder.path().join("trust.yaml"), config).unwrap();
        let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
        assert_eq!(ran.code, i32::from(!exists), "{name}: {}", ran.all());
        assert_eq!(folder.path().join("out").exists(), exists, "{name}");
    }
    for file in [
        "..",
        "../root.pem",
        "a\\0b",
        &"r".repeat(255),
        &"r".repeat(256),
        &"d/".repeat(3000),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let byo = format!(
            "  profile: byo-issuer\n  issuer: {{existing: {{}}}}\n  anchors: [{{name: root, file: \"{file}\"}}]\n"
        );
        let config = quickstart("").replace("  profile: quickstart\n", &byo);
        fs::write(folder.path().join("trust.yaml"), config).unwrap();
        let ran = trustc(folder.path(), &["render", "trust.yaml", "--out", "out"]);
        assert!(
            ran.code == 1 && ran.err.contains("trust.yaml:8:"),
            "{file}: {}",
            ran.all()
        );
    }
}

#[test]
fn what_somebody_else_keeps_where_new_files_wait_stays() {
    let folder = fleet(1, "x");
    let notes = folder.path().join("out/.trustc/notes.txt");
    fs::create_dir_all(notes.parent().unwrap()).unwrap();
    fs::write(&notes, "mine").unwrap();
    let ran = trustc(folder.path(), &["render", "sites", "--out", "out"]);
    assert!(
        ran.code == 2 && ran.err.contains("move it away first"),
        "{}",
        ran.all()
    );
    assert_eq!(fs::read_to_string(notes).unwrap(), "mine");
}

#[test]
fn a_folder_that_is_none_is_said_to_be_none() {
    let folder = fleet(1, "x");
    fs::write(folder.path().join("file"), "mine").unwrap();
    let ran = trustc(folder.path(), &["render", "sites", "--out", "file"]);
    assert!(
        ran.code == 2 && ran.err.contains("this is no folder"),
        "{}",
        ran.all()
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("file")).unwrap(),
        "mine"
    );
}

#[test]
fn the_line_that_repairs_can_be_typed_as_it_is() {
    let folder = fleet(1, "x");
    fs::rename(
        folder.path().join("sites"),
        folder.path().join("all my sites"),
    )
    .unwrap();
    let check = [
        "render",
        "all my sites",
        "--out",
        "it's here",
        "--allow-root",
        ".",
        "--check",
    ];
    let ran = trustc(folder.path(), &check);
    let line = ran
        .err
        .lines()
        .find_map(|line| line.strip_prefix("repair with: "))
        .unwrap();
    assert!(line.ends_with(" --allow-root ."), "{line}");
    assert_eq!(shell(folder.path(), line).code, 0, "{line}");
    assert_eq!(trustc(folder.path(), &check).code, 0, "{line}");
}
