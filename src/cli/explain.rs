//! `madoguchi explain FILE…`: what would become of a message, and why. Opens
//! no mailbox or relay, and the ledger only for the rules of an earlier
//! revision; calls the same `decide` as the daemon.

pub use super::output::Format;

use super::load;
use super::output::{self, Output};
use super::rules;
use crate::core::evidence::Evidence;
use crate::core::inquiry::{self, Inquiry, SIZE_MAX, Trouble};
use crate::core::places::{Place, Prefecture};
use crate::core::plan::{self, Forward, History, Plan, Reply, Step};
use crate::core::reason::Reason;
use crate::core::rules::{Near, NearWhy};
use crate::core::ruleset::Ruleset;
use crate::core::template::Lang;
use crate::core::text::{Passage, Zone};
use crate::shell::config::Need;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use unicode_width::UnicodeWidthStr;

/// Say what would become of messages, and why
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Messages (RFC 5322) to explain; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Decide with the rules of this revision, as the ledger keeps them, in
    /// place of the files (`madoguchi rules log` lists them)
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
}

/// Exit 0; 2 when the files could not be read or the rules not loaded.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let ruleset = match &args.revision {
        Some(given) => of_then(config, given, out)?,
        None => load::or_report(config, out)?.map(|loaded| loaded.ruleset),
    };
    let Some(ruleset) = ruleset else { return Ok(ExitCode::from(2)) };
    let words = words_in(out.lang());
    let mut unread = false;
    for (index, file) in args.files.iter().enumerate() {
        let raw = match read(file) {
            Ok(raw) => raw,
            Err(error) => {
                out.error(&format!("{}: {error}", file.display()))?;
                unread = true;
                continue;
            }
        };
        let inquiry = inquiry::read(&raw);
        let plan = plan::decide(&ruleset, &inquiry, &History::default());
        match args.format {
            Format::Json => out.line(&json(file, &inquiry, &plan))?,
            Format::Text => {
                if index > 0 {
                    out.line("")?;
                }
                out.line(&text(file, &ruleset, &inquiry, &plan, words))?;
            }
        }
    }
    Ok(if unread { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The rules of a revision that decided once, under today's configuration.
/// Says why not.
fn of_then(config: Option<&Path>, given: &str, out: &mut Output) -> io::Result<Option<Ruleset>> {
    let Some(config) = load::configuration(config, Need::Ledger, out)? else { return Ok(None) };
    let reader = match &config.ledger {
        Some(ledger) => rules::open(ledger, out)?,
        None => None,
    };
    let Some(reader) = reader else { return Ok(None) };
    let files = match rules::revision(&reader, given) {
        Ok((_, files)) => files,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(None);
        }
    };
    match Ruleset::build(&files, config.policy()) {
        Ok((ruleset, _)) => Ok(Some(ruleset)),
        // It was in order then: the program or the configuration has changed.
        Err(diagnostics) => {
            load::report(&diagnostics, &files.iter().cloned().collect::<Vec<_>>(), out)?;
            Ok(None)
        }
    }
}

/// Reads a message; of one over the bound no more than shows that it is.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    let bound = SIZE_MAX as u64 + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(bound).read_to_end(&mut raw)?;
    } else {
        std::fs::File::open(file)?.take(bound).read_to_end(&mut raw)?;
    }
    Ok(raw)
}

/// The JSON contract of DESIGN: one object a message.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    action: &'static str,
    reason: &'static str,
    topics: &'a [String],
    prefecture: Option<String>,
    language: Option<&'static str>,
    text: &'a str,
    reply: ReplyLine<'a>,
    forward: ForwardLine,
    evidence: Vec<EvidenceLine<'a>>,
    revision: &'a str,
}

/// What becomes of the reply, in the JSON of `explain` and `replay`.
#[derive(Serialize)]
pub struct ReplyLine<'a> {
    step: &'static str,
    reason: Option<&'static str>,
    to: Option<String>,
    template: Option<&'a str>,
}

impl ReplyLine<'_> {
    pub fn of(reply: &Step<Reply>) -> ReplyLine<'_> {
        ReplyLine {
            step: reply.word(),
            reason: reply.reason().map(Reason::word),
            to: reply.done().map(|r| r.to.to_smtp()),
            template: reply.done().map(|r| r.template.as_str()),
        }
    }
}

