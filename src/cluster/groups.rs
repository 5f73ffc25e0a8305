//! Which files of a folder go to one cluster: what one kustomization takes in, and what stands beside all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Skipped;
use crate::diagnostic::SourceId;
use crate::k8s::read;
use crate::source::{Source, parse_stream};

/// Files that are judged together, and what kustomize does to their objects on the way.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) files: Vec<Source>,
    /// The kustomizations among them, outermost first.
    pub(crate) kustomizations: Vec<Kustomization>,
}

/// One `kustomization.yaml`: where it stands, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Kustomization {
    /// The file.
    pub(crate) name: String,
    /// Its folder, with forward slashes; empty for the working directory.
    pub(crate) folder: String,
    pub(crate) value: Value,
}

impl Kustomization {
    fn of(source: &Source) -> Option<Self> {
        let (folder, file) = split(source.name());
        if !matches!(
            file,
            "kustomization.yaml" | "kustomization.yml" | "Kustomization"
        ) {
            return None;
        }
        let value = parse_stream(SourceId::default(), source)
            .0
            .into_iter()
            .next()?
            .value;
        Some(Self {
            name: source.name().to_owned(),
            folder: folder.to_owned(),
            value,
        })
    }

    /// Paths that a list of the file names, as `folder/path`.
    fn paths(&self, fields: &[&str]) -> Vec<String> {
        let lists = fields
            .iter()
            .filter_map(|field| self.value[*field].as_array())
            .flatten();
        let texts = lists.filter_map(|item| item.as_str().or_else(|| item["path"].as_str()));
        texts
            .filter(|text| !text.contains('\n') && !text.contains("://"))
            .map(|text| join(&self.folder, text))
            .collect()
    }

    /// Files that change objects, and are none themselves.
    pub(crate) fn patches(&self) -> Vec<String> {
        self.paths(&[
            "patches",
            "patchesStrategicMerge",
            "patchesJson6902",
            "configurations",
            "replacements",
            "generators",
            "transformers",
        ])
    }

    fn resources(&self) -> Vec<String> {
        self.paths(&["resources", "bases", "components"])
    }
}

/// Sorts the files of a folder into clusters, and leaves out what belongs to Helm.
///
/// A kustomization that no other one takes in is a cluster, together with what it takes in. Files beside all of them are
/// one; unless they hold one object in several folders: then each of these folders is one.
pub(crate) fn groups(files: Vec<Source>, skipped: &mut Skipped) -> Vec<Group> {
    let files = without_charts(files, skipped);
    let kustomizations: BTreeMap<String, Kustomization> = files
        .iter()
        .filter_map(Kustomization::of)
        .map(|k| (k.folder.clone(), k))
        .collect();
    let taken_in: BTreeSet<String> = kustomizations
        .values()
        .flat_map(Kustomization::resources)
        .collect();
    let (mut owned, mut rest): (BTreeMap<String, Vec<Source>>, Vec<Source>) =
        (BTreeMap::new(), Vec::new());
    for file in files {
        match owner(file.name(), |folder| kustomizations.contains_key(folder)) {
            Some(folder) => owned.entry(folder.to_owned()).or_default().push(file),
            None => rest.push(file),
        }
    }
    let mut groups = Vec::new();
    for top in kustomizations
        .keys()
        .filter(|folder| !taken_in.contains(*folder))
    {
        let mut group = Group::default();
        let mut open = vec![top.clone()];
        let mut seen = BTreeSet::new();
        while let Some(folder) = open.pop() {
            let Some(kustomization) = kustomizations
                .get(&folder)
                .filter(|_| seen.insert(folder.clone()))
            else {
                continue;
            };
            open.extend(kustomization.resources());
            group
                .files
                .extend(owned.get(&folder).into_iter().flatten().cloned());
            group.kustomizations.push(kustomization.clone());
        }
        groups.push(group);
    }
    groups.extend(by_cluster(rest));
    groups
}

/// Files of charts' `templates` are read by Helm only; the other files of a chart are what they are.
fn without_charts(files: Vec<Source>, skipped: &mut Skipped) -> Vec<Source> {
    let charts: BTreeSet<String> = files
        .iter()
        .map(|file| split(file.name()))
        .filter(|(_, file)| *file == "Chart.yaml")
        .map(|(folder, _)| folder.to_owned())
        .collect();
    let templates: BTreeSet<String> = charts
        .iter()
        .map(|chart| join(chart, "templates"))
        .collect();
    files
        .into_iter()
        .filter(|file| {
            let inside = owner(file.name(), |folder| templates.contains(folder));
            if let Some(templates) = inside {
                skipped.chart(split(templates).0);
            }
            inside.is_none() && split(file.name()).1 != "Chart.yaml"
        })
        .collect()
}

