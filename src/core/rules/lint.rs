//! What is not wrong but does nothing, or not what was meant: keywords that
//! another one makes needless, and words that are strong for two topics.

use super::graph::NodeId;
use super::load::Weight;
use super::{Entry, Rules, Target};
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::lexicon::Lexicon;
use crate::core::text::fold;
use std::collections::HashSet;

impl Rules {
    /// Findings about keywords among themselves; all warnings. Linear in the
    /// keywords: each is scanned once by the automaton of all.
    pub fn lint(&self, lexicon: &Lexicon, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        self.same_place(files, findings);
        self.shadowed(lexicon, files, findings);
    }

    fn file<'f>(&self, entry: &Entry, files: &'f [SourceFile]) -> Option<&'f SourceFile> {
        let name = &self.keywords[entry.keyword as usize].source.file;
        files.iter().find(|f| f.name == *name)
    }

    /// The same pattern twice: in one topic, or strong for two.
    fn same_place(&self, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        for same in self.entries.chunk_by(|a, b| a.node == b.node) {
            for (i, entry) in same.iter().enumerate() {
                let Some(first) = same[..i].iter().find(|f| related(f, entry)) else { continue };
                let (Some(file), Some(first_file)) = (self.file(entry, files), self.file(first, files)) else {
                    continue;
                };
                let (keyword, other) = (&self.keywords[entry.keyword as usize], &self.keywords[first.keyword as usize]);
                let finding = if entry.target == first.target {
                    let message = format!("`{}` stands twice in this topic", keyword.shown);
                    Diagnostic::warning("repeated-keyword", file, keyword.span.clone(), message)
                        .help("remove one of the two")
                } else {
                    let message = format!("`{}` is strong in two topics", keyword.shown);
                    Diagnostic::warning("two-topics", file, keyword.span.clone(), message)
                        .help("a message with this word gets both topics: make it weak in one, or add words around it")
                };
                findings.push(finding.related(first_file, other.span.clone(), "the other one"));
            }
        }
    }

    /// Keywords that hold another one of the same list, or a strong one of the
    /// same topic: wherever they are found, that one is found too.
    fn shadowed(&self, lexicon: &Lexicon, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        let mut reported = HashSet::new();
        for entry in &self.entries {
            let Some(word) = self.graph.word(entry.node) else { continue };
            let shorter =
                self.words_in(lexicon, word).into_iter().filter(|node| *node != entry.node).find_map(|node| {
                    let from = self.entries.partition_point(|e| e.node < node);
                    let of_word = self.entries[from..].iter().take_while(|e| e.node == node);
                    of_word.into_iter().find(|other| {
                        let list = |e: &Entry| self.keywords[e.keyword as usize].list;
                        let stronger = other.weight == Weight::Strong && entry.weight == Weight::Weak;
                        other.target == entry.target && (list(other) == list(entry) || stronger)
                    })
                });
            let Some(other) = shorter else { continue };
            // Two spellings of one word find each other: the later one is needless.
            let mutual = self.graph.word(other.node).is_some_and(|w| self.words_in(lexicon, w).contains(&entry.node));
            if mutual && entry.weight == other.weight && entry.keyword < other.keyword
                || !reported.insert(entry.keyword)
            {
                continue;
            }
            let (Some(file), Some(other_file)) = (self.file(entry, files), self.file(other, files)) else { continue };
            let (keyword, other) = (&self.keywords[entry.keyword as usize], &self.keywords[other.keyword as usize]);
            let (what, label, help) = if mutual {
                ("is another spelling of it", "the other spelling", "remove one: all spellings are looked for")
            } else {
                (
                    "is found wherever it is",
                    "the shorter one",
                    "remove the longer one, or make the shorter one more exact",
                )
            };
            let message = format!("`{}` is never needed: `{}` {what}", keyword.shown, other.shown);
            findings.push(
                Diagnostic::warning("shadowed", file, keyword.span.clone(), message)
                    .related(other_file, other.span.clone(), label)
                    .help(help),
            );
        }
    }

    /// Leaves of the rules that are found in a folded word.
    fn words_in(&self, lexicon: &Lexicon, word: &str) -> Vec<NodeId> {
        let mut hits = Vec::new();
        lexicon.scan(&fold(word), &mut hits);
        hits.iter().map(|h| h.owner).filter(|o| *o < self.owners()).collect()
    }
}

/// Whether two entries of one pattern are in each other's way.
fn related(first: &Entry, second: &Entry) -> bool {
    let topic = |e: &Entry| matches!(e.target, Target::Topic(_));
    let counts = |w: Weight| matches!(w, Weight::Strong | Weight::Asked | Weight::Weak | Weight::Alone);
    if first.target == second.target {
        return first.weight == second.weight || counts(first.weight) && counts(second.weight);
    }
    topic(first) && topic(second) && first.weight == Weight::Strong && second.weight == Weight::Strong
}
