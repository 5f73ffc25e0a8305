//! What is wrong, where, what it breaks and what to type. Knows neither text nor YAML.

use std::ops::Range;

use crate::pointer::Pointer;

/// How bad a finding is. Ordered from worst to mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is rendered.
    Error,
    /// Rendered, but somebody should look.
    Warning,
    /// A fact worth knowing.
    Note,
}

impl Severity {
    /// The lower-case word used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The identity of a finding. Everything that lists or explains rules is folded from these.
#[derive(Debug)]
pub struct RuleInfo {
    /// Kebab-case, names the bad thing, never reused.
    pub id: &'static str,
    /// What a finding of this rule weighs unless it says otherwise.
    pub severity: Severity,
    /// One line: what the rule finds.
    pub summary: &'static str,
    /// What breaks, and who notices.
    pub why: &'static str,
    /// What to type.
    pub fix: &'static str,
}

impl RuleInfo {
    /// A finding of this rule at `origin`. `message` is one sentence about this very case.
    #[must_use]
    pub fn at(&'static self, origin: Origin, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule: self,
            severity: self.severity,
            message: message.into(),
            primary: Label { origin, text: String::new() },
            secondary: Vec::new(),
            breaks: None,
            help: Vec::new(),
        }
    }
}

/// Which of the files of one run a place belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) usize);

/// A place inside one file, still symbolic: lines and columns are found when a report is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as such.
    File,
    /// The key under which the value of this pointer stands.
    Key(Pointer),
    /// The value of this pointer, or, if it is not written, the nearest value around it.
    Value(Pointer),
    /// These bytes.
    Bytes(Range<usize>),
}

/// A file and a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub source: SourceId,
    /// The place in it.
    pub place: Place,
}

impl Origin {
    /// The value of `pointer` in `source`.
    #[must_use]
    pub fn value(source: SourceId, pointer: Pointer) -> Self {
        Self { source, place: Place::Value(pointer) }
    }

    /// The key of `pointer` in `source`.
    #[must_use]
    pub fn key(source: SourceId, pointer: Pointer) -> Self {
        Self { source, place: Place::Key(pointer) }
    }

    /// Bytes of `source`.
    #[must_use]
    pub fn bytes(source: SourceId, bytes: Range<usize>) -> Self {
        Self { source, place: Place::Bytes(bytes) }
    }

    /// `source` as a whole.
    #[must_use]
    pub fn file(source: SourceId) -> Self {
        Self { source, place: Place::File }
    }
}

/// A place with a few words at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub origin: Origin,
    /// What stands there; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Which rule found it.
    pub rule: &'static RuleInfo,
    /// How bad it is here.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The place to look at first.
    pub primary: Label,
    /// Other places that belong to it.
    pub secondary: Vec<Label>,
    /// What will break, if the rule's own `why` is not precise enough.
    pub breaks: Option<String>,
    /// What to type, most useful first. The rule's own `fix` when empty.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Words at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place that belongs to it.
    #[must_use]
    pub fn also(mut self, origin: Origin, text: impl Into<String>) -> Self {
        self.secondary.push(Label { origin, text: text.into() });
        self
    }

    /// What will break in this very case.
    #[must_use]
    pub fn breaks(mut self, text: impl Into<String>) -> Self {
        self.breaks = Some(text.into());
        self
    }

    /// What to type in this very case.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// The same finding with another weight.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// What will break: this case's own words, else the rule's.
    #[must_use]
    pub fn consequence(&self) -> &str {
        self.breaks.as_deref().unwrap_or(self.rule.why)
    }

    /// What to type: this case's own words, else the rule's.
    pub fn remedies(&self) -> impl Iterator<Item = &str> {
        let own = self.help.iter().map(String::as_str);
        own.chain(self.help.is_empty().then_some(self.rule.fix))
    }
}

/// A fault of this program: something that was checked turned out wrong all the same. Nothing is written after one.
#[derive(Debug)]
pub struct Bug(pub String);

impl std::fmt::Display for Bug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a fault of trustc, not of your configuration: {}; please report it", self.0)
    }
}

impl std::error::Error for Bug {}