/// One object in several folders means several clusters: the folders in which the paths to it part are taken apart.
fn by_cluster(files: Vec<Source>) -> Vec<Group> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &files {
        for object in read(SourceId::default(), file)
            .objects
            .iter()
            .filter(|object| !object.name().is_empty())
        {
            let key = [
                object.group(),
                object.kind(),
                object.namespace(),
                object.name(),
            ]
            .join("/");
            places
                .entry(key)
                .or_default()
                .insert(split(file.name()).0.to_owned());
        }
    }
    let apart: BTreeSet<String> = places
        .values()
        .filter(|folders| folders.len() > 1)
        .flat_map(parting)
        .collect();
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    for file in files {
        let folder = owner(file.name(), |folder| apart.contains(folder)).map(str::to_owned);
        groups.entry(folder).or_default().files.push(file);
    }
    groups.into_values().collect()
}

/// The folders just below what all have in common.
fn parting(folders: &BTreeSet<String>) -> Vec<String> {
    let paths: Vec<Vec<&str>> = folders
        .iter()
        .map(|folder| folder.split('/').collect())
        .collect();
    let shortest = paths.iter().map(Vec::len).min().unwrap_or(0);
    let common = (0..shortest)
        .take_while(|n| paths.iter().all(|path| path[*n] == paths[0][*n]))
        .count();
    let below = paths.iter().filter(|path| path.len() > common);
    below.map(|path| path[..=common].join("/")).collect()
}

/// The nearest folder around a file for which something holds.
fn owner(name: &str, is_one: impl Fn(&str) -> bool) -> Option<&str> {
    let mut folder = split(name).0;
    loop {
        if is_one(folder) {
            return Some(folder);
        }
        if folder.is_empty() {
            return None;
        }
        folder = split(folder).0;
    }
}

/// Folder and file name; the folder is empty for the working directory.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// `folder/path`, with `.` and `..` resolved as far as the folder's name goes.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|_| !folder.is_empty()).collect();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources = files
            .iter()
            .map(|(name, text)| Source::new(*name, text.as_bytes().to_vec()))
            .collect();
        let groups = groups(sources, &mut Skipped::default());
        groups
            .into_iter()
            .map(|group| {
                group
                    .files
                    .iter()
                    .map(|file| file.name().to_owned())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_base_belongs_to_every_overlay_that_takes_it_in() {
        let overlay = "resources: [../base]\n";
        let groups = names(&[
            ("r/base/kustomization.yaml", "resources: [a.yaml]\n"),
            ("r/base/a.yaml", ""),
            ("r/one/kustomization.yaml", overlay),
            ("r/two/kustomization.yaml", overlay),
            ("r/two/deep/b.yaml", ""),
            ("c.yaml", ""),
        ]);
        let one = [
            "r/one/kustomization.yaml",
            "r/base/kustomization.yaml",
            "r/base/a.yaml",
        ];
        let two = [
            "r/two/kustomization.yaml",
            "r/two/deep/b.yaml",
            "r/base/kustomization.yaml",
            "r/base/a.yaml",
        ];
        assert_eq!(groups, [one.to_vec(), two.to_vec(), vec!["c.yaml"]]);
    }

    #[test]
    fn kustomizations_in_a_ring_end() {
        let groups = names(&[
            ("top/kustomization.yaml", "resources: [../a]\n"),
            ("a/kustomization.yaml", "resources: [../b]\n"),
            ("b/kustomization.yaml", "resources: [../a]\n"),
        ]);
        assert_eq!(groups.len(), 1);
    }

    #[test]
    fn one_object_in_two_folders_means_two_clusters() {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n";
        let groups = names(&[
            ("r/x/p/a.yaml", map),
            ("r/x/q.yaml", ""),
            ("r/y/a.yaml", map),
            ("r/z.yaml", ""),
        ]);
        assert_eq!(
            groups,
            [
                vec!["r/z.yaml"],
                vec!["r/x/p/a.yaml", "r/x/q.yaml"],
                vec!["r/y/a.yaml"]
            ]
        );
    }

    #[test]
    fn paths_are_joined_as_kustomize_joins_them() {
        for (folder, path, joined) in [
            ("a/b", "../c/", "a/c"),
            ("", "./x", "x"),
            ("a", "../../c", "../c"),
            ("", "..", ".."),
        ] {
            assert_eq!(join(folder, path), joined);
        }
    }
}
