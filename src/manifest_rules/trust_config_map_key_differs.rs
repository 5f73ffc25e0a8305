//! The key in the ConfigMap of roots: what is written, what the installer was told, and what clients read.

use super::Case;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};
use crate::source::shown;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "trust-config-map-key-differs",
    severity: Severity::Warning,
    summary: "the roots are under another key than their readers look for",
    why: "components get name and key of the ConfigMap (configMapName, configMapKey): with another key they mount nothing, and reject every server or never start",
    fix: "write one key in the Bundle's target, in the installer's arguments and in what reads it: ca.crt, unless something needs another",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    of_installer(case, found);
    of_readers(case, found);
}

/// The names and the key that the configuration tells the installer.
fn of_installer(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let Some(expected) = case.expected else {
        return;
    };
    let (name, key) = (&expected.config_map_name, &expected.config_map_key);
    if let Some(bundle) = case.bundle(name) {
        let written = bundle.object.text("/spec/target/configMap/key");
        if !written.is_empty() && written != key {
            let message = format!(
                "{} writes {}, and the installer is told `{key}`",
                bundle.object.title(),
                shown(written)
            );
            found.push(INFO.at(bundle.object.origin("/spec/target/configMap/key"), message));
        }
    }
    for map in case
        .named("ConfigMap", name)
        .iter()
        .filter(|map| map.namespace() == expected.namespace)
    {
        if ["data", "binaryData"]
            .iter()
            .all(|field| map.value[*field].get(key).is_none())
        {
            let message = format!(
                "{} has no key `{key}`, and the installer is told so",
                map.title()
            );
            found.push(INFO.at(map.origin("/data"), message));
        }
    }
}

/// Volumes that take single keys out of what a Bundle writes.
fn of_readers(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    for (reader, pointer, name) in case.config_map_readers() {
        let Some(bundle) = case.bundle(name) else {
            continue;
        };
        let target = &bundle.object.value["spec"]["target"];
        let formats = ["jks", "pkcs12"].map(|format| &target["additionalFormats"][format]["key"]);
        let keys: Vec<&str> = formats
            .into_iter()
            .chain([&target["configMap"]["key"]])
            .filter_map(|key| key.as_str())
            .collect();
        let Some(volume) = pointer.strip_suffix("/name") else {
            continue;
        };
        let items = reader
            .value
            .pointer(&format!("{volume}/items"))
            .and_then(|items| items.as_array());
        for (n, item) in items.into_iter().flatten().enumerate() {
            let Some(key) = item["key"]
                .as_str()
                .filter(|key| !keys.contains(key) && !keys.is_empty())
            else {
                continue;
            };
            let message = format!(
                "{} reads {} of `{name}`, which has `{}`",
                reader.title(),
                shown(key),
                keys.join("`, `")
            );
            let finding = INFO.at(reader.origin(&format!("{volume}/items/{n}/key")), message);
            found.push(finding.also(
                bundle.object.origin("/spec/target/configMap/key"),
                "written under this key",
            ));
        }
    }
}
