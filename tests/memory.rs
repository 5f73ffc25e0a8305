//! Memory grows with the number of sites by their names and paths, and by nothing else that is known of them. Linux says how much a process has had.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::common::{NOW, quickstart, write};

const HEAD: &str = "apiVersion: trustc.dev/v1alpha1\nkind: ";
const FEW: usize = 500;
const MANY: usize = 1500;
/// What one site more may cost, until the caches are full. As a value that is kept it would be several thousand bytes.
const BYTES_PER_SITE: usize = 3000;

/// The largest resident set of a run, in bytes.
fn peak(folder: &Path, args: &[&str]) -> usize {
    let mut child = Command::new(env!("CARGO_BIN_EXE_trustc"))
        .args(args)
        .args(["--now", NOW])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes =
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        child.wait().unwrap().code(),
        Some(i32::from(args.contains(&"sarif"))),
        "{args:?}"
    );
    peak
}

fn fleet(files: impl IntoIterator<Item = (String, String)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files
        .into_iter()
        .for_each(|(name, text)| write(folder.path(), name, text));
    folder
}

fn table(sites: &str, rows: String) -> [(String, String); 3] {
    let fleet = format!(
        "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: org.yaml\n  sites:\n    {sites}"
    );
    let org = format!("{HEAD}TrustDefaults\nspec: {{profile: quickstart}}\n");
    [
        ("sites/fleet.yaml".to_owned(), fleet),
        ("sites/org.yaml".to_owned(), org),
        ("sites/t.csv".to_owned(), rows),
    ]
}

fn csv(sites: usize) -> TempDir {
    let rows = (0..sites).fold("name,spec.root.duration\n".to_owned(), |mut rows, n| {
        writeln!(rows, "s{n},{}h", 10_000 + n).unwrap();
        rows
    });
    fleet(table("csv: t.csv\n", rows))
}

/// Files whose names are not in their order, each over defaults and a root of its own.
fn files(sites: usize) -> TempDir {
    fleet((0..sites).flat_map(|n| {
        let site = quickstart("").replace("name: site", &format!("name: s{}", n * 7919 % 10_007));
        let defaults = format!(
            "{HEAD}TrustDefaults\nspec: {{root: {{duration: {}h}}}}\n",
            10_000 + n
        );
        [
            (format!("sites/{n}/trust.yaml"), site),
            (format!("sites/{n}/trust.defaults.yaml"), defaults),
        ]
    }))
}

/// Files in each of which something is wrong.
fn findings(sites: usize) -> TempDir {
    let text = quickstart("").replace("profile", "profle");
    fleet((0..sites).map(|n| (format!("sites/{n}/trust.yaml"), text.clone())))
}

#[test]
fn it_does_not_grow_with_a_fleet() {
    type Layout = fn(usize) -> TempDir;
    let runs: [(Layout, &[&str]); 4] = [
        (csv, &["check", "sites"]),
        (files, &["render", "sites", "--out", "out"]),
        (files, &["check", "sites", "--fix"]),
        (findings, &["check", "sites", "--format", "sarif"]),
    ];
    for (layout, args) in runs {
        let [few, many] = [FEW, MANY].map(|sites| peak(layout(sites).path(), args));
        let per_site = many.saturating_sub(few) / (MANY - FEW);
        assert!(
            per_site < BYTES_PER_SITE,
            "{args:?}: {few} and {many} bytes, {per_site} a site"
        );
    }
}
