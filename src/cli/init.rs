//! `trustc init`: a commented starter.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::render::EngineArg;
use super::{Exit, Stop, Streams};
use crate::source::{A_LINK, link_at};
use crate::text::Clean;
use crate::types::RepositoryUrl;

const QUICKSTART: &str = include_str!("../../profiles/quickstart.yaml");
const BYO_ISSUER: &str = include_str!("../../profiles/byo-issuer.yaml");
/// The block of each type of issuer; the first is the one in the starter.
const ISSUERS: [&str; 6] = [
    include_str!("../../profiles/issuers/existing.yaml"),
    include_str!("../../profiles/issuers/ca.yaml"),
    include_str!("../../profiles/issuers/vault.yaml"),
    include_str!("../../profiles/issuers/venafi.yaml"),
    include_str!("../../profiles/issuers/acme.yaml"),
    include_str!("../../profiles/issuers/external.yaml"),
];

/// The block of delivery that every starter ends with, and those of the engines.
const NO_ENGINE: &str = "  # delivery:\n  #   engine: none                        # flux, argocd: annotations against pruning, and order\n";
const FLUX: &str = include_str!("../../profiles/engines/flux.yaml");
const ARGOCD: &str = include_str!("../../profiles/engines/argocd.yaml");

/// Write a commented starter configuration.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Who issues; byo-issuer if --issuer or --anchors is given, else quickstart
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// The type of issuer to start with
    #[arg(long, value_enum, value_name = "TYPE")]
    issuer: Option<IssuerType>,
    /// A file with public roots, PEM or DER, that clients are to trust; may be given several times
    #[arg(long, value_name = "FILE")]
    anchors: Vec<PathBuf>,
    /// What applies the manifests
    #[arg(long, value_enum)]
    engine: Option<EngineArg>,
    /// The git repository that will hold the rendered files, for --engine argocd
    #[arg(long, value_name = "URL", value_parser = parse_repository)]
    repository: Option<RepositoryUrl>,
    /// Where to write; standard output if left out. A file that exists is never overwritten
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Profile {
    /// A self-signed root in the cluster; not for production
    Quickstart,
    /// An issuer of your own PKI
    ByoIssuer,
}

/// Types of issuer, in the order of [`ISSUERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IssuerType {
    /// Somebody else makes the issuer
    Existing,
    /// A CA in a Secret: there already, from Key Vault, External Secrets or SOPS
    Ca,
    /// HashiCorp Vault
    Vault,
    /// Venafi (CyberArk Certificate Manager)
    Venafi,
    /// An ACME server of your own
    Acme,
    /// An issuer of another project signs an intermediate
    External,
}

pub(super) fn run(args: &InitArgs, streams: &mut Streams<'_>) -> Result<Exit, Stop> {
    let byo = args.issuer.is_some() || !args.anchors.is_empty();
    if args.profile == Some(Profile::Quickstart) && byo {
        let message = "--issuer and --anchors belong to --profile byo-issuer: a quickstart makes its own root";
        return Err(Stop::Failed(message.to_owned()));
    }
    if args.repository.is_some() && args.engine != Some(EngineArg::Argocd) {
        let message = "--repository belongs to --engine argocd: Flux knows its sources by name";
        return Err(Stop::Failed(message.to_owned()));
    }
    let mut text = if byo || args.profile == Some(Profile::ByoIssuer) {
        BYO_ISSUER
    } else {
        QUICKSTART
    }
    .to_owned();
    if let Some(issuer) = args.issuer {
        text = text.replacen(ISSUERS[0], ISSUERS[issuer as usize], 1);
    }
    match args.engine {
        Some(EngineArg::Flux) => text = text.replacen(NO_ENGINE, &format!("\n{FLUX}"), 1),
        Some(EngineArg::Argocd) => {
            let block = args
                .repository
                .as_ref()
                .map_or_else(|| ARGOCD.to_owned(), with_repository);
            text = text.replacen(NO_ENGINE, &format!("\n{block}"), 1);
        }
        Some(EngineArg::None) | None => {}
    }
    if !args.anchors.is_empty() {
        text = with_anchors(&text, &relative_to(args.file.as_deref(), &args.anchors)?);
    }
    if let Some(path) = args.file.as_deref().and_then(schema_above) {
        text = text.replacen(&format!("$schema={SCHEMA}"), &format!("$schema={path}"), 1);
    }
    let Some(file) = &args.file else {
        streams.output.document(&text)?;
        return Ok(Exit::Clean);
    };
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Stop::Failed(format!(
            "{} exists already, and is not overwritten",
            Clean::path(&file)
        )),
        _ => Stop::Failed(format!("cannot write {}: {error}", Clean::path(&file))),
    };
    if let Some(link) = link_at(file).filter(|link| link != file) {
        let link = Clean::path(&link);
        return Err(Stop::Failed(format!(
            "cannot write {}: {link}: {A_LINK}",
            Clean::path(&file)
        )));
    }
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(failed)?;
    written.write_all(text.as_bytes()).map_err(failed)?;
    writeln!(
        streams.errors,
        "wrote {}; next: trustc check {0}",
        Clean::path(&file)
    )?;
    Ok(Exit::Clean)
}

