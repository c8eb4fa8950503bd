//! A diagnostic: one thing that is wrong, or doubtful, in a query or rule, with its place and its remedy.

use crate::span::Span;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// The query runs, but its answer may not be what its author expects.
    Warning,
    /// The query cannot run.
    Error,
}

/// What mends a fault without changing what a query finds: a place, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    pub span: Span,
    pub text: String,
}

/// One finding about a text. Codes are Kusto's where Kusto has one (`KS142`), else `KQL…`, `AQL…`, `SIG…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    /// The place that is underlined.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub label: String,
    pub notes: Vec<String>,
    pub help: Option<String>,
    /// Only where it is safe.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Error, code, span, message)
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Warning, code, span, message)
    }

    pub fn info(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic::new(Severity::Info, code, span, message)
    }

    fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity,
            message: message.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What stands at the span is left out.
    pub fn cut(mut self, span: Option<Span>) -> Self {
        self.fix = span.map(|span| Fix { span, text: String::new() });
        self
    }

    /// `help: did you mean 'x'?` where a near name is known.
    pub fn did_you_mean(self, near: Option<&str>) -> Self {
        match near {
            Some(name) => self.help(format!("did you mean '{name}'?")),
            None => self,
        }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
