//! Why something was concluded: a span of the message beside the line of the
//! file that gave it meaning. Shared by `rules`, `places` and everything that
//! explains; concludes nothing itself.

use super::text::Zone;
use std::ops::Range;
use std::sync::Arc;

/// A position in a rule or data file. Lines and columns count from 1, columns
/// in characters (not bytes).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Logical name, `rules/seminar.toml` or `data/postal.csv`.
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What a piece of evidence counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Strong,
    Weak,
    Against,
    Place,
}

impl Role {
    /// The stable word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Role::Strong => "strong",
            Role::Weak => "weak",
            Role::Against => "against",
            Role::Place => "place",
        }
    }
}

/// One span of the message and the file line that made it count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub source: Source,
    pub role: Role,
    pub zone: Zone,
    /// The words as the sender wrote them.
    pub text: String,
    /// Byte range in the original text of the zone (`Passage::text`).
    pub range: Range<usize>,
    /// Topic name or veto group (rules), prefecture code(s) joined with `+` (places).
    pub about: String,
}
