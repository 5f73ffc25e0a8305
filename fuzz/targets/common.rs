//! The program's own entry, with what must hold for every input.

use std::ffi::OsString;

use trustc::cli::{Exit, Streams, Terminal, run};

/// Runs one command line over `input`, and holds it to what is promised: no panic, no fault of the program's own, findings
/// and results that fit the exit status.
pub(crate) fn promise(arguments: &[&str], input: &[u8]) -> Exit {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut &*input,
        output: &mut output,
        errors: &mut errors,
        terminal: Terminal::default(),
        rules_url: None,
    };
    let arguments = std::iter::once("trustc").chain(arguments.iter().copied()).map(OsString::from);
    let exit = run(arguments, &mut streams);
    let errors = String::from_utf8(errors).expect("reports are UTF-8");
    assert!(std::str::from_utf8(&output).is_ok(), "results are UTF-8");
    // The words alone may be those of the input.
    let fault = |line: &str| line.starts_with("error") && line.contains(": a fault of trustc, ");
    assert!(!errors.lines().any(fault), "{errors}");
    assert!(exit != Exit::Findings || errors.contains("error[") || errors.contains("refused: "), "{errors}");
    exit
}
