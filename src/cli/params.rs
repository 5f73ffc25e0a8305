//! `trustc params`: what the installer must be told.

use clap::{Args, ValueEnum};

use super::only_changed::only_changed;
use super::reporter::Reporter;
use super::spill_file::SpillFile;
use super::{Exit, Input, Stop, Streams, nothing_changed};
use crate::batch::{compile_each, configurations};
use crate::params::{az, bicepparam, json, tfvars};
use crate::text::Content;

/// Print what the installer must be told, from the same values as the manifests.
///
/// What a configuration does not know (cluster, resource group) stands there as a placeholder, and is listed.
#[derive(Debug, Args)]
pub(super) struct ParamsArgs {
    #[command(flatten)]
    input: Input,
    /// For whom
    #[arg(long, value_enum, default_value_t = Form::Az)]
    format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Command lines of az iot ops
    Az,
    /// A Bicep parameter file
    Bicepparam,
    /// Terraform variables of microsoft/edge-ai
    Tfvars,
    /// JSON
    Json,
}

pub(super) fn run(args: &ParamsArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let options = args.input.options();
    let (paths, since) = (&args.input.paths, args.input.changed_since.as_deref());
    let found = configurations(paths, &options, streams.input)?;
    let jobs = only_changed(found, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| jobs.is_empty()) {
        return nothing_changed(reference, streams);
    }
    let print = match args.format {
        Form::Az => az,
        Form::Bicepparam => bicepparam,
        Form::Tfvars => tfvars,
        Form::Json => json,
    };
    let (mut report, mut texts) = (Reporter::at_once(), SpillFile::default());
    let (mut is_first, mut is_refused) = (true, false);
    compile_each(
        jobs,
        &options,
        |_| (),
        |site, ()| {
            if let Some(params) = site.params {
                is_refused |= params.refused;
                if !std::mem::take(&mut is_first) {
                    texts.add("\n")?;
                }
                texts.add(&print(&params))?;
            }
            report.take(site.sources, site.diagnostics, streams)
        },
    )?;
    let counts = report.finish(streams)?;
    if counts.errors > 0 {
        return Ok(Exit::Findings);
    }
    if args.format == Form::Az && is_refused {
        let sentence = "az iot ops create refuses trust settings where the extension microsoft.certmanagement is installed; install cert-manager yourself, or use Bicep or Terraform";
        writeln!(streams.errors, "refused: {sentence}")?;
        return Ok(Exit::Findings);
    }
    let content = if args.format == Form::Json {
        Content::Json
    } else {
        Content::Document
    };
    texts.copy(content, &mut streams.output, &Stop::from)?;
    Ok(Exit::Clean)
}
