//! What kubectl makes of the inputs in `tests/differential/yaml` is recorded there, and a unit test of `src/yaml` compares
//! trustc with it. Here Go says whether the recording is right; UPDATE_GOLDEN=1 records its answers. Where there is no Go,
//! the test says so and passes, unless TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::project;

#[test]
fn the_recorded_answers_are_those_of_kubectls_own_reader() {
    let folder = project().join("tests/differential/yaml");
    let mut files: Vec<_> = fs::read_dir(folder.join("inputs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let inputs: String = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.starts_with('"'))
        .map(|line| line + "\n")
        .collect();
    let run = Command::new("go")
        .args(["run", "."])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut run) = run else {
        let is_required = std::env::var_os("TRUSTC_REAL_PROGRAMS").is_some();
        assert!(!is_required, "go is not on the PATH");
        eprintln!("skipped: go is not on the PATH");
        return;
    };
    let mut stdin = run.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(inputs.as_bytes()));
    let output = run.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    if !output.status.success() && std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none() {
        eprintln!("skipped: go cannot build the reader here");
        return;
    }
    assert!(output.status.success(), "go run");
    let recorded = folder.join("answers.jsonl");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&recorded, &output.stdout).unwrap();
    }
    let answers = String::from_utf8(output.stdout).unwrap();
    assert!(answers.lines().count() > 1000);
    let expected = fs::read_to_string(&recorded).unwrap();
    for (answer, expected) in answers.lines().zip(expected.lines()) {
        assert_eq!(
            answer, expected,
            "UPDATE_GOLDEN=1 records the answers again"
        );
    }
    assert_eq!(
        answers.len(),
        expected.len(),
        "UPDATE_GOLDEN=1 records the answers again"
    );
}
