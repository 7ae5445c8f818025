//! Which words would find messages that the rules do not find. Takes words out
//! of labelled messages, and measures each by adding it to the rules and
//! deciding again. Proposes; writes nothing and reads no files.

use super::evidence::Role;
use super::inquiry::{self, Inquiry};
use super::lexicon::{Builder, Ending};
use super::plan::{self, Action, History, Plan};
use super::policy::Policy;
use super::ruleset::{Files, Ruleset};
use super::text::fold;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A message of which somebody said what it is about.
pub struct Sample {
    /// How a person finds it.
    pub name: String,
    pub inquiry: Inquiry,
    /// Topics it is to be answered about; empty: none.
    pub topics: BTreeSet<String>,
    /// An example of a rule file.
    pub example: bool,
}

/// A word, or a few, that may become a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As people wrote it most often.
    pub text: String,
    /// The list it belongs to: `ja`, `en` or `other`.
    pub list: &'static str,
    /// Others that occur in the very same messages.
    pub also: Vec<String>,
}

/// How strong a keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    Strong,
    Weak,
}

impl Strength {
    /// The name of the table in a topic file.
    pub fn word(self) -> &'static str {
        match self {
            Strength::Strong => "strong",
            Strength::Weak => "weak",
        }
    }
}

/// What a keyword would do; indices of samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Answered as they should be, or nearer to it than before.
    pub gained: Vec<usize>,
    /// Answered less as they should be than before.
    pub harmed: Vec<usize>,
}

impl Effect {
    /// Gain minus harm.
    pub fn worth(&self) -> i64 {
        self.gained.len() as i64 - self.harmed.len() as i64
    }
}

/// The topics that a message is answered about.
pub fn answered(plan: &Plan) -> BTreeSet<String> {
    if plan.action == Action::Answer { plan.topics.iter().cloned().collect() } else { BTreeSet::new() }
}

/// What each sample is answered about.
pub fn decide_all(ruleset: &Ruleset, samples: &[Sample]) -> Vec<BTreeSet<String>> {
    samples.iter().map(|s| answered(&plan::decide(ruleset, &s.inquiry, &History::default()))).collect()
}

