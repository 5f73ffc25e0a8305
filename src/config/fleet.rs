//! `TrustFleet`: many sites in one file, as a table. Every row is what a file of its own would be: a site that extends the
//! fleet's base.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::layers::{Extends, Reach, Top};
use super::load::value_of;
use super::table::Table;
use super::written::Written;
use super::{API_VERSION, ApiVersion, KIND, Metadata, faults, schema};
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Source, Sources, shown};
use crate::types::{DnsLabel, FilePath, INVALID_VALUE, Text};

/// The kind of a file that lists sites.
pub(crate) const FLEET_KIND: &str = "TrustFleet";

pub(crate) static FLEET_WITHOUT_SITES: RuleInfo = RuleInfo {
    id: "fleet-without-sites",
    severity: Severity::Error,
    summary: "a fleet that lists no site",
    why: "nothing would be rendered, and an empty result means \"delete everything\" to a GitOps tool that prunes",
    fix: "list sites under spec.sites: inLine, a csv file, or a glob that matches configurations",
};

pub(crate) static FLEET_IN_LINE_TOO_LONG: RuleInfo = RuleInfo {
    id: "fleet-in-line-too-long",
    severity: Severity::Error,
    summary: "more than 1,000 sites, or more than 1 MiB, in one fleet file",
    why: "nothing would be rendered from it: a file of that size takes minutes to review and hundreds of megabytes to read",
    fix: "write the sites into a table, `csv: sites.csv`, or into files of their own, `glob: sites/*.yaml`",
};

/// Many sites in one file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TrustFleet {
    /// The version of this format.
    api_version: ApiVersion,
    /// What this file is.
    kind: FleetKind,
    /// The name of the fleet and what other tools should know of this file.
    metadata: Metadata,
    /// What the sites have in common, and the sites.
    spec: FleetSpec,
}

/// The kind of this file.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
enum FleetKind {
    /// Many sites.
    TrustFleet,
}

/// What the sites have in common, and the sites.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct FleetSpec {
    /// A file whose spec every site inherits, or a folder with a trust.defaults.yaml.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extends: Option<FilePath>,
    /// The sites: written here, in a CSV file, or in files of their own.
    sites: FleetSites,
}

/// The sites: written here, in a CSV file, or in files of their own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct FleetSites {
    /// Sites written here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    in_line: Vec<FleetRow>,
    /// A CSV file with a header line: a column `name`, and columns such as spec.issuer.name. An empty cell is not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    csv: Option<FilePath>,
    /// Configurations in files of their own, such as plants/*.yaml. Those without `extends` extend this fleet's base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    glob: Option<Text>,
}

/// One site.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
struct FleetRow {
    /// The name of the site, and of its folder in the output.
    name: DnsLabel,
    /// What differs from the base: any part of the spec of a TrustConfig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_mapping")]
    spec: Option<Value>,
}

/// What a row may hold is judged once it is merged; the schema for editors says more.
fn any_mapping(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "object", "description": "What differs from the base: any part of the spec of a TrustConfig."})
}

/// A fleet: its files, and a row for every site that has no file of its own.
#[derive(Debug)]
pub(crate) struct Fleet {
    path: PathBuf,
    sources: Sources,
    extends: Option<String>,
    paths: BTreeMap<SourceId, PathBuf>,
    /// The sites that are written in the fleet itself.
    in_line: Vec<Value>,
    table: Option<(SourceId, Table)>,
    glob: Option<String>,
}

/// A site of the table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) value: Value,
    pub(super) written: Written,
    /// Values that are written as text, whatever their fields take.
    pub(super) texts: Vec<Pointer>,
}

/// Where the sites of a fleet are.
const IN_LINE: &str = "/spec/sites/inLine";
/// More rows than anybody edits by hand: a table has room for any number, and takes a tenth of the memory.
const MAX_IN_LINE: usize = 1000;
/// A fleet may be as large as any configuration.
const MAX_BYTES: usize = 1024 * 1024;
/// The fleet is the first of its files.
const OWN: SourceId = SourceId(0);

