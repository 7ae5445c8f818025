//! Topic files → [`Rules`], and `classify`: zones × rules → topics with
//! evidence. Boolean with two strengths and a veto, no numeric weights.
//! Knows nothing of places, templates or files on disk.

mod asking;
mod example;
mod graph;
mod lint;
mod load;
mod negation;
mod pattern;
mod regex;
mod spelling;

pub use example::{Example, Expect};
pub use load::read_expectation;

use super::diagnostic::{Diagnostic, SourceFile, did_you_mean, nearest, one_of};
use super::evidence::{Evidence, Role, Source};
use super::inquiry::Inquiry;
use super::lang::say;
use super::lexicon::{Builder, Hit, Lexicon};
use super::reason::Reason;
use super::text::{Passage, Zone};
use asking::Clauses;
use graph::{Found, Graph, GraphBuilder, Language, NodeId};
use load::{Applies, CommonDraft, List, TopicDraft, Weight};
use negation::{Negation, Negator, Side};
use pattern::Pattern;
use std::collections::BTreeMap;
use std::ops::Range;

/// A topic's name: the file name of its rule file without `.toml`.
pub type TopicName = String;

/// To whom a topic's messages are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardTo {
    /// The association of the prefecture.
    Association,
    /// Nothing is sent; the original stays in our mailbox, marked for a person.
    Secretariat,
    Nobody,
}

/// What `plan` and `compose` need to know of a topic.
#[derive(Debug, Clone)]
pub struct Topic {
    pub name: TopicName,
    pub title_ja: String,
    pub title_en: String,
    /// Template under `templates/reply/`, without language and ending.
    pub reply: String,
    pub forward: ForwardTo,
}

/// All compiled rule files.
pub struct Rules {
    /// In file-name order.
    pub topics: Vec<Topic>,
    vetoes: Vec<Veto>,
    graph: Graph,
    negation: Negation,
    /// Folded: where a clause ends inside a sentence.
    borders: Vec<String>,
    /// Sorted by node.
    entries: Vec<Entry>,
    /// For each node where its entries begin, and one past the last node.
    entries_of: Vec<u32>,
    keywords: Vec<Keyword>,
}

struct Veto {
    reason: Reason,
    applies: Applies,
}

/// One pattern in a list of a topic or veto.
#[derive(Debug, Clone, Copy)]
struct Entry {
    node: NodeId,
    target: Target,
    weight: Weight,
    keyword: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Topic(u16),
    Veto(u16),
    /// That something is asked.
    Asking,
}

/// A pattern of the rule files, for evidence and coverage.
#[derive(Debug)]
pub struct Keyword {
    pub source: Source,
    /// As written.
    pub shown: String,
    span: Range<usize>,
    node: NodeId,
    /// The list it stands in, for findings about one list.
    list: u32,
    part_of: PartOf,
}

/// What a keyword belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartOf {
    /// A topic or veto, by an [`Entry`].
    Target,
    /// A group, by its node.
    Group(NodeId),
    Negation(Side),
}

/// A keyword that was taken out, to be put back.
pub struct Removed {
    keyword: usize,
    entry: Option<(usize, Entry)>,
}

/// The verdict of the rules on one message.
#[derive(Debug, Clone, Default)]
pub struct Classified {
    /// Indices into [`Rules::topics`], in file-name order.
    pub topics: Vec<usize>,
    /// Why not, when `topics` is empty: `NoTopic` or what kind of other mail.
    pub reason: Option<Reason>,
    /// What counted (and what vetoed, as `against`).
    pub evidence: Vec<Evidence>,
    /// What nearly counted, for `explain`.
    pub near: Vec<Near>,
}

/// Something that would have counted.
#[derive(Debug, Clone)]
pub struct Near {
    pub source: Source,
    pub topic: TopicName,
    pub zone: Zone,
    /// Byte range in the zone's original text.
    pub range: Range<usize>,
    pub text: String,
    pub why: NearWhy,
    /// The words that kept it from counting: a negator, an exception.
    pub by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearWhy {
    /// Stands in a negated clause.
    Negated,
    /// One weak word only.
    OneWeak,
    /// An `asked` word beside what is asked, or a `soft` or `alone` word beside
    /// another topic.
    Mentioned,
    /// The topic was cancelled by an `against` pattern or a veto.
    Cancelled,
    /// Stands in the subject of a reply or forward whose new text is about
    /// something else.
    OldSubject,
    /// An exception of the pattern overlaps it.
    Excepted,
    /// Stands in a zone that says nothing about the topic.
    NotRead,
}

impl NearWhy {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            NearWhy::Negated => "negated",
            NearWhy::OneWeak => "one-weak",
            NearWhy::Mentioned => "mentioned",
            NearWhy::Cancelled => "cancelled",
            NearWhy::OldSubject => "old-subject",
            NearWhy::Excepted => "excepted",
            NearWhy::NotRead => "not-read",
        }
    }
}

/// The reserved names under rules/; every other file is a topic.
pub const RESERVED: [&str; 4] = ["associations", "contacts", "common", "calendar"];

/// Most pieces of evidence, and of near misses, that one message is given.
const EVIDENCE_MAX: usize = 100;
/// Most words of one zone that is not read are pointed out.
const NOT_READ_MAX: usize = 12;
/// Most places at which one entry is looked at in a zone.
const PLACES_MAX: usize = 32;

