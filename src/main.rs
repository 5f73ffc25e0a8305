//! The `trustc` program: parse, run, exit code. Everything else is in the library.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use trustc::cli::{Streams, run};

fn main() -> ExitCode {
    let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    let mut streams = Streams {
        input: &mut io::stdin().lock(),
        output: &mut BufWriter::new(io::stdout().lock()),
        errors: &mut io::stderr().lock(),
        color,
    };
    ExitCode::from(run(std::env::args_os(), &mut streams) as u8)
}
