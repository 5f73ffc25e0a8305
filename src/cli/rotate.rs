//! `trustc rotate`: the way from one root to another, step by step.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::rehearse::{SpanArgs, gate, rehearse_one};
use super::report::print_findings;
use super::{Clock, Exit, Stop, Streams};
use crate::compile::{Given, Options, Site, compile};
use crate::config::Phase;
use crate::diagnostic::{Origin, Severity};
use crate::json_pointer::Pointer;
use crate::output::rewrite;
use crate::pki::{self, Certificate, Found};
use crate::rehearsal::Steps;
use crate::report::{Counts, Findings, sort};
use crate::rules::{Judged, check};
use crate::source::{Limit, Source, read_named};
use crate::text::Clean;
use crate::trust::{Anchor, Located, Rotation, Signing, Trust};
use crate::types::{Date, DnsLabel};

/// Replace a root: plan the way, and take it step by step.
#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(subcommand)]
    verb: RotateVerb,
}

#[derive(Debug, Subcommand)]
enum RotateVerb {
    /// Print the steps from the root in use to another: what to commit when, what to verify, what to restart
    Plan(PlanArgs),
    /// Write the next phase into the configuration, if it is safe; everything else in the file stays as it is
    Next(NextArgs),
}

/// Print the steps from the root in use to another, with dates, and rehearse them all.
#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    site: SiteArgs,
    /// The new root: PEM or DER, below the configuration's folder
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The anchor that goes; unset: the one that the issuer's chain leads to, or the only one
    #[arg(long, value_name = "NAME")]
    replaces: Option<String>,
    /// The last day on which the old issuer signs; unset: a week after the new root is distributed
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    switch_after: Option<Date>,
    #[command(flatten)]
    span: SpanArgs,
}

/// Write the next phase into the configuration.
///
/// The phase is taken only if nothing that lives is stranded by it: by its dates, and by a rehearsal of all that follows.
#[derive(Debug, Args)]
struct NextArgs {
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    span: SpanArgs,
}

/// One configuration.
#[derive(Debug, Args)]
struct SiteArgs {
    /// The configuration
    config: PathBuf,
    /// Another folder that certificate files may be read from
    #[arg(long, value_name = "DIR")]
    allow_root: Vec<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

impl SiteArgs {
    fn options(&self) -> Options {
        Options {
            terms: self.clock.terms(),
            allow_roots: self.allow_root.clone(),
            engine: None,
            shared: std::sync::Arc::default(),
        }
    }

    fn source(&self) -> Result<Source, Stop> {
        read_named(&self.config, Limit::Configuration)
            .map_err(|fault| Stop::Failed(fault.to_string()))
    }
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|refusal| refusal.reason)
}

pub(super) fn run(args: &RotateArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    match &args.verb {
        RotateVerb::Plan(args) => plan(args, streams),
        RotateVerb::Next(args) => next(args, streams),
    }
}