impl Rules {
    /// Compiles the rule files among `files` and adds their keywords to the
    /// automaton, under the owner numbers 0 to [`Rules::owners`]. What is
    /// wrong is added to `findings`; the rules are whole only when no error is
    /// among them.
    pub fn build(files: &[SourceFile], automaton: &mut Builder, findings: &mut Vec<Diagnostic>) -> Loaded {
        let mut common = CommonDraft::default();
        let mut topics: BTreeMap<String, TopicDraft<'_>> = BTreeMap::new();
        for file in files {
            let Some(name) = file.name.strip_prefix("rules/").and_then(|n| n.strip_suffix(".toml")) else { continue };
            match name {
                "common" => common = load::read_common(file, findings),
                name if RESERVED.contains(&name) => {}
                name => {
                    topics.insert(name.to_owned(), load::read_topic(file, name, findings));
                }
            }
        }
        let topics: Vec<TopicDraft<'_>> = topics.into_values().collect();
        if topics.is_empty() {
            findings.push(
                Diagnostic::whole(
                    "missing-file",
                    "rules",
                    say!("there is no topic file", "分野のファイルがありません"),
                )
                .help(say!(
                    "add one with `madoguchi new topic NAME`; `madoguchi demo` writes a complete set",
                    "`madoguchi new topic 名前` で作れます。`madoguchi demo` は一式を書き出します"
                )),
            );
        }
        let common_file = files.iter().find(|f| &*f.name == "rules/common.toml");
        let asks = common.asking.iter().any(|list| !list.patterns.is_empty());
        let of_questions = |w: Weight| matches!(w, Weight::Asked | Weight::Soft);
        let asked = |t: &&TopicDraft<'_>| t.lists.iter().any(|l| of_questions(l.weight) && !l.patterns.is_empty());
        if let Some(topic) = topics.iter().find(asked).filter(|_| !asks) {
            let message = say!(
                "nothing says what asking is, and `[asked]` and `[soft]` words count where something is asked",
                "`[asked]` と `[soft]` の語は尋ねているところで数えますが、何が尋ねる語かが書かれていません"
            );
            findings.push(Diagnostic::whole("missing-patterns", topic.file.shown.clone(), message).help(say!(
                "write words of asking under `[asking]` in rules/common.toml, e.g. `ja = [\"ですか\"]`",
                "rules/common.toml の `[asking]` に尋ねる語を書いてください（例 `ja = [\"ですか\"]`）"
            )));
        }
        check_mentions(&topics, &common, common_file, findings);
        let rules = compile(&topics, &common, automaton, findings);
        let mut replies = Vec::new();
        let mut examples = std::mem::take(&mut common.examples);
        for topic in topics {
            if let Some((name, span)) = topic.reply {
                replies.push(ReplyName { file: topic.file.name.clone(), name, span, of_topic: true });
            }
            replies.extend(
                topic.replies.into_iter().filter(|(name, _)| name != "none").map(|(name, span)| ReplyName {
                    file: topic.file.name.clone(),
                    name,
                    span,
                    of_topic: false,
                }),
            );
            examples.extend(topic.examples);
        }
        if let Some(file) = common_file {
            replies.extend(
                common.replies.into_iter().filter(|(name, _)| name != "none").map(|(name, span)| ReplyName {
                    file: file.name.clone(),
                    name,
                    span,
                    of_topic: false,
                }),
            );
        }
        Loaded { rules, examples, replies }
    }

    /// How many owner numbers the rules took in the automaton.
    pub fn owners(&self) -> u32 {
        self.graph.leaves()
    }

    /// Gives back the memory of expressions that were searched for, as all are
    /// by the examples; what is searched for again takes it again.
    pub fn rest(&mut self) {
        self.graph.rest();
    }

    /// All patterns of the rule files, groups and negators included.
    pub fn keywords(&self) -> &[Keyword] {
        &self.keywords
    }

    /// Takes a keyword out, as if its line were deleted; what other lists have
    /// of the same word stays.
    pub fn remove(&mut self, keyword: usize) -> Removed {
        let Keyword { node, part_of, .. } = self.keywords[keyword];
        let mut entry = None;
        match part_of {
            PartOf::Target => {
                let at = self.entries.iter().position(|e| e.keyword as usize == keyword);
                entry = at.map(|at| (at, self.entries.remove(at)));
                if at.is_some() {
                    self.entries_of[node as usize + 1..].iter_mut().for_each(|end| *end -= 1);
                }
            }
            PartOf::Group(group) => self.graph.remove_member(group, node),
            PartOf::Negation(side) => self.negation.remove(node, side),
        }
        Removed { keyword, entry }
    }

    /// Puts a keyword back.
    pub fn restore(&mut self, removed: Removed) {
        let Keyword { node, part_of, .. } = self.keywords[removed.keyword];
        match (part_of, removed.entry) {
            (PartOf::Target, Some((at, entry))) => {
                self.entries.insert(at, entry);
                self.entries_of[node as usize + 1..].iter_mut().for_each(|end| *end += 1);
            }
            (PartOf::Target, None) => {}
            (PartOf::Group(group), _) => self.graph.restore_member(group, node),
            (PartOf::Negation(side), _) => self.negation.restore(node, side),
        }
    }

    /// Indices of the keywords that a message hits in subject or fresh text.
    pub fn keywords_in(&self, inquiry: &Inquiry, hits: &[(Zone, Vec<Hit>)]) -> Vec<usize> {
        let mut nodes = vec![false; self.graph.len()];
        for (passage, hits) in read_zones(inquiry, hits) {
            for found in self.graph.evaluate(passage.folded.as_str(), hits, &|_| true) {
                nodes[found.node as usize] = true;
            }
        }
        let hit = |k: &Keyword| nodes.get(k.node as usize).copied().unwrap_or(false);
        self.keywords.iter().enumerate().filter(|(_, k)| hit(k)).map(|(i, _)| i).collect()
    }
}

