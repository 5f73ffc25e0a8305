//! What is remembered of large fleets makes runs faster, and nothing else: whatever has changed since, the outcome is that of a
//! run that remembers nothing.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::common::{Ran, project, quickstart, trustc_in, write};

/// Enough to be remembered.
const SITES: usize = 100;

struct Fleet(TempDir);

/// What changes, and how.
type Change<'c> = (&'c str, &'c dyn Fn(&Fleet));

impl Fleet {
    /// Sites that extend a file of defaults with a root in a file of its own, but for some.
    fn make() -> Self {
        let fleet = Self(tempfile::tempdir().unwrap());
        fleet.write(
            "sites/org.yaml",
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec:\n  profile: byo-issuer\n  issuer:\n    ca: {chain: {file: pki/chain.pem}}\n  anchors:\n  - {name: root, file: pki/root.pem}\n",
        );
        for (name, from) in [("root", "corp-root-2026"), ("chain", "hamburg-chain")] {
            let pem = fs::read_to_string(project().join(format!("golden/pki/{from}.pem"))).unwrap();
            fleet.write(&format!("sites/pki/{name}.pem"), &pem);
        }
        for n in 0..SITES {
            fleet.write(
                &format!("sites/s{n:02}/trust.yaml"),
                &config(&format!("s{n:02}"), &format!("i{n}")),
            );
        }
        // Without `extends` a folder's defaults count, if there are any.
        fleet.write(
            "sites/s99/trust.yaml",
            &quickstart("").replace("name: site", "name: s99"),
        );
        fleet
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        write(self.0.path(), name, text);
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["render", "sites", "--out", "out"], arguments].concat();
        let arguments: Vec<&str> = if arguments.contains(&"--now") {
            arguments
        } else {
            [arguments.as_slice(), &["--now", "2026-07-01"]].concat()
        };
        let cache = self.path("cache");
        trustc_in(
            &[("TRUSTC_CACHE_DIR", cache.to_str().unwrap())],
            self.0.path(),
            &arguments,
        )
    }

    /// Renders, and looks once more, so that everything is remembered.
    fn settle(&self) {
        assert_eq!(self.run(&[]).code, 0);
        self.same(&["--check"], 0, "settled");
    }

    /// Files that have just been written are read again each time. Waits until these have been at rest for long enough.
    fn rest(&self) {
        std::thread::sleep(Duration::from_secs(5));
        self.same(&["--check"], 0, "at rest");
        let [path] = self.remembered().try_into().unwrap();
        let stamped = fs::read_to_string(path)
            .unwrap()
            .lines()
            .filter(|line| line.contains("\"stamp\":\""))
            .count();
        assert_eq!(stamped, SITES);
    }

    /// What a run says, which must be what a run says that remembers nothing.
    fn same(&self, arguments: &[&str], code: i32, what: &str) -> Ran {
        let run = self.run(arguments);
        let fresh = self.run(&[arguments, &["--no-cache"]].concat());
        let words = |ran: &Ran| {
            // All but the seconds that it took.
            let said = match ran.err.strip_suffix(" seconds\n") {
                Some(said) => said.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'),
                None => &ran.err,
            };
            (ran.code, ran.out.clone(), said.to_owned())
        };
        assert_eq!(words(&run), words(&fresh), "{what}");
        assert_eq!(run.code, code, "{what}: {}", run.all());
        run
    }

    fn remembered(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("cache")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn config(name: &str, issuer: &str) -> String {
    format!(
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: {name}}}\nspec:\n  extends: ../org.yaml\n  issuer: {{name: {issuer}, ca: {{secretName: {name}-ca}}}}\n"
    )
}

