//! Real kustomize gives back the objects of the stream.
//!
//! Needs `kustomize` or `kubectl` on the PATH: `go install sigs.k8s.io/kustomize/kustomize/v5@latest`, or any kubectl.
//! Where there is neither, the test says so and passes, unless TRUSTC_REAL_PROGRAMS is set, as `.ci/run` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::project;
use serde_json::Value;

/// What `kustomize build` prints for a folder, by whichever program is there.
fn build(folder: &Path) -> Option<String> {
    for (program, arguments) in [("kustomize", &["build"][..]), ("kubectl", &["kustomize"])] {
        let Ok(output) = Command::new(program).args(arguments).arg(folder).output() else { continue };
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        return Some(String::from_utf8(output.stdout).unwrap());
    }
    assert!(std::env::var_os("TRUSTC_REAL_PROGRAMS").is_none(), "neither kustomize nor kubectl is on the PATH");
    eprintln!("skipped: neither kustomize nor kubectl is on the PATH");
    None
}

fn objects(text: &str) -> BTreeMap<String, Value> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap());
    let identity = |object: &Value| {
        format!("{} {} {}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"])
    };
    documents.filter(|value| !value.is_null()).map(|object| (identity(&object), object)).collect()
}

#[test]
fn a_build_of_the_folder_is_the_stream() {
    for case in fs::read_dir(project().join("golden/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let site = fs::read_dir(case.join("expected")).unwrap().next().unwrap().unwrap().path();
        let Some(built) = build(&site) else { return };
        let stream = fs::read_to_string(case.join("stream.yaml")).unwrap();
        assert_eq!(objects(&built), objects(&stream), "{}", case.display());
    }
}