fn plan(args: &PlanArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let options = args.site.options();
    let span = args.span.read(options.terms.now, streams)?;
    let mut site = compile(
        Given::alone(&args.site.config, args.site.source()?),
        &options,
    )?;
    let Some(trust) = site
        .rehearsable
        .take()
        .filter(|_| Counts::of(&site.diagnostics).errors == 0)
    else {
        print_findings(&[(&site).into()], streams)?;
        writeln!(
            streams.errors,
            "refused: nothing is planned on a configuration with errors"
        )?;
        return Ok(Exit::Findings);
    };
    let (root, file) = new_root(args, &mut site)?;
    let planned = with_rotation(&trust, args, root)?;
    let (judged, mut found) = check(planned.clone(), Vec::new(), options.terms);
    sort(&site.sources, &mut found);
    print_findings(
        &[Findings {
            sources: &site.sources,
            diagnostics: &found,
        }],
        streams,
    )?;
    if !matches!(judged, Judged::Sound(_)) {
        writeln!(
            streams.errors,
            "refused: this root cannot take the other's place"
        )?;
        return Ok(Exit::Findings);
    }
    let Some(rotation) = &planned.rotation else {
        return Ok(Exit::Failed);
    };
    let rehearsed = rehearse_one(&planned, &span)?;
    let steps = Steps {
        trust: &planned,
        rotation,
        now: options.terms.now,
        assumptions: span.assumptions(),
        config: &args.site.config.display().to_string(),
        file: Some(file.as_str()).filter(|_| {
            trust
                .anchors
                .iter()
                .all(|anchor| anchor.name.value != rotation.to.value)
        }),
        verdict: &rehearsed.rehearsal.verdict(),
    };
    streams.output.document(&steps.text())?;
    Ok(if rehearsed.rehearsal.outages.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

/// The certificate of `--to`, and its path as the configuration would name it.
fn new_root(args: &PlanArgs, site: &mut Site) -> Result<(Certificate, String), Stop> {
    let source = read_named(&args.to, Limit::Configuration)
        .map_err(|fault| Stop::Failed(fault.to_string()))?;
    let id = site.sources.add(source);
    let found = Found {
        text: Origin::file(id),
        named: Origin::file(id),
    };
    let path = args.to.display().to_string();
    let read = pki::read(site.sources.get(id).bytes(), &found);
    if let Some(fault) = read
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error)
    {
        return Err(Stop::Failed(format!("{path}: {}", fault.message.line())));
    }
    let Some([root]) = read
        .sound()
        .and_then(|all| <&[Certificate; 1]>::try_from(all).ok().cloned())
    else {
        return Err(Stop::Failed(format!(
            "{path} must hold exactly one certificate, the new root"
        )));
    };
    let folder = args.site.config.parent().unwrap_or(Path::new("."));
    let inside = args.to.strip_prefix(folder).unwrap_or(&args.to);
    Ok((root, inside.display().to_string().replace('\\', "/")))
}

/// The trust with a rotation in its first phase.
fn with_rotation(trust: &Trust, args: &PlanArgs, root: Certificate) -> Result<Trust, Stop> {
    if let Signing::SelfSignedRoot(_) = trust.issuer.signing {
        let message = "the root of a quickstart keeps its key, and is never replaced: for roots of your own use profile byo-issuer";
        return Err(Stop::Failed(message.to_owned()));
    }
    if let Some(rotation) = &trust.rotation {
        let phase = rotation.phase.value.as_str();
        return Err(Stop::Failed(format!(
            "a rotation is under way, in phase {phase}: trustc rotate next takes it further"
        )));
    }
    let known = trust.anchors.iter().position(|anchor| {
        anchor
            .certificates
            .iter()
            .any(|one| one.fingerprint == root.fingerprint)
    });
    let from = going(trust, args.replaces.as_deref(), known)?;
    let mut planned = trust.clone();
    let at = |key: &str| trust.origin(&format!("/spec/rotation/{key}"));
    let absent = match known {
        Some(n) => planned.anchors.remove(n),
        None => {
            let name = Located {
                value: anchor_name(trust, &args.to)?,
                origin: at("to"),
            };
            Anchor {
                name,
                certificates: vec![root],
                sha256: None,
                retire_after: None,
            }
        }
    };
    let mut other = trust.issuer.signing.clone();
    other.forget_chain();
    planned.rotation = Some(Rotation {
        from: Located {
            value: from,
            origin: at("from"),
        },
        to: Located {
            value: absent.name.value.clone(),
            origin: at("to"),
        },
        phase: Located {
            value: Phase::Prepare,
            origin: at("phase"),
        },
        switch_after: args.switch_after.map(|value| Located {
            value,
            origin: at("switchAfter"),
        }),
        absent: Some(absent),
        other,
        misfits: Vec::new(),
    });
    Ok(planned)
}

/// The anchor that goes: the one that is named, or that the chain leads to, or that is left.
fn going(trust: &Trust, named: Option<&str>, new: Option<usize>) -> Result<DnsLabel, Stop> {
    let others: Vec<&Anchor> = trust
        .anchors
        .iter()
        .enumerate()
        .filter(|(n, _)| Some(*n) != new)
        .map(|(_, anchor)| anchor)
        .collect();
    let list = || {
        others
            .iter()
            .map(|anchor| anchor.name.value.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if let Some(name) = named {
        let found = others
            .iter()
            .find(|anchor| *anchor.name.value == *name)
            .map(|anchor| anchor.name.value.clone());
        return found.ok_or_else(|| {
            Stop::Failed(format!(
                "--replaces: there is no anchor {} beside the new one; there are: {}",
                crate::source::shown(name),
                list()
            ))
        });
    }
    let issued = |anchor: &&&Anchor| {
        let chain = trust.chain();
        let is = |root: &Certificate| {
            chain
                .iter()
                .any(|one| one.fingerprint == root.fingerprint || one.is_issued_by(root))
        };
        anchor.certificates.iter().any(is)
    };
    match (others.iter().find(issued), others.as_slice()) {
        (Some(anchor), _) => Ok(anchor.name.value.clone()),
        (None, [only]) => Ok(only.name.value.clone()),
        (None, []) => Err(Stop::Failed(
            "the only anchor is this root already: there is nothing to replace".to_owned(),
        )),
        (None, _) => Err(Stop::Failed(format!(
            "which anchor goes? add --replaces NAME, one of: {}",
            list()
        ))),
    }
}

/// A name for the new anchor, from its file's.
fn anchor_name(trust: &Trust, file: &Path) -> Result<DnsLabel, Stop> {
    let stem = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let name = plain.trim_matches('-').to_owned();
    let taken = trust
        .anchors
        .iter()
        .any(|anchor| *anchor.name.value == *name);
    let name = if taken { format!("{name}-new") } else { name };
    DnsLabel::try_from(name).map_err(|_| {
        Stop::Failed(format!(
            "{}: rename the file to a name for the anchor",
            Clean::path(&file)
        ))
    })
}

fn next(args: &NextArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let options = args.site.options();
    let path = &args.site.config;
    let span = args.span.read(options.terms.now, streams)?;
    let site = compile(Given::alone(path, args.site.source()?), &options)?;
    let Some((phase, edited)) = edited(&site)? else {
        print_findings(&[(&site).into()], streams)?;
        writeln!(
            streams.errors,
            "refused: {} stays as it is",
            Clean::path(&path)
        )?;
        return Ok(Exit::Findings);
    };
    let mut next = compile(
        Given::alone(
            path,
            Source::new(Clean::path(&path).to_string(), edited.clone().into_bytes()),
        ),
        &options,
    )?;
    let gaps = gate(&next, Some(&span))?;
    next.diagnostics.extend(gaps);
    sort(&next.sources, &mut next.diagnostics);
    let counts = print_findings(&[(&next).into()], streams)?;
    if counts.errors > 0 {
        writeln!(
            streams.errors,
            "refused: {} stays as it is; the lines above are of phase {}",
            Clean::path(&path),
            phase.as_str()
        )?;
        return Ok(Exit::Findings);
    }
    rewrite(path, &edited)
        .map_err(|error| Stop::Failed(format!("cannot write {}: {error}", Clean::path(&path))))?;
    writeln!(
        streams.errors,
        "{}: phase {}; next: trustc render, and have it reviewed",
        Clean::path(&path),
        phase.as_str()
    )?;
    Ok(Exit::Clean)
}

/// The next phase, and the configuration with it; nothing if errors stand in the way of reading the configuration.
fn edited(site: &Site) -> Result<Option<(Phase, String)>, Stop> {
    let Some(trust) = &site.rehearsable else {
        return Ok(None);
    };
    let none = || {
        Stop::Failed("there is no spec.rotation: trustc rotate plan prints what to add".to_owned())
    };
    let rotation = trust.rotation.as_ref().ok_or_else(none)?;
    let over = || {
        let from = &rotation.from.value;
        Stop::Failed(format!(
            "phase retire is the last: delete spec.rotation and the anchor {from}, and put into spec.issuer what rotation.issuer says"
        ))
    };
    let next = rotation.phase.value.next().ok_or_else(over)?;
    let source = site.sources.get(site.id);
    let origin = Origin::value(site.id, Pointer::parse("/spec/rotation/phase"));
    let start = site
        .sources
        .locate(&origin)
        .map(|location| location.bytes.start);
    let text = source.text().unwrap_or_default();
    // The word, in quotes or not. An alias or a block scalar is not replaced: what else hangs on it cannot be told.
    let word = rotation.phase.value.as_str();
    let place = start.and_then(|start| {
        let rest = text.get(start..)?;
        let start = start + usize::from(rest.starts_with(['"', '\'']));
        text.get(start..)?
            .starts_with(word)
            .then_some(start..start + word.len())
    });
    match place {
        Some(place) => Ok(Some((
            next,
            format!(
                "{}{}{}",
                &text[..place.start],
                next.as_str(),
                &text[place.end..]
            ),
        ))),
        None => Err(Stop::Failed(format!(
            "spec.rotation.phase is not written plainly: write `phase: {}`",
            next.as_str()
        ))),
    }
}