/// What [`Rules::build`] gives.
pub struct Loaded {
    pub rules: Rules,
    pub examples: Vec<Example>,
    /// Template names that the files mention, to be checked against the
    /// templates.
    pub replies: Vec<ReplyName>,
}

/// A template's name in a rule file.
pub struct ReplyName {
    pub file: std::sync::Arc<str>,
    pub name: String,
    pub span: Range<usize>,
    /// A topic's `reply`; else an example's expectation.
    pub of_topic: bool,
}

/// `expect.topics` names topics that are there.
fn check_mentions(
    topics: &[TopicDraft<'_>],
    common: &CommonDraft<'_>,
    common_file: Option<&SourceFile>,
    findings: &mut Vec<Diagnostic>,
) {
    let of_topics = topics.iter().flat_map(|t| t.mentioned.iter().map(move |m| (t.file, m)));
    let of_common = common_file.into_iter().flat_map(|f| common.mentioned.iter().map(move |m| (f, m)));
    for (file, (name, span)) in of_topics.chain(of_common) {
        if !topics.iter().any(|t| t.name == *name) {
            let near = nearest(name, topics.iter().map(|t| t.name.as_str()));
            findings.push(
                Diagnostic::error(
                    "unknown-topic",
                    file,
                    span.clone(),
                    say!("there is no topic `{name}`", "`{name}` という分野はありません"),
                )
                .maybe_help(near.map(did_you_mean))
                .note(say!(
                    "a topic is called as its file, without `.toml`",
                    "分野の名前は、ファイル名から `.toml` を除いたものです"
                )),
            );
        }
    }
}

/// Collects the compiled form.
struct Compiler<'a> {
    graph: GraphBuilder,
    entries: Vec<Entry>,
    keywords: Vec<Keyword>,
    lists: u32,
    /// Groups and the languages they have words in.
    groups: Vec<(&'a str, Vec<Language>)>,
    findings: &'a mut Vec<Diagnostic>,
}

fn compile(
    topics: &[TopicDraft<'_>],
    common: &CommonDraft<'_>,
    automaton: &mut Builder,
    findings: &mut Vec<Diagnostic>,
) -> Rules {
    let groups =
        common.groups.iter().map(|g| (g.name.as_str(), g.lists.iter().map(|l| l.language).collect())).collect();
    let mut compiler = Compiler {
        graph: GraphBuilder::default(),
        entries: Vec::new(),
        keywords: Vec::new(),
        lists: 0,
        groups,
        findings,
    };
    compiler.add_groups(topics, common);
    for (index, topic) in topics.iter().enumerate() {
        for list in &topic.lists {
            compiler.add_list(list, Some((Target::Topic(index as u16), list.weight)));
        }
    }
    for (index, veto) in common.vetoes.iter().enumerate() {
        for list in &veto.lists {
            compiler.add_list(list, Some((Target::Veto(index as u16), list.weight)));
        }
    }
    for list in &common.asking {
        compiler.add_list(list, Some((Target::Asking, list.weight)));
    }
    let negation = compiler.add_negation(common);
    let Compiler { graph, mut entries, mut keywords, .. } = compiler;
    let (graph, number) = graph.build(automaton);
    entries.iter_mut().for_each(|e| e.node = number(e.node));
    for keyword in &mut keywords {
        keyword.node = number(keyword.node);
        if let PartOf::Group(group) = &mut keyword.part_of {
            *group = number(*group);
        }
    }
    entries.sort_by_key(|e| (e.node, e.target, e.weight, e.keyword));
    let topics = topics.iter().map(|t| Topic {
        name: t.name.clone(),
        title_ja: t.title.ja.clone(),
        title_en: t.title.en.clone(),
        reply: t.reply.as_ref().map(|r| r.0.clone()).unwrap_or_default(),
        forward: t.forward,
    });
    let vetoes = common.vetoes.iter().map(|v| Veto { reason: v.reason, applies: v.applies });
    let entries_of = (0..=graph.len()).map(|n| entries.partition_point(|e| (e.node as usize) < n) as u32).collect();
    Rules {
        topics: topics.collect(),
        vetoes: vetoes.collect(),
        graph,
        negation,
        borders: common.asking_clause.clone(),
        entries,
        entries_of,
        keywords,
    }
}

impl Compiler<'_> {
    /// Groups in an order in which each comes after those it names.
    fn add_groups(&mut self, topics: &[TopicDraft<'_>], common: &CommonDraft<'_>) {
        let drafts = &common.groups;
        let index = |name: &str| drafts.iter().position(|g| g.name == name);
        // A group and the language in which it is named.
        let named = |lists: &mut dyn Iterator<Item = &List<'_>>| -> Vec<(usize, Language)> {
            let mut all = Vec::new();
            for list in lists {
                let mut names = Vec::new();
                list.patterns.iter().for_each(|p| p.groups(&mut names));
                all.extend(names.iter().filter_map(|(n, _)| Some((index(n)?, list.language))));
            }
            all
        };
        let inside: Vec<Vec<(usize, Language)>> = drafts.iter().map(|d| named(&mut d.lists.iter())).collect();
        let needs: Vec<Vec<usize>> = inside.iter().map(|all| all.iter().map(|(i, _)| *i).collect()).collect();
        let mut used = named(&mut topics.iter().flat_map(|t| &t.lists));
        used.extend(named(&mut common.vetoes.iter().flat_map(|v| &v.lists)));
        used.extend(named(&mut common.asking.iter()));
        let mut at = 0;
        while let Some((group, language)) = used.get(at).copied() {
            let further = inside[group].iter().filter(|(_, l)| *l == language);
            let new: Vec<_> = further.filter(|one| !used.contains(one)).copied().collect();
            used.extend(new);
            at += 1;
        }
        let mut added = vec![false; drafts.len()];
        loop {
            let ready = (0..drafts.len()).find(|i| !added[*i] && needs[*i].iter().all(|n| added[*n]));
            let Some(i) = ready else { break };
            added[i] = true;
            for list in &drafts[i].lists {
                let first = self.keywords.len();
                let members = self.add_list(list, None);
                let group = self.graph.group(&drafts[i].name, list.language, members);
                self.keywords[first..].iter_mut().for_each(|k| k.part_of = PartOf::Group(group));
            }
        }
        for (i, draft) in drafts.iter().enumerate() {
            let (file, span, name) = (draft.place.file, draft.place.span.clone(), &draft.name);
            if !added[i] {
                let message =
                    say!("the group `{name}` comes back to itself", "グループ `{name}` の参照が一巡しています");
                self.findings.push(Diagnostic::error("group-cycle", file, span, message).help(say!(
                    "a group may name other groups, but none that names it",
                    "自分を参照しているグループは参照できません。どれか一つの参照を外してください"
                )));
            } else if used.iter().any(|(group, _)| *group == i) {
                self.unused_languages(draft, &used, i);
            } else {
                let message =
                    say!("nothing uses the group `{name}`", "グループ `{name}` はどこからも参照されていません");
                self.findings.push(Diagnostic::warning("unused-group", file, span, message).help(say!(
                    "name it as `\"@{name}\"`, or delete it",
                    "`\"@{name}\"` として参照するか、削除してください"
                )));
            }
        }
    }

    /// Words of a group in a language in which nothing names it.
    fn unused_languages(&mut self, draft: &load::GroupDraft<'_>, used: &[(usize, Language)], index: usize) {
        // Named where it has no words: that is said already, and the cure for it.
        let has = |language: Language| draft.lists.iter().any(|l| l.language == language && !l.patterns.is_empty());
        if used.iter().any(|(group, language)| *group == index && !has(language)) {
            return;
        }
        for list in &draft.lists {
            let Some(first) = list.patterns.first().filter(|_| !used.contains(&(index, list.language))) else {
                continue;
            };
            let (name, language) = (&draft.name, list.language);
            let message = say!(
                "no `{language}` list uses the `{language}` words of the group `{name}`",
                "グループ `{name}` の `{language}` の語は、どの `{language}` の一覧からも参照されていません"
            );
            let finding = Diagnostic::warning("unused-group", first.place.file, first.place.span.clone(), message);
            self.findings.push(finding.help(say!(
                "name it as `\"@{name}\"` in a list `{language}`, or delete these words",
                "`{language}` の一覧で `\"@{name}\"` として参照するか、これらの語を消してください"
            )));
        }
    }

    /// Adds the patterns of one list; for a target as entries, for a group as
    /// its members.
    fn add_list(&mut self, list: &List<'_>, of: Option<(Target, Weight)>) -> Vec<NodeId> {
        self.lists += 1;
        let mut nodes = Vec::new();
        for pattern in &list.patterns {
            self.check_groups(pattern, list.language);
            let Some(node) = self.graph.add(pattern, list.language) else { continue };
            nodes.push(node);
            let keyword = self.keywords.len() as u32;
            self.keywords.push(Keyword {
                source: pattern.place.source(),
                shown: pattern.shown.clone(),
                span: pattern.place.span.clone(),
                node,
                list: self.lists,
                part_of: PartOf::Target,
            });
            if let Some((target, weight)) = of {
                self.entries.push(Entry { node, target, weight, keyword });
            }
        }
        nodes
    }

    fn check_groups(&mut self, pattern: &Pattern<'_>, language: Language) {
        let mut named = Vec::new();
        pattern.groups(&mut named);
        for (name, place) in named {
            let group = self.groups.iter().find(|g| g.0 == name);
            let finding = |code, message| Diagnostic::error(code, place.file, place.span.clone(), message);
            match group {
                Some((_, languages)) if languages.contains(&language) => {}
                Some((_, languages)) => self.findings.push(
                    finding(
                        "empty-group",
                        say!(
                            "the group `{name}` has no `{language}` words",
                            "グループ `{name}` に `{language}` の語がありません"
                        ),
                    )
                    .note(say!(
                        "in a list `{language}`, `@{name}` stands for the group's `{language}` list",
                        "`{language}` の一覧の中の `@{name}` は、グループの `{language}` の一覧を指します"
                    ))
                    .help(say!(
                        "add `{language} = […]` to the group, which has {there}",
                        "グループに `{language} = […]` を書き足します（今あるのは {there}）";
                        there = one_of(languages.iter().copied()),
                    )),
                ),
                None => {
                    let help = match nearest(name, self.groups.iter().map(|g| g.0)) {
                        Some(near) => did_you_mean(&format!("@{near}")),
                        None => say!(
                            "groups stand in rules/common.toml as `[groups.NAME]`",
                            "グループは rules/common.toml に `[groups.名前]` として書きます"
                        ),
                    };
                    let message = say!("there is no group `{name}`", "`{name}` というグループはありません");
                    self.findings.push(finding("unknown-group", message).help(help));
                }
            }
        }
    }

    fn add_negation(&mut self, common: &CommonDraft<'_>) -> Negation {
        let mut leaves = Vec::new();
        let lists = [
            (&common.ja_after, Side::JapaneseAfter, "ja"),
            (&common.en_before, Side::EnglishBefore, "en"),
            (&common.en_after, Side::EnglishAfter, "en"),
        ];
        for (phrases, side, language) in lists {
            self.lists += 1;
            for phrase in phrases {
                let node = self.graph.leaf(&phrase.folded, language);
                leaves.push((node, side));
                self.keywords.push(Keyword {
                    source: phrase.place.source(),
                    shown: phrase.shown.clone(),
                    span: phrase.place.span.clone(),
                    node,
                    list: self.lists,
                    part_of: PartOf::Negation(side),
                });
            }
        }
        Negation::new(leaves, common.clause.clone())
    }
}

/// The zones that say what a message is about, with their hits.
fn read_zones<'a>(
    inquiry: &'a Inquiry,
    hits: &'a [(Zone, Vec<Hit>)],
) -> impl Iterator<Item = (&'a Passage, &'a [Hit])> {
    let zones = [&inquiry.subject, &inquiry.fresh].into_iter();
    zones.filter_map(|passage| {
        let (_, hits) = hits.iter().find(|(zone, _)| *zone == passage.zone)?;
        Some((passage, hits.as_slice()))
    })
}

