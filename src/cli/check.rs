//! `trustc check`: everything but writing.

use clap::Args;

use super::{Common, Exit, Format, Stop, Streams, inputs, print_findings};
use crate::site::Outcome;

/// Judge configurations and everything that would be rendered from them.
///
/// Reads each configuration and the certificates it names, applies every rule, renders in memory and holds the result
/// against what an API server and the webhooks would say. Writes nothing.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let sites = inputs::compile_all(&args.common, &args.common.options(), streams)?;
    let counts = print_findings(&sites, args.common.format, streams, true)?;
    if args.common.format == Format::Human {
        let refused = sites.iter().filter(|site| matches!(site.outcome, Outcome::Refused)).count();
        let verdict = if refused == 0 { "ok" } else { "refused" };
        let noun = if sites.len() == 1 { "site" } else { "sites" };
        writeln!(streams.errors, "{verdict}: {} {noun}, {counts}", sites.len())?;
    }
    Ok(if counts.errors > 0 { Exit::Findings } else { Exit::Clean })
}
