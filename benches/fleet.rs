//! What a fleet costs, beside the floor: the same bytes read and written without any work.
//!
//! `cargo bench --bench fleet`, or with sizes of your own: `cargo bench --bench fleet -- 1000 100000`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and without its files it has nothing to measure"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trustc");

fn main() {
    let mut sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1, 100, 1000, 10_000];
    }
    println!("{:>7}  {:<10} {:>9} {:>9} {:>6} {:>8}", "sites", "run", "ms", "floor ms", "times", "MiB");
    let mut writes = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::make(folder.path(), size);
        let write = fleet.run("write", &[], &mut || fleet.clear(), &|| fleet.write_floor());
        fleet.run("no change", &[], &mut || (), &|| fleet.read_floor());
        fleet.run("check", &["--check"], &mut || (), &|| fleet.read_floor());
        writes.push((size, write));
    }
    for pair in writes.windows(2).filter(|pair| pair[0].0 >= 100) {
        let exponent = (pair[1].1 / pair[0].1).ln() / (pair[1].0 as f64 / pair[0].0 as f64).ln();
        println!("from {} to {} sites: time grows with exponent {exponent:.2}", pair[0].0, pair[1].0);
    }
}

/// Sites that each have an issuer and a namespace of their own, and one file of defaults with the roots.
struct Fleet {
    folder: PathBuf,
    size: usize,
    /// What one write makes.
    files: Vec<(PathBuf, Vec<u8>)>,
    inputs: Vec<PathBuf>,
}

impl Fleet {
    fn make(folder: &Path, size: usize) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/pki");
        fs::create_dir_all(folder.join("sites/pki")).unwrap();
        for file in ["corp-root-2026.pem", "hamburg-chain.pem"] {
            fs::copy(root.join(file), folder.join("sites/pki").join(file)).unwrap();
        }
        let head = "apiVersion: trustc.dev/v1alpha1\nkind: ";
        let defaults = "TrustDefaults\nspec:\n  profile: byo-issuer\n  issuer:\n    ca:\n      chain: {file: pki/hamburg-chain.pem}\n  anchors:\n  - {name: corp-root-2026, file: pki/corp-root-2026.pem}\n";
        fs::write(folder.join("sites/org.yaml"), format!("{head}{defaults}")).unwrap();
        let mut inputs = Vec::new();
        for n in 0..size {
            let site = folder.join(format!("sites/s{n:06}"));
            fs::create_dir(&site).unwrap();
            let config = format!(
                "{head}TrustConfig\nmetadata: {{name: s{n:06}}}\nspec:\n  extends: ../org.yaml\n  issuer: {{name: s{n:06}-issuer, ca: {{secretName: s{n:06}-ca}}}}\n"
            );
            fs::write(site.join("trust.yaml"), config).unwrap();
            inputs.push(site.join("trust.yaml"));
        }
        let mut fleet = Self { folder: folder.to_path_buf(), size, files: Vec::new(), inputs };
        fleet.spawn(&[]);
        fleet.files = files(&folder.join("out"));
        fleet
    }

    fn spawn(&self, extra: &[&str]) -> (Duration, u64) {
        let began = Instant::now();
        let arguments = ["render", "sites", "--out", "out", "--now", "2026-07-01"];
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(extra).current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let exit = loop {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = peak.max(line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0));
            if let Some(exit) = child.try_wait().unwrap() {
                break exit;
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        let took = began.elapsed();
        assert!(exit.success());
        (took, peak)
    }

    /// The best of some runs, beside the best of some floors: everything else that the machine does only adds.
    fn run(&self, name: &str, extra: &[&str], before: &mut dyn FnMut(), floor: &dyn Fn()) -> f64 {
        let times = if self.size > 1000 { 3 } else { 10 };
        let (mut best, mut best_floor, mut peak) = (f64::MAX, f64::MAX, 0);
        for _ in 0..times {
            before();
            let began = Instant::now();
            floor();
            best_floor = best_floor.min(began.elapsed().as_secs_f64() * 1000.0);
            before();
            let (took, memory) = self.spawn(extra);
            best = best.min(took.as_secs_f64() * 1000.0);
            peak = peak.max(memory);
        }
        let (times, mib) = (best / best_floor, peak as f64 / 1024.0);
        println!("{:>7}  {name:<10} {best:>9.1} {best_floor:>9.1} {times:>6.1} {mib:>8.1}", self.size);
        best
    }

    fn clear(&self) {
        fs::remove_dir_all(self.folder.join("out")).unwrap();
    }

    /// Every file written beside its place and moved there by a rename, on all cores.
    fn write_floor(&self) {
        fs::create_dir_all(self.folder.join("out")).unwrap();
        self.read_inputs();
        self.files.par_iter().for_each(|(path, bytes)| {
            let folder = path.parent().unwrap();
            if !folder.is_dir() {
                // Another thread may have made it.
                let _ = fs::create_dir(folder);
            }
            let beside = path.with_extension("tmp");
            fs::write(&beside, bytes).unwrap();
            fs::rename(&beside, path).unwrap();
        });
    }

    /// Every file read and compared, on all cores.
    fn read_floor(&self) {
        self.read_inputs();
        self.files.par_iter().for_each(|(path, bytes)| assert!(fs::read(path).unwrap() == *bytes));
    }

    fn read_inputs(&self) {
        self.inputs.par_iter().for_each(|path| assert!(!fs::read(path).unwrap().is_empty()));
    }
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else {
            let bytes = fs::read(&entry).unwrap();
            found.push((entry, bytes));
        }
    }
    found
}
