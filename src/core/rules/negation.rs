//! Whether a keyword stands inside a negation: 「セミナーの件ではありません」,
//! "not about the seminar". Scoped to the clause; a question (「…は不要ですか」)
//! or a report (「不要と言われました」) negates nothing. Knows no topic.

use super::graph::{Found, NodeId};
use crate::core::text::Passage;
use std::ops::Range;

/// On which side of the keyword a negator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Japanese, after the keyword.
    JapaneseAfter,
    /// English, before it.
    EnglishBefore,
    /// English, after it.
    EnglishAfter,
}

/// The negators of `common.toml`.
#[derive(Debug, Default)]
pub struct Negation {
    /// Leaves, sorted by number.
    leaves: Vec<(NodeId, Side)>,
    /// Folded borders beside the built-in ones.
    borders: Vec<String>,
}

/// Farthest a negator stands from its keyword, in bytes of folded text: some
/// 25 Japanese characters, or ten English words.
const REACH: usize = 75;

impl Negation {
    pub fn new(mut leaves: Vec<(NodeId, Side)>, borders: Vec<String>) -> Negation {
        leaves.sort_unstable();
        leaves.dedup();
        Negation { leaves, borders }
    }

    /// Forgets a negator.
    pub fn remove(&mut self, leaf: NodeId, side: Side) {
        if let Ok(at) = self.leaves.binary_search(&(leaf, side)) {
            self.leaves.remove(at);
        }
    }

    /// Puts a negator back.
    pub fn restore(&mut self, leaf: NodeId, side: Side) {
        if let Err(at) = self.leaves.binary_search(&(leaf, side)) {
            self.leaves.insert(at, (leaf, side));
        }
    }

    /// The negators that stand in a text, by place.
    pub fn find(&self, found: &[Found]) -> Vec<Negator> {
        let mut negators = Vec::new();
        for one in found {
            let from = self.leaves.partition_point(|l| l.0 < one.node);
            for (_, side) in self.leaves[from..].iter().take_while(|l| l.0 == one.node) {
                negators.push(Negator { start: one.start as usize, end: one.end as usize, side: *side });
            }
        }
        negators.sort_unstable();
        negators
    }

    /// The negator, if any, that negates the span of a hit.
    pub fn negates<'n>(&self, passage: &Passage, negators: &'n [Negator], span: (u32, u32)) -> Option<&'n Negator> {
        let (start, end) = (span.0 as usize, span.1 as usize);
        let from = negators.partition_point(|n| n.start + 2 * REACH < start);
        negators[from..].iter().take_while(|n| n.start <= end + REACH).find(|n| match n.side {
            Side::JapaneseAfter => n.start >= end && self.after_japanese(passage, end, n),
            Side::EnglishBefore => {
                n.end <= start && n.end + REACH >= start && self.before_english(passage, (start, end), n)
            }
            Side::EnglishAfter => n.start >= end && self.after_english(passage, start, end, n),
        })
    }

    fn after_japanese(&self, passage: &Passage, end: usize, negator: &Negator) -> bool {
        let text = passage.folded.as_str();
        let folded = &text[end..negator.start];
        if folded.contains(['\n', '。', '!', '?', ';', '．']) || self.bordered(folded) {
            return false;
        }
        // Particles are told apart from katakana only in what was written.
        let written = passage.text.get(passage.folded.original(end..negator.start)).unwrap_or_default();
        let gap: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        japanese_gap(&gap) && !asked_or_reported(&text[negator.start..negator.end], &text[negator.end..])
    }

    fn before_english(&self, passage: &Passage, (start, end): (usize, usize), negator: &Negator) -> bool {
        let text = passage.folded.as_str();
        let gap = &text[negator.end..start];
        let listed = || list_goes_on(&text[end..]);
        let commas = || gap.match_indices(',').map(|(i, _)| &gap[i + 1..]);
        if self.bordered(gap) || !english_gap(gap) || commas().any(|after| !coordinated(after) && !listed()) {
            return false;
        }
        let sentence = sentence_start(text, negator.start);
        let before: Vec<&str> = words(&text[sentence..negator.start]).collect();
        let asked = sentence_is_question(text, start)
            && before.len() <= 3
            && before.first().is_some_and(|w| AUXILIARIES.contains(w));
        let indirect = before.iter().rev().take(4).any(|w| matches!(*w, "whether" | "if"));
        !asked && !indirect
    }

    fn after_english(&self, passage: &Passage, start: usize, end: usize, negator: &Negator) -> bool {
        let text = passage.folded.as_str();
        let gap = &text[end..negator.start];
        if gap.len() > REACH || self.bordered(gap) || !english_gap(gap) || gap.contains(',') {
            return false;
        }
        let sentence = sentence_start(text, start);
        let clause = text[sentence..start].rfind(',').map_or(sentence, |i| sentence + i + 1);
        let mut before = words(&text[clause..start]);
        // "once the seminar is settled" says that it is not.
        let open =
            before.any(|w| matches!(w, "once" | "until" | "unless" | "if" | "whether" | "when" | "after" | "before"));
        !open && !sentence_is_question(text, negator.end)
    }

    fn bordered(&self, gap: &str) -> bool {
        self.borders.iter().any(|b| gap.contains(b.as_str()))
    }
}

