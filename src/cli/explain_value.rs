//! `trustc render --explain-value`: what a field is in the end, and which file and line says so.

use super::reporter::Reporter;
use super::{Exit, Stop, Streams};
use crate::batch::{Job, compile_each};
use crate::compile::{Options, Site};
use crate::config::dotted;
use crate::diagnostic::Origin;
use crate::json_pointer::Pointer;
use crate::source::shown;
use crate::text::mask;

/// Prints every single value of `field`, one a line, as YAML with its place in a comment.
pub(super) fn explain_value(
    field: &str,
    jobs: Vec<Job>,
    options: &Options,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let pointer = pointer_of(field)?;
    let several = jobs.len() > 1;
    let mut report = Reporter::at_once();
    let mut explained = 0;
    compile_each(
        jobs,
        options,
        |_| (),
        |site, ()| {
            let lines = lines(&site, &pointer);
            explained += lines.len();
            if several && !lines.is_empty() {
                writeln!(
                    streams.output,
                    "# {}",
                    site.name()
                        .unwrap_or_else(|| site.sources.get(site.id).name())
                )?;
            }
            for line in lines {
                writeln!(streams.output, "{line}")?;
            }
            report.take(site.sources, site.diagnostics, streams)
        },
    )?;
    let counts = report.finish(streams)?;
    if counts.errors > 0 {
        return Ok(Exit::Findings);
    }
    if explained == 0 {
        let message = format!("{} is not set, and has no default of its own", shown(field));
        return Err(Stop::Failed(message));
    }
    Ok(Exit::Clean)
}

fn lines(site: &Site, pointer: &Pointer) -> Vec<String> {
    let values = site
        .effective
        .iter()
        .flat_map(|effective| effective.values(pointer));
    let line = |(at, value, written): (Pointer, serde_json::Value, Option<Origin>)| {
        let place = match written {
            None => "default".to_owned(),
            Some(origin) => {
                let name = site.sources.get(origin.source).name();
                site.sources.locate(&origin).map_or(name.to_owned(), |at| {
                    format!("{name}:{}:{}", at.line, at.column)
                })
            }
        };
        let value = value.as_str().map_or_else(
            || value.to_string(),
            |text| mask(text.lines().next().unwrap_or("\"\"")).into_owned(),
        );
        format!("{}: {value}  # {place}", dotted(&at))
    };
    values.map(line).collect()
}

/// `spec.anchors[0].file` as findings write it, or a JSON pointer.
fn pointer_of(field: &str) -> Result<Pointer, Stop> {
    if field.starts_with('/') {
        return Ok(Pointer::parse(field));
    }
    let keys = field
        .split(['.', '['])
        .map(|key| key.strip_suffix(']').unwrap_or(key));
    let pointer = keys
        .clone()
        .fold(Pointer::root(), |pointer, key| pointer.key(key));
    if keys.clone().any(str::is_empty) {
        return Err(Stop::Failed(format!(
            "{} is no field; write it as spec.issuer.name",
            shown(field)
        )));
    }
    Ok(pointer)
}