impl Fleet {
    /// Reads the fleet in `source`, and the table that it names.
    ///
    /// # Errors
    /// The files, and every fault in them.
    pub(crate) fn read(
        path: &Path,
        source: Source,
        reach: &Reach<'_>,
    ) -> Result<Self, (Sources, Vec<Diagnostic>)> {
        let mut sources = Sources::default();
        sources.add(source);
        match Self::rows_of(path, &mut sources, reach) {
            Ok(fleet) => Ok(Self { sources, ..fleet }),
            Err(faults) => Err((sources, faults)),
        }
    }

    fn rows_of(
        path: &Path,
        sources: &mut Sources,
        reach: &Reach<'_>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (value, in_line) = read_in_line(sources)?;
        let fleet: TrustFleet = serde_json::from_value(value).map_err(|message| {
            let message = format!("a fault of trustc, please report it: {message}");
            vec![super::load::NOT_A_TRUST_CONFIG.at(Origin::file(OWN), message)]
        })?;
        let sites = fleet.spec.sites;
        if let Some(glob) = &sites.glob {
            pattern(glob).map_err(|fault| vec![fault])?;
        }
        let mut table = None;
        let mut paths = BTreeMap::from([(OWN, path.to_path_buf())]);
        if let Some(csv) = &sites.csv {
            let named = Origin::value(OWN, Pointer::parse("/spec/sites/csv"));
            let reader = reach.reader(path);
            let file = reader
                .permit(csv, None)
                .and_then(|file| Ok((reach.files.get_table(&file, csv)?, file.path)));
            let (source, at) = file.map_err(|fault| vec![fault.at(named)])?;
            let id = sources.add(source);
            paths.insert(id, at);
            table = Some((id, Table::read(id, sources.get(id))?));
        }
        let (extends, glob) = (
            fleet.spec.extends.map(|path| path.to_string()),
            sites.glob.map(|glob| glob.to_string()),
        );
        let fleet = Self {
            path: path.to_path_buf(),
            sources: Sources::default(),
            extends,
            paths,
            in_line,
            table,
            glob,
        };
        if fleet.len() == 0 && fleet.glob.is_none() {
            Err(vec![Self::without_sites()])
        } else {
            Ok(fleet)
        }
    }

    fn without_sites() -> Diagnostic {
        FLEET_WITHOUT_SITES.at(
            Origin::key(OWN, Pointer::parse("/spec/sites")),
            "this fleet lists no site",
        )
    }

    /// That its glob matches nothing: a refusal of the whole fleet.
    pub(crate) fn refuse_empty(&self) -> (Sources, Vec<Diagnostic>) {
        let glob = Origin::value(OWN, Pointer::parse("/spec/sites/glob"));
        let fault =
            FLEET_WITHOUT_SITES.at(glob, "this fleet lists no site: no file matches its glob");
        let help = "it is relative to this file: `*` stays in its folder, `**` goes below it, and neither leaves it";
        (self.sources.clone(), vec![fault.help(help)])
    }

    /// How many sites have no file of their own.
    pub(crate) fn len(&self) -> usize {
        self.in_line.len() + self.table.as_ref().map_or(0, |(_, table)| table.len())
    }

    fn row(&self, row: usize) -> Row {
        match (self.in_line.get(row), &self.table) {
            (None, Some((id, table))) => table.row(row - self.in_line.len(), self.sources.get(*id)),
            (value, _) => in_line(row, value.cloned().unwrap_or_default()),
        }
    }

    /// Which files are sites of their own, relative to the fleet's folder.
    pub(crate) fn glob(&self) -> Option<&str> {
        self.glob.as_deref()
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    }