/// One site changes in some way; a run of each kind says what a fresh one says, and the next one heals.
#[test]
fn whatever_changes_is_seen() {
    let fleet = Fleet::make();
    fleet.settle();
    fleet.rest();
    let changes: &[Change<'_>] = &[
        ("a configuration", &|fleet| {
            fleet.write("sites/s00/trust.yaml", &config("s00", "another"))
        }),
        ("an error", &|fleet| {
            fleet.write("sites/s01/trust.yaml", "kind: TrustConfig\n")
        }),
        ("a site that goes", &|fleet| {
            fs::remove_dir_all(fleet.path("sites/s02")).unwrap()
        }),
        ("a site that comes", &|fleet| {
            fleet.write("sites/s02a/trust.yaml", &config("s02a", "i"))
        }),
        ("a name that another has", &|fleet| {
            fleet.write("sites/s03/trust.yaml", &config("s04", "i"))
        }),
        ("a name that one before has", &|fleet| {
            fleet.write("sites/s05/trust.yaml", &config("s00", "i"))
        }),
        ("defaults that appear", &|fleet| {
            let labels =
                "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {labels: {a: b}}\n";
            fleet.write("sites/s99/trust.defaults.yaml", labels);
        }),
        ("a file that is edited", &|fleet| {
            fleet.write("out/s06/bundle.yaml", "kind: ConfigMap\n")
        }),
        ("a byte, and the time set back", &|fleet| {
            let path = fleet.path("out/s07/bundle.yaml");
            let modified = path.metadata().unwrap().modified().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replace("kind: Bundle", "kind: Bumble")).unwrap();
            File::open(path).unwrap().set_modified(modified).unwrap();
        }),
        ("line ends", &|fleet| {
            let text = fs::read_to_string(fleet.path("out/s08/bundle.yaml")).unwrap();
            fleet.write("out/s08/bundle.yaml", &text.replace('\n', "\r\n"));
        }),
        ("a file that is gone", &|fleet| {
            fs::remove_file(fleet.path("out/s09/bundle.yaml")).unwrap()
        }),
        ("a folder that is gone", &|fleet| {
            fs::remove_dir_all(fleet.path("out/s10")).unwrap()
        }),
        ("a file of somebody", &|fleet| {
            fleet.write("out/s11/theirs.yaml", "kind: ConfigMap\n")
        }),
        ("a stale file of ours", &|fleet| {
            fs::copy(
                fleet.path("out/s12/bundle.yaml"),
                fleet.path("out/s12/stale.yaml"),
            )
            .unwrap();
        }),
        ("a stale file of an engine", &|fleet| {
            fs::create_dir(fleet.path("out/s13/flux")).unwrap();
            fs::copy(
                fleet.path("out/s13/bundle.yaml"),
                fleet.path("out/s13/flux/stale.yaml"),
            )
            .unwrap();
        }),
        ("a link for a folder", &|fleet| {
            fs::rename(fleet.path("out/s14"), fleet.path("elsewhere")).unwrap();
            symlink(fleet.path("elsewhere"), fleet.path("out/s14")).unwrap();
        }),
        ("a link for a file", &|fleet| {
            fs::rename(fleet.path("out/s15/bundle.yaml"), fleet.path("bundle.yaml")).unwrap();
            symlink(fleet.path("bundle.yaml"), fleet.path("out/s15/bundle.yaml")).unwrap();
        }),
        ("a folder for a file", &|fleet| {
            fs::remove_file(fleet.path("out/s16/bundle.yaml")).unwrap();
            fs::create_dir(fleet.path("out/s16/bundle.yaml")).unwrap();
        }),
        ("a file that differs in case", &|fleet| {
            fleet.write("out/s17/Bundle.yaml", "")
        }),
        ("a repository", &|fleet| {
            fs::create_dir(fleet.path("out/s18/.git")).unwrap()
        }),
        ("a root that all trust", &|fleet| {
            let other =
                fs::read_to_string(project().join("golden/pki/corp-root-2019.pem")).unwrap();
            fleet.write("sites/pki/root.pem", &other);
        }),
        ("a root that is elsewhere", &|fleet| {
            fs::rename(fleet.path("sites/pki/root.pem"), fleet.path("root.pem")).unwrap();
            symlink(fleet.path("root.pem"), fleet.path("sites/pki/root.pem")).unwrap();
        }),
        ("defaults of all", &|fleet| {
            let org = fs::read_to_string(fleet.path("sites/org.yaml")).unwrap();
            fleet.write("sites/org.yaml", &format!("{org}  labels: {{a: b}}\n"));
        }),
        ("defaults that are gone", &|fleet| {
            fs::remove_file(fleet.path("sites/org.yaml")).unwrap()
        }),
    ];
    for (what, change) in changes {
        let before = copy(&fleet);
        change(&fleet);
        fleet.same(
            &["--check"],
            fleet.run(&["--check", "--no-cache"]).code,
            what,
        );
        fleet.same(&["--diff"], fleet.run(&["--diff", "--no-cache"]).code, what);
        // Writing changes what is there: one run on this tree, a fresh one on a copy of it.
        let twin = copy(&fleet);
        let (wrote, wrote_fresh) = (fleet.run(&[]), twin.run(&["--no-cache"]));
        assert_eq!(
            wrote.code,
            wrote_fresh.code,
            "{what}: {}{}",
            wrote.all(),
            wrote_fresh.all()
        );
        assert_eq!(
            shell(&fleet, "cat out/*/*.yaml | sha256sum").out,
            shell(&twin, "cat out/*/*.yaml | sha256sum").out,
            "{what}"
        );
        if wrote.code == 0 {
            fleet.same(&["--check"], 0, what);
        }
        for folder in ["sites", "out"] {
            restore(&before.path(folder), &fleet.path(folder));
        }
        shell(&fleet, "rm -rf elsewhere bundle.yaml root.pem");
        fleet.same(&["--check"], 0, what);
    }
}

