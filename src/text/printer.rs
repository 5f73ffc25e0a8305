//! The only way to an output stream or a report file.

use std::fmt;
use std::io::{self, Write};

use super::neutral;
use super::{Clean, escape_json};

/// What a text is, and so how it is made harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A document in which everything that has an escape is escaped already: YAML, XML, pictures, clean text.
    Document,
    /// JSON, whole or in lines: what is left to escape is escaped.
    Json,
    /// Lines that begin with a finding as a command of a CI agent; what follows on them is text.
    Commands,
}

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

    /// A result, whole or in lines.
    pub(crate) fn print(&mut self, content: Content, text: &str) -> io::Result<()> {
        match content {
            Content::Document => self.0.write_all(neutral::lines(text).as_bytes()),
            Content::Json => self.0.write_all(escape_json(text).as_bytes()),
            Content::Commands => self.commands(text),
        }
    }

    /// A document in which everything that has an escape is escaped already.
    pub(crate) fn document(&mut self, text: &str) -> io::Result<()> {
        self.print(Content::Document, text)
    }

    /// What is made of nothing but the program's own text: scripts and manual pages.
    pub(crate) fn own(&mut self, text: &[u8]) -> io::Result<()> {
        self.0.write_all(text)
    }

    /// A message of a protocol over this stream, with its length before it.
    pub(crate) fn message(&mut self, json: &str) -> io::Result<()> {
        let body = escape_json(json);
        write!(self.0, "Content-Length: {}\r\n\r\n{body}", body.len())?;
        self.0.flush()
    }

    fn commands(&mut self, text: &str) -> io::Result<()> {
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
            out.print(
                Content::Commands,
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
        let json = printed(|out| out.print(Content::Json, "\"\u{202e}::error::x\""));
        assert_eq!(json, "\"\\u202e:\\u003aerror:\\u003ax\"");
        assert_eq!(
            printed(|out| out.drawn("\u{1b}[1ma\u{1b}[0m")),
            "\u{1b}[1ma\u{1b}[0m"
        );
        assert_eq!(printed(|out| out.drawn("\u{1b}[1A")), "␛[1A");
    }
}
