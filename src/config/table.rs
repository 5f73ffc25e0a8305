//! A CSV file to sites: a header line with a column `name` and columns such as `spec.issuer.name`. The csv crate reads it;
//! where each cell stands is found here, because findings point at it.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};

use super::fleet::{Row, site};
use super::written::Written;
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity, SourceId};
use crate::json_pointer::Pointer;
use crate::source::{Source, shown};

pub(crate) static FLEET_TABLE_UNREADABLE: RuleInfo = RuleInfo {
    id: "fleet-table-unreadable",
    severity: Severity::Error,
    summary: "a table of sites that is no CSV of the expected form",
    why: "sites would be missing, or would get the values of others",
    fix: "begin with a line such as `name,spec.issuer.name`, and give every line as many cells",
};

/// A byte order mark.
const MARK: &str = "\u{feff}";

/// A table of sites. Only where each row begins is kept: a row is read when its turn comes.
#[derive(Debug)]
pub(super) struct Table {
    id: SourceId,
    columns: Vec<Vec<String>>,
    delimiter: u8,
    /// The first byte of each row, and the end of the last one.
    bounds: Vec<u32>,
}

impl Table {
    /// Reads every row once.
    ///
    /// # Errors
    /// The first line that cannot be read, or every column that is no field.
    pub(super) fn read(id: SourceId, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let refuse = |at: Range<usize>, message: String| {
            vec![FLEET_TABLE_UNREADABLE.at(Origin::bytes(id, at), message)]
        };
        let Some(text) = source.text() else {
            return Err(refuse(0..1, "the table is no UTF-8 text".to_owned()));
        };
        let mark = text.len() - text.trim_start_matches(MARK).len();
        let body = &text[mark..];
        let header = body.lines().next().unwrap_or_default();
        // Spreadsheets of some countries write semicolons.
        let delimiter = if !header.contains(',') && header.contains(';') {
            b';'
        } else {
            b','
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(body.as_bytes());
        let fault = |error: &csv::Error| {
            let at = error
                .position()
                .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0))
                + mark;
            refuse(at..text.len().max(at), describe(error))
        };
        let headers = reader.headers().map_err(|error| fault(&error))?.clone();
        let columns =
            columns(&headers).map_err(|message| refuse(mark..mark + header.len(), message))?;
        let (mut bounds, mut record) = (Vec::new(), csv::StringRecord::new());
        while reader
            .read_record(&mut record)
            .map_err(|error| fault(&error))?
        {
            let start = record
                .position()
                .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0))
                + mark;
            // After a carriage return the line feed still belongs to the line before.
            let start =
                start + text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
            bounds.push(start);
        }
        bounds.push(text.len());
        // A table has at most 16 MiB.
        let bounds = bounds
            .into_iter()
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
            .collect();
        Ok(Self {
            id,
            columns,
            delimiter,
            bounds,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn bytes(&self, n: usize) -> Range<usize> {
        self.bounds[n] as usize..self.bounds[n + 1] as usize
    }

    /// A row of `source`, the table that was read.
    pub(super) fn row(&self, n: usize, source: &Source) -> Row {
        let bytes = self.bytes(n);
        let line = line(source, bytes.clone());
        let mut reader = csv::ReaderBuilder::new();
        reader
            .has_headers(false)
            .delimiter(self.delimiter)
            .buffer_capacity(line.len() + MARK.len());
        // The csv crate takes a byte order mark away where it begins to read.
        let marked = line.starts_with(MARK).then(|| format!("{MARK}{line}"));
        let text = marked.as_deref().unwrap_or(line);
        let record = reader
            .from_reader(text.as_bytes())
            .into_records()
            .next()
            .and_then(Result::ok)
            .unwrap_or_default();
        row(self.id, line, bytes, &record, &self.columns, self.delimiter)
    }
}

fn line(source: &Source, bytes: Range<usize>) -> &str {
    source
        .bytes()
        .get(bytes)
        .and_then(|line| std::str::from_utf8(line).ok())
        .unwrap_or_default()
}

/// What each column is: the name, or a field.
fn columns(headers: &csv::StringRecord) -> Result<Vec<Vec<String>>, String> {
    let (mut columns, mut known): (Vec<Vec<String>>, BTreeSet<Vec<String>>) = Default::default();
    for header in headers {
        let keys: Vec<String> = match header.trim() {
            "name" | "metadata.name" => vec!["metadata".to_owned(), "name".to_owned()],
            field => field.split('.').map(str::to_owned).collect(),
        };
        let is_field = keys == ["metadata", "name"] || keys.len() >= 2 && keys[0] == "spec";
        if !is_field || keys.iter().any(String::is_empty) {
            return Err(format!(
                "column {} is neither `name` nor a field such as `spec.issuer.name`",
                shown(header)
            ));
        }
        let is_in_another = (1..=keys.len()).any(|depth| known.contains(&keys[..depth]));
        let holds_another = known
            .range(keys.clone()..)
            .next()
            .is_some_and(|next| next.starts_with(&keys));
        if is_in_another || holds_another {
            return Err(format!(
                "column {} says again what another column says",
                shown(header)
            ));
        }
        known.insert(keys.clone());
        columns.push(keys);
    }
    if columns.iter().any(|keys| keys[0] == "metadata") {
        Ok(columns)
    } else {
        Err("there is no column `name`".to_owned())
    }
}

fn row(
    id: SourceId,
    line: &str,
    bytes: Range<usize>,
    record: &csv::StringRecord,
    columns: &[Vec<String>],
    delimiter: u8,
) -> Row {
    let whole = Origin::bytes(id, bytes.clone());
    let mut written = Written::whole(whole.clone()).with("spec", Written::whole(whole));
    let (mut name, mut spec, mut texts) = (Value::from(""), Value::Object(Map::new()), Vec::new());
    let cells = cells(line, delimiter);
    for (n, (cell, keys)) in record
        .iter()
        .zip(columns)
        .enumerate()
        .filter(|(_, (cell, _))| !cell.is_empty())
    {
        let place = cells.as_ref().and_then(|cells| cells.get(n));
        let at = place.map_or_else(
            || bytes.clone(),
            |cell| bytes.start + cell.start..bytes.start + cell.end,
        );
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        written.insert(&keys, Origin::bytes(id, at));
        if keys[0] == "metadata" {
            name = cell.into();
        } else {
            put(&mut spec, &keys[1..], cell);
            texts.push(
                keys.iter()
                    .fold(Pointer::root(), |pointer, key| pointer.key(key)),
            );
        }
    }
    Row {
        value: site(&name, spec),
        written,
        texts,
    }
}

/// Where each cell stands in its line; none if cells are quoted, and only the csv crate knows.
fn cells(line: &str, delimiter: u8) -> Option<Vec<Range<usize>>> {
    if line.contains('"') {
        return None;
    }
    let mut at = 0;
    let cells = line
        .trim_end_matches(['\r', '\n'])
        .split(char::from(delimiter));
    Some(
        cells
            .map(|cell| {
                let start = at;
                at += cell.len() + 1;
                start..start + cell.len()
            })
            .collect(),
    )
}

fn put(value: &mut Value, keys: &[&str], cell: &str) {
    match keys.split_first() {
        Some((first, rest)) => put(&mut value[*first], rest, cell),
        None => *value = cell.into(),
    }
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("this line has {len} cells, and the first one {expected_len}")
        }
        _ => "this line is no CSV".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Row>, String> {
        let source = Source::new("t.csv", text.as_bytes().to_vec());
        let table = Table::read(SourceId(1), &source)
            .map_err(|faults| faults[0].message.raw().to_owned())?;
        Ok((0..table.len()).map(|n| table.row(n, &source)).collect())
    }

    fn place(row: &Row, pointer: &str) -> Option<Range<usize>> {
        match row.written.origin(&Pointer::parse(pointer)).place {
            crate::diagnostic::Place::Bytes(range) => Some(range),
            _ => None,
        }
    }

    #[test]
    fn rows_are_sites_and_cells_have_places() {
        for (text, quoted) in [
            (
                "name,spec.bundle.key,spec.root.duration\na,k,\nb,,24h\n",
                false,
            ),
            (
                "name;spec.bundle.key;spec.root.duration\r\na;k;\r\nb;;24h\r\n",
                false,
            ),
            (
                "\u{feff}name,spec.bundle.key,spec.root.duration\na,k,\nb,,24h",
                false,
            ),
            (
                "\"name\",spec.bundle.key,spec.root.duration\n\"a\",\"k\",\n\"b\",\"\",24h\n",
                true,
            ),
        ] {
            let rows = read(text).expect("a table");
            let specs: Vec<&Value> = rows.iter().map(|row| &row.value["spec"]).collect();
            assert_eq!(
                specs,
                [
                    &serde_json::json!({"bundle": {"key": "k"}}),
                    &serde_json::json!({"root": {"duration": "24h"}})
                ]
            );
            assert_eq!(rows[1].value["metadata"]["name"], "b");
            let at = |row: usize, pointer| &text[place(&rows[row], pointer).expect("a place")];
            if !quoted {
                assert_eq!(
                    (
                        at(0, "/spec/bundle/key"),
                        at(1, "/spec/root/duration"),
                        at(1, "/metadata/name")
                    ),
                    ("k", "24h", "b")
                );
            }
            assert!(
                at(1, "/spec/issuer/name").contains("24h"),
                "what is not written is looked for in the line"
            );
        }
    }

    #[test]
    fn a_mark_is_one_at_the_beginning_of_the_table_only() {
        let rows = read("\u{feff}name,spec.bundle.key\n\u{feff}a,\u{feff}k\n").expect("a table");
        assert_eq!(rows[0].value["metadata"]["name"], "\u{feff}a");
        assert_eq!(rows[0].value["spec"]["bundle"]["key"], "\u{feff}k");
    }

    #[test]
    fn tables_that_are_none() {
        for (text, message) in [
            ("", "no column `name`"),
            ("a,b\n", "column `a` is neither"),
            ("name,spec\n", "column `spec` is neither"),
            ("name,metadata.labels\n", "column `metadata.labels`"),
            ("name,spec..x\n", "is neither"),
            ("spec.a\nx\n", "no column `name`"),
            ("name,spec.a,spec.a.b\n", "says again"),
            ("name,metadata.name\n", "says again"),
            ("name,spec.a\nx\n", "1 cells, and the first one 2"),
        ] {
            let found = read(text).expect_err(text);
            assert!(found.contains(message), "{text:?}: {found}");
        }
        assert!(Table::read(SourceId(0), &Source::new("t.csv", vec![0xff, b'\n'])).is_err());
    }
}
