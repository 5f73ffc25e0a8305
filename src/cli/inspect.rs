//! `trustc inspect`: every certificate in a file, and what is wrong with it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::buffered_report::BufferedReport;
use super::report::{Format, Selection, Weights, form, print_findings};
use super::{Clock, Exit, Stop, Streams};
use crate::batch::files;
use crate::inspect::{inspect, json, summary, text};
use crate::report::{Counts, Findings};
use crate::text::Content;

/// Show the certificates in a file, and what is wrong with them.
///
/// The file is PEM, DER or PKCS#7, or holds manifests, YAML or JSON: ConfigMaps, Secrets, Bundles and issuers are looked
/// into. Of a Secret only tls.crt and ca.crt are looked at, never a key. Exit status 1 means that something is wrong with
/// what was found: it has expired, is no CA although clients trust it, or makes no chain.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Files; - reads one from standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    clock: Clock,
    /// How certificates are shown, or findings alone
    #[arg(long, value_enum, default_value_t = View::Summary)]
    format: View,
    #[command(flatten)]
    weights: Weights,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// Chains from the root down, a few lines a certificate
    Summary,
    /// Everything, in the shape of openssl x509 -text
    Text,
    /// One JSON object, with the findings (trustc schema inspection)
    Json,
    /// The findings in SARIF 2.1.0
    Sarif,
    /// The findings as workflow commands of GitHub Actions
    Github,
    /// The findings as a Code Quality report of GitLab
    Gitlab,
    /// The findings as logging commands of Azure Pipelines
    Azure,
    /// The findings in JUnit XML
    Junit,
}

impl View {
    /// The form of the findings, where they are the whole result.
    fn of_findings(self) -> Option<Format> {
        match self {
            Self::Summary | Self::Text | Self::Json => None,
            Self::Sarif => Some(Format::Sarif),
            Self::Github => Some(Format::Github),
            Self::Gitlab => Some(Format::Gitlab),
            Self::Azure => Some(Format::Azure),
            Self::Junit => Some(Format::Junit),
        }
    }
}

pub(super) fn run(args: &InspectArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    args.selection.spare(&args.files)?;
    let files = files(&args.files, streams.input)?;
    let mut inspection = inspect(files, args.clock.terms());
    args.weights.apply(&mut inspection.diagnostics);
    args.selection.apply(&mut inspection.diagnostics);
    let findings = [Findings {
        sources: &inspection.sources,
        diagnostics: &inspection.diagnostics,
    }];
    let counts = Counts::of(&inspection.diagnostics);
    let mut written = match (args.format, args.format.of_findings()) {
        (_, Some(format)) => {
            let mut kept = BufferedReport::new(form(format, streams.rules_url.as_deref()));
            kept.add(&findings[0])?;
            args.selection
                .write_by(|out, failed| kept.write(out, failed), streams)
        }
        (View::Text, _) => args
            .selection
            .write(Content::Document, &text(&inspection), streams),
        (View::Json, _) => args
            .selection
            .write(Content::Json, &json(&inspection), streams),
        _ => args
            .selection
            .write(Content::Document, &summary(&inspection), streams),
    };
    if written.is_ok() && matches!(args.format, View::Summary | View::Text) {
        written = print_findings(&findings, streams).map(drop);
    }
    args.selection.exit(counts, written)
}