/// A negator's place in folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Negator {
    start: usize,
    end: usize,
    side: Side,
}

impl Negator {
    /// Folded byte range.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Whether what stands between a keyword and a negator leaves the keyword
/// inside what is negated.
fn japanese_gap(gap: &str) -> bool {
    // 「セミナーだけではなく」 means the seminar too.
    if ["だけ", "のみ", "のみなら", "ばかり"].iter().any(|w| gap.ends_with(w)) {
        return false;
    }
    const CONNECTIVES: [&str; 12] =
        ["ので", "ため、", "けど", "けれど", "ですが", "ますが", "ましたが", "たが", "だが", "るが", "ないが", "たら"];
    if CONNECTIVES.iter().any(|c| gap.contains(c)) {
        return false;
    }
    let pieces: Vec<&str> = gap.split(['、', ',', '，']).collect();
    let Some((last, lists)) = pieces.split_last() else { return true };
    let listed = lists.iter().enumerate().all(|(i, piece)| list_item(piece, i == 0));
    listed && attached(last, !lists.is_empty())
}

/// A piece before a comma that goes on with what is negated: the keyword in a
/// list (「セミナー、相談会の件ではなく」) or as the theme (「セミナーについては、」).
fn list_item(piece: &str, first: bool) -> bool {
    const THEMES: [&str; 12] = [
        "については",
        "に関しては",
        "につきましては",
        "の件は",
        "のことは",
        "の話は",
        "の方は",
        "のほうは",
        "は",
        "や",
        "とか",
        "も",
    ];
    if piece.is_empty() || THEMES.contains(&piece) {
        return true;
    }
    let item = ["の件", "のこと", "の話", "のお話", "について", "に関して"];
    if first && item.contains(&piece) {
        return true;
    }
    let verbs = ["は", "を", "が", "ます", "です", "ました", "たい", "ください", "下さい"];
    piece.chars().count() <= 12 && !verbs.iter().any(|v| piece.contains(v)) && !first
        || first && THEMES.iter().any(|t| t.len() > 3 && piece.ends_with(t) && piece.chars().count() <= 14)
}

/// Whether the last piece before the negator still holds the keyword: either
/// no case particle parts them (「セミナーの申し込みの件」), or the whole clause is
/// made a noun (「セミナーに参加したいわけ」).
fn attached(piece: &str, listed: bool) -> bool {
    let piece = piece.trim_end_matches(['は', 'が', 'も']);
    const NOMINAL: [&str; 20] = [
        "の",
        "わけ",
        "訳",
        "つもり",
        "もの",
        "こと",
        "事",
        "件",
        "話",
        "お話",
        "目的",
        "用件",
        "要件",
        "相談",
        "ご相談",
        "質問",
        "ご質問",
        "問い合わせ",
        "問合せ",
        "必要",
    ];
    let mut rest = piece.to_owned();
    for adnominal in
        ["についての", "に関する", "に関しての", "にかかわる", "に係る", "への", "での", "からの", "との", "という"]
    {
        rest = rest.replace(adnominal, "の");
    }
    let themed = ["については", "に関しては", "につきましては", "について", "に関して", "の方", "のほう"];
    for theme in themed {
        if let Some(after) = rest.strip_prefix(theme) {
            rest = after.to_owned();
            break;
        }
    }
    let parted = ["は", "を", "が", "に", "で", "へ", "から", "より"].iter().any(|p| rest.contains(p));
    if listed && ["を", "が"].iter().any(|p| rest.contains(p)) {
        return false;
    }
    !parted || NOMINAL.iter().any(|n| rest.ends_with(n))
}

/// Whether what follows a Japanese negator makes it a question or somebody
/// else's words: 「は不要でしょうか」「は不要と聞きました」「が不要な場合」.
fn asked_or_reported(negator: &str, after: &str) -> bool {
    // 「窓口ではなく、…できますか」: the question is about the other thing.
    if ["なく", "なくて", "より", "ずに"].iter().any(|c| negator.ends_with(c)) {
        return false;
    }
    let end = after.find(['。', '、', '!', '?', '\n', ';', ',']).unwrap_or(after.len());
    let rest = after[..end].trim();
    if rest.chars().count() > 24 {
        return false;
    }
    let question_mark = after[end..].starts_with('?');
    let reported = ["と聞", "と言", "といわ", "という", "との", "とされ", "と書", "と案内", "と説明", "と思っていい"];
    question_mark && rest.chars().count() <= 12
        || rest.starts_with('か')
        || rest.ends_with('か') && !rest.ends_with("ほか")
        || rest.starts_with("でしょうか")
        || reported.iter().any(|r| rest.starts_with(r))
        || rest.starts_with('な') && !["なの", "なた", "なん"].iter().any(|n| rest.starts_with(n))
}

const AUXILIARIES: [&str; 14] =
    ["is", "are", "was", "were", "do", "does", "did", "isn't", "aren't", "will", "would", "has", "have", "there"];

/// Words with which another clause begins, or that make one.
const CLAUSE_WORDS: [&str; 24] = [
    "but", "however", "because", "since", "so", "please", "we", "i", "they", "it", "is", "are", "was", "were", "can",
    "could", "would", "should", "want", "need", "wish", "kindly", "yet", "although",
];

/// Whether English between a negator and a keyword stays inside one clause.
fn english_gap(gap: &str) -> bool {
    if gap.contains(['\n', ';', '!', '?', '。', ':']) || gap.contains(". ") || gap.contains(" - ") {
        return false;
    }
    const OPENS: [&str; 9] = ["how", "what", "whether", "which", "who", "where", "when", "why", "that"];
    let mut relative = false;
    for word in words(gap) {
        relative |= OPENS.contains(&word);
        if CLAUSE_WORDS.contains(&word) && (!relative || matches!(word, "but" | "however" | "please")) {
            return false;
        }
    }
    true
}

/// Whether what follows a comma goes on with the list before it: ", or the",
/// ", a talk or a".
fn coordinated(after: &str) -> bool {
    let joins = |text: &str| words(text).take(6).any(|w| matches!(w, "or" | "nor"));
    let last = after.split(',').next_back().unwrap_or(after);
    matches!(words(after).next(), Some("or" | "nor")) || joins(last)
}

/// Whether the keyword is an inner item of a list that ends the sentence:
/// "(not about the desk, the seminar) or the rules."
fn list_goes_on(after: &str) -> bool {
    let end = after.find(['.', ';', '!', '?', '\n', ',']).unwrap_or(after.len());
    let mut rest = words(&after[..floor(after, end.min(120))]);
    let joined = rest.by_ref().take(3).any(|w| matches!(w, "or" | "nor"));
    let item: Vec<&str> = rest.collect();
    joined && item.len() <= 4 && !item.iter().any(|w| CLAUSE_WORDS.contains(w))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty())
}

/// Where the sentence around a position starts.
fn sentence_start(text: &str, at: usize) -> usize {
    let from = floor(text, at.saturating_sub(300));
    let before = &text[from..at];
    let border = |(i, c): (usize, char)| match c {
        '\n' | '!' | '?' | ';' | '。' => Some(i + c.len_utf8()),
        '.' if before[i + 1..].starts_with(' ') => Some(i + 1),
        _ => None,
    };
    before.char_indices().rev().find_map(border).map_or(from, |i| from + i)
}

/// Whether the sentence around a position ends with a question mark.
fn sentence_is_question(text: &str, at: usize) -> bool {
    let after = &text[at..floor(text, (at + 300).min(text.len()))];
    for (i, c) in after.char_indices() {
        match c {
            '?' => return true,
            '\n' | '!' | ';' | '。' => return false,
            '.' if after[i + 1..].starts_with(' ') => return false,
            _ => {}
        }
    }
    false
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
