//! Faults that only a Unix system can be made to have: signals, locks, rights, full disks, pipes and devices.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{quickstart, trustc};
use tempfile::TempDir;

const SITES: usize = 4;
/// By which a run knows what another one has left.
const MARK: &str =
    "# A run of trustc writes here. What it leaves when it is killed, the next run removes.\n*\n";

fn configure(folder: &Path, text: &str) {
    for n in 0..SITES {
        let site = folder.join(format!("sites/s{n}"));
        fs::create_dir_all(&site).unwrap();
        // A label is in every object, and so in every file that holds objects.
        let config = quickstart(&format!("  labels: {{example.com/text: {text}}}\n"));
        fs::write(
            site.join("trust.yaml"),
            config.replace("name: site", &format!("name: s{n}")),
        )
        .unwrap();
    }
}

fn fleet(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), text);
    folder
}

/// Every file below a folder, but for those that wait.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap())
    {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() && entry.file_name() != ".trustc" {
            files.extend(tree(&path));
        } else if entry.file_type().unwrap().is_file() {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_trustc"))
        .args(["render", "sites", "--out", "out"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &mut Child, name: &str) {
    if name == "KILL" {
        // At once: the program `kill` takes longer than some of what is to be interrupted.
        return child.kill().unwrap();
    }
    // The process may have ended: that is one of the instants.
    let _ = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .stderr(Stdio::null())
        .status();
}

/// The trees of two configurations of the fleet.
struct Trees {
    folder: TempDir,
    old: BTreeMap<PathBuf, Vec<u8>>,
    new: BTreeMap<PathBuf, Vec<u8>>,
}

impl Trees {
    fn make() -> Self {
        let folder = fleet("new");
        let render = || {
            assert_eq!(
                trustc(folder.path(), &["render", "sites", "--out", "out"]).code,
                0
            )
        };
        render();
        let new = tree(&folder.path().join("out"));
        configure(folder.path(), "old");
        render();
        let old = tree(&folder.path().join("out"));
        assert!(old != new && old.len() == new.len());
        Self { folder, old, new }
    }

    /// Every file is old or new; how many are new.
    fn judge(&self) -> usize {
        let now = tree(&self.folder.path().join("out"));
        assert!(now.keys().eq(self.old.keys()), "{:?}", now.keys());
        for (path, bytes) in &now {
            assert!(
                *bytes == self.old[path] || *bytes == self.new[path],
                "{} is neither old nor new",
                path.display()
            );
        }
        now.iter()
            .filter(|(path, bytes)| **bytes == self.new[*path] && **bytes != self.old[*path])
            .count()
    }

    /// Until the first file has been replaced, or the run has ended.
    fn wait_for_first_change(&self, child: &mut Child) {
        let inode = |path: &PathBuf| fs::symlink_metadata(path).map(|found| found.ino()).ok();
        let before: Vec<(&PathBuf, Option<u64>)> =
            self.old.keys().map(|path| (path, inode(path))).collect();
        while before.iter().all(|(path, old)| inode(path) == *old)
            && child.try_wait().unwrap().is_none()
        {}
    }

    fn restore(&self) {
        for (path, bytes) in &self.old {
            fs::write(path, bytes).unwrap();
        }
    }
}

/// Kills runs from old to new: half of them at instants spread over the whole run, half while files are being replaced.
fn kill_many_times(signal_name: &str, times: u32) {
    let trees = Trees::make();
    configure(trees.folder.path(), "new");
    let began = Instant::now();
    assert!(start(trees.folder.path()).wait().unwrap().success());
    let whole = began.elapsed();
    let mut cut_short = 0;
    for n in 0..times {
        trees.restore();
        let mut child = start(trees.folder.path());
        if n % 2 == 0 {
            // A sequence that fills the interval evenly, whatever the number of steps.
            std::thread::sleep(whole.mul_f64((f64::from(n) * 0.618_033_988_75).fract()));
        } else {
            trees.wait_for_first_change(&mut child);
        }
        signal(&mut child, signal_name);
        cut_short += u32::from(!child.wait().unwrap().success());
        trees.judge();
    }
    assert!(cut_short > 0, "no run was cut short");
    // The next run heals.
    let ran = trustc(trees.folder.path(), &["render", "sites", "--out", "out"]);
    assert_eq!(ran.code, 0, "{}", ran.all());
    assert_eq!(tree(&trees.folder.path().join("out")), trees.new);
    assert!(!trees.folder.path().join("out/.trustc").exists());
}

#[test]
fn killed_at_any_instant_every_file_is_old_or_new() {
    kill_many_times("KILL", 250);
}

/// Of a site that is new there is nothing or everything.
#[test]
fn killed_at_any_instant_a_new_site_is_whole_or_not_there() {
    let trees = Trees::make();
    let out = trees.folder.path().join("out");
    let began = Instant::now();
    assert!(start(trees.folder.path()).wait().unwrap().success());
    let whole = began.elapsed();
    let mut seen = BTreeSet::new();
    for n in 0..100 {
        fs::remove_dir_all(&out).unwrap();
        fs::create_dir(&out).unwrap();
        let mut child = start(trees.folder.path());
        if n % 2 == 0 {
            std::thread::sleep(whole.mul_f64((f64::from(n) * 0.618_033_988_75).fract()));
        } else {
            while !out.join("s0").exists() && child.try_wait().unwrap().is_none() {}
        }
        signal(&mut child, "KILL");
        child.wait().unwrap();
        let now = tree(&out);
        let sites = (0..SITES)
            .filter(|n| {
                now.keys()
                    .any(|path| path.starts_with(out.join(format!("s{n}"))))
            })
            .count();
        assert_eq!(
            now.len() * SITES,
            sites * trees.old.len(),
            "a part of a site"
        );
        assert!(
            now.iter().all(|(path, bytes)| trees.old[path] == *bytes),
            "other bytes"
        );
        seen.insert(sites);
    }
    assert!(seen.contains(&0) && seen.len() > 1, "{seen:?}");
    assert_eq!(
        trustc(trees.folder.path(), &["render", "sites", "--out", "out"]).code,
        0
    );
    assert_eq!(tree(&out), trees.old);
    assert!(!out.join(".trustc").exists());
}

/// Of an output folder that is new there is nothing or everything.
#[test]
fn killed_at_any_instant_a_new_output_folder_is_whole_or_not_there() {
    let trees = Trees::make();
    let folder = trees.folder.path();
    let (out, beside) = (folder.join("out"), folder.join(".out.trustc"));
    fs::remove_dir_all(&out).unwrap();
    let began = Instant::now();
    assert!(start(folder).wait().unwrap().success());
    let whole = began.elapsed();
    let (mut left, mut seen) = (0, BTreeSet::new());
    for n in 0..150 {
        let _ = fs::remove_dir_all(&out);
        let mut child = start(folder);
        if n % 2 == 0 {
            std::thread::sleep(whole.mul_f64((f64::from(n) * 0.618_033_988_75).fract()));
        } else {
            while !beside.join("new/s0").exists() && child.try_wait().unwrap().is_none() {}
        }
        signal(&mut child, "KILL");
        child.wait().unwrap();
        assert!(
            !out.exists() || tree(&out) == trees.old,
            "a part of the folder"
        );
        seen.insert(out.exists());
        left += u32::from(beside.exists());
    }
    assert!(left > 0 && seen.contains(&false), "no run was cut short");
    let _ = fs::remove_dir_all(&out);
    // Somebody else makes the folder now: what was left goes all the same.
    for made in [false, true] {
        fs::create_dir_all(beside.join("new/s0")).unwrap();
        fs::write(beside.join(".gitignore"), MARK).unwrap();
        if made {
            fs::create_dir(&out).unwrap();
        }
        assert_eq!(trustc(folder, &["render", "sites", "--out", "out"]).code, 0);
        assert_eq!(tree(&out), trees.old);
        assert!(!beside.exists());
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn interrupts_and_terminations_are_no_worse() {
    kill_many_times("INT", 40);
    kill_many_times("TERM", 40);
}

#[test]
fn two_runs_at_once_wait_for_each_other() {
    let folder = fleet("old");
    let children: Vec<Child> = (0..6).map(|_| start(folder.path())).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(
        trustc(
            folder.path(),
            &["render", "sites", "--out", "out", "--check"]
        )
        .code,
        0
    );
    assert!(!folder.path().join("out/.trustc").exists());
}

#[test]
fn who_waits_says_so() {
    // A folder that is there, and one that another run is making.
    for place in ["out", ".out.trustc"] {
        let folder = fleet("old");
        fs::create_dir(folder.path().join(place)).unwrap();
        let taken = fs::File::open(folder.path().join(place)).unwrap();
        taken.lock().unwrap();
        let child = start(folder.path());
        std::thread::sleep(Duration::from_millis(300));
        assert!(
            tree(&folder.path().join(place)).is_empty(),
            "nothing is written while another run has the folder"
        );
        drop(taken);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("waiting: another run"));
        assert_eq!(
            trustc(
                folder.path(),
                &["render", "sites", "--out", "out", "--check"]
            )
            .code,
            0
        );
    }
}

/// A file may not grow beyond some blocks: what a full disk says, for everybody and not only for root.
#[test]
fn a_file_that_cannot_grow_changes_nothing() {
    let trees = Trees::make();
    configure(trees.folder.path(), "new");
    let program = env!("CARGO_BIN_EXE_trustc");
    let line = format!("trap '' XFSZ; ulimit -f 1; exec {program} render sites --out out");
    let output = Command::new("bash")
        .args(["-c", &line])
        .current_dir(trees.folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(2) && errors.contains("error: cannot write out/s"),
        "{errors}"
    );
    assert_eq!(trees.judge(), 0, "all files are old");
    assert!(!trees.folder.path().join("out/.trustc").exists());
}

/// A file system that is full. Mounting one needs rights that contributors may not have; the limit above needs none.
#[test]
fn a_full_disk_changes_nothing() {
    let trees = Trees::make();
    configure(trees.folder.path(), "new");
    let program = env!("CARGO_BIN_EXE_trustc");
    let script = format!(
        "mkdir disk && mount -t tmpfs -o size=256k tmpfs disk && cp -r out disk/out && \
         {{ cat /dev/zero >disk/fill; head -c 12288 /dev/zero >disk/fill; }} 2>/dev/null; cat /dev/zero >>disk/more 2>/dev/null; \
         truncate -s -8192 disk/more; {program} render sites --out disk/out; echo \"exit $?\"; rm -r out; cp -r disk/out out; ls -A disk/out"
    );
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "bash",
            "-c",
            &script,
        ])
        .current_dir(trees.folder.path())
        .output()
        .unwrap();
    let (out, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !out.contains("exit ") {
        eprintln!("not here: a mount of one's own ({errors}); a limit on file size stands in");
        return;
    }
    assert!(
        out.contains("exit 2") && errors.contains("No space left"),
        "{out}{errors}"
    );
    assert!(!out.contains(".trustc"), "{out}");
    assert_eq!(trees.judge(), 0, "all files are old");
}

/// Runs the program as somebody whom permissions bind: root runs it as nobody.
fn as_somebody(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let copy = folder.join("trustc");
    if !copy.exists() {
        fs::copy(env!("CARGO_BIN_EXE_trustc"), &copy).unwrap();
    }
    mode(&copy, 0o755);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(&copy);
        command
    } else {
        Command::new(&copy)
    };
    let output = command.args(args).current_dir(folder).output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn open_to_all(folder: &Path) {
    for entry in walk(folder) {
        mode(&entry, if entry.is_dir() { 0o777 } else { 0o666 });
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_path_buf()];
    for entry in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
    {
        found.extend(if entry.is_dir() {
            walk(&entry)
        } else {
            vec![entry]
        });
    }
    found
}

#[test]
fn missing_rights_are_said_and_nothing_changes() {
    let trees = Trees::make();
    let folder = trees.folder.path();
    open_to_all(folder);
    let out = folder.join("out");
    // Nothing to change: no right to write is needed.
    walk(&out)
        .iter()
        .rev()
        .for_each(|path| mode(path, if path.is_dir() { 0o555 } else { 0o444 }));
    let (code, errors) = as_somebody(folder, &["render", "sites", "--out", "out"]);
    assert_eq!(code, Some(0), "{errors}");
    configure(folder, "new");
    let (code, errors) = as_somebody(folder, &["render", "sites", "--out", "out"]);
    assert!(
        code == Some(2) && errors.contains("Permission denied"),
        "{errors}"
    );
    assert_eq!(trees.judge(), 0);
    open_to_all(folder);
    mode(&out.join("s3/bundle.yaml"), 0);
    let (code, errors) = as_somebody(folder, &["render", "sites", "--out", "out"]);
    assert!(
        code == Some(2) && errors.contains("bundle.yaml") && errors.contains("Permission denied"),
        "{errors}"
    );
    mode(&out.join("s3/bundle.yaml"), 0o644);
    assert_eq!(trees.judge(), 0);
    mode(&folder.join("sites/s3/trust.yaml"), 0);
    let (code, errors) = as_somebody(folder, &["render", "sites", "--out", "out"]);
    assert!(
        code == Some(2) && errors.contains("sites/s3/trust.yaml"),
        "{errors}"
    );
    assert_eq!(trees.judge(), 0);
}

#[test]
fn a_site_that_is_read_only_stops_the_run_and_leaves_whole_files() {
    let trees = Trees::make();
    let folder = trees.folder.path();
    open_to_all(folder);
    configure(folder, "new");
    mode(&folder.join("out/s3"), 0o555);
    let (code, errors) = as_somebody(folder, &["render", "sites", "--out", "out"]);
    assert!(code == Some(2) && errors.contains("out/s3"), "{errors}");
    trees.judge();
    mode(&folder.join("out/s3"), 0o777);
    assert_eq!(
        as_somebody(folder, &["render", "sites", "--out", "out"]).0,
        Some(0)
    );
    assert_eq!(tree(&folder.join("out")), trees.new);
}

#[test]
fn pipes_devices_folders_and_links_are_no_files() {
    type Make = fn(&Path);
    let kinds: [(&str, Make); 4] = [
        ("pipe", |path| {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success())
        }),
        ("socket", |path| {
            drop(std::os::unix::net::UnixListener::bind(path).unwrap())
        }),
        ("folder", |path| fs::create_dir(path).unwrap()),
        ("link", |path| symlink("/dev/zero", path).unwrap()),
    ];
    for (kind, make) in kinds {
        for place in ["out/s0/bundle.yaml", "out/s0", "out/.trustc", "out"] {
            if kind == "folder" && place != "out/s0/bundle.yaml" {
                continue;
            }
            let folder = fleet("old");
            let path = folder.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            make(&path);
            let ran = trustc(folder.path(), &["render", "sites", "--out", "out"]);
            assert!(
                ran.code == 2 && ran.err.contains(place),
                "{kind} at {place}: {}",
                ran.all()
            );
            let found = fs::symlink_metadata(&path).unwrap().file_type();
            assert!(
                found.is_fifo() || found.is_socket() || found.is_dir() || found.is_symlink(),
                "{kind} at {place}"
            );
            assert!(
                tree(&folder.path().join("out")).is_empty(),
                "{kind} at {place}: nothing else was written"
            );
        }
        if kind != "folder" {
            let folder = fleet("old");
            let path = folder.path().join("sites/s0/trust.yaml");
            fs::remove_file(&path).unwrap();
            make(&path);
            let ran = trustc(folder.path(), &["check", "sites/s0/trust.yaml"]);
            assert!(
                ran.code == 2 && ran.err.contains("not a regular file"),
                "{kind}: {}",
                ran.all()
            );
        }
    }
}

/// Making a device needs rights that contributors may not have; the pipe above needs none, and both are no regular file.
#[test]
fn devices_are_no_files() {
    for (kind, numbers) in [("c", ["1", "5"]), ("b", ["7", "0"])] {
        let folder = fleet("old");
        let path = folder.path().join("out/s0/bundle.yaml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let made = Command::new("mknod")
            .arg(&path)
            .arg(kind)
            .args(numbers)
            .output()
            .unwrap();
        if !made.status.success() {
            eprintln!(
                "not here: a device of one's own ({})",
                String::from_utf8_lossy(&made.stderr)
            );
            return;
        }
        let ran = trustc(folder.path(), &["render", "sites", "--out", "out"]);
        assert!(
            ran.code == 2 && ran.err.contains("out/s0/bundle.yaml"),
            "{}",
            ran.all()
        );
        let found = fs::symlink_metadata(&path).unwrap().file_type();
        assert!(found.is_char_device() || found.is_block_device());
    }
}

#[test]
fn the_stream_to_a_full_device_is_an_error() {
    let folder = fleet("old");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_trustc"))
        .args(["render", "sites/s0"])
        .current_dir(folder.path())
        .stdout(full)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && errors.contains("cannot write the output"),
        "{errors}"
    );
}

#[test]
fn without_room_for_what_has_to_wait_a_run_ends_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..300)
        .map(|n| format!("    - {{name: s{n}}}\n"))
        .collect();
    let fleet = "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {name: all}\nspec:\n  extends: org.yaml\n  sites:\n    inLine:\n";
    fs::write(folder.path().join("fleet.yaml"), format!("{fleet}{rows}")).unwrap();
    let org = "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {profile: quickstart}\n";
    fs::write(folder.path().join("org.yaml"), org).unwrap();
    let diff = |temporary: &Path| {
        let ran = Command::new(env!("CARGO_BIN_EXE_trustc"))
            .args(["render", "fleet.yaml", "--out", "out", "--diff"])
            .current_dir(folder.path())
            .env("TMPDIR", temporary)
            .output()
            .unwrap();
        (
            ran.status.code(),
            ran.stdout.len(),
            String::from_utf8(ran.stderr).unwrap(),
        )
    };
    let (code, printed, err) = diff(folder.path());
    assert!(code == Some(0) && printed > 1024 * 1024, "{printed}: {err}");
    let (code, printed, err) = diff(&folder.path().join("missing"));
    assert_eq!((code, printed), (Some(2), 0), "{err}");
    assert!(
        err.contains("missing") && err.contains("set TMPDIR to a folder that has some"),
        "{err}"
    );
}
