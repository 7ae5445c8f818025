//! The examples that stand in a rule file.

use crate::core::evidence::Source;
use std::ops::Range;

/// One `[[example]]` of a rule file.
#[derive(Debug, Clone)]
pub struct Example {
    pub source: Source,
    /// Byte range of its name in the file.
    pub span: Range<usize>,
    pub name: String,
    pub subject: String,
    pub body: String,
    /// `From:` of the example, for places by domain; a default when left out.
    pub from: Option<String>,
    pub expect: Expect,
}

/// What an example must lead to; what is left out is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expect {
    /// Topic names, in any order.
    pub topics: Vec<String>,
    /// `Some(None)`: none may be concluded (`prefecture = "none"`).
    pub prefecture: Option<Option<String>>,
    /// Word of the action.
    pub action: Option<String>,
    /// Word of the plan's reason.
    pub reason: Option<String>,
    /// ISO 639-1 of the text.
    pub language: Option<String>,
    /// Template of the reply, without `reply/`; `none` for no reply.
    pub reply: Option<String>,
}
