//! Text as people write it, made comparable: `fold` (width, kana, case,
//! spaces, dashes, wrapped lines) with a map back to the original, and the
//! zones of a mail (what is new, what is quoted, what is signature). Owns no
//! mail format and no keyword.

mod fold;
mod language;
mod zones;

pub use fold::fold;
pub use language::language;
pub use zones::{QUOTE_BEGIN, QUOTE_END, SIGNATURE_BEGIN, SIGNATURE_END, zones};

use std::ops::Range;

/// The part of a mail that a span lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    Subject,
    /// What the sender wrote for this mail.
    Fresh,
    /// Quoted history and forwarded mail.
    Quoted,
    Signature,
    Disclaimer,
    /// The sender's mail domain (no text of the mail).
    Domain,
}

impl Zone {
    /// The stable word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Zone::Subject => "subject",
            Zone::Fresh => "fresh",
            Zone::Quoted => "quoted",
            Zone::Signature => "signature",
            Zone::Disclaimer => "disclaimer",
            Zone::Domain => "domain",
        }
    }
}

/// Folded text: comparable, and every byte traceable to the original.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    /// For each byte of `text`, and one past its end, the byte offset in the
    /// original where the character it came from starts (for the end: the
    /// original's length).
    map: Vec<u32>,
    /// Where something was dropped between two characters, by folded offset,
    /// ascending.
    gaps: Vec<Gap>,
}

/// A place in folded text where the original had white space that is gone or
/// was turned into one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Folded byte offset of the character after the gap.
    pub at: u32,
    pub kind: GapKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapKind {
    /// White space inside a Japanese run (`労務　管理`), dropped.
    Space,
    /// The line end of a hard-wrapped line, dropped (Japanese) or one space (Latin).
    Wrap,
}

impl Folded {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The original byte range that a folded byte range came from.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let at = |i: usize| self.map.get(i).copied().unwrap_or(0) as usize;
        at(range.start)..at(range.end)
    }

    /// Gaps strictly inside a folded range.
    pub fn gaps(&self, range: Range<usize>) -> &[Gap] {
        let from = self.gaps.partition_point(|g| (g.at as usize) <= range.start);
        let to = self.gaps.partition_point(|g| (g.at as usize) < range.end);
        &self.gaps[from..to.max(from)]
    }
}

/// One zone's text and its folded form. Interleaved pieces of one zone are
/// joined with a line end, in the order of the mail.
#[derive(Debug, Clone)]
pub struct Passage {
    pub zone: Zone,
    pub text: String,
    pub folded: Folded,
}

impl Passage {
    pub fn new(zone: Zone, text: String) -> Passage {
        let folded = fold(&text);
        Passage { zone, text, folded }
    }

    /// The original byte range of a folded one, without white space at its end.
    pub fn original(&self, folded: Range<usize>) -> Range<usize> {
        let range = self.folded.original(folded);
        let words = self.text.get(range.clone()).unwrap_or_default();
        range.start..range.start + words.trim_end().len()
    }
}

/// A field of a web-form mail (`【都道府県】東京都`, `Prefecture: Tokyo`),
/// found in the fresh text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Byte range of the field's name in the fresh passage's original text.
    pub name: Range<usize>,
    /// Byte range of its value.
    pub value: Range<usize>,
}

/// A mail body cut into zones.
#[derive(Debug, Clone, Default)]
pub struct Zones {
    pub fresh: String,
    pub quoted: String,
    pub signature: String,
    pub disclaimer: String,
    pub fields: Vec<FormField>,
}
