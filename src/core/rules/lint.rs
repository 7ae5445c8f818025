//! What is not wrong but does nothing, or not what was meant: patterns that
//! another one makes needless or cancels, that never decide, that are found in
//! any mail, and words that are strong for two topics.

use super::graph::NodeId;
use super::load::{Applies, Weight};
use super::{Entry, Rules, Target};
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::lang::say;
use crate::core::lexicon::Lexicon;
use crate::core::text::fold;
use std::collections::{HashMap, HashSet};

/// Mail that has nothing to do with any topic and the formulas that all mail
/// has, Japanese and English. What is found in more than half of one language
/// says nothing about a message.
const ORDINARY: [&[&str]; 2] = [
    &[
        "いつもお世話になっております。青空書店の森です。ご注文の本が届きましたので、ご確認ください。よろしくお願いいたします。",
        "はじめまして。突然のご連絡で失礼いたします。来週の同窓会の件で、店の地図を教えていただけますでしょうか。よろしくお願い申し上げます。",
        "お疲れさまです。昨日は雨の中ありがとうございました。写真をお送りします。何かあればお知らせください。",
        "お世話になります。庭の木の剪定について質問があります。料金はいくらでしょうか。ご回答をお待ちしています。",
        "先日は丁寧なご案内をいただき、ありがとうございます。予約の時間を変更したいのですが、可能ですか。ご連絡をお願いします。",
    ],
    &[
        "Dear Sir or Madam, I would like to ask about the book I ordered last week. Could you please tell me when it will arrive? Thank you and best regards.",
        "Hello, thank you for your help with the garden yesterday. Please let me know if you have any questions. Kind regards, Ann",
        "Hi, I am writing about the photos of our trip. Can you send them to me by Friday? Thanks a lot for your time.",
        "To whom it may concern: we need a table for six people on Sunday. Is it possible to change the time? I look forward to your reply.",
        "Good morning, the rain has damaged the roof of our house. Please contact me about the price of the repair. Sincerely, Tom",
    ],
];

