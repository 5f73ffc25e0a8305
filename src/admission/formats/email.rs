//! Addresses as Go's `mail.ParseAddress` takes them (RFC 5322): `a@b`, `Name <a@b>`, or a group of one.

use crate::admission::go;

pub(super) fn is_address(text: &str) -> bool {
    let mut rest = Rest(text);
    rest.addresses(true) == Some(1) && rest.comments().is_some() && rest.0.is_empty()
}

/// What of a text is not read yet. Each step reads something, or yields none.
#[derive(Clone, Copy)]
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    /// How many addresses there are: one, or those of a group.
    fn addresses(&mut self, may_be_group: bool) -> Option<usize> {
        self.spaces();
        let start = *self;
        if self.bare().is_some() {
            self.spaces();
            if self.0.starts_with('(') {
                self.comment()?;
            }
            return Some(1);
        }
        *self = start;
        if !self.0.starts_with('<') {
            self.phrase()?;
        }
        self.spaces();
        if may_be_group && self.eat(':').is_some() {
            return self.group();
        }
        self.eat('<')?;
        self.bare()?;
        self.eat('>')?;
        Some(1)
    }

    fn group(&mut self) -> Option<usize> {
        let mut count = 0;
        self.spaces();
        if self.eat(';').is_none() {
            loop {
                count += self.addresses(false)?;
                self.comments()?;
                if self.eat(';').is_some() {
                    break;
                }
                self.eat(',')?;
            }
        }
        self.comments()?;
        Some(count)
    }

    /// `local@domain`.
    fn bare(&mut self) -> Option<()> {
        self.spaces();
        match self.0.starts_with('"') {
            true => self.quoted().filter(|text| !text.is_empty())?,
            false => self.atom().filter(|atom| is_dotted(atom))?,
        };
        self.eat('@')?;
        self.spaces();
        match self.eat('[') {
            Some(()) => {
                let (literal, rest) = self.0.split_once(']')?;
                self.0 = rest;
                go::is_ip(literal).then_some(())
            }
            None => self.atom().filter(|atom| is_dotted(atom)).map(drop),
        }
    }

    /// The words of a name; after the first one, what is no word ends it.
    fn phrase(&mut self) -> Option<()> {
        let mut words = 0;
        loop {
            if words > 0 {
                self.comments()?;
            }
            self.spaces();
            let word = match self.0.starts_with('"') {
                true => self.quoted(),
                false => self.atom(),
            };
            match word {
                Some(_) => words += 1,
                // Nothing at all is a phrase of no words, which only the end of the text makes.
                None => return (words > 0 || self.0.is_empty()).then_some(()),
            }
        }
    }

    fn quoted(&mut self) -> Option<&'t str> {
        let inner = self.0.strip_prefix('"')?;
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            match c {
                _ if !is_visible(c) && !matches!(c, ' ' | '\t') => return None,
                _ if escaped => escaped = false,
                '"' => {
                    self.0 = &inner[at + 1..];
                    return Some(&inner[..at]);
                }
                '\\' => escaped = true,
                _ => {}
            }
        }
        None
    }

    fn atom(&mut self) -> Option<&'t str> {
        let is_atom = |c: char| is_visible(c) && !"()<>[]:;@\\,\"".contains(c);
        let rest = self.0.trim_start_matches(is_atom);
        let atom = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        (!atom.is_empty()).then_some(atom)
    }

    /// Spaces and comments.
    fn comments(&mut self) -> Option<()> {
        self.spaces();
        while self.0.starts_with('(') {
            self.comment()?;
            self.spaces();
        }
        Some(())
    }

    /// A comment in parentheses, with others in it.
    fn comment(&mut self) -> Option<()> {
        self.eat('(')?;
        let mut depth = 1;
        let mut escaped = false;
        for (at, c) in self.0.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.0 = &self.0[at + 1..];
                return Some(());
            }
        }
        None
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    fn eat(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }
}

fn is_visible(c: char) -> bool {
    ('!'..='~').contains(&c) || !c.is_ascii()
}

fn is_dotted(atom: &str) -> bool {
    atom.split('.').all(|part| !part.is_empty())
}
