//! The examples inside rule files: run them, and say which keywords none of
//! them pins. Works on a built ruleset; reads no files.

use super::evidence::Source;

/// One `[[example]]` of a rule file.
#[derive(Debug, Clone)]
pub struct Example {
    pub source: Source,
    pub name: String,
    pub subject: String,
    pub body: String,
    /// `From:` of the example, for places by domain; a default when left out.
    pub from: Option<String>,
    pub expect: Expect,
}

/// What an example must lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// Topic names, in any order.
    pub topics: Vec<String>,
    /// `Some(None)`: none may be concluded (`prefecture = "none"`).
    pub prefecture: Option<Option<String>>,
}