/// Makes `changed` as `before`, and touches nothing that is.
fn restore(before: &Path, changed: &Path) {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().file_name())
            .collect::<BTreeSet<_>>()
    };
    let kind = |path: &Path| {
        fs::symlink_metadata(path)
            .map(|found| (found.is_dir(), found.is_file()))
            .ok()
    };
    for name in names(before).union(&names(changed)) {
        let (was, is) = (before.join(name), changed.join(name));
        if kind(&is) != kind(&was) {
            let _ = fs::remove_dir_all(&is).or_else(|_| fs::remove_file(&is));
        }
        match kind(&was) {
            None => {}
            Some((true, _)) => {
                fs::create_dir_all(&is).unwrap();
                restore(&was, &is);
            }
            Some(_) if fs::read(&was).ok() == fs::read(&is).ok() => {}
            Some(_) => {
                fs::copy(&was, &is).unwrap();
            }
        }
    }
}

fn copy(fleet: &Fleet) -> Fleet {
    let twin = Fleet(tempfile::tempdir().unwrap());
    shell(fleet, &format!("cp -a . {}", twin.0.path().display()));
    twin
}

fn shell(fleet: &Fleet, script: &str) -> Ran {
    crate::common::shell(fleet.0.path(), script)
}

#[test]
fn time_and_options_are_seen() {
    let fleet = Fleet::make();
    fleet.settle();
    for (arguments, code) in [
        // The chain ends in January 2036: first there is a warning, then an error.
        (&["--check", "--now", "2035-06-01"][..], 0),
        (&["--check", "--now", "2036-01-01"], 0),
        (&["--check", "--now", "2036-02-01"], 1),
        (&["--check", "--now", "2020-01-01"], 1),
        (&["--check", "--fail-if-expires-within", "9000d"], 1),
        (&["--check", "--engine", "flux"], 1),
        (&["--check"], 0),
    ] {
        fleet.same(arguments, code, &format!("{arguments:?}"));
    }
}