/// Candidates for a topic, the most promising first, at most so many: taken
/// from samples that belong to the topic and are not found, and occurring in at
/// least `least` of them. Words that a pattern of the topic covers already are left out.
pub fn candidates(
    ruleset: &Ruleset,
    samples: &[Sample],
    found: &[BTreeSet<String>],
    topic: &str,
    least: usize,
    most: usize,
) -> Vec<Candidate> {
    let missed = |i: usize| samples[i].topics.contains(topic) && !found[i].contains(topic);
    let mut terms: BTreeMap<(&'static str, String), Term> = BTreeMap::new();
    for (_, sample) in samples.iter().enumerate().filter(|(i, s)| missed(*i) && !s.example) {
        let list = list_of(sample.inquiry.language);
        for passage in [&sample.inquiry.subject, &sample.inquiry.fresh] {
            for (text, units) in terms_in(&passage.text) {
                let folded = fold(&text).as_str().trim().to_owned();
                if folded.chars().count() < 2 {
                    continue;
                }
                let term = terms.entry((list, folded)).or_insert_with(|| Term { units, ..Term::default() });
                *term.spellings.entry(text).or_default() += 1;
            }
        }
    }
    let hits = occurrences(samples, terms.keys().map(|(_, folded)| folded.as_str()));
    let mut ranked: Vec<Ranked> = Vec::new();
    for (((list, folded), term), hit) in terms.iter().zip(hits) {
        let gained: Vec<usize> = hit.iter().copied().filter(|i| missed(*i)).collect();
        let strangers = |i: &usize| !samples[*i].topics.contains(topic) && !found[*i].contains(topic);
        let harmed: Vec<usize> = hit.into_iter().filter(strangers).collect();
        if gained.len() < least {
            continue;
        }
        let text = term.commonest();
        ranked.push(Ranked { gained, harmed, units: term.units, length: folded.chars().count(), list, text });
    }
    ranked.sort_by(|a, b| a.key().cmp(&b.key()));
    let mut same: HashMap<(Vec<usize>, Vec<usize>), usize> = HashMap::new();
    let mut chosen: Vec<Candidate> = Vec::new();
    for one in ranked {
        if let Some(first) = same.get(&(one.gained.clone(), one.harmed.clone())) {
            let also = &mut chosen[*first].also;
            if also.len() < ALSO_MAX {
                also.push(one.text);
            }
            continue;
        }
        if chosen.len() == most {
            break;
        }
        if !covered(ruleset, topic, &one.text) {
            same.insert((one.gained, one.harmed), chosen.len());
            chosen.push(Candidate { text: one.text, list: one.list, also: Vec::new() });
        }
    }
    chosen
}

/// Most other words that are named beside a candidate.
const ALSO_MAX: usize = 3;

/// Adds a candidate to a topic's file and decides all samples again. `None`
/// where the rules with it are not in order.
pub fn trial(
    files: &Files,
    policy: &Policy,
    topic: &str,
    candidate: &Candidate,
    strength: Strength,
    samples: &[Sample],
    found: &[BTreeSet<String>],
) -> Option<Effect> {
    let mut files = files.clone();
    let name = format!("rules/{topic}.toml");
    let file = files.rules.iter_mut().find(|f| *f.name == *name)?;
    let mut table: toml::Table = std::str::from_utf8(&file.bytes).ok()?.parse().ok()?;
    let lists = table.entry(strength.word()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let list = lists.as_table_mut()?.entry(candidate.list).or_insert_with(|| toml::Value::Array(Vec::new()));
    list.as_array_mut()?.push(toml::Value::String(candidate.text.clone()));
    file.bytes = toml::to_string(&table).ok()?.into_bytes();
    let (ruleset, _) = Ruleset::build(&files, policy.clone()).ok()?;
    let mut effect = Effect::default();
    for (index, after) in decide_all(&ruleset, samples).into_iter().enumerate() {
        let wrong = |got: &BTreeSet<String>| samples[index].topics.symmetric_difference(got).count();
        match wrong(&after).cmp(&wrong(&found[index])) {
            std::cmp::Ordering::Less => effect.gained.push(index),
            std::cmp::Ordering::Greater => effect.harmed.push(index),
            std::cmp::Ordering::Equal => {}
        }
    }
    Some(effect)
}

#[derive(Default)]
struct Term {
    spellings: BTreeMap<String, usize>,
    /// Runs of one script, or words, it is made of.
    units: usize,
}

impl Term {
    fn commonest(&self) -> String {
        let most = self.spellings.iter().max_by_key(|(_, count)| **count);
        most.map(|(text, _)| text.clone()).unwrap_or_default()
    }
}

struct Ranked {
    gained: Vec<usize>,
    harmed: Vec<usize>,
    units: usize,
    length: usize,
    list: &'static str,
    text: String,
}

impl Ranked {
    /// Gain minus harm, then gain; among equals what is one word rather than a
    /// piece of a sentence, and the longer one, which will do less harm
    /// elsewhere.
    fn key(&self) -> (i64, i64, usize, i64, &str) {
        let (gain, harm) = (self.gained.len() as i64, self.harmed.len() as i64);
        (harm - gain, -gain, self.units, -(self.length as i64), &self.text)
    }
}

/// The samples in which each text occurs, as a keyword would be found.
fn occurrences<'a>(samples: &[Sample], texts: impl Iterator<Item = &'a str>) -> Vec<Vec<usize>> {
    let mut builder = Builder::new();
    let mut count = 0;
    for text in texts {
        builder.add(text, count, Ending::Inflected);
        count += 1;
    }
    let lexicon = builder.build();
    let mut found = vec![Vec::new(); count as usize];
    for (index, sample) in samples.iter().enumerate() {
        let mut hits = Vec::new();
        lexicon.scan(&sample.inquiry.subject.folded, &mut hits);
        lexicon.scan(&sample.inquiry.fresh.folded, &mut hits);
        let owners: BTreeSet<u32> = hits.into_iter().map(|hit| hit.owner).collect();
        owners.into_iter().for_each(|owner| found[owner as usize].push(index));
    }
    found
}

/// Whether a pattern of the topic finds the whole of these words, strong or
/// weak.
fn covered(ruleset: &Ruleset, topic: &str, text: &str) -> bool {
    let raw = format!(
        "From: a@inquirer.example\r\nTo: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        ruleset.policy.address.to_smtp()
    );
    let plan = plan::decide(ruleset, &inquiry::read(raw.as_bytes()), &History::default());
    let whole = |words: &str| words.trim() == text;
    let strong = |role| role == Role::Strong;
    plan.evidence.iter().any(|e| e.about == topic && (strong(e.role) || whole(&e.text)))
        || plan.near.iter().any(|n| n.topic == topic && whole(&n.text))
}

fn list_of(language: Option<&str>) -> &'static str {
    match language {
        Some("ja") | None => "ja",
        Some("en") => "en",
        Some(_) => "other",
    }
}

