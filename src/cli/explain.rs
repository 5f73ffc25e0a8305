//! `trustc explain`: the page of a rule or topic, or the list of all.

use clap::{Args, ValueEnum};

use super::topics::TOPICS;
use super::{Exit, Stop, Streams};
use crate::diagnostic::RuleInfo;
use crate::registry;
use crate::report::{page, rules_json};
use crate::types::nearest;

/// Explain a rule, or list all rules.
#[derive(Debug, Args)]
#[command(after_help = topics_help())]
pub(super) struct ExplainArgs {
    /// The id of a rule, as it stands in square brackets in a finding, or a topic
    rule: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines for a terminal
    Text,
    /// One JSON object, versioned (trustc schema rules)
    Json,
    /// Markdown: a section a rule
    Markdown,
}

fn topics_help() -> String {
    let topics = TOPICS
        .iter()
        .map(|topic| format!("\n  {:19} {}", topic.name, topic.summary));
    format!("Topics:{}", topics.collect::<String>())
}

pub(super) fn run(args: &ExplainArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let named = args.rule.as_deref();
    if let Some(topic) = TOPICS.iter().find(|topic| named == Some(topic.name)) {
        if args.format != Form::Text {
            let message = format!(
                "{} is a file for another program, and printed as it is: leave --format out",
                topic.name
            );
            return Err(Stop::Failed(message));
        }
        streams.output.document(topic.text)?;
        return Ok(Exit::Clean);
    }
    let one = named.map(find).transpose().map_err(Stop::Failed)?;
    let rules = one.map_or_else(registry::all, |info| vec![info]);
    let text = match (args.format, one) {
        (Form::Json, _) => rules_json(&rules),
        (Form::Markdown, _) => rules
            .iter()
            .map(|info| section(info))
            .collect::<Vec<_>>()
            .join("\n"),
        (Form::Text, None) => list(&rules),
        (Form::Text, Some(info)) => plain(info),
    };
    streams.output.document(&text)?;
    Ok(Exit::Clean)
}

/// The rule of this id. Topics are near as well.
fn find(id: &str) -> Result<&'static RuleInfo, String> {
    let topic = nearest(id, TOPICS.iter().map(|topic| topic.name));
    registry::find(id).map_err(|sentence| match topic {
        Some(topic) if !sentence.contains("did you mean") => {
            format!("{sentence}; did you mean `{topic}`?")
        }
        _ => sentence,
    })
}

fn list(rules: &[&RuleInfo]) -> String {
    let width = rules.iter().map(|info| info.id.len()).max().unwrap_or(0);
    let lines = rules.iter().map(|info| {
        format!(
            "{:width$}  {:7}  {}\n",
            info.id,
            info.severity.as_str(),
            info.summary
        )
    });
    lines.collect()
}

fn plain(info: &RuleInfo) -> String {
    let (id, severity) = (info.id, info.severity.as_str());
    format!(
        "{id} ({severity})\n\nWhat: {}.\n\nWhy: {}.\n\nFix: {}.\n",
        info.summary, info.why, info.fix
    )
}

/// The id alone is the heading, so that it is the anchor as well.
fn section(info: &RuleInfo) -> String {
    format!(
        "## {}\n\n**Severity:** {}\n\n{}",
        info.id,
        info.severity.as_str(),
        page(info)
    )
}
