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
    let mut sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|size| size.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![1, 100, 1000, 10_000];
    }
    cold();
    println!(
        "{:>7}  {:<10} {:>9} {:>9} {:>6} {:>8}",
        "sites", "run", "ms", "floor ms", "times", "MiB"
    );
    let mut measured: Vec<(usize, [Took; RUNS.len()])> = Vec::new();
    // Nothing is deleted before the end.
    let mut folders = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir().unwrap();
        let fleet = Fleet::make(folder.path(), size);
        folders.push(folder);
        measured.push((size, RUNS.map(|(name, job)| fleet.run(name, job))));
        memory(size);
    }
    for pair in measured.windows(2).filter(|pair| pair[0].0 >= 100) {
        let ((from, small), (to, large)) = (&pair[0], &pair[1]);
        for (n, (name, _)) in RUNS.iter().enumerate() {
            let exponent = |took: fn(&Took) -> f64| {
                (took(&large[n]) / took(&small[n])).ln() / (*to as f64 / *from as f64).ln()
            };
            let (ours, floor) = (exponent(|took| took.ours), exponent(|took| took.floor));
            println!(
                "from {from} to {to} sites, {name}: time grows with exponent {ours:.2}, that of the floor with {floor:.2}"
            );
        }
    }
}

const RUNS: [(&str, Job); 4] = [
    ("write", Job::Write { exists: false }),
    ("new sites", Job::Write { exists: true }),
    ("no change", Job::Look(&[])),
    ("check", Job::Look(&["--check"])),
];

/// What a run has to do.
#[derive(Clone, Copy)]
enum Job {
    /// All sites, into a folder that is not there or is empty; each time another one: a file system that has just deleted ten
    /// thousands of files is slow for a while.
    Write { exists: bool },
    /// Nothing, in the folder that was written before everything else; with these arguments.
    Look(&'static [&'static str]),
}

/// Milliseconds.
struct Took {
    ours: f64,
    floor: f64,
}

/// One site to the stream, beside a process that does nothing.
fn cold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let best = |arguments: &[&str]| {
        let one = |_| {
            let mut command = Command::new(PROGRAM);
            command
                .args(arguments)
                .current_dir(root)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let began = Instant::now();
            assert!(command.status().unwrap().success());
            began.elapsed().as_secs_f64() * 1000.0
        };
        (0..50).map(one).fold(f64::MAX, f64::min)
    };
    let floor = best(&["--version"]);
    for site in [
        "profiles/quickstart.yaml",
        "golden/cases/byo-ca-issuer/trust.yaml",
    ] {
        let took = best(&[
            "render",
            site,
            "--now",
            "2026-07-01",
            "--allow-root",
            "golden/pki",
        ]);
        println!(
            "one site, cold: {took:.1} ms ({site}); a process that does nothing: {floor:.1} ms"
        );
    }
}

/// What `check` takes in memory, by how the sites are written and what is found in them.
fn memory(size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let root = "profile: quickstart\n";
    let site =
        |n: usize| format!("{HEAD}TrustConfig\nmetadata: {{name: s{n:06}}}\nspec:\n  {root}");
    let defaults = |n: usize| {
        format!(
            "{HEAD}TrustDefaults\nspec: {{root: {{duration: {}h}}}}\n",
            10_000 + n
        )
    };
    let write = |name: String, text: String| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "csv/org.yaml".to_owned(),
        format!("{HEAD}TrustDefaults\nspec: {{{}}}\n", root.trim()),
    );
    let fleet = |sites: &str| {
        format!(
            "{HEAD}TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: org.yaml\n  sites:\n    {sites}\n"
        )
    };
    write("csv/fleet.yaml".to_owned(), fleet("csv: t.csv"));
    let line = |n: usize| format!("s{n:06},{}h\n", 10_000 + n);
    write(
        "csv/t.csv".to_owned(),
        format!(
            "name,spec.root.duration\n{}",
            (0..size).map(line).collect::<String>()
        ),
    );
    for n in 0..size {
        write(format!("defaults/s{n:06}/trust.yaml"), site(n));
        write(format!("defaults/s{n:06}/trust.defaults.yaml"), defaults(n));
        write(
            format!("findings/s{n:06}/trust.yaml"),
            site(n).replace("profile", "profle"),
        );
    }
    let layouts: [(&str, &[&str]); 3] = [
        ("csv", &[]),
        ("defaults", &[]),
        ("findings", &["--format", "sarif"]),
    ];
    for (layout, more) in layouts {
        let mut command = Command::new(PROGRAM);
        command
            .args(["check", layout, "--now", "2026-07-01"])
            .args(more)
            .current_dir(folder.path());
        println!("{size:>7}  {layout:<10} {:>37.1}", peak(&mut command));
    }
}