/// An entry found at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    target: Target,
    /// False: the subject.
    fresh: bool,
    start: u32,
    end: u32,
    weight: Weight,
    keyword: u32,
    negated: bool,
    /// Where the negator stands, if negated.
    by: (u32, u32),
    /// Stands in what is asked.
    asked: bool,
}

impl Match {
    /// Speaks for a topic by itself; some words only in what is asked.
    fn is_enough(&self) -> bool {
        match self.weight {
            Weight::Strong => true,
            Weight::Asked | Weight::Soft => self.asked,
            _ => false,
        }
    }

    /// Is evidence beside others; a mere mention is none.
    fn counts(&self) -> bool {
        self.is_enough() || self.weight == Weight::Weak
    }
}

/// Applies the rules. `hits` are the automaton's hits per zone (all owners).
pub fn classify(rules: &Rules, inquiry: &Inquiry, hits: &[(Zone, Vec<Hit>)]) -> Classified {
    let mut matches: Vec<Match> = Vec::new();
    for (passage, hits) in read_zones(inquiry, hits) {
        rules.collect_matches(passage, hits, &mut matches);
    }
    if matches.is_empty() {
        return Classified { reason: Some(no_reason(inquiry)), ..Classified::default() };
    }
    matches.sort_unstable();
    let asks = rules.mark_asked(inquiry, &mut matches);
    Verdict::new(rules, inquiry, &matches, asks).finish()
}

