//! The only way to an output stream or a report file.

use std::fmt;
use std::io::{self, Write};

use super::neutral;
use super::{Clean, escape_json};

/// A stream that passes nothing on that a terminal, a CI agent or a browser would obey.
pub struct Printer<'w>(&'w mut dyn Write);

impl<'w> Printer<'w> {
    /// Printing to this stream.
    pub fn new(stream: &'w mut dyn Write) -> Self {
        Self(stream)
    }

    /// Text for people, of any number of lines: neutralized, and key material masked. Makes `write!` and `writeln!`
    /// work.
    ///
    /// # Errors
    /// The stream cannot be written.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        self.0.write_all(Clean::lines(&text.to_string()).as_bytes())
    }

    /// Text that was drawn with colors and links of our own around clean text.
    pub(crate) fn drawn(&mut self, text: &str) -> io::Result<()> {
        if neutral::is_neutral_but_for_style(text) {
            return self.0.write_all(text.as_bytes());
        }
        self.document(text)
    }

    /// A document for programs, in which everything that has an escape is escaped already: YAML, XML, help texts.
    pub(crate) fn document(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(neutral::lines(text).as_bytes())
    }

    /// JSON, whole or in parts: escapes what is left to escape.
    pub(crate) fn json(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(escape_json(text).as_bytes())
    }

    /// Lines that begin with a finding as a command of a CI agent; what follows on them is text.
    pub(crate) fn commands(&mut self, text: &str) -> io::Result<()> {
        for line in text.split_inclusive('\n') {
            let (command, rest) = line.split_at(own_command(line));
            self.0.write_all(command.as_bytes())?;
            self.0.write_all(neutral::lines(rest).as_bytes())?;
        }
        Ok(())
    }

    /// A line of progress on a terminal, which the next one replaces.
    pub(crate) fn progress(&mut self, line: &Clean) -> io::Result<()> {
        write!(self.0, "\r{line}\x1b[K")?;
        self.0.flush()
    }

    /// Writes out what is still in memory.
    ///
    /// # Errors
    /// The stream cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The length of the command that a line begins with, if it is one that reports a finding.
fn own_command(line: &str) -> usize {
    let github = ["::error ", "::warning ", "::notice "];
    let azure = ["##vso[task.logissue ", "##vso[task.debug]"];
    let begins = |commands: &[&str]| commands.iter().any(|command| line.starts_with(command));
    let end = if begins(&github) {
        // In properties colons are escaped.
        line[2..].find("::").map(|at| 2 + at + 2)
    } else if begins(&azure) {
        line.find(']').map(|at| at + 1)
    } else {
        None
    };
    let end = end.unwrap_or(0);
    // The properties are text as well.
    let own = line[..end].get(2..).is_none_or(|inside| {
        let inside = inside.trim_end_matches(':');
        neutral::is_neutral(inside) && !inside.contains('\t')
    });
    if own { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl FnOnce(&mut Printer<'_>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        print(&mut Printer::new(&mut bytes)).expect("memory can be written");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn text_is_neutral_and_masked() {
        let name = "a\u{1b}[2J ::error::b AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQ";
        let text = printed(|out| writeln!(out, "no file {name}"));
        assert_eq!(
            text,
            "no file a␛[2J :·error::b AGE-SECRET-KEY-*******************\n"
        );
    }

    #[test]
    fn findings_are_commands_and_what_they_quote_is_not() {
        let text = printed(|out| {
            out.commands(
                "::error file=a,title=b::c ::set-output name=x::y\n::set-env name=a::b\n\
                 ##vso[task.logissue type=error;code=c;]d ##vso[task.x]e\n##vso[task.prependpath]/x\n",
            )
        });
        assert_eq!(
            text,
            "::error file=a,title=b::c :·set-output name=x:·y\n:·set-env name=a::b\n\
             ##vso[task.logissue type=error;code=c;]d #·vso[task.x]e\n#·vso[task.prependpath]/x\n"
        );
    }

    #[test]
    fn json_keeps_its_meaning_and_drawings_their_colors() {
        let json = printed(|out| out.json("\"\u{202e}::error::x\""));
        assert_eq!(json, "\"\\u202e:\\u003aerror:\\u003ax\"");
        assert_eq!(
            printed(|out| out.drawn("\u{1b}[1ma\u{1b}[0m")),
            "\u{1b}[1ma\u{1b}[0m"
        );
        assert_eq!(printed(|out| out.drawn("\u{1b}[1A")), "␛[1A");
    }
}