/// What becomes of the forward, in the same.
#[derive(Serialize)]
pub struct ForwardLine {
    step: &'static str,
    reason: Option<&'static str>,
    to: Option<String>,
}

impl ForwardLine {
    pub fn of(forward: &Step<Forward>) -> ForwardLine {
        ForwardLine {
            step: forward.word(),
            reason: forward.reason().map(Reason::word),
            to: forward.done().map(|f| f.to.to_smtp()),
        }
    }
}

#[derive(Serialize)]
struct EvidenceLine<'a> {
    file: String,
    #[serde(rename = "as")]
    role: &'static str,
    zone: &'static str,
    text: &'a str,
    /// Characters from, to (exclusive) in the zone's text.
    range: [usize; 2],
}

fn json(file: &Path, inquiry: &Inquiry, plan: &Plan) -> String {
    let line = Line {
        file: file.display().to_string(),
        action: plan.action.word(),
        reason: plan.reason.word(),
        topics: &plan.topics,
        prefecture: plan.place.known().map(|p| p.to_string()),
        language: plan.language,
        text: &inquiry.fresh.text,
        reply: ReplyLine::of(&plan.reply),
        forward: ForwardLine::of(&plan.forward),
        evidence: plan
            .evidence
            .iter()
            .map(|e| EvidenceLine {
                file: e.source.to_string(),
                role: e.role.word(),
                zone: e.zone.word(),
                text: &e.text,
                range: characters(inquiry, e),
            })
            .collect(),
        revision: &plan.revision,
    };
    let json = serde_json::to_string(&line).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
    output::escape_json(&json)
}