impl Rules {
    /// Marks the matches of topics that stand in what is asked: in a clause
    /// that asks, or, where that names no topic, in the nearest one before it
    /// that does. A soft word gives way to another topic's clear word there,
    /// and where it is only told to any clear word.
    /// Whether the message asks anything at all.
    fn mark_asked(&self, inquiry: &Inquiry, matches: &mut [Match]) -> bool {
        let mut clauses = Clauses::default();
        let subject = inquiry.subject.folded.as_str();
        if !follows_up(subject) {
            clauses.add(false, subject, &self.borders);
        }
        clauses.add(true, inquiry.fresh.folded.as_str(), &self.borders);
        let asks = matches.iter().filter(|m| m.target == Target::Asking).map(|m| (m.fresh, m.end));
        let questions = clauses.questions(&asks.collect::<Vec<_>>());
        let asks = !questions.is_empty();
        let speaks = |m: &Match| {
            let weighs = matches!(m.weight, Weight::Strong | Weight::Asked | Weight::Soft);
            matches!(m.target, Target::Topic(_)) && weighs && !m.negated
        };
        let said = matches.iter().enumerate().filter(|(_, m)| speaks(m));
        let mut said: Vec<(usize, usize)> =
            said.filter_map(|(i, m)| clauses.at(m.fresh, m.end).map(|clause| (clause, i))).collect();
        said.sort_unstable();
        let of = |clauses: Range<usize>| -> Option<Vec<usize>> {
            let from = said.partition_point(|s| s.0 < clauses.start);
            let there: Vec<usize> = said[from..].iter().take_while(|s| s.0 < clauses.end).map(|s| s.1).collect();
            (!there.is_empty()).then_some(there)
        };
        for question in questions {
            let clear = |i: &usize| matches[*i].weight != Weight::Soft;
            let of_clear = |clauses| of(clauses).filter(|there| there.iter().any(clear));
            let there = of(question.asking())
                .or_else(|| question.before().find_map(of_clear))
                .or_else(|| of_clear(question.after()))
                .or_else(|| question.heading().find_map(of_clear))
                .or_else(|| question.before().find_map(of))
                .or_else(|| of(question.after()))
                .or_else(|| question.heading().find_map(of))
                .unwrap_or_default();
            let named: Vec<Target> = there.iter().filter(|i| clear(i)).map(|i| matches[*i].target).collect();
            for i in there {
                let one = &mut matches[i];
                one.asked |= named.is_empty() || named.contains(&one.target);
            }
        }
        asks
    }

    /// The entries of a node.
    fn entries_of(&self, node: NodeId) -> &[Entry] {
        let (from, to) = (self.entries_of[node as usize], self.entries_of[node as usize + 1]);
        &self.entries[from as usize..to as usize]
    }

    fn collect_matches(&self, passage: &Passage, hits: &[Hit], matches: &mut Vec<Match>) {
        let text = passage.folded.as_str();
        let found = self.graph.evaluate(text, hits, &|_| true);
        let negators = self.negation.find(&found);
        let negator = |place| self.negation.negates(passage, &negators, place);
        if negators.is_empty() {
            return self.add_matches(passage, &found, |_| None, matches);
        }
        // A pattern counts where it is found without the negated words; what
        // it needed one of them for is negated with it.
        let kept = self.graph.evaluate(text, hits, &|place| negator(place).is_none());
        self.add_matches(passage, &kept, |f| negator((f.start, f.end)).map(Negator::range), matches);
        let lost: Vec<Found> = found.into_iter().filter(|f| kept.binary_search(f).is_err()).collect();
        let inside = |f: &Found| negators.iter().map(Negator::range).find(|n| n.start >= f.start as usize);
        let by = |f: &Found| negator((f.start, f.end)).map(Negator::range).or_else(|| inside(f)).or(Some(0..0));
        self.add_matches(passage, &lost, by, matches);
    }

