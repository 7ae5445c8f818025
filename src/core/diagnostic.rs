//! What is wrong with a file that people edit: where, why, and the cure.
//! Owns the shape and its rendering (annotate-snippets draws it); does not
//! know what a rule is.

use std::ops::Range;
use std::sync::Arc;

/// A file as it was read, for positions and excerpts.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Logical name that evidence and tests use: `rules/seminar.toml`.
    pub name: Arc<str>,
    /// How the reader finds it from where they stand: `/etc/madoguchi/rules/seminar.toml`.
    pub shown: String,
    /// The bytes, as they lie on disk.
    pub bytes: Vec<u8>,
}

/// An error blocks, a warning does not; there is no third dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding. Lower case, no full stop, names in backticks; `message` says
/// what, `notes` say why, `help` says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable word, e.g. `unknown-key`.
    pub code: &'static str,
    /// Where: the shown name of a file and, if known, a byte range in it.
    pub file: String,
    pub span: Option<Range<usize>>,
    /// 1-based line and column (characters) of the span's start.
    pub line: u32,
    pub column: u32,
    pub message: String,
    /// A second place that belongs to it (the other half of a conflict).
    pub related: Vec<Related>,
    pub notes: Vec<String>,
    pub help: Option<String>,
}

/// A second place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub file: String,
    pub span: Range<usize>,
    pub line: u32,
    pub column: u32,
    pub label: String,
}

/// 1-based line and column (in characters) of a byte offset.
pub fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let offset = (0..=offset.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let before = &text[..offset];
    let line = before.bytes().filter(|b| *b == b'\n').count() as u32 + 1;
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    (line, before[start..].chars().count() as u32 + 1)
}
