//! The program's own entry, with what must hold for every input.

use std::ffi::OsString;

use trustc::cli::{Exit, Printer, Streams, Terminal, run};

#[path = "../../tests/common/harmless.rs"]
mod harmless;

/// Runs one command line over `input`, and holds it to what is promised: no panic, no fault of the program's own, findings
/// and results that fit the exit status, and nothing printed that anything would obey.
pub(crate) fn promise(arguments: &[&str], input: &[u8]) -> Exit {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut &*input,
        output: Printer::new(&mut output),
        errors: Printer::new(&mut errors),
        terminal: Terminal::default(),
        rules_url: None,
    };
    let line = std::iter::once("trustc").chain(arguments.iter().copied());
    let exit = run(line.map(OsString::from), &mut streams);
    let output = String::from_utf8(output).expect("results are UTF-8");
    let errors = String::from_utf8(errors).expect("reports are UTF-8");
    // The words alone may be those of the input.
    let fault = |line: &str| line.starts_with("error") && line.contains(": a fault of trustc, ");
    assert!(!errors.lines().any(fault), "{errors}");
    let own: &[&str] = if arguments.contains(&"github") {
        &["::error ", "::warning ", "::notice "]
    } else if arguments.contains(&"azure") {
        &["##vso[task.logissue ", "##vso[task.debug]"]
    } else {
        &[]
    };
    for text in [&output, &errors] {
        assert_eq!(harmless::first_harm(text, own), None, "{arguments:?}");
    }
    let told = errors.contains("error[") || errors.contains("refused: ") || own.is_empty();
    assert!(exit != Exit::Findings || told, "{errors}");
    exit
}