/// A byte range of evidence as characters of its zone's text.
fn characters(inquiry: &Inquiry, evidence: &Evidence) -> [usize; 2] {
    let Some(passage) = inquiry.passage(evidence.zone) else { return [0, evidence.text.chars().count()] };
    let count = |to: usize| passage.text.get(..to).map_or(0, |t| t.chars().count());
    [count(evidence.range.start), count(evidence.range.end)]
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Green.on_default().bold();
const LEFT_OUT: Style = AnsiColor::Yellow.on_default();

/// Most lines shown of a passage that was read, and of one that was not.
const LINES_MAX: usize = 400;
const UNREAD_LINES_MAX: usize = 12;
/// Most characters shown of a line, and of a piece of evidence.
const LINE_MAX: usize = 1000;
const WORDS_MAX: usize = 48;

/// What the text says, in the reader's language.
struct Words {
    lang: Lang,
    action: &'static str,
    topics: &'static str,
    place: &'static str,
    language: &'static str,
    reply: &'static str,
    forward: &'static str,
    revision: &'static str,
    trouble: &'static str,
    none: &'static str,
    several: &'static str,
    unstated: &'static str,
    to: &'static str,
    template: &'static str,
    no: &'static str,
    ask: &'static str,
    read: &'static str,
    subject: &'static str,
    signature: &'static str,
    quoted: &'static str,
    disclaimer: &'static str,
    evidence: &'static str,
    near: &'static str,
    negated: &'static str,
    one_weak: &'static str,
    mentioned: &'static str,
    cancelled: &'static str,
    old_subject: &'static str,
    excepted: &'static str,
    in_quote: &'static str,
    in_signature: &'static str,
    in_disclaimer: &'static str,
}

const EN: Words = Words {
    lang: Lang::En,
    action: "action",
    topics: "topics",
    place: "place",
    language: "language",
    reply: "reply",
    forward: "forward",
    revision: "revision",
    trouble: "trouble",
    none: "none",
    several: "one of several",
    unstated: "not stated",
    to: "to",
    template: "template",
    no: "no",
    ask: "left to a person",
    read: "read",
    subject: "Subject",
    signature: "signature, read for the place only",
    quoted: "quoted or forwarded, not read",
    disclaimer: "disclaimer, not read",
    evidence: "evidence",
    near: "nearly",
    negated: "negated",
    one_weak: "weak and alone, two different ones are needed",
    mentioned: "mentioned beside what is asked",
    cancelled: "the topic was cancelled, see `against` above",
    old_subject: "in the subject of an older matter",
    excepted: "taken by an exception",
    in_quote: "in what is quoted",
    in_signature: "in the signature",
    in_disclaimer: "in the disclaimer",
};

const JA: Words = Words {
    lang: Lang::Ja,
    action: "判断",
    topics: "分野",
    place: "場所",
    language: "言語",
    reply: "返信",
    forward: "転送",
    revision: "規則の版",
    trouble: "不具合",
    none: "なし",
    several: "次のいずれか",
    unstated: "記載なし",
    to: "宛先",
    template: "ひな形",
    no: "しない",
    ask: "担当者に任せる",
    read: "読み取った文",
    subject: "件名",
    signature: "署名（場所の判断にだけ使用）",
    quoted: "引用・転送（読み取りの対象外）",
    disclaimer: "免責文（読み取りの対象外）",
    evidence: "根拠",
    near: "あと一歩の語",
    negated: "打ち消されている",
    one_weak: "弱い語が一つだけ（異なる二つが必要）",
    mentioned: "触れているだけで、尋ねていない",
    cancelled: "分野が取り消された（上の against を参照）",
    old_subject: "以前の用件の件名にある",
    excepted: "除外の語に当たる",
    in_quote: "引用の中にある",
    in_signature: "署名の中にある",
    in_disclaimer: "免責文の中にある",
};

fn words_in(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

/// A place in the message with the label it has in the lists below it.
struct Mark {
    zone: Zone,
    range: Range<usize>,
    label: String,
    counts: bool,
}

fn text(file: &Path, ruleset: &Ruleset, inquiry: &Inquiry, plan: &Plan, words: &Words) -> String {
    let mut lines = vec![format!("{BOLD}{}{BOLD:#}", output::plain(&file.display().to_string()))];
    head(ruleset, inquiry, plan, words, &mut lines);
    let mut evidence: Vec<&Evidence> = plan.evidence.iter().collect();
    evidence.sort_by_key(|e| (shown_at(e.zone), e.range.start, e.range.end));
    let near = near(ruleset, inquiry, plan);
    let marks = marks(&evidence, &near);
    passages(inquiry, &marks, words, &mut lines);
    lines.push(String::new());
    lines.push(format!("  {DIM}{}{DIM:#}", words.evidence));
    if evidence.is_empty() {
        lines.push(format!("    {}", words.none));
    }
    for (index, e) in evidence.iter().enumerate() {
        let said = clipped(&output::one_line(&e.text), WORDS_MAX);
        let (role, zone) = (e.role.word(), e.zone.word());
        lines.push(format!(
            "    {:>3} {role:<8} {zone:<10} {:<17} {MARK}{said}{MARK:#}  {DIM}{}{DIM:#}",
            index + 1,
            e.about,
            e.source
        ));
    }
    if !near.is_empty() {
        lines.push(format!("  {DIM}{}{DIM:#}", words.near));
    }
    for (index, miss) in near.iter().enumerate() {
        let said = clipped(&output::one_line(&miss.text), WORDS_MAX);
        lines.push(format!(
            "    {:>3} {:<17} {LEFT_OUT}{said}{LEFT_OUT:#}: {}  {DIM}{}{DIM:#}",
            letters(index),
            miss.topic,
            why(miss, words),
            miss.source
        ));
    }
    lines.join("\n")
}

fn head(ruleset: &Ruleset, inquiry: &Inquiry, plan: &Plan, words: &Words, lines: &mut Vec<String>) {
    let mut row = |name: &str, value: String| {
        let pad = " ".repeat(9usize.saturating_sub(name.width()));
        lines.push(format!("  {name}{pad} {value}"));
    };
    row(words.action, format!("{BOLD}{}{BOLD:#}: {}", plan.action.word(), sentence(plan.why(), words)));
    row(words.topics, if plan.topics.is_empty() { words.none.to_owned() } else { plan.topics.join(", ") });
    row(words.place, place(ruleset, &plan.place, words));
    row(words.language, plan.language.unwrap_or(words.none).to_owned());
    let reply = |r: &Reply| {
        let languages: Vec<_> = r.languages.iter().map(|l| l.word()).collect();
        format!("{} {}, {} {} ({})", words.to, r.to, words.template, r.template, languages.join(", "))
    };
    row(words.reply, step(&plan.reply, words, reply));
    let forward = |f: &Forward| format!("{} {} ({})", words.to, f.to, prefecture(ruleset, f.prefecture));
    row(words.forward, step(&plan.forward, words, forward));
    for trouble in &inquiry.trouble {
        row(words.trouble, sentence(trouble_reason(*trouble), words));
    }
    row(words.revision, plan.revision.clone());
}

fn trouble_reason(trouble: Trouble) -> Reason {
    match trouble {
        Trouble::TooLarge => Reason::TooLarge,
        Trouble::TooComplex => Reason::TooComplex,
        Trouble::Malformed => Reason::Malformed,
        Trouble::Undecodable => Reason::Undecodable,
        Trouble::NoText => Reason::NoText,
    }
}

/// What did not count: of the decision, and what the rules know of the zones
/// that are not read. Once a place and topic; nothing that did count.
pub fn near(ruleset: &Ruleset, inquiry: &Inquiry, plan: &Plan) -> Vec<Near> {
    let mut near: Vec<Near> = Vec::new();
    let passed = ruleset.rules.passed_over(inquiry, &ruleset.lexicon);
    for miss in plan.near.iter().cloned().chain(passed) {
        let decided = miss.why == NearWhy::Excepted && plan.topics.contains(&miss.topic);
        let inside = |n: &Near| n.zone == miss.zone && n.topic == miss.topic && covers(&n.range, &miss.range);
        if !decided && !near.iter().any(inside) {
            near.push(miss);
        }
    }
    near.sort_by_key(|n| (shown_at(n.zone), n.range.start, n.range.end));
    near
}

/// The order in which the zones are printed.
fn shown_at(zone: Zone) -> u8 {
    match zone {
        Zone::Subject => 0,
        Zone::Fresh => 1,
        Zone::Signature => 2,
        Zone::Quoted => 3,
        Zone::Disclaimer => 4,
        Zone::Domain => 5,
    }
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Why something did not count, in one language.
pub fn near_words(miss: &Near, lang: Lang) -> String {
    why(miss, words_in(lang))
}

fn why(miss: &Near, words: &Words) -> String {
    let why = match (miss.why, miss.zone) {
        (NearWhy::Negated, _) => words.negated,
        (NearWhy::OneWeak, _) => words.one_weak,
        (NearWhy::Mentioned, _) => words.mentioned,
        (NearWhy::Cancelled, _) => words.cancelled,
        (NearWhy::OldSubject, _) => words.old_subject,
        (NearWhy::Excepted, _) => words.excepted,
        (NearWhy::NotRead, Zone::Signature) => words.in_signature,
        (NearWhy::NotRead, Zone::Disclaimer) => words.in_disclaimer,
        (NearWhy::NotRead, _) => words.in_quote,
    };
    match &miss.by {
        Some(by) => format!("{why} ({})", clipped(&output::one_line(by), WORDS_MAX)),
        None => why.to_owned(),
    }
}

/// `a` to `z`, then `aa`.
fn letters(index: usize) -> String {
    let last = char::from(b'a' + (index % 26) as u8);
    if index < 26 { last.to_string() } else { format!("{}{last}", letters(index / 26 - 1)) }
}

/// Numbers for what counted, letters for what did not; overlapping ones as one.
fn marks(evidence: &[&Evidence], near: &[Near]) -> Vec<Mark> {
    let numbered = evidence.iter().enumerate().map(|(i, e)| Mark {
        zone: e.zone,
        range: e.range.clone(),
        label: (i + 1).to_string(),
        counts: true,
    });
    let lettered = near.iter().enumerate().map(|(i, n)| Mark {
        zone: n.zone,
        range: n.range.clone(),
        label: letters(i),
        counts: false,
    });
    let mut all: Vec<Mark> = numbered.chain(lettered).filter(|m| !m.range.is_empty()).collect();
    all.sort_by_key(|m| (m.zone, m.range.start, !m.counts, m.range.end));
    let mut merged: Vec<Mark> = Vec::new();
    for mark in all {
        match merged.last_mut().filter(|last| last.zone == mark.zone && mark.range.start < last.range.end) {
            Some(last) => {
                last.range.end = last.range.end.max(mark.range.end);
                last.label = format!("{},{}", last.label, mark.label);
                last.counts |= mark.counts;
            }
            None => merged.push(mark),
        }
    }
    merged
}

/// The message, zone by zone, marked in place.
fn passages(inquiry: &Inquiry, marks: &[Mark], words: &Words, lines: &mut Vec<String>) {
    lines.push(String::new());
    lines.push(format!("  {DIM}{}{DIM:#}", words.read));
    let of_zone = |zone: Zone| marks.iter().filter(move |m| m.zone == zone);
    let subject = marked(&inquiry.subject, of_zone(Zone::Subject));
    lines.push(format!("    {}: {}", words.subject, subject.join(" ")).trim_end().to_owned());
    for (passage, title) in [
        (&inquiry.fresh, ""),
        (&inquiry.signature, words.signature),
        (&inquiry.quoted, words.quoted),
        (&inquiry.disclaimer, words.disclaimer),
    ] {
        if passage.text.trim().is_empty() {
            continue;
        }
        if !title.is_empty() {
            lines.push(format!("  {DIM}{title}{DIM:#}"));
        }
        let shown = marked(passage, of_zone(passage.zone));
        let read = passage.zone == Zone::Fresh || passage.zone == Zone::Signature;
        let most = if read { LINES_MAX } else { UNREAD_LINES_MAX };
        // Lines with a mark are what the reader came for.
        let hidden = shown.len().saturating_sub(most);
        let bar = if read { "|" } else { ":" };
        for (index, line) in shown.iter().enumerate() {
            if index < most
                || line.contains(&MARK.render().to_string())
                || line.contains(&LEFT_OUT.render().to_string())
            {
                lines.push(format!("    {DIM}{bar}{DIM:#} {line}").trim_end().to_owned());
            }
        }
        if hidden > 0 {
            lines.push(match words.lang {
                Lang::En => format!("    {DIM}{bar} ({hidden} more lines){DIM:#}"),
                Lang::Ja => format!("    {DIM}{bar}（ほか{hidden}行）{DIM:#}"),
            });
        }
    }
}

/// The lines of a passage with its marks: `[1:…]` counted, `{a:…}` did not.
fn marked<'m>(passage: &Passage, marks: impl Iterator<Item = &'m Mark>) -> Vec<String> {
    let text = passage.text.trim_end();
    let mut lines = vec![String::new()];
    let mut push = |piece: &str, style: Option<Style>| {
        for (index, part) in piece.split('\n').enumerate() {
            if index > 0 {
                lines.push(String::new());
            }
            let Some(line) = lines.last_mut() else { continue };
            let part = clipped(&output::plain(part), LINE_MAX);
            match style {
                Some(style) if !part.is_empty() => line.push_str(&format!("{style}{part}{style:#}")),
                _ => line.push_str(&part),
            }
        }
    };
    let mut at = 0;
    for mark in marks {
        let (Some(before), Some(words)) = (text.get(at..mark.range.start), text.get(mark.range.clone())) else {
            continue;
        };
        push(before, None);
        let (style, open, close) = if mark.counts { (MARK, '[', ']') } else { (LEFT_OUT, '{', '}') };
        push(&format!("{open}{}:{words}{close}", mark.label), Some(style));
        at = mark.range.end;
    }
    push(text.get(at..).unwrap_or_default(), None);
    lines
}

/// At most so many characters.
fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn step<T>(step: &Step<T>, words: &Words, done: impl Fn(&T) -> String) -> String {
    match step {
        Step::Do(it) => done(it),
        Step::Skip(reason) => format!("{}: {}", words.no, sentence(*reason, words)),
        Step::Ask(reason) => format!("{}: {}", words.ask, sentence(*reason, words)),
    }
}

fn sentence(reason: Reason, words: &Words) -> String {
    let text = match words.lang {
        Lang::En => reason.en().trim_end_matches('.'),
        Lang::Ja => reason.ja().trim_end_matches('。'),
    };
    format!("{text} ({})", reason.word())
}

fn prefecture(ruleset: &Ruleset, prefecture: Prefecture) -> String {
    format!("{prefecture} {} {}", ruleset.gazetteer.name_ja(prefecture), ruleset.gazetteer.name_en(prefecture))
}

fn place(ruleset: &Ruleset, place: &Place, words: &Words) -> String {
    match place {
        Place::Known(known) => prefecture(ruleset, *known),
        Place::Ambiguous(several) => {
            let names: Vec<String> = several.iter().map(|p| prefecture(ruleset, *p)).collect();
            format!("{}: {}", words.several, names.join(", "))
        }
        Place::Unstated => words.unstated.to_owned(),
    }
}
