//! `trustc rehearse`: every handshake of the years to come.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::horizon::{Horizon, parse_horizon};
use super::only_changed::only_changed;
use super::report::print_findings;
use super::reporter::Reporter;
use super::spill_file::SpillFile;
use super::{Exit, Input, Stop, Streams, nothing_changed, parse_now};
use crate::batch::{compile_each, configurations};
use crate::compile::{Options, Site};
use crate::diagnostic::Diagnostic;
use crate::rehearsal::{
    Assumptions, Fault, Rehearsed, Terms, cast, findings, human, json, json_begin, json_end,
    json_item, rehearse, svg,
};
use crate::report::Findings;
use crate::source::{Limit, Sources, read_named};
use crate::text::Clean;
use crate::text::Content;
use crate::trust::Trust;

/// Rehearse what the cluster will do for years to come: does any client ever reject a server?
///
/// A virtual clock runs from today over the horizon. cert-manager issues and renews real certificates, trust-manager rebuilds
/// bundles, files appear in volumes, and each handshake is verified on the bytes that both sides hold. Nothing is contacted,
/// and no key leaves the process. Exit status 1 says that there is a gap.
///
/// Errors of a configuration that are nothing but gaps to come (a root that rotates its key, a CA that ends) are printed, and
/// the gap is shown all the same; any other error stands in the way.
#[derive(Debug, Args)]
pub(super) struct RehearseArgs {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    span: SpanArgs,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Form::Human)]
    format: Form,
}

/// From when to when, and under which assumptions.
#[derive(Debug, Args)]
pub(super) struct SpanArgs {
    /// How far to look: years, days or a Go duration (10y, 400d, 2160h), at most 100 years; unset: 5y
    #[arg(long, value_name = "SPAN", value_parser = parse_horizon)]
    horizon: Option<Horizon>,
    /// Begin on this day instead of today (2027-06-30 or RFC 3339)
    #[arg(long, value_name = "DATE", value_parser = parse_now)]
    from: Option<OffsetDateTime>,
    /// Delays, and workloads that must restart: a YAML file, see `trustc schema assumptions`
    #[arg(long, value_name = "FILE")]
    assume: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The verdict, what led to it, and a chart
    Human,
    /// One JSON object, versioned
    Json,
    /// A picture
    Svg,
}

impl SpanArgs {
    /// The beginning: `--from`, else the day on which certificates are judged. Whole seconds, as certificates count them.
    pub(super) fn from(&self, now: OffsetDateTime) -> OffsetDateTime {
        let from = self.from.unwrap_or(now).to_offset(time::UtcOffset::UTC);
        from.replace_nanosecond(0).unwrap_or(from)
    }

    pub(super) fn read(
        &self,
        now: OffsetDateTime,
        streams: &mut Streams<'_>,
    ) -> Result<Span, Stop> {
        let from = self.from(now);
        if from.year() < 1970 {
            let message =
                "a rehearsal begins in 1970 at the earliest: verifiers know no time before";
            return Err(Stop::Failed(message.to_owned()));
        }
        let beyond = || {
            Stop::Failed(
                "the horizon is beyond the year 9999, the last that a certificate can name"
                    .to_owned(),
            )
        };
        let until = self
            .horizon
            .unwrap_or(Horizon::Years(5))
            .after(from)
            .filter(|until| until.year() <= 9999)
            .ok_or_else(beyond)?;
        let read = self
            .assume
            .as_deref()
            .map(|path| read_assumptions(path, streams));
        let assumptions = read.transpose()?.unwrap_or_default();
        Ok(Span {
            from,
            until,
            assumptions,
        })
    }
}

/// What `--horizon`, `--from` and `--assume` come to.
pub(super) struct Span {
    from: OffsetDateTime,
    until: OffsetDateTime,
    assumptions: Assumptions,
}

impl Span {
    pub(super) fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }
}

fn read_assumptions(path: &Path, streams: &mut Streams<'_>) -> Result<Assumptions, Stop> {
    let source = read_named(path, Limit::Configuration)?;
    let mut sources = Sources::default();
    let id = sources.add(source);
    match Assumptions::read(id, &mut sources) {
        Ok(assumptions) => Ok(assumptions),
        Err(diagnostics) => {
            let findings = Findings {
                sources: &sources,
                diagnostics: &diagnostics,
            };
            let counts = print_findings(&[findings], streams)?;
            Err(Stop::Failed(format!(
                "{}: {counts}; `trustc schema assumptions` lists what is known",
                Clean::path(&path)
            )))
        }
    }
}

/// Rehearses one site.
pub(super) fn rehearse_one(trust: &Trust, span: &Span) -> Result<Rehearsed, Stop> {
    let terms = Terms {
        from: span.from,
        until: span.until,
        assumptions: &span.assumptions,
    };
    let assumed = |why| Stop::Failed(format!("--assume does not fit site {}: {why}", trust.site));
    let plan = cast(trust, &terms).map_err(assumed)?;
    let rehearsal = rehearse(&plan).map_err(|fault| match fault {
        Fault::TooMuch { .. } => Stop::Failed(format!("{}: {fault}", trust.site)),
        Fault::Bug(bug) => Stop::from(bug),
    })?;
    Ok(Rehearsed {
        site: trust.site.to_string(),
        rehearsal,
    })
}