    /// The entries at what was found; `negated` gives the folded place of the
    /// negator.
    fn add_matches(
        &self,
        passage: &Passage,
        found: &[Found],
        negated: impl Fn(&Found) -> Option<Range<usize>>,
        matches: &mut Vec<Match>,
    ) {
        for places in found.chunk_by(|a, b| a.node == b.node) {
            let entries = self.entries_of(places[0].node);
            for place in places.iter().take(if entries.is_empty() { 0 } else { PLACES_MAX }) {
                let negator = negated(place);
                matches.extend(entries.iter().map(|entry| Match {
                    target: entry.target,
                    fresh: passage.zone == Zone::Fresh,
                    start: place.start,
                    end: place.end,
                    weight: entry.weight,
                    keyword: entry.keyword,
                    negated: negator.is_some(),
                    by: negator.as_ref().map_or((0, 0), |n| (n.start as u32, n.end as u32)),
                    asked: false,
                }));
            }
        }
    }
}

impl Rules {
    /// What the patterns of topics find where it does not count, for
    /// `explain`: in quotes, signatures and disclaimers, and where an
    /// exception overlaps it.
    pub fn passed_over(&self, inquiry: &Inquiry, lexicon: &Lexicon) -> Vec<Near> {
        let mut near = Vec::new();
        let scan = |passage: &Passage| {
            let mut hits = Vec::new();
            lexicon.scan(&passage.folded, &mut hits);
            self.graph.evaluate(passage.folded.as_str(), &hits, &|_| true)
        };
        for passage in [&inquiry.subject, &inquiry.fresh] {
            let found = scan(passage);
            for (entry, topic) in self.topical() {
                let Some((pattern, phrases)) = self.graph.excepted(entry.node) else { continue };
                if !graph::of(&found, entry.node).is_empty() {
                    continue;
                }
                let Some(place) = graph::of(&found, pattern).first() else { continue };
                let mut overlap = phrases.iter().flat_map(|p| graph::of(&found, *p));
                let by = overlap.find(|p| p.start < place.end && place.start < p.end);
                let by = by.map(|p| written(passage, (p.start, p.end)).1);
                let keyword = &self.keywords[entry.keyword as usize];
                let place = (place.start, place.end);
                near.push(self.near_miss(keyword, topic, passage, place, NearWhy::Excepted, by));
            }
        }
        for passage in [&inquiry.quoted, &inquiry.signature, &inquiry.disclaimer] {
            let found = scan(passage);
            let mut words: Vec<(Weight, u32, usize, Near)> = Vec::new();
            for (entry, topic) in self.topical() {
                let Some(place) = graph::of(&found, entry.node).first() else { continue };
                let keyword = &self.keywords[entry.keyword as usize];
                let miss = self.near_miss(keyword, topic, passage, (place.start, place.end), NearWhy::NotRead, None);
                words.push((entry.weight, place.start, topic, miss));
            }
            words.sort_by_key(|(weight, start, topic, _)| (*weight, *start, *topic));
            near.extend(words.into_iter().take(NOT_READ_MAX).map(|(_, _, _, miss)| miss));
        }
        near.truncate(EVIDENCE_MAX);
        near
    }

    /// Patterns that speak for a topic, and which.
    fn topical(&self) -> impl Iterator<Item = (&Entry, usize)> {
        self.entries.iter().filter_map(|entry| match (entry.target, entry.weight) {
            (Target::Topic(topic), Weight::Strong | Weight::Asked | Weight::Weak) => Some((entry, usize::from(topic))),
            _ => None,
        })
    }

    fn near_miss(
        &self,
        keyword: &Keyword,
        topic: usize,
        passage: &Passage,
        place: (u32, u32),
        why: NearWhy,
        by: Option<String>,
    ) -> Near {
        let (range, text) = written(passage, place);
        let topic = self.topics[topic].name.clone();
        Near { source: keyword.source.clone(), topic, zone: passage.zone, range, text, why, by }
    }
}

/// What stands at a folded place, as the sender wrote it.
fn written(passage: &Passage, (start, end): (u32, u32)) -> (Range<usize>, String) {
    let range = passage.original(start as usize..end as usize);
    let text = passage.text.get(range.clone()).unwrap_or_default().to_owned();
    (range, text)
}

/// Why there is no topic when nothing was found.
fn no_reason(inquiry: &Inquiry) -> Reason {
    if only_quoted(inquiry) { Reason::OnlyQuoted } else { Reason::NoTopic }
}

fn only_quoted(inquiry: &Inquiry) -> bool {
    let says = |passage: &Passage| passage.folded.as_str().chars().any(char::is_alphanumeric);
    !says(&inquiry.fresh) && says(&inquiry.quoted)
}

/// Whether a folded subject is that of a reply or a forward.
fn follows_up(subject: &str) -> bool {
    const MARKS: [&str; 12] =
        ["re:", "re :", "re>", "re[", "re^", "fw:", "fwd:", "fw :", "fwd :", "aw:", "返信:", "転送:"];
    let mut rest = subject.trim_start();
    // A list's tag may stand first: `[soumu:00123] Re: …`.
    while let Some(inner) = rest.strip_prefix('[') {
        let Some(close) = inner.find(']') else { break };
        rest = inner[close + 1..].trim_start();
    }
    MARKS.iter().any(|mark| rest.starts_with(mark))
}

