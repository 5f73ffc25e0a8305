//! The `trustc` program: parse, run, exit code. Everything else is in the library.

use std::io::{self, BufWriter, IsTerminal as _};
use std::process::ExitCode;

use mimalloc::MiMalloc;
use trustc::cli::{Printer, Streams, Terminal, run};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut errors = io::stderr().lock();
    let mut streams = Streams {
        input: &mut io::stdin(),
        output: Printer::new(&mut output),
        errors: Printer::new(&mut errors),
        terminal: terminal(),
        rules_url: rules_url(),
    };
    ExitCode::from(run(std::env::args_os(), &mut streams) as u8)
}

/// NO_COLOR, TERM, LANG and their kin decide; a file gets none of it.
fn terminal() -> Terminal {
    let shown = io::stderr().is_terminal();
    Terminal {
        interactive: shown,
        color: anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
        unicode: shown && supports_unicode::on(supports_unicode::Stream::Stderr),
        hyperlinks: supports_hyperlinks::on(supports_hyperlinks::Stream::Stderr),
    }
}

/// TRUSTC_RULES_URL, else the rules in the repository that this package names.
fn rules_url() -> Option<String> {
    let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|url| !url.is_empty());
    let published =
        repository.map(|url| format!("{url}/blob/v{}/docs/rules.md", env!("CARGO_PKG_VERSION")));
    std::env::var("TRUSTC_RULES_URL")
        .ok()
        .filter(|url| !url.is_empty())
        .or(published)
}
