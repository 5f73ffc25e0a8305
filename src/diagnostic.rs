//! What is wrong, where, what it breaks and what to type. Knows neither text nor YAML.

use std::ops::Range;

use serde_json::Value;

use crate::json_pointer::Pointer;
use crate::text::Untrusted;

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
    pub fn at(&'static self, origin: Origin, message: impl Into<Untrusted>) -> Diagnostic {
        Diagnostic {
            rule: self,
            severity: self.severity,
            message: message.into(),
            primary: Label {
                origin,
                text: Untrusted::default(),
            },
            secondary: Vec::new(),
            breaks: None,
            help: Vec::new(),
            fix: None,
        }
    }
}

/// Which of the files of one run a place belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) usize);

/// A place inside one file, still symbolic: lines and columns are found when a report is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
        Self {
            source,
            place: Place::Value(pointer),
        }
    }

    /// The key of `pointer` in `source`.
    #[must_use]
    pub fn key(source: SourceId, pointer: Pointer) -> Self {
        Self {
            source,
            place: Place::Key(pointer),
        }
    }

    /// Bytes of `source`.
    #[must_use]
    pub fn bytes(source: SourceId, bytes: Range<usize>) -> Self {
        Self {
            source,
            place: Place::Bytes(bytes),
        }
    }

    /// `source` as a whole.
    #[must_use]
    pub fn file(source: SourceId) -> Self {
        Self {
            source,
            place: Place::File,
        }
    }
}

/// A place with a few words at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub origin: Origin,
    /// What stands there; may be empty.
    pub text: Untrusted,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Which rule found it.
    pub rule: &'static RuleInfo,
    /// How bad it is here.
    pub severity: Severity,
    /// One sentence.
    pub message: Untrusted,
    /// The place to look at first.
    pub primary: Label,
    /// Other places that belong to it.
    pub secondary: Vec<Label>,
    /// What will break, if the rule's own `why` is not precise enough.
    pub breaks: Option<Untrusted>,
    /// What to type, most useful first. The rule's own `fix` when empty.
    pub help: Vec<Untrusted>,
    /// What mends it, where there is one right answer.
    pub fix: Option<Fix>,
}

/// A change of a file that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is done, in a few words: "write `isCA`".
    pub title: Untrusted,
    /// Whether anybody should read it first.
    pub safety: Safety,
    /// All of these, or none.
    pub edits: Vec<Edit>,
}

/// Whether a fix may be made unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It says what was meant, and nothing else changes.
    Safe,
    /// It changes what the file means, in a way that its author should decide.
    Unsafe,
}

impl Safety {
    /// The lower-case word used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// One change of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub source: SourceId,
    /// Which document of the file, counted from zero; empty ones do not count.
    pub document: usize,
    /// The value that changes, in that document.
    pub at: Pointer,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another scalar stands there.
    Replace(Value),
    /// The scalar, as it is written, becomes text.
    Quote,
    /// The key of the value is another one.
    Rename(String),
    /// The mapping gets one more key.
    Insert(String, Value),
    /// The key or list item goes; what would be left empty by that goes with it.
    Remove,
}

impl Fix {
    /// A fix that says what was meant.
    #[must_use]
    pub fn safe(title: impl Into<Untrusted>, edits: Vec<Edit>) -> Self {
        Self {
            title: title.into(),
            safety: Safety::Safe,
            edits,
        }
    }

    /// A fix that somebody should read first.
    #[must_use]
    pub fn risky(title: impl Into<Untrusted>, edits: Vec<Edit>) -> Self {
        Self {
            title: title.into(),
            safety: Safety::Unsafe,
            edits,
        }
    }
}

impl Edit {
    /// A change of the only document of a file.
    #[must_use]
    pub fn new(source: SourceId, at: Pointer, change: Change) -> Self {
        Self {
            source,
            document: 0,
            at,
            change,
        }
    }
}

impl Diagnostic {
    /// Words at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<Untrusted>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place that belongs to it.
    #[must_use]
    pub fn also(mut self, origin: Origin, text: impl Into<Untrusted>) -> Self {
        self.secondary.push(Label {
            origin,
            text: text.into(),
        });
        self
    }

    /// What will break in this very case.
    #[must_use]
    pub fn breaks(mut self, text: impl Into<Untrusted>) -> Self {
        self.breaks = Some(text.into());
        self
    }

    /// What to type in this very case.
    #[must_use]
    pub fn help(mut self, text: impl Into<Untrusted>) -> Self {
        self.help.push(text.into());
        self
    }

    /// What mends it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The same finding with another weight.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// A fault of this program: something that was checked turned out wrong all the same. Nothing is written after one.
#[derive(Debug)]
pub struct Bug(pub String);

impl std::fmt::Display for Bug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "a fault of trustc, not of your configuration: {}; please report it",
            self.0
        )
    }
}

impl std::error::Error for Bug {}
