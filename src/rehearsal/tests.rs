//! Scenarios as files: `golden/rehearsal/<scenario>/plan.yaml` is what happens, `expected.txt` what comes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::issue::CertId;
use super::workloads::Witnessed;
use super::*;
use crate::pki::to_pem;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/rehearsal")
}

/// Every scenario: its name and its plan.
pub(super) fn scenarios() -> Vec<(String, Plan)> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder())
        .expect("scenarios")
        .map(|entry| entry.expect("a folder").path())
        .filter(|path| path.join("plan.yaml").exists())
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let name = folder
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(folder.join("plan.yaml")).expect("a plan");
            // Through JSON: there an enum is a key and its value, as Kubernetes writes it.
            let value: serde_json::Value =
                serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            let plan = serde_json::from_value(value).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name, plan)
        })
        .collect()
}

#[test]
fn every_scenario_goes_as_it_says() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 30);
    let mut stale = Vec::new();
    for (name, plan) in scenarios {
        let rehearsal = rehearse(&plan).expect("a rehearsal");
        let text = human(&Rehearsed {
            site: name.clone(),
            rehearsal,
        });
        let path = folder().join(&name).join("expected.txt");
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if expected == text {
            continue;
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).expect("a writable folder");
        } else {
            stale.push(format!(
                "{name}: read the difference, then UPDATE_GOLDEN=1 cargo test\n{text}"
            ));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// OpenSSL's word on a handshake; none if there is no OpenSSL.
fn openssl(rehearsal: &Rehearsal, witnessed: &Witnessed, folder: &Path) -> Option<bool> {
    let pem = |ids: &[CertId]| {
        ids.iter()
            .map(|id| to_pem(&rehearsal.store[*id].der))
            .collect::<String>()
    };
    let (first, above) = witnessed.presented.split_first().expect("a chain");
    for (file, ids) in [
        ("leaf.pem", &[*first][..]),
        ("chain.pem", above),
        ("roots.pem", &witnessed.trusted),
    ] {
        fs::write(folder.join(file), pem(ids)).expect("a writable folder");
    }
    witnessed.names.iter().try_fold(true, |so_far, name| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args([
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            "roots.pem",
        ]);
        if !above.is_empty() {
            command.args(["-untrusted", "chain.pem"]);
        }
        if witnessed.partial_chain {
            command.arg("-partial_chain");
        }
        let at = witnessed.at.unix_timestamp().to_string();
        command.args([
            "-purpose",
            "sslserver",
            "-attime",
            &at,
            "-verify_hostname",
            name,
            "leaf.pem",
        ]);
        let status = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        Some(so_far && status.success())
    })
}

#[test]
#[expect(clippy::print_stderr, reason = "a test says what it skips")]
fn openssl_agrees_with_every_handshake_of_every_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut accepted, mut rejected) = (0, 0);
    for (name, plan) in scenarios() {
        let rehearsal = rehearse(&plan).expect("a rehearsal");
        for one in &rehearsal.witnessed {
            let Some(word) = openssl(&rehearsal, one, folder.path()) else {
                assert!(
                    std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(),
                    "there is no openssl on the PATH"
                );
                eprintln!("skipped: there is no openssl on the PATH");
                return;
            };
            let at = moment::shown(one.at);
            assert_eq!(
                word, one.accepted,
                "{name}: at {at} OpenSSL says {word}, and we say {}",
                one.accepted
            );
            *(if word { &mut accepted } else { &mut rejected }) += 1;
        }
    }
    assert!(
        accepted > 100 && rejected > 20,
        "{accepted} accepted, {rejected} rejected"
    );
}