impl Rules {
    /// Findings about keywords among themselves; all warnings. Linear in the
    /// keywords: each is scanned once by the automaton of all.
    pub fn lint(&self, lexicon: &Lexicon, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        self.same_place(files, findings);
        self.alone(files, findings);
        self.broad(lexicon, files, findings);
        let mut unless = vec![false; self.vetoes.len()];
        for entry in self.entries.iter().filter(|e| e.weight == Weight::Unless) {
            if let Target::Veto(veto) = entry.target {
                unless[usize::from(veto)] = true;
            }
        }
        let mut reported = HashSet::new();
        for entry in &self.entries {
            let with = self.found_with(lexicon, entry.node);
            let finding = self
                .cancelled(entry, &with, &unless, files)
                .or_else(|| self.shadowed(entry, &with, lexicon, files))
                .or_else(|| self.overlapping(entry, &with, files));
            findings.extend(finding.filter(|_| reported.insert(entry.keyword)));
        }
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
                let shown = &keyword.shown;
                let finding = if entry.target == first.target {
                    let message =
                        say!("`{shown}` stands twice in this topic", "`{shown}` がこの分野に二度書かれています");
                    Diagnostic::warning("repeated-keyword", file, keyword.span.clone(), message)
                        .help(say!("remove one of the two", "どちらか一つを消してください"))
                } else {
                    let message = say!("`{shown}` is strong in two topics", "`{shown}` が二つの分野で strong です");
                    Diagnostic::warning("two-topics", file, keyword.span.clone(), message)
                        .note(say!(
                            "a message with this word gets both topics",
                            "この語があるだけで両方の分野の案内が送られます"
                        ))
                        .help(say!(
                            "make it weak in one, or add words around it",
                            "片方で weak にするか、前後の語を加えてください"
                        ))
                };
                findings.push(finding.related(first_file, other.span.clone(), say!("the other one", "もう一つはここ")));
            }
        }
    }

    /// What is found wherever an entry is: the words inside its words.
    fn found_with(&self, lexicon: &Lexicon, node: NodeId) -> Vec<NodeId> {
        let mut with = match self.graph.word(node) {
            Some(word) => self.words_in(lexicon, word),
            None => Vec::new(),
        };
        for part in self.graph.implied(node) {
            with.push(part);
            with.extend(self.found_with(lexicon, part));
        }
        with.retain(|other| *other != node);
        with
    }

    /// Patterns that hold another one of the same list, or a strong one of the
    /// same topic: wherever they are found, that one is found too.
    fn shadowed(&self, entry: &Entry, with: &[NodeId], lexicon: &Lexicon, files: &[SourceFile]) -> Option<Diagnostic> {
        let list = |e: &Entry| self.keywords[e.keyword as usize].list;
        let other = with.iter().flat_map(|node| self.entries_of(*node)).find(|other| {
            let stronger = other.weight == Weight::Strong && entry.weight == Weight::Weak;
            other.target == entry.target && (list(other) == list(entry) || stronger)
        })?;
        // Two spellings of one word find each other: the later one is needless.
        let mutual = self.graph.word(other.node).is_some_and(|w| self.words_in(lexicon, w).contains(&entry.node));
        if mutual && entry.weight == other.weight && entry.keyword < other.keyword {
            return None;
        }
        let (file, other_file) = (self.file(entry, files)?, self.file(other, files)?);
        let (keyword, other) = (&self.keywords[entry.keyword as usize], &self.keywords[other.keyword as usize]);
        let (shown, shorter) = (&keyword.shown, &other.shown);
        let (message, label, help) = if mutual {
            (
                say!(
                    "`{shown}` is never needed: `{shorter}` is another spelling of it",
                    "`{shown}` は不要です: `{shorter}` の表記違いです"
                ),
                say!("the other spelling", "もう一つの表記"),
                say!(
                    "remove one: all spellings are looked for",
                    "どちらか一つを消してください。表記の違いは自動で探されます"
                ),
            )
        } else {
            (
                say!(
                    "`{shown}` is never needed: `{shorter}` is found wherever it is",
                    "`{shown}` は不要です: `{shorter}` が必ず先に当たります"
                ),
                say!("the shorter one", "短いほうの語"),
                say!(
                    "remove the longer one, or make the shorter one more exact",
                    "長いほうを消すか、短いほうをもっと限定してください"
                ),
            )
        };
        let finding = Diagnostic::warning("shadowed", file, keyword.span.clone(), message);
        Some(finding.related(other_file, other.span.clone(), label).help(help))
    }

    /// Patterns that hold a word by which their own topic is cancelled.
    fn cancelled(&self, entry: &Entry, with: &[NodeId], unless: &[bool], files: &[SourceFile]) -> Option<Diagnostic> {
        let Target::Topic(_) = entry.target else { return None };
        let always = |veto: u16| {
            let veto = usize::from(veto);
            self.vetoes[veto].applies == Applies::Always && !unless[veto]
        };
        let cancels = with.iter().flat_map(|node| self.entries_of(*node)).find(|other| match other.target {
            Target::Topic(_) => other.target == entry.target && other.weight == Weight::Against,
            Target::Veto(veto) => other.weight == Weight::Strong && always(veto),
            Target::Asking => false,
        })?;
        let (file, other_file) = (self.file(entry, files)?, self.file(cancels, files)?);
        let (keyword, other) = (&self.keywords[entry.keyword as usize], &self.keywords[cancels.keyword as usize]);
        let (shown, by) = (&keyword.shown, &other.shown);
        let message = say!(
            "`{shown}` never counts: `{by}` cancels the topic wherever it is",
            "`{shown}` は決して数えられません: `{by}` がこの分野を取り消します"
        );
        let finding = Diagnostic::warning("unreachable", file, keyword.span.clone(), message);
        Some(finding.related(other_file, other.span.clone(), say!("it cancels here", "取り消す語はここ")).help(say!(
            "remove it, or give the cancelling word this phrase as an exception",
            "この語を消すか、取り消す語の `except` にこの言い回しを書いてください"
        )))
    }

    /// Strong patterns that hold a strong one of another topic.
    fn overlapping(&self, entry: &Entry, with: &[NodeId], files: &[SourceFile]) -> Option<Diagnostic> {
        let strong_topic = |e: &Entry| matches!(e.target, Target::Topic(_)) && e.weight == Weight::Strong;
        let other = with
            .iter()
            .flat_map(|node| self.entries_of(*node))
            .find(|other| strong_topic(entry) && strong_topic(other) && other.target != entry.target)?;
        let (file, other_file) = (self.file(entry, files)?, self.file(other, files)?);
        let Target::Topic(topic) = other.target else { return None };
        let topic = &self.topics[usize::from(topic)].name;
        let (keyword, other) = (&self.keywords[entry.keyword as usize], &self.keywords[other.keyword as usize]);
        let (shown, inside) = (&keyword.shown, &other.shown);
        let message = say!(
            "`{shown}` always brings the topic `{topic}` with it: `{inside}` is strong there",
            "`{shown}` は必ず分野 `{topic}` にも当たります: そちらで `{inside}` が strong です"
        );
        let finding = Diagnostic::warning("two-topics", file, keyword.span.clone(), message);
        Some(finding.related(other_file, other.span.clone(), say!("the other one", "もう一つはここ")).help(say!(
            "give the shorter one this phrase as an exception: `{{ word = \"{inside}\", except = [\"{shown}\"] }}`",
            "短いほうで除外します: `{{ word = \"{inside}\", except = [\"{shown}\"] }}`"
        )))
    }

    /// The one weak pattern of a veto, which needs two.
    fn alone(&self, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        for veto in 0..self.vetoes.len() as u16 {
            let mut weak = self.entries.iter().filter(|e| e.target == Target::Veto(veto) && e.weight == Weight::Weak);
            let (Some(entry), None) = (weak.next(), weak.next()) else { continue };
            let Some(file) = self.file(entry, files) else { continue };
            let keyword = &self.keywords[entry.keyword as usize];
            let shown = &keyword.shown;
            let message = say!(
                "`{shown}` never decides anything: it is the only weak pattern of this veto, and two are needed",
                "`{shown}` は何も決めません: この除外の weak は一つだけで、二つ揃わないと働きません"
            );
            findings.push(Diagnostic::warning("never-decides", file, keyword.span.clone(), message).help(say!(
                "make it strong, or add a second weak one",
                "strong に移すか、もう一つ weak の語を加えてください"
            )));
        }
    }

    /// Patterns of topics that are found in mail about anything at all.
    fn broad(&self, lexicon: &Lexicon, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        let mut hits: HashMap<u32, [usize; 2]> = HashMap::new();
        for (language, mails) in ORDINARY.iter().enumerate() {
            for mail in *mails {
                let text = fold(mail);
                let mut found = Vec::new();
                lexicon.scan(&text, &mut found);
                let found = self.graph.evaluate(text.as_str(), &found, &|_| true);
                for places in found.chunk_by(|a, b| a.node == b.node) {
                    for entry in self.entries_of(places[0].node) {
                        hits.entry(entry.keyword).or_default()[language] += 1;
                    }
                }
            }
        }
        let mut seen = HashSet::new();
        for entry in &self.entries {
            let counts = matches!(entry.weight, Weight::Strong | Weight::Weak);
            let often =
                hits.get(&entry.keyword).is_some_and(|n| n.iter().zip(ORDINARY).any(|(n, all)| n * 2 > all.len()));
            let (Target::Topic(_), true, true) = (entry.target, counts, often) else { continue };
            let Some(file) = self.file(entry, files).filter(|_| seen.insert(entry.keyword)) else { continue };
            let keyword = &self.keywords[entry.keyword as usize];
            let shown = &keyword.shown;
            let message = say!(
                "`{shown}` is found in mail about anything",
                "`{shown}` は用件に関わらず、ほとんどのメールに当たります"
            );
            findings.push(
                Diagnostic::warning("broad-pattern", file, keyword.span.clone(), message)
                    .note(say!(
                        "tried on ordinary mail that has nothing to do with any topic",
                        "どの分野とも関係のない普通のメールで試しました"
                    ))
                    .help(say!(
                        "name what only this topic speaks of, or add a word with `all`",
                        "この分野だけの語にするか、`all` で別の語を加えてください"
                    )),
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
    let counts = |w: Weight| !matches!(w, Weight::Against | Weight::Unless);
    if first.target == second.target {
        return first.weight == second.weight || counts(first.weight) && counts(second.weight);
    }
    topic(first) && topic(second) && first.weight == Weight::Strong && second.weight == Weight::Strong
}