/// The rehearsal as a gate of other verbs.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// Also rehearse the years to come: a handshake that fails is an error
    #[arg(long)]
    rehearse: bool,
    #[command(flatten)]
    span: SpanArgs,
}

impl GateArgs {
    /// What is to be rehearsed of so many sites, if that is asked for.
    pub(super) fn span(
        &self,
        sites: usize,
        now: OffsetDateTime,
        streams: &mut Streams<'_>,
    ) -> Result<Option<Span>, Stop> {
        if !self.rehearse {
            let SpanArgs {
                horizon,
                from,
                assume,
            } = &self.span;
            if horizon.is_some() || from.is_some() || assume.is_some() {
                let message = "--horizon, --from and --assume say how to rehearse: add --rehearse";
                return Err(Stop::Failed(message.to_owned()));
            }
            return Ok(None);
        }
        let span = self.span.read(now, streams)?;
        one_site_if_named(&span, sites)?;
        Ok(Some(span))
    }
}

/// What a rehearsal finds in a site, if one is asked for.
pub(super) fn gate(site: &Site, span: Option<&Span>) -> Result<Vec<Diagnostic>, Stop> {
    let (Some(span), Some(trust)) = (span, &site.rehearsable) else {
        return Ok(Vec::new());
    };
    rehearse_one(trust, span).map(|one| findings(trust, &one.rehearsal))
}

/// Assumptions about workloads by name are about those of one site.
fn one_site_if_named(span: &Span, sites: usize) -> Result<(), Stop> {
    if span.assumptions.names_workloads() && sites > 1 {
        return Err(Stop::Failed(format!(
            "--assume names workloads of one site, and there are {sites}"
        )));
    }
    Ok(())
}

pub(super) fn run(args: &RehearseArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let options = options(args);
    let span = args.span.read(options.terms.now, streams)?;
    let (paths, since) = (&args.input.paths, args.input.changed_since.as_deref());
    let found = configurations(paths, &options, streams.input)?;
    let jobs = only_changed(found, since, paths, &options)?;
    if let Some(reference) = since.filter(|_| jobs.is_empty()) {
        return nothing_changed(reference, streams);
    }
    let sites = jobs.len();
    if args.format == Form::Svg && sites > 1 {
        return Err(Stop::Failed(format!(
            "{sites} sites do not go into one picture: name one"
        )));
    }
    one_site_if_named(&span, sites)?;
    let print = match args.format {
        Form::Human => human,
        Form::Json => json,
        Form::Svg => svg,
    };
    let work = |site: &mut Site| -> Result<Option<(bool, String)>, Stop> {
        let printed = |one: Rehearsed| (one.rehearsal.outages.is_empty(), print(&one));
        let rehearsed = site
            .rehearsable
            .as_ref()
            .map(|trust| rehearse_one(trust, &span).map(printed));
        site.release();
        rehearsed.transpose()
    };
    let (mut report, mut result) = (Reporter::at_once(), Printed::new(args.format)?);
    compile_each(jobs, &options, work, |site, rehearsed| {
        report.take(site.sources, site.diagnostics, streams)?;
        if let Some((passed, text)) = rehearsed? {
            result.add(passed, &text)?;
        }
        Ok::<(), Stop>(())
    })?;
    let counts = report.finish(streams)?;
    let (rehearsed, gap) = (result.sites, result.gap);
    result.print(streams)?;
    if rehearsed < sites {
        writeln!(
            streams.errors,
            "refused: {counts}; not rehearsed: {} of {sites}",
            sites - rehearsed
        )?;
    }
    Ok(if gap || counts.errors > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// What is printed of the sites that were rehearsed so far.
struct Printed {
    form: Form,
    text: SpillFile,
    sites: usize,
    gap: bool,
}

impl Printed {
    fn new(form: Form) -> Result<Self, Stop> {
        let mut text = SpillFile::default();
        if form == Form::Json {
            text.add(&json_begin())?;
        }
        Ok(Self {
            form,
            text,
            sites: 0,
            gap: false,
        })
    }

    fn add(&mut self, passed: bool, site: &str) -> Result<(), Stop> {
        match self.form {
            Form::Json => self.text.add(&json_item(self.sites, site))?,
            Form::Human | Form::Svg if self.sites > 0 => {
                self.text.add("\n")?;
                self.text.add(site)?;
            }
            Form::Human | Form::Svg => self.text.add(site)?,
        }
        self.sites += 1;
        self.gap |= !passed;
        Ok(())
    }

    fn print(mut self, streams: &mut Streams<'_>) -> Result<(), Stop> {
        if self.form == Form::Json {
            self.text.add(json_end(self.sites))?;
        }
        let content = if self.form == Form::Json {
            Content::Json
        } else {
            Content::Document
        };
        self.text.copy(content, &mut streams.output, &Stop::from)
    }
}

/// Certificates are judged on the day on which the rehearsal begins, unless another is said.
fn options(args: &RehearseArgs) -> Options {
    let mut options = args.input.options();
    if args.input.clock.now.is_none() {
        options.terms.now = args.span.from(options.terms.now);
    }
    options
}