/// The largest resident set of a run, in MiB.
fn peak(command: &mut Command) -> f64 {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0_u64;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
                .unwrap_or(0),
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    peak as f64 / 1024.0
}

const HEAD: &str = "apiVersion: trustc.dev/v1alpha1\nkind: ";

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
        let defaults = "TrustDefaults\nspec:\n  profile: byo-issuer\n  issuer:\n    ca:\n      chain: {file: pki/hamburg-chain.pem}\n  anchors:\n  - {name: corp-root-2026, file: pki/corp-root-2026.pem}\n";
        fs::write(folder.join("sites/org.yaml"), format!("{HEAD}{defaults}")).unwrap();
        let mut inputs = Vec::new();
        for n in 0..size {
            let site = folder.join(format!("sites/s{n:06}"));
            fs::create_dir(&site).unwrap();
            let config = format!(
                "{HEAD}TrustConfig\nmetadata: {{name: s{n:06}}}\nspec:\n  extends: ../org.yaml\n  issuer: {{name: s{n:06}-issuer, ca: {{secretName: s{n:06}-ca}}}}\n"
            );
            fs::write(site.join("trust.yaml"), config).unwrap();
            inputs.push(site.join("trust.yaml"));
        }
        let mut fleet = Self {
            folder: folder.to_path_buf(),
            size,
            files: Vec::new(),
            inputs,
        };
        fleet.spawn(&["--out", "out"]);
        fleet.files = files(&folder.join("out"));
        fleet
    }

    fn command(&self, extra: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(["render", "sites", "--now", "2026-07-01"])
            .args(extra);
        command
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn spawn(&self, extra: &[&str]) -> Duration {
        let began = Instant::now();
        assert!(self.command(extra).status().unwrap().success());
        began.elapsed()
    }

    /// The best of some runs, beside the best of some floors: everything else that the machine does only adds.
    fn run(&self, name: &str, job: Job) -> Took {
        let times = match self.size {
            ..=1000 => 10,
            1001..=10_000 => 3,
            _ => 1,
        };
        let (mut best, mut best_floor) = (f64::MAX, f64::MAX);
        for n in 0..times {
            let began = Instant::now();
            match job {
                Job::Write { .. } => self.write_floor(&format!("floor {name} {n}")),
                Job::Look(_) => self.read_floor(),
            }
            best_floor = best_floor.min(began.elapsed().as_secs_f64() * 1000.0);
            let out = self.place(&format!("{name} {n}"), job);
            best = best.min(self.spawn(&Self::arguments(&out, job)).as_secs_f64() * 1000.0);
        }
        let out = self.place(&format!("{name} memory"), job);
        let (ratio, mib) = (
            best / best_floor,
            peak(&mut self.command(&Self::arguments(&out, job))),
        );
        println!(
            "{:>7}  {name:<10} {best:>9.1} {best_floor:>9.1} {ratio:>6.1} {mib:>8.1}",
            self.size
        );
        Took {
            ours: best,
            floor: best_floor,
        }
    }

    /// The output folder of a run.
    fn place(&self, new: &str, job: Job) -> String {
        match job {
            Job::Look(_) => return "out".to_owned(),
            Job::Write { exists: true } => fs::create_dir(self.folder.join(new)).unwrap(),
            Job::Write { exists: false } => {}
        }
        new.to_owned()
    }

    fn arguments(out: &str, job: Job) -> Vec<&str> {
        let extra = if let Job::Look(extra) = job {
            extra
        } else {
            &[]
        };
        ["--out", out]
            .into_iter()
            .chain(extra.iter().copied())
            .collect()
    }

    /// Every file written beside its place and moved there by a rename, on all cores.
    fn write_floor(&self, out: &str) {
        self.read_inputs();
        let (old, new) = (self.folder.join("out"), self.folder.join(out));
        fs::create_dir_all(&new).unwrap();
        self.files.par_iter().for_each(|(path, bytes)| {
            let path = new.join(path.strip_prefix(&old).unwrap());
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
        self.files
            .par_iter()
            .for_each(|(path, bytes)| assert!(fs::read(path).unwrap() == *bytes));
    }

    fn read_inputs(&self) {
        self.inputs
            .par_iter()
            .for_each(|path| assert!(!fs::read(path).unwrap().is_empty()));
    }
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else {
            let bytes = fs::read(&entry).unwrap();
            found.push((entry, bytes));
        }
    }
    found
}