/// What may make a topic: each stage only where the ones before found none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Strong words, what is asked, weak words together.
    Asked,
    /// An `asked` word anywhere.
    Mentioned,
    /// A `soft` word anywhere.
    SoftlyMentioned,
    /// An `alone` word anywhere.
    Alone,
}

impl Stage {
    /// Whether a mere mention of this weight counts.
    fn takes(self, weight: Weight) -> bool {
        match self {
            Stage::Asked => false,
            Stage::Mentioned => weight == Weight::Asked,
            Stage::SoftlyMentioned => weight == Weight::Soft,
            Stage::Alone => weight == Weight::Alone,
        }
    }
}

/// The matches of one target, counted.
struct Verdict<'a> {
    rules: &'a Rules,
    inquiry: &'a Inquiry,
    matches: &'a [Match],
    /// The subject of a reply or forward repeats an old matter while the new
    /// text has its own: it only supports.
    old_subject: bool,
    /// The last stage looked at, at which `topics` were found if any were.
    stage: Stage,
    /// Whether the message asks anything.
    asks: bool,
    topics: Vec<usize>,
    /// Topics that were reached, and then cancelled.
    cancelled: Vec<usize>,
    reason: Option<Reason>,
    evidence: Vec<Evidence>,
}

impl<'a> Verdict<'a> {
    fn new(rules: &'a Rules, inquiry: &'a Inquiry, matches: &'a [Match], asks: bool) -> Verdict<'a> {
        let mut verdict = Verdict {
            rules,
            inquiry,
            matches,
            old_subject: false,
            stage: Stage::Asked,
            asks,
            topics: Vec::new(),
            cancelled: Vec::new(),
            reason: None,
            evidence: Vec::new(),
        };
        let fresh_alone = |topic: &[Match]| {
            let fresh: Vec<&Match> = topic.iter().filter(|m| m.fresh && !m.negated).collect();
            let said = reached(&fresh) || fresh.iter().any(|m| matches!(m.weight, Weight::Asked | Weight::Soft));
            said && !fresh.iter().any(|m| m.weight == Weight::Against)
        };
        verdict.old_subject = follows_up(inquiry.subject.folded.as_str())
            && by_target(matches).any(|m| matches!(m[0].target, Target::Topic(_)) && fresh_alone(m));
        verdict
    }

    fn finish(mut self) -> Classified {
        let targets = || by_target(self.matches);
        let mut reached_topics: Vec<(usize, &[Match])> = Vec::new();
        let mut against: Vec<&Match> = Vec::new();
        // What is asked; else what is mentioned; else what only counts alone.
        for stage in [Stage::Asked, Stage::Mentioned, Stage::SoftlyMentioned, Stage::Alone] {
            for matches in targets() {
                let Target::Topic(topic) = matches[0].target else { continue };
                if !self.topic_reached(matches, stage) {
                    continue;
                }
                let topic = usize::from(topic);
                let cancel: Vec<&Match> = self.counting(matches).filter(|m| m.weight == Weight::Against).collect();
                if cancel.is_empty() {
                    reached_topics.push((topic, matches));
                } else {
                    self.cancelled.push(topic);
                    against.extend(cancel);
                }
            }
            self.stage = stage;
            // Words that only count alone make no question by themselves.
            let last = !self.asks && stage == Stage::SoftlyMentioned;
            if !reached_topics.is_empty() || !self.cancelled.is_empty() || last {
                break;
            }
        }
        let nothing_new = only_quoted(self.inquiry) && follows_up(self.inquiry.subject.folded.as_str());
        let mut veto: Option<(&Veto, &[Match])> = None;
        for matches in targets() {
            let Target::Veto(index) = matches[0].target else { continue };
            let Some(one) = self.rules.vetoes.get(usize::from(index)) else { continue };
            if self.veto_reached(matches) {
                let cancels = |topic: &(usize, &[Match])| match one.applies {
                    Applies::Always => true,
                    Applies::NoTopic => false,
                    Applies::WeakTopic => !topic.1.iter().any(|m| m.fresh && !m.negated && m.is_enough()),
                };
                let (gone, stay): (Vec<_>, Vec<_>) = reached_topics.drain(..).partition(cancels);
                self.cancelled.extend(gone.iter().map(|t| t.0));
                reached_topics = stay;
                if reached_topics.is_empty() && veto.is_none() {
                    veto = Some((one, matches));
                }
            }
        }
        if nothing_new {
            self.cancelled.extend(reached_topics.drain(..).map(|t| t.0));
        }
        self.topics = reached_topics.iter().map(|t| t.0).collect();
        let mut evidence = Vec::new();
        for (topic, matches) in &reached_topics {
            let about = &self.rules.topics[*topic].name;
            let stage = self.stage;
            let counts = |m: &&Match| m.counts() || stage.takes(m.weight);
            for one in first_places(self.counting(matches).filter(counts)) {
                let role = if one.is_enough() && (one.fresh || !self.old_subject) { Role::Strong } else { Role::Weak };
                evidence.push(self.evidence_of(one, role, about));
            }
        }
        for one in first_places(against.into_iter()) {
            if let Target::Topic(topic) = one.target {
                evidence.push(self.evidence_of(one, Role::Against, &self.rules.topics[usize::from(topic)].name));
            }
        }
        if self.topics.is_empty() {
            self.reason = Some(if nothing_new { Reason::OnlyQuoted } else { Reason::NoTopic });
            if let Some((one, matches)) = veto.filter(|_| !nothing_new) {
                self.reason = Some(one.reason);
                let counts = |m: &&Match| matches!(m.weight, Weight::Strong | Weight::Weak);
                for found in first_places(self.counting(matches).filter(counts)) {
                    evidence.push(self.evidence_of(found, Role::Against, one.reason.word()));
                }
            }
        }
        evidence.truncate(EVIDENCE_MAX);
        self.evidence = evidence;
        let near = self.near();
        Classified { topics: self.topics, reason: self.reason, evidence: self.evidence, near }
    }

    /// Matches that are no negation, and those of an old subject only where
    /// they say what the topic is, not what cancels it.
    fn counting<'m>(&self, matches: &'m [Match]) -> impl Iterator<Item = &'m Match> + use<'m> {
        let old_subject = self.old_subject;
        matches.iter().filter(move |m| {
            let cancels = matches!(m.weight, Weight::Against | Weight::Unless);
            !m.negated && (m.fresh || !old_subject || !cancels)
        })
    }