/// A script as far as it shows where words begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Kanji,
    Katakana,
    Hiragana,
    /// Letters and digits that are written with spaces between words.
    Spaced,
    Space,
    Other,
}

fn script(c: char) -> Script {
    match c {
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '々' | '〆' => Script::Kanji,
        '\u{30A1}'..='\u{30FA}' | 'ー' | '\u{FF66}'..='\u{FF9F}' => Script::Katakana,
        '\u{3041}'..='\u{309F}' => Script::Hiragana,
        c if c.is_alphanumeric() || c == '\'' || c == '’' => Script::Spaced,
        ' ' | '\u{3000}' | '\t' | '\n' | '\r' => Script::Space,
        _ => Script::Other,
    }
}

/// Longest candidate, in characters, and in runs of one script.
const LENGTH_MAX: usize = 14;
const RUNS_MAX: usize = 4;
/// Most words of a candidate in a language with spaces.
const WORDS_MAX: usize = 3;

/// The words and short phrases of a text, with the number of runs or words
/// each is made of.
fn terms_in(text: &str) -> Vec<(String, usize)> {
    let mut runs: Vec<(Script, &str)> = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if chars.peek().is_none_or(|(_, next)| script(*next) != script(c)) {
            runs.push((script(c), &text[start..end]));
            start = end;
        }
    }
    let mut terms = Vec::new();
    for (index, (first, run)) in runs.iter().enumerate() {
        match first {
            Script::Kanji => pieces(run, ends_word(&runs, index), &mut terms),
            Script::Katakana if run.chars().count() > 1 => terms.push(((*run).to_owned(), 1)),
            _ => {}
        }
        compounds(&runs, index, &mut terms);
        phrases(&runs, index, &mut terms);
    }
    terms
}

/// Hiragana that may follow a noun: particles, `する`, `な`, `だ`. After any
/// other the last kanji is the stem of a verb or adjective.
const AFTER_NOUN: &str = "のはがをにでともへやかさしすせなだ";

/// Whether a run of kanji ends where a word does.
fn ends_word(runs: &[(Script, &str)], index: usize) -> bool {
    match runs.get(index + 1) {
        // One kanji before `し` is a verb of its own: 申し, 話し.
        Some((Script::Hiragana, run)) => run.starts_with(|c| {
            AFTER_NOUN.contains(c) && (!"さしすせ".contains(c) || runs[index].1.chars().nth(1).is_some())
        }),
        _ => true,
    }
}

/// A run of kanji, and its beginnings and ends: the words it is likely to be
/// made of.
fn pieces(run: &str, whole: bool, terms: &mut Vec<(String, usize)>) {
    let mut chars: Vec<char> = run.chars().collect();
    if !whole {
        chars.pop();
    }
    let all = chars.len();
    if (2..=LENGTH_MAX).contains(&all) {
        terms.push((chars.iter().collect(), 1));
    }
    for length in 2..all.min(LENGTH_MAX) {
        // A piece ranks below the whole it was cut from.
        terms.push((chars[..length].iter().collect(), 2));
        terms.push((chars[all - length..].iter().collect(), 2));
    }
}

/// Neighbouring runs of Japanese: `申し込み`, `オンライン開催`, `36協定`.
fn compounds(runs: &[(Script, &str)], index: usize, terms: &mut Vec<(String, usize)>) {
    let (mut text, mut bearing) = (String::new(), false);
    for (count, (script, run)) in runs[index..].iter().take(RUNS_MAX).enumerate() {
        match script {
            Script::Hiragana if count == 0 => return,
            Script::Hiragana => {
                // What a verb ends in, without the particle behind it.
                let most = if run.chars().count() == 2 { 2 } else { 1 };
                for (at, c) in run.char_indices().take(most) {
                    if (AFTER_NOUN.contains(c) && (at > 0 || c != 'し')) || (at > 0 && "てたずば".contains(c)) {
                        break;
                    }
                    if bearing {
                        terms.push((format!("{text}{}", &run[..at + c.len_utf8()]), count + 1));
                    }
                }
                // Longer than that it is a sentence.
                if run.chars().count() > 2 {
                    return;
                }
                text.push_str(run);
            }
            Script::Kanji | Script::Katakana | Script::Spaced => {
                text.push_str(run);
                bearing |= *script != Script::Spaced;
                let ends = *script != Script::Kanji || ends_word(runs, index + count);
                if bearing && count > 0 && ends && text.chars().count() <= LENGTH_MAX {
                    terms.push((text.clone(), count + 1));
                }
            }
            Script::Space | Script::Other => return,
        }
        if text.chars().count() > LENGTH_MAX {
            return;
        }
    }
}

