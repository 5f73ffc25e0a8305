//! `trustc explain`: the page of a rule, or the list of all.

use clap::Args;

use super::{Exit, Stop, Streams};
use crate::registry::all;
use crate::source::shown;
use crate::values::nearest;

/// Explain a rule, or list all rules.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The id of a rule, as it stands in square brackets in a finding
    rule: Option<String>,
}

pub(super) fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let rules = all();
    let Some(id) = &args.rule else {
        let width = rules.iter().map(|info| info.id.len()).max().unwrap_or(0);
        for info in rules {
            writeln!(streams.output, "{:width$}  {:7}  {}", info.id, info.severity.as_str(), info.summary)?;
        }
        return Ok(Exit::Clean);
    };
    let Some(info) = rules.iter().find(|info| info.id == id) else {
        let near = nearest(id, rules.iter().map(|info| info.id)).map(|near| format!("; did you mean `{near}`?"));
        return Err(Stop::Failed(format!("there is no rule {}{}", shown(id), near.unwrap_or_default())));
    };
    let (id, severity) = (info.id, info.severity.as_str());
    write!(
        streams.output,
        "{id} ({severity})\n\nWhat: {}.\n\nWhy: {}.\n\nFix: {}.\n",
        info.summary, info.why, info.fix
    )?;
    Ok(Exit::Clean)
}