    fn topic_reached(&self, matches: &[Match], stage: Stage) -> bool {
        let counting: Vec<&Match> = self.counting(matches).collect();
        if stage != Stage::Asked {
            return counting.iter().any(|m| stage.takes(m.weight) && (m.fresh || !self.old_subject));
        }
        if self.old_subject {
            let fresh: Vec<&Match> = counting.iter().filter(|m| m.fresh).copied().collect();
            let supported = counting.iter().filter(|m| m.counts()).any(|m| !m.fresh);
            return reached(&fresh) || supported && fresh.iter().any(|m| m.weight == Weight::Weak);
        }
        counting.iter().any(|m| m.weight == Weight::Weak && !m.fresh) || reached(&counting)
    }

    fn veto_reached(&self, matches: &[Match]) -> bool {
        let counting: Vec<&Match> = self.counting(matches).filter(|m| m.fresh || !self.old_subject).collect();
        reached(&counting) && !counting.iter().any(|m| m.weight == Weight::Unless)
    }

    fn passage(&self, one: &Match) -> &'a Passage {
        if one.fresh { &self.inquiry.fresh } else { &self.inquiry.subject }
    }

    fn evidence_of(&self, one: &Match, role: Role, about: &str) -> Evidence {
        let passage = self.passage(one);
        let (range, text) = written(passage, (one.start, one.end));
        let source = self.rules.keywords[one.keyword as usize].source.clone();
        Evidence { source, role, zone: passage.zone, text, range, about: about.to_owned() }
    }

    fn near(&self) -> Vec<Near> {
        let mut near = Vec::new();
        for matches in by_target(self.matches) {
            let Target::Topic(topic) = matches[0].target else { continue };
            let topic = usize::from(topic);
            let chosen = self.topics.contains(&topic);
            let topical = matches.iter().filter(|m| !matches!(m.weight, Weight::Against | Weight::Unless));
            for one in first_places(topical) {
                let why = match () {
                    () if one.negated => NearWhy::Negated,
                    () if chosen => continue,
                    () if self.cancelled.contains(&topic) => NearWhy::Cancelled,
                    () if self.old_subject && !one.fresh => NearWhy::OldSubject,
                    () if one.weight != Weight::Weak => NearWhy::Mentioned,
                    () => NearWhy::OneWeak,
                };
                let passage = self.passage(one);
                let by = (one.negated && one.by.1 > 0).then(|| written(passage, one.by).1);
                let keyword = &self.rules.keywords[one.keyword as usize];
                near.push(self.rules.near_miss(keyword, topic, passage, (one.start, one.end), why, by));
                if near.len() == EVIDENCE_MAX {
                    return near;
                }
            }
        }
        near
    }
}

/// The matches in pieces of one target each; they are sorted by it.
fn by_target(matches: &[Match]) -> impl Iterator<Item = &[Match]> {
    matches.chunk_by(|a, b| a.target == b.target)
}

/// Each keyword's first place in each zone, negated or not.
fn first_places<'m>(matches: impl Iterator<Item = &'m Match>) -> Vec<&'m Match> {
    let mut seen: Vec<(u32, bool, bool)> = Vec::new();
    let mut first = Vec::new();
    for one in matches {
        let key = (one.keyword, one.fresh, one.negated);
        // Bounded: beyond the most that is shown nothing needs to be told apart.
        if seen.len() < EVIDENCE_MAX && !seen.contains(&key) {
            seen.push(key);
            first.push(one);
        }
    }
    first
}

/// One match that is enough, or two different weak ones that do not overlap.
fn reached(matches: &[&Match]) -> bool {
    if matches.iter().any(|m| m.is_enough()) {
        return true;
    }
    // Subject and fresh text never overlap: the subject is put before.
    let place =
        |m: &Match| (u64::from(m.fresh) << 32 | u64::from(m.start), u64::from(m.fresh) << 32 | u64::from(m.end));
    let weak = || matches.iter().filter(|m| m.weight == Weight::Weak).map(|m| (m.keyword, place(m)));
    let Some((keyword, (_, end))) = weak().min_by_key(|(keyword, (_, end))| (*end, *keyword)) else { return false };
    // Another keyword after the one that ends first; or the same keyword again
    // after another one that overlaps it.
    let after = weak().any(|(k, (start, _))| k != keyword && start >= end);
    let other_end = weak().filter(|(k, _)| *k != keyword).map(|(_, (_, end))| end).min();
    let last_start = weak().filter(|(k, _)| *k == keyword).map(|(_, (start, _))| start).max();
    after || matches!((other_end, last_start), (Some(end), Some(start)) if start >= end)
}