/// That anything is taken from it at all: whoever can write there can make it lie, and a repository cannot.
#[test]
fn what_is_remembered_is_believed() {
    let fleet = Fleet::make();
    fleet.settle();
    let [path] = fleet.remembered().try_into().unwrap();
    let bundle = fleet.path("out/s00/bundle.yaml");
    let text = fs::read_to_string(&bundle)
        .unwrap()
        .replace("Bundle", "Bumble");
    fs::write(&bundle, text).unwrap();
    assert_eq!(fleet.run(&["--check"]).code, 1);
    // What is remembered of the folder becomes what is in it.
    let mut names: Vec<_> = fs::read_dir(fleet.path("out/s00"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    let mut sum = Sha256::new();
    for name in names {
        let (name, bytes) = (
            name.to_str().unwrap(),
            fs::read(fleet.path("out/s00").join(&name)).unwrap(),
        );
        sum.update((name.len() as u64).to_le_bytes());
        sum.update((bytes.len() as u64).to_le_bytes());
        sum.update(name);
        sum.update(bytes);
    }
    let sum: String = sum
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let lines = fs::read_to_string(&path).unwrap();
    let (first, rest) = lines.split_once('\n').unwrap();
    let (before, after) = first.split_once("\"output\":\"").unwrap();
    fs::write(
        &path,
        format!("{before}\"output\":\"{sum}{}\n{rest}", &after[64..]),
    )
    .unwrap();
    assert_eq!(fleet.run(&["--check"]).code, 0);
    assert_eq!(fleet.run(&["--check", "--no-cache"]).code, 1);
}

#[test]
fn a_file_that_is_no_memory_costs_time_only() {
    let fleet = Fleet::make();
    fleet.settle();
    let [path] = fleet.remembered().try_into().unwrap();
    let whole = fs::read(&path).unwrap();
    for bytes in [
        &b""[..],
        b"\n",
        b"\t\n",
        b"sites/s00/trust.yaml\t{}\n",
        b"\xff\xfe\t\n",
        &whole[..whole.len() / 2],
    ] {
        fs::write(&path, bytes).unwrap();
        fleet.same(
            &["--check"],
            0,
            &String::from_utf8_lossy(&bytes[..bytes.len().min(30)]),
        );
        fs::write(&path, bytes).unwrap();
        fleet.write("out/s00/bundle.yaml", "kind: ConfigMap\n");
        fleet.same(&["--check"], 2, "a file of somebody else");
        fs::copy(
            fleet.path("out/s01/bundle.yaml"),
            fleet.path("out/s00/bundle.yaml"),
        )
        .unwrap();
        fs::remove_file(fleet.path("out/s00/bundle.yaml")).unwrap();
        assert_eq!(fleet.run(&[]).code, 0);
    }
}

#[test]
fn nothing_is_kept_of_what_is_small_or_not_wanted() {
    let fleet = Fleet::make();
    assert_eq!(fleet.run(&["--no-cache"]).code, 0);
    assert_eq!(
        fleet
            .run(&["--check", "--rehearse", "--horizon", "1d"])
            .code,
        0
    );
    fs::remove_dir_all(fleet.path("sites/s50")).unwrap();
    assert_eq!(fleet.run(&[]).code, 0);
    assert_eq!(fleet.remembered(), Vec::<PathBuf>::new());
    let small = quickstart("");
    fleet.write(
        "sites/s50/trust.yaml",
        &small.replace("name: site", "name: s50"),
    );
    let nowhere = trustc_in(
        &[
            ("TRUSTC_CACHE_DIR", ""),
            ("HOME", fleet.0.path().to_str().unwrap()),
        ],
        fleet.0.path(),
        &["render", "sites", "--out", "out", "--now", "2026-07-01"],
    );
    assert_eq!(nowhere.code, 0, "{}", nowhere.all());
    assert!(!fleet.path(".cache").exists());
    let home = trustc_in(
        &[("HOME", fleet.0.path().to_str().unwrap())],
        fleet.0.path(),
        &["render", "sites", "--out", "out", "--now", "2026-07-01"],
    );
    assert_eq!(home.code, 0, "{}", home.all());
    let folder = if cfg!(target_os = "macos") {
        "Library/Caches/trustc"
    } else {
        ".cache/trustc"
    };
    assert_eq!(
        fs::metadata(fleet.path(folder))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert_eq!(fs::read_dir(fleet.path(folder)).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_had_is_done_without() {
    let fleet = Fleet::make();
    fleet.write("cache", "a file");
    fleet.same(&["--check"], 1, "a file where the folder should be");
    assert_eq!(fleet.run(&[]).code, 0);
    fleet.same(&["--check"], 0, "a file where the folder should be");
    fs::remove_file(fleet.path("cache")).unwrap();
    symlink(fleet.path("nowhere"), fleet.path("cache")).unwrap();
    fleet.same(&["--check"], 0, "a link to nowhere");
}

#[test]
fn only_the_latest_command_lines_are_remembered() {
    let fleet = Fleet::make();
    fs::create_dir(fleet.path("cache")).unwrap();
    let old = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(86_400));
    for n in 0..20 {
        for ending in ["fleet", "fleet-tmp"] {
            fleet.write(&format!("cache/{n}.{ending}"), "");
            File::open(fleet.path(&format!("cache/{n}.{ending}")))
                .unwrap()
                .set_times(old)
                .unwrap();
        }
    }
    fleet.write("cache/theirs.txt", "");
    fleet.settle();
    assert_eq!(fleet.remembered().len(), 16 + 1);
    assert!(fleet.path("cache/theirs.txt").exists());
}

/// Sites that have no files of their own.
#[test]
fn rows_of_a_table_are_remembered_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = Fleet(folder);
    fleet.write(
        "sites/base.yaml",
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {profile: quickstart}\n",
    );
    fleet.write(
        "sites/all.fleet.yaml",
        "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {name: all}\nspec:\n  extends: base.yaml\n  sites: {csv: sites.csv}\n",
    );
    let table = |changed: &str| {
        let rows =
            (0..SITES).map(|n| format!("s{n:03},{}\n", if n == 7 { changed } else { "Plant" }));
        format!("name,spec.root.commonName\n{}", rows.collect::<String>())
    };
    fleet.write("sites/sites.csv", &table("Plant"));
    fleet.settle();
    let [path] = fleet.remembered().try_into().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), SITES);
    fleet.write("sites/sites.csv", &table("Another"));
    let ran = fleet.same(&["--check"], 1, "a row");
    assert!(
        ran.err.contains("stale: ") && ran.out.contains("out/s007/"),
        "{}",
        ran.all()
    );
    assert!(!ran.out.contains("out/s008/"), "{}", ran.all());
    assert_eq!(fleet.run(&[]).code, 0);
    fleet.same(&["--check"], 0, "a row");
}

#[test]
fn a_base_is_the_one_that_its_fleet_means_by_where_it_is() {
    let fleet = Fleet(tempfile::tempdir().unwrap());
    let base = |key: &str| {
        format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustDefaults\nspec: {{profile: quickstart, bundle: {{key: {key}}}}}\n"
        )
    };
    let table = |glob: &str| {
        format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustFleet\nmetadata: {{name: all}}\nspec:\n  extends: org.yaml\n  sites: {{glob: '{glob}'}}\n"
        )
    };
    for n in 0..SITES {
        let site = format!(
            "apiVersion: trustc.dev/v1alpha1\nkind: TrustConfig\nmetadata: {{name: s{n}}}\nspec: {{}}\n"
        );
        fleet.write(&format!("sites/sub/plants/s{n:03}.yaml"), &site);
    }
    fleet.write("sites/org.yaml", &base("one.crt"));
    fleet.write("sites/sub/org.yaml", &base("other.crt"));
    fleet.write("sites/a.fleet.yaml", &table("sub/plants/*.yaml"));
    fleet.settle();
    fs::remove_file(fleet.path("sites/a.fleet.yaml")).unwrap();
    fleet.write("sites/sub/a.fleet.yaml", &table("plants/*.yaml"));
    fleet.same(&["--check"], 1, "a fleet that was moved");
}
