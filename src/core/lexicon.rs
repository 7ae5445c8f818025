//! One automaton for every keyword and every place name: a message is scanned
//! once, whatever the number of rules. Owns matching and word borders; does
//! not know what a hit means.

use super::text::Folded;
use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};
use std::collections::HashMap;
use std::ops::Range;

/// How a Latin pattern may end inside a longer word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Only at a word border (`Tsu` never in `Tsukuba`), a possessive `'s` aside.
    Exact,
    /// With simple English inflection: `seminar` also finds `seminars`.
    Inflected,
    /// Also inside a word, at either end: a piece to look around.
    Anywhere,
}

/// A pattern's occurrence in folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The number the pattern was added under.
    pub owner: u32,
    /// Folded byte range, without an inflection's letters.
    pub range: Range<usize>,
}

/// Most hits of one passage, the first ones: some hundred times those of a long
/// message, for texts made to be large.
const HITS_MAX: usize = 1 << 18;

#[derive(Debug, Clone, Copy)]
struct Use {
    owner: u32,
    ending: Ending,
}

/// Collects folded patterns.
#[derive(Debug, Default)]
pub struct Builder {
    patterns: HashMap<String, Vec<Use>>,
}

impl Builder {
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a folded pattern for an owner. Empty patterns are ignored; many
    /// owners may share one pattern.
    pub fn add(&mut self, pattern: &str, owner: u32, ending: Ending) {
        if pattern.is_empty() {
            return;
        }
        let uses = self.patterns.entry(pattern.to_owned()).or_default();
        if !uses.iter().any(|u| u.owner == owner && u.ending == ending) {
            uses.push(Use { owner, ending });
        }
    }

    pub fn build(self) -> Lexicon {
        let mut patterns: Vec<(String, Vec<Use>)> = self.patterns.into_iter().collect();
        patterns.sort_by(|a, b| a.0.cmp(&b.0));
        let mut uses = Vec::new();
        let mut spans = Vec::with_capacity(patterns.len());
        let mut keys = Vec::with_capacity(patterns.len());
        for (index, (pattern, owners)) in patterns.into_iter().enumerate() {
            let from = uses.len() as u32;
            uses.extend(owners);
            spans.push(from..uses.len() as u32);
            keys.push((pattern, index as u32));
        }
        // Building fails on empty, doubled or too many (> 2^24) patterns: the
        // first two cannot be here, the last leaves a lexicon without hits,
        // which the ruleset's own examples then report.
        let automaton = if keys.is_empty() {
            None
        } else {
            CharwiseDoubleArrayAhoCorasickBuilder::new().build_with_values(keys).ok()
        };
        Lexicon { automaton, spans, uses }
    }
}

/// The automaton. Memory is proportional to the patterns (no DFA).
pub struct Lexicon {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    spans: Vec<Range<u32>>,
    uses: Vec<Use>,
}

impl Lexicon {
    /// All occurrences in a folded text that respect word borders, overlapping
    /// ones included, appended to `hits` in order of their ends.
    pub fn scan(&self, folded: &Folded, hits: &mut Vec<Hit>) {
        let Some(automaton) = &self.automaton else { return };
        let text = folded.as_str();
        let bytes = text.as_bytes();
        for found in automaton.find_overlapping_iter(text) {
            if hits.len() >= HITS_MAX {
                return;
            }
            let range = found.start()..found.end();
            let begins = begins_word(bytes, range.start);
            let span = &self.spans[found.value() as usize];
            for one in &self.uses[span.start as usize..span.end as usize] {
                if one.ending == Ending::Anywhere || begins && ends_word(bytes, range.end, one.ending) {
                    hits.push(Hit { owner: one.owner, range: range.clone() });
                }
            }
        }
    }

    /// Heap bytes of the automaton.
    pub fn heap_bytes(&self) -> usize {
        self.automaton.as_ref().map_or(0, |a| a.heap_bytes())
            + self.spans.len() * 8
            + self.uses.len() * size_of::<Use>()
    }
}

/// A Latin letter or digit at the edge of a pattern needs a border there.
fn begins_word(text: &[u8], at: usize) -> bool {
    let first = text[at];
    if !first.is_ascii_alphanumeric() || at == 0 {
        return true;
    }
    let before = text[at - 1];
    if first.is_ascii_digit() { !before.is_ascii_digit() } else { !before.is_ascii_alphabetic() }
}

fn ends_word(text: &[u8], end: usize, ending: Ending) -> bool {
    let last = text[end - 1];
    if last.is_ascii_digit() {
        return text.get(end).is_none_or(|b| !b.is_ascii_digit());
    }
    if !last.is_ascii_alphabetic() {
        return true;
    }
    let rest: &[u8] = &text[end..];
    let word = rest.iter().take(5).take_while(|b| b.is_ascii_alphabetic()).count();
    match (word, ending) {
        (0, _) => true,
        (_, Ending::Anywhere) => true,
        (_, Ending::Exact) => false,
        (n, Ending::Inflected) => matches!(&rest[..n], b"s" | b"es" | b"d" | b"ed" | b"ing" | b"er" | b"ers" | b"ly"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::fold;

    fn found(patterns: &[(&str, Ending)], text: &str) -> Vec<String> {
        let mut builder = Builder::new();
        for (i, (p, e)) in patterns.iter().enumerate() {
            builder.add(p, i as u32, *e);
        }
        let folded = fold(text);
        let mut hits = Vec::new();
        builder.build().scan(&folded, &mut hits);
        hits.iter().map(|h| folded.as_str()[h.range.clone()].to_owned()).collect()
    }

    #[test]
    fn latin_words_have_borders_and_inflect() {
        assert_eq!(found(&[("seminar", Ending::Inflected)], "two seminars, one seminary"), ["seminar"]);
        assert_eq!(found(&[("tsu", Ending::Exact)], "tsukuba, tsu's, matsu"), ["tsu"]);
    }

    #[test]
    fn overlapping_names_are_all_reported() {
        assert_eq!(found(&[("東京都", Ending::Exact), ("京都", Ending::Exact)], "東京都港区"), ["東京都", "京都"]);
    }
}
