//! `trustc inspect`: every certificate in a file, and what is wrong with it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Clock, Exit, Format, Stop, Streams, inputs, print_findings};
use crate::inspect::{inspect, json, summary, text};
use crate::report::{Counts, Findings};

/// Show certificates: in PEM, DER or PKCS#7, or in the ConfigMaps, Secrets, Bundles and issuers of manifests, YAML or JSON.
///
/// Of a Secret only tls.crt and ca.crt are looked at, never a key. Exit status 1 means that something is wrong with what
/// was found: it has expired, is no CA although clients trust it, or makes no chain.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Files; - reads one from standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    clock: Clock,
    /// How certificates are shown
    #[arg(long, value_enum, default_value_t = View::Summary)]
    format: View,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// Chains from the root down, a few lines a certificate
    Summary,
    /// Everything, in the shape of openssl x509 -text
    Text,
    /// One JSON object, with the findings
    Json,
}

pub(super) fn run(args: &InspectArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let files = inputs::files(&args.files, streams)?;
    let inspection = inspect(files, args.clock.terms());
    let shown = match args.format {
        View::Summary => summary(&inspection),
        View::Text => text(&inspection),
        View::Json => json(&inspection),
    };
    streams.output.write_all(shown.as_bytes())?;
    let findings = [Findings { sources: &inspection.sources, diagnostics: &inspection.diagnostics }];
    let counts = if args.format == View::Json {
        Counts::of(&inspection.diagnostics)
    } else {
        print_findings(&findings, Format::Human, streams, false)?
    };
    Ok(if counts.errors > 0 { Exit::Findings } else { Exit::Clean })
}