    /// What sites extend that do not say so themselves: the path, and the file that it is relative to.
    pub(crate) fn base(&self) -> Option<(&str, &Path)> {
        Some((self.extends.as_deref()?, &self.path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The site of a row, and the files that its places are in.
    pub(crate) fn top(&self, row: usize) -> (SourceId, Top, Sources) {
        let Row {
            value,
            written,
            texts,
        } = self.row(row);
        let (extends, paths) = (self.extends_at(OWN), self.paths.clone());
        let id = written.origin(&Pointer::root()).source;
        (
            id,
            Top {
                path: self.path.clone(),
                value,
                written,
                extends,
                texts,
                paths,
            },
            self.sources.clone(),
        )
    }

    /// Lets a site with a file of its own extend the fleet's base.
    pub(crate) fn over_base(&self, mut top: Top, sources: &mut Sources) -> Top {
        let own = sources.add(self.sources.share(OWN));
        top.extends = self.extends_at(own);
        top
    }

    fn extends_at(&self, fleet: SourceId) -> Option<Extends> {
        let named = Origin::value(fleet, Pointer::parse("/spec/extends"));
        self.extends.clone().map(|path| Extends {
            file: self.path.clone(),
            path,
            named,
        })
    }
}

/// Whether a glob is one.
fn pattern(glob: &str) -> Result<(), Diagnostic> {
    let from_here = glob.trim_start_matches("./");
    glob::Pattern::new(from_here).map(drop).map_err(|fault| {
        let at = Origin::value(OWN, Pointer::parse("/spec/sites/glob"));
        let message = format!("{} is no pattern of file names: {}", shown(glob), fault.msg);
        INVALID_VALUE
            .at(at, message)
            .help("write `*` for any name and `**` for any folders: `plants/*.yaml`")
    })
}

/// The fleet without the sites that are written in it, and those.
fn read_in_line(sources: &mut Sources) -> Result<(Value, Vec<Value>), Vec<Diagnostic>> {
    if sources.get(OWN).bytes().len() > MAX_BYTES {
        let message = "this fleet is larger than 1 MiB".to_owned();
        return Err(vec![too_long(Origin::file(OWN), message)]);
    }
    let mut value = value_of(OWN, sources)?;
    let rows = value.pointer(IN_LINE).and_then(Value::as_array);
    if let Some(rows) = rows.filter(|rows| rows.len() > MAX_IN_LINE) {
        let message = format!("{} sites are written in one file", rows.len());
        let at = Origin::key(OWN, Pointer::parse(IN_LINE));
        return Err(vec![too_long(at, message)]);
    }
    let form = schema::of_profile(FLEET_KIND).unwrap_or(&Value::Null);
    let found = faults::of(OWN, FLEET_KIND, form, schema::fleet_validator(), &value);
    if !found.is_empty() {
        return Err(found);
    }
    let rows = value.pointer_mut(IN_LINE).and_then(Value::as_array_mut);
    let rows = rows.map(std::mem::take).unwrap_or_default();
    Ok((value, rows))
}

fn too_long(at: Origin, message: String) -> Diagnostic {
    FLEET_IN_LINE_TOO_LONG.at(at, message)
}

/// A site that is written in the fleet itself.
fn in_line(n: usize, mut row: Value) -> Row {
    let at = Pointer::parse(IN_LINE).index(n);
    let here = |key: &str| Written::whole(Origin::value(OWN, at.key(key)));
    let mut written = Written::whole(Origin::value(OWN, at.clone()));
    written.insert(&["metadata", "name"], Origin::value(OWN, at.key("name")));
    let spec = row.get_mut("spec").map_or_else(|| json!({}), Value::take);
    Row {
        value: site(&row["name"], spec),
        written: written.with("spec", here("spec")),
        texts: Vec::new(),
    }
}

/// A row as the file that it stands for.
pub(super) fn site(name: &Value, spec: Value) -> Value {
    json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec})
}

/// Whether a file says that it is a fleet. Anything that cannot be read is none, and will be refused as a configuration.
pub(crate) fn is_fleet(source: &Source) -> bool {
    let Some(text) = source.text().filter(|text| text.contains(FLEET_KIND)) else {
        return false;
    };
    if text.len() > MAX_BYTES {
        // Refused as a fleet: there is no need to know more.
        let kinds = text.lines().filter_map(|line| line.strip_prefix("kind:"));
        return kinds.into_iter().any(|kind| kind.trim() == FLEET_KIND);
    }
    super::load::first_document(text).is_ok_and(|value| value["kind"] == FLEET_KIND)
}