fn parse_repository(url: &str) -> Result<RepositoryUrl, String> {
    RepositoryUrl::try_from(url.to_owned())
}

/// The block of Argo CD with this repository in place of its example.
fn with_repository(url: &RepositoryUrl) -> String {
    let (_, rest) = ARGOCD
        .split_once("SET THIS")
        .expect("the block says what to set");
    let (_, rest) = rest.split_once('\n').expect("lines follow");
    format!(
        "  delivery:\n    engine: argocd\n    argocd:\n      repoURL: {}\n{rest}",
        serde_json::Value::from(&**url)
    )
}

/// The file that `trustc schema > trust-config.schema.json` makes.
const SCHEMA: &str = "trust-config.schema.json";

/// The way to the nearest schema above a configuration, as far as its repository goes: one is enough for all sites, and
/// works without a network. Beside the configuration it is what the starter says already.
fn schema_above(file: &Path) -> Option<String> {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let folder = folder.canonicalize().ok()?;
    for (up, folder) in folder.ancestors().enumerate() {
        if folder.join(SCHEMA).is_file() {
            return Some(format!("{}{SCHEMA}", "../".repeat(up)));
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Paths as they must stand in a configuration at `file`: relative to it, inside its folder.
fn relative_to(file: Option<&Path>, anchors: &[PathBuf]) -> Result<Vec<String>, Stop> {
    let folder = file
        .and_then(Path::parent)
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let real = |path: &Path| {
        path.canonicalize()
            .map_err(|e| Stop::Failed(format!("cannot read {}: {e}", Clean::path(&path))))
    };
    let base = real(folder)?;
    let mut relative = Vec::new();
    for anchor in anchors {
        let path = real(anchor)?;
        let inside = path.strip_prefix(&base).map_err(|_| {
            let (anchor, folder) = (Clean::path(&anchor), Clean::path(&folder));
            Stop::Failed(format!(
                "{anchor} is not below {folder}: copy it there, beside the configuration"
            ))
        })?;
        relative.push(inside.to_string_lossy().replace('\\', "/"));
    }
    Ok(relative)
}

/// The starter with these files in place of its example root.
fn with_anchors(starter: &str, files: &[String]) -> String {
    let (before, rest) = starter
        .split_once("  anchors:\n")
        .expect("the starter has anchors");
    let (_, after) = rest
        .split_once("\n\n")
        .expect("the starter's anchors end at an empty line");
    let entries: Vec<String> = files
        .iter()
        .enumerate()
        .map(|(n, file)| entry(n, file))
        .collect();
    format!("{before}  anchors:\n{}\n\n{after}", entries.join("\n"))
}

fn entry(n: usize, file: &str) -> String {
    let quoted = serde_json::Value::from(file).to_string();
    format!("  - name: root-{}\n    file: {quoted}", n + 1)
}