/// One to three words of a language with spaces.
fn phrases(runs: &[(Script, &str)], index: usize, terms: &mut Vec<(String, usize)>) {
    let word = |at: usize| runs.get(at).filter(|(script, _)| *script == Script::Spaced).map(|(_, run)| *run);
    let Some(first) = word(index) else { return };
    let empty = |word: &str| EMPTY.contains(&word.to_lowercase().as_str()) || word.chars().all(|c| c.is_numeric());
    // Part of a Japanese word, or of an address.
    let joined =
        |at: usize| runs.get(at).is_some_and(|(script, _)| *script != Script::Space && *script != Script::Other);
    if empty(first) || (index > 0 && joined(index - 1)) {
        return;
    }
    let (mut words, mut at) = (vec![first], index);
    loop {
        let last = words.last().copied().unwrap_or_default();
        if !joined(at + 1) && !empty(last) && last.chars().count() > 1 {
            terms.push((words.join(" "), words.len()));
        }
        // A single space or line end, then another word.
        let next = runs.get(at + 1).filter(|(script, run)| *script == Script::Space && !run.contains("\n\n"));
        match (next, word(at + 2)) {
            (Some(_), Some(next)) if words.len() < WORDS_MAX => words.push(next),
            _ => return,
        }
        at += 2;
    }
}

/// Words that neither begin nor end a keyword.
const EMPTY: [&str; 79] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "dear", "did", "do", "does", "for", "from", "get", "had", "has", "have", "hello", "hi", "how", "i",
    "if", "in", "into", "is", "it", "its", "just", "know", "like", "me", "my", "no", "not", "of", "on", "one", "or",
    "our", "please", "regards", "should", "so", "some", "thank", "thanks", "that", "the", "their", "there", "they",
    "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you",
    "your", "yours",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str) -> Vec<String> {
        terms_in(text).into_iter().map(|(term, _)| term).collect()
    }

    #[test]
    fn japanese_words_end_where_the_script_changes() {
        let found = terms("36協定の申し込みと在宅勤務手当、オンライン開催です。");
        for word in
            ["36協定", "協定", "申し込み", "在宅勤務手当", "在宅", "手当", "オンライン", "オンライン開催", "開催"]
        {
            assert!(found.iter().any(|term| term == word), "{word}: {found:?}");
        }
        for word in ["協定の", "の申し込み", "申", "協定の申", "宅勤", "36", "申し込みと"] {
            assert!(!found.iter().any(|term| term == word), "{word}");
        }
        // `聞` is the stem of a verb, `変更` is not.
        let found = terms("直接聞きたいので日程変更したい。");
        assert_eq!(found.iter().filter(|term| term.contains('聞')).collect::<Vec<_>>(), ["直接聞き"]);
        assert!(["直接", "日程変更", "変更"].iter().all(|word| found.iter().any(|term| term == word)), "{found:?}");
    }

    #[test]
    fn english_phrases_neither_begin_nor_end_with_empty_words() {
        let found = terms("Please send the attendance certificate to our Osaka office, by 17 May.");
        for phrase in ["send", "send the attendance", "attendance certificate", "certificate", "Osaka office"] {
            assert!(found.iter().any(|term| term == phrase), "{phrase}: {found:?}");
        }
        for phrase in ["the", "certificate to", "our Osaka", "17", "office by", "17 May"] {
            assert!(!found.iter().any(|term| term == phrase), "{phrase}");
        }
    }

    proptest! {
        #[test]
        fn terms_stand_in_the_text(text in "[あ-ん]{0,4}[ア-ン一-龥 a-z0-9\n、]{0,40}") {
            let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for (term, units) in terms_in(&text) {
                prop_assert!(units > 0 && term.chars().count() <= 200);
                prop_assert!(text.contains(&term) || spaced.contains(&term), "{term}");
            }
        }
    }
}
