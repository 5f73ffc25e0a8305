//! `trustc completions` and `trustc man`: what a shell and a manual need, folded from the same definitions as the help.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Exit, Stop, Streams};

/// Print a completion script.
///
/// Such as: trustc completions bash > ~/.local/share/bash-completion/completions/trustc
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For this shell
    shell: Shell,
}

/// Print the manual page, of one verb or of the program.
///
/// Such as: trustc man check | man -l -
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// A verb, such as check; without it the page of the program
    verb: Option<String>,
}

pub(super) fn completions(
    args: &CompletionsArgs,
    mut cli: Command,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli, "trustc", &mut script);
    streams.output.own(&script)?;
    Ok(Exit::Clean)
}

pub(super) fn man(
    args: &ManArgs,
    mut cli: Command,
    streams: &mut Streams<'_>,
) -> Result<Exit, Stop> {
    cli.build();
    let page = match &args.verb {
        None => cli,
        Some(verb) => {
            let found = cli.find_subcommand(verb).cloned();
            let verbs: Vec<&str> = cli.get_subcommands().map(Command::get_name).collect();
            found.ok_or_else(|| {
                Stop::Failed(format!(
                    "there is no verb `{verb}`; there are {}",
                    verbs.join(", ")
                ))
            })?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    streams.output.own(&text)?;
    streams.output.flush()?;
    Ok(Exit::Clean)
}
