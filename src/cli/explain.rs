//! `trustc explain`: the page of a rule or topic, or the list of all.

use clap::Args;

use super::topics::TOPICS;
use super::{Exit, Stop, Streams};
use crate::registry::all;
use crate::source::shown;
use crate::values::nearest;

/// Explain a rule, or list all rules.
#[derive(Debug, Args)]
#[command(after_help = topics_help())]
pub(super) struct ExplainArgs {
    /// The id of a rule, as it stands in square brackets in a finding, or a topic
    rule: Option<String>,
}

fn topics_help() -> String {
    let topics = TOPICS.iter().map(|topic| format!("\n  {:19} {}", topic.name, topic.summary));
    format!("Topics:{}", topics.collect::<String>())
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
    if let Some(topic) = TOPICS.iter().find(|topic| topic.name == id) {
        streams.output.write_all(topic.text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    let Some(info) = rules.iter().find(|info| info.id == id) else {
        let near = nearest(id, rules.iter().map(|info| info.id).chain(TOPICS.iter().map(|topic| topic.name)))
            .map(|near| format!("; did you mean `{near}`?"));
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
