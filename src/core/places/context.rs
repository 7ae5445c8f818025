//! From mentions to units (an address is one) and what each is to the sender:
//! the place that needs help, where they are, their head office, a venue,
//! somewhere else. Owns the sentence; `locate` weighs the outcome.

use super::super::text::Zone;
use super::PrefectureSet;
use super::cues::Cue;
use super::gazetteer::Level;
use super::mention::{FieldKind, FieldPlace, Kind, Mention, Reader};
use std::ops::Range;

/// What a place is to the sender, most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Context {
    /// Where help is asked for.
    Need,
    /// The value of a place's form field.
    Field,
    /// Where the sender says they are.
    Located,
    /// Named, nothing more.
    Plain,
    /// One of several offered: 「東京と静岡のどちらの窓口」.
    Choice,
    /// Venue of a seminar to come.
    Event,
    /// The head office.
    Head,
    /// Named in the subject of an answer.
    Reply,
    /// Venue of a seminar that is over.
    Past,
    /// Denied, compared, travelled to, somebody else's.
    Away,
}

/// How surely a unit names its prefecture; the order in which units of one
/// context are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A region of several prefectures: narrows only.
    Narrows,
    /// A name of several places, an area code across a border, a domain that
    /// anybody may register.
    Ambiguous,
    PrefectureShort,
    PrefectureFull,
    /// Area code, government domain, a name believed by its company alone.
    Number,
    /// A municipality that decides alone.
    Municipality,
    Postal,
    Address,
}

/// Mentions that name one place together.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) zone: Zone,
    /// Folded byte range.
    pub(super) range: Range<usize>,
    pub(super) set: PrefectureSet,
    pub(super) chief: PrefectureSet,
    pub(super) strength: Strength,
    pub(super) context: Context,
    /// The kind of site it belongs to.
    pub(super) site: Option<Cue>,
    /// A site's name follows directly (大阪支店).
    pub(super) labelled: bool,
    /// "…ですが": something else is to come.
    pub(super) contrast: bool,
    /// The sender sits there (大阪支店の山田です).
    pub(super) sits: bool,
    /// Somebody lives there: not where the work is done for.
    pub(super) home: bool,
    pub(super) mentions: Vec<Mention>,
}

/// Joins the mentions of one passage into units and reads their contexts.
pub(super) fn units(
    reader: &Reader,
    mut mentions: Vec<Mention>,
    field_at: &dyn Fn(usize) -> Option<FieldKind>,
) -> Vec<Unit> {
    share_cues(reader, &mut mentions);
    let mut units: Vec<Unit> = Vec::new();
    for mention in mentions {
        if let Some(last) = units.last_mut() {
            match join(reader, last, &mention) {
                Join::Link => {
                    last.range.end = last.range.end.max(mention.range.end);
                    last.set = last.set & mention.set;
                    last.mentions.push(mention);
                    continue;
                }
                Join::Drop => continue,
                Join::Apart => {}
            }
        }
        units.push(Unit {
            zone: reader.zone,
            range: mention.range.clone(),
            set: mention.set,
            chief: mention.chief,
            strength: Strength::Ambiguous,
            context: Context::Plain,
            site: None,
            labelled: false,
            contrast: false,
            sits: false,
            home: false,
            mentions: vec![mention],
        });
    }
    // A name that may be a person's is no place, but in the text it may tell
    // which of several places is meant.
    let doubtful = |unit: &Unit| matches!(unit.mentions.as_slice(), [one] if one.cue < one.risk);
    let names =
        |unit: &Unit| unit.set.len() == 1 && reader.zone == Zone::Fresh && unit.mentions.iter().all(|m| m.risk < 3);
    units.retain(|unit| !doubtful(unit) || names(unit));
    for unit in &mut units {
        unit.strength = if doubtful(unit) { Strength::Narrows } else { strength(unit) };
        unit.chief = unit.mentions.iter().fold(unit.set, |set, m| match m.chief & set {
            chief if chief.is_empty() || m.set.len() == 1 => set,
            chief => chief,
        });
    }
    drop_neighbourhoods(reader, &mut units);
    for i in 0..units.len() {
        let left = i.checked_sub(1).map_or(0, |p| units[p].range.end);
        let right = units.get(i + 1).map_or(reader.text.len(), |n| n.range.start);
        read_context(reader, &mut units[i], left..right, field_at);
    }
    coordinate(reader, &mut units);
    units
}

/// What a place is believed by, the others of its enumeration are: 宮城と岩手に店.
fn share_cues(reader: &Reader, mentions: &mut [Mention]) {
    let mut from = 0;
    while from < mentions.len() {
        let mut to = from + 1;
        while to < mentions.len() && is_and(between(reader, &mentions[to - 1].range, &mentions[to].range)) {
            to += 1;
        }
        let run = &mut mentions[from..to];
        let mut most = run.iter().map(|m| m.cue).max().unwrap_or(0);
        if most < 2 && corroborates(reader, run) {
            most = 2;
        }
        if most >= 2 || most == 1 && run.iter().all(|m| m.latin) {
            for mention in run {
                mention.cue = mention.cue.max(most);
            }
        }
        from = to;
    }
}

/// 福山と三次なら: two doubtful towns of one prefecture vouch for each other.
fn corroborates(reader: &Reader, run: &[Mention]) -> bool {
    let [first, .., last] = run else { return false };
    let town = |m: &Mention| matches!(m.kind, Kind::Name(level) if rank(level) <= rank(Level::City)) && !m.latin;
    let name = |m: &Mention| &reader.text[m.range.clone()];
    let rest = &reader.text[last.range.end..];
    run.iter().all(|m| town(m) && m.set.len() == 1 && m.set == first.set)
        && name(first) != name(last)
        && ["なら", "だと", "で", "に", "の", "から", "どちら", "へ", "まで", "方面", "間"]
            .iter()
            .any(|p| rest.starts_with(p))
}

fn between<'a>(reader: &Reader<'a>, left: &Range<usize>, right: &Range<usize>) -> &'a str {
    &reader.text[left.end..right.start.max(left.end)]
}

/// Joins the members of an enumeration.
fn is_and(between: &str) -> bool {
    matches!(
        between,
        "、" | "・"
            | "や"
            | "と"
            | ","
            | ", "
            | " and "
            | ", and "
            | " or "
            | ", or "
            | "/"
            | " / "
            | "及び"
            | "および"
            | "並びに"
            | "または"
            | "又は"
            | "、および"
            | "、及び"
            | "とか"
            | " & "
            | "-"
            | "~"
            | "、または"
            | "か"
            | "と、"
            | "や、"
            | "か、"
    )
}

enum Join {
    /// One place.
    Link,
    /// Part of the place before: a neighbourhood that shares a town's name.
    Drop,
    Apart,
}

fn join(reader: &Reader, unit: &Unit, next: &Mention) -> Join {
    let Some(last) = unit.mentions.last() else { return Join::Apart };
    if last.range.end > next.range.start || next.range.start - last.range.end > 8 || last.away {
        return Join::Apart;
    }
    let between = &reader.text[last.range.end..next.range.start];
    let gap = reader.gap(next.range.start);
    let meets = unit.set.meets(next.set);
    match (last.kind, next.kind) {
        (Kind::Name(a), Kind::Name(b)) => {
            if a == Level::Area || b == Level::Area || last.latin != next.latin {
                return Join::Apart;
            }
            let down = rank(a) > rank(b);
            if next.latin {
                let comma =
                    matches!(between, ", " | " " | " (" | ",\n" | " in " | " of " | "," | " - " | "\n" | ", in ");
                let linked = comma && rank(a) != rank(b) && (between != " " || last.full || next.full || down);
                return if linked && meets { Join::Link } else { Join::Apart };
            }
            // 千葉県さくら市 is 佐倉市 in kana, not the one that is written so.
            let kana = reader.text[next.range.start..].starts_with(super::mention::is_hiragana);
            if kana && between.is_empty() && !gap && !meets && a == Level::Prefecture && last.full {
                return Join::Drop;
            }
            if between.is_empty() && !gap && b == Level::Town && last.full && rank(a) <= rank(Level::City) {
                return Join::Drop;
            }
            let linked = match between {
                "" => down && (!gap || last.full || next.full),
                "(" | "の" | " " | "/" => rank(a) != rank(b) && (between != "の" || down),
                "、" | "," | "\n" | "・" => down && (last.full || next.full),
                _ => false,
            };
            if linked && meets { Join::Link } else { Join::Apart }
        }
        (Kind::Postal, Kind::Name(_)) => {
            let near = between.trim_matches([' ', '\n', ')', ':', ',', '、']).is_empty();
            if near && meets { Join::Link } else { Join::Apart }
        }
        (Kind::Name(_), Kind::Postal) => {
            let near = between.trim_matches([' ', ',', '(', '〒']).is_empty();
            if near && meets { Join::Link } else { Join::Apart }
        }
        _ => Join::Apart,
    }
}

/// How far up in an address.
fn rank(level: Level) -> u8 {
    match level {
        Level::Town | Level::Ward | Level::SpecialWard => 1,
        Level::City | Level::Local => 2,
        Level::County => 3,
        Level::Part => 4,
        Level::Prefecture => 5,
        Level::Area => 6,
    }
}

fn strength(unit: &Unit) -> Strength {
    let levels = || {
        unit.mentions.iter().filter_map(|m| match m.kind {
            Kind::Name(level) => Some(level),
            _ => None,
        })
    };
    let prefecture = levels().any(|l| l == Level::Prefecture);
    let below = levels().any(|l| rank(l) < rank(Level::Part));
    let postal = unit.mentions.iter().any(|m| m.kind == Kind::Postal);
    if levels().any(|l| l == Level::Area) {
        return Strength::Narrows;
    }
    if unit.set.len() != 1 {
        return Strength::Ambiguous;
    }
    match unit.mentions.as_slice() {
        _ if prefecture && below => Strength::Address,
        _ if postal => Strength::Postal,
        [Mention { kind: Kind::Phone, .. }] | [Mention { kind: Kind::Domain { government: true }, .. }] => {
            Strength::Number
        }
        [Mention { kind: Kind::Domain { .. }, .. }] => Strength::Ambiguous,
        [one] if below => {
            if one.full || one.risk == 0 || one.cue >= 3 {
                Strength::Municipality
            } else {
                Strength::Number
            }
        }
        _ if below => Strength::Municipality,
        [one] if prefecture && one.full => Strength::PrefectureFull,
        _ => Strength::PrefectureShort,
    }
}

/// "Bandai, Chuo-ku, Niigata": what comes before a resolved address on its
/// line is a neighbourhood of it.
fn drop_neighbourhoods(reader: &Reader, units: &mut Vec<Unit>) {
    let mut i = 1;
    while i < units.len() {
        let (before, after) = (&units[i - 1], &units[i]);
        let lone =
            matches!(before.mentions.as_slice(), [m] if m.latin && !m.full && m.kind != Kind::Name(Level::Prefecture));
        let comma = &reader.text[before.range.end..after.range.start.max(before.range.end)] == ", ";
        let resolved = after.mentions.len() > 1 && after.strength >= Strength::Municipality;
        if lone && comma && resolved && !before.set.meets(after.set) {
            units.remove(i - 1);
        } else {
            i += 1;
        }
    }
}

/// Reads what a unit is to the sender. `room` is the text between the units
/// beside it: a cue beyond them belongs to them.
fn read_context(reader: &Reader, unit: &mut Unit, room: Range<usize>, field_at: &dyn Fn(usize) -> Option<FieldKind>) {
    let Range { start, end } = unit.range;
    if unit.mentions.last().is_some_and(|m| m.away) {
        unit.context = Context::Away;
        return;
    }
    if let Some(FieldKind::Place(place)) = field_at(reader.written(start..end).0.start) {
        unit.context = match place {
            FieldPlace::Need => Context::Need,
            FieldPlace::Plain => Context::Field,
            FieldPlace::Head => Context::Head,
        };
        return;
    }
    let clause = reader.left_clause(start)..reader.right_clause(end);
    let text = reader.text;
    let has = |cue: Cue| reader.cues_in(clause.clone()).any(|c| c.cue == cue);

    if is_away(reader, start, end, &clause, &room) {
        unit.context = Context::Away;
        return;
    }

    let (site, labelled) = match site_right(reader, end, room.end) {
        Some((cue, labelled)) => (Some(cue), labelled),
        None => (site_left(reader, start, room.start.max(clause.start)), false),
    };
    unit.site = site;
    unit.labelled = labelled;
    let tail = &text[end..clause.end];
    let near_tail = floor(tail, 60);
    unit.contrast = [
        "ですが",
        "だが",
        "けど",
        "けれど",
        "ものの",
        "が、",
        " but ",
        ", but",
        "although",
        "though",
        "while ",
        "whereas",
    ]
    .iter()
    .any(|word| near_tail.contains(word));

    let focus = reader.cues_in(clause.start..start).any(|c| c.cue == Cue::Focus);
    let wants = has(Cue::Want);
    let over = has(Cue::PastDone) || (has(Cue::PastTime) && !has(Cue::Apply));
    unit.sits = sits(tail) || works_there(reader, unit, &clause);
    unit.home = is_home(text, start, end, &clause);
    let hold = [
        "開い",
        "開催し",
        "ひらい",
        "実施し",
        "来て",
        "やって",
        "お招き",
        "co-host",
        "hold a",
        "hold one",
        "host",
        "organis",
        "organiz",
        "put on",
    ]
    .iter()
    .any(|word| text[clause.clone()].contains(word));

    unit.context = match site {
        Some(Cue::Head) if !focus => Context::Head,
        _ if focus => Context::Need,
        Some(Cue::Desk) => Context::Need,
        Some(Cue::Branch) if wants && !unit.sits => Context::Need,
        Some(Cue::Branch) => Context::Located,
        Some(Cue::Event) if hold && !over => Context::Need,
        Some(Cue::Event) if over => Context::Past,
        Some(Cue::Event) => Context::Event,
        _ if located(reader, start, end, &clause) => Context::Located,
        _ => Context::Plain,
    };
}

/// Somewhere else: denied, compared, left behind, misdirected, others'.
fn is_away(reader: &Reader, start: usize, end: usize, clause: &Range<usize>, room: &Range<usize>) -> bool {
    let text = reader.text;
    let before = text[..start].trim_end_matches([' ', '"', '\'']);
    let left = |cue: Cue, at: usize| reader.cues_in(clause.start.min(at)..at).any(|c| c.cue == cue && c.end == at);
    if left(Cue::DenyBefore, before.len()) || left(Cue::AwayBefore, before.len()) {
        return true;
    }
    let strangers = before.strip_suffix(['の', 'は', 'が']).map_or(before.len(), str::len);
    if left(Cue::Stranger, strangers) {
        return true;
    }
    // "our lawyer in Tokyo", "customers in Nagoya", "our Osaka-based supplier"
    if let Some(noun) = [" in", " at", " near", " from"].iter().find_map(|p| before.strip_suffix(p)) {
        let singular = noun.strip_suffix('s').unwrap_or(noun).len();
        if left(Cue::Stranger, noun.len()) || left(Cue::Stranger, singular) {
            return true;
        }
    }
    let of_our = [" office of our ", " branch of our ", " office of my ", " branch of my "];
    if let Some(rest) = of_our.iter().find_map(|p| text[end..].strip_prefix(p)) {
        let at = text.len() - rest.len();
        if reader.cues_in(at..at + 1).any(|c| c.cue == Cue::Stranger) {
            return true;
        }
    }
    let behind = text[end..].strip_prefix("-based").unwrap_or(&text[end..]);
    if behind.starts_with(' ') {
        let at = text.len() - behind.len() + 1;
        if reader.cues_in(at..at + 1).any(|c| c.cue == Cue::Stranger) {
            return true;
        }
    }
    if is_hearsay(reader, clause.start.max(room.start).min(start)..start) || is_over(text, start, end, clause) {
        return true;
    }
    let tail = floor(&text[end..clause.end.min(room.end.max(end))], 30);
    let denied = reader.cues_in(end..end + tail.len()).any(|c| {
        let between = &text[end..c.start];
        c.cue == Cue::Denied && !between.contains(['、', '。', ','])
    });
    if denied {
        return true;
    }
    let rest = &text[end..];
    if rest.starts_with("から") {
        let moved = reader.cues_in(end..(end + 60).min(clause.end)).any(|c| c.cue == Cue::Move);
        if moved {
            return true;
        }
    }
    if let Some(of) = rest.strip_prefix("の").map(|r| text.len() - r.len())
        && reader.cues_in(of..of + 1).any(|c| c.cue == Cue::Stranger)
    {
        return true;
    }
    if is_others(rest) {
        return true;
    }
    // Put through to the wrong place: the name stands beside the verb.
    let ahead = end..clause.end.min(room.end.max(end));
    if !rest.starts_with("から") && reader.cues_in(ahead).any(|c| c.cue == Cue::Misroute) {
        return true;
    }
    let behind = clause.start.max(room.start).min(start)..start;
    reader
        .cues_in(behind)
        .any(|c| c.cue == Cue::Misroute && c.end <= start && !text[c.end..start].contains(['、', '。', ',']))
}

/// "I saw a company in Aichi on television", "unlike firms in Tokyo".
fn is_hearsay(reader: &Reader, room: Range<usize>) -> bool {
    let before = &reader.text[room.clone()];
    let from = room.start + before.rfind([',', '.']).map_or(0, |i| i + 1);
    let told =
        ["saw a", "saw an", "read about a", "read of a", "heard about a", "heard of a", "article about", "unlike "];
    told.iter().any(|w| reader.text[from..room.end].contains(w))
        && !reader.cues_in(from..room.end).any(|c| matches!(c.cue, Cue::Desk | Cue::Event))
}

/// Where the sender no longer is: 以前は東京で勤めていました, 前職は福岡でした.
fn is_over(text: &str, start: usize, end: usize, clause: &Range<usize>) -> bool {
    let before = &text[clause.start..start];
    let before = before.rsplit(['、', ',']).next().unwrap_or(before);
    let once = [
        "以前",
        "昔",
        "かつて",
        "もともと",
        "元々",
        "前職",
        "前の会社",
        "前の職場",
        "前の勤務先",
        "去年まで",
        "昨年まで",
        "先月まで",
        "もとは",
        "元は",
        "当時",
    ];
    if !once.iter().any(|w| before.contains(w)) {
        return false;
    }
    let after = floor(&text[end..clause.end], 60);
    let after = after.split(['、', ',']).next().unwrap_or(after);
    [
        "ていまし",
        "ておりまし",
        "ていた",
        "ておった",
        "でした",
        "だった",
        "にいまし",
        "におりまし",
        "にあった",
        "にありまし",
        "でしたが",
    ]
    .iter()
    .any(|w| after.contains(w))
}

/// Somebody else's: an example, a supplier, an adviser elsewhere.
fn is_others(rest: &str) -> bool {
    let Some(of) = rest.strip_prefix('の') else { return false };
    let near = floor(of, 48);
    let near = near.split(['。', '、', '\n']).next().unwrap_or(near);
    if ["ばかり", "事例", "の例", "けーす", "にゅーす", "記事", "取り組み", "取組", "実例"]
        .iter()
        .any(|w| near.contains(w))
    {
        return true;
    }
    let parties = [
        "会社",
        "業者",
        "企業",
        "社労士",
        "社会保険労務士",
        "税理士",
        "弁護士",
        "こんさる",
        "めーかー",
        "べんだー",
        "先輩",
        "同業",
        "団体",
        "社長",
    ];
    let Some(party) = parties.iter().find_map(|p| near.find(p).map(|at| at + p.len())) else { return false };
    let after = &of[party..];
    let Some(after) = ["さんから", "さんに", "から", "より", "に", "へ", "が", "さんが", "では"]
        .iter()
        .find_map(|p| after.strip_prefix(p))
    else {
        return false;
    };
    let verbs = [
        "聞い",
        "聞き",
        "言われ",
        "紹介",
        "買",
        "購入",
        "提案",
        "営業",
        "勧め",
        "勧誘",
        "見積",
        "発注",
        "頼",
        "依頼",
        "委託",
        "任せ",
        "断られ",
        "相談しま",
        "相談した",
        "相談して",
        "教わ",
        "教えてもら",
        "お願いしま",
        "お願いしてい",
        "紹介され",
        "導入済",
        "すでに",
        "既に",
        "届い",
        "来まし",
        "作っても",
        "出し",
    ];
    let said = floor(after, 48);
    let said = said.split(['。', '\n']).next().unwrap_or(said);
    verbs.iter().any(|v| said.contains(v))
}

/// A site that follows: 長野の支店, 東京に本社, the Nagano branch.
fn site_right(reader: &Reader, end: usize, room: usize) -> Option<(Cue, bool)> {
    let text = reader.text;
    let inside = |found: Option<(Cue, usize)>| found.filter(|(_, at)| *at < room);
    if let Some(cue) = reader.cues_in(end..end + 1).filter(|c| c.cue.is_site()).last() {
        return Some((cue.cue, true));
    }
    let rest = &text[end..];
    if rest.starts_with([' ', '\'']) {
        let (cue, at) = inside(reader.site_after(end, 28))?;
        let between = text[end..at].trim_start_matches("'s");
        let plain = between.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '\''));
        let preposition = [
            " in ", " at ", " for ", " of ", " to ", " and ", " or ", " with ", " from ", " is ", " that ", " about ",
            " have ", " has ",
        ];
        return (plain && !preposition.iter().any(|p| between.contains(p))).then_some((cue, false));
    }
    for (particle, within) in
        [("にある", 30), ("にも", 18), ("には", 18), ("における", 30), ("での", 30), ("の", 30), ("に", 18), ("は", 12)]
    {
        if let Some(after) = rest.strip_prefix(particle) {
            let at = text.len() - after.len();
            return inside(reader.site_after(at, within)).map(|(cue, _)| (cue, false));
        }
    }
    if let Some(after) = rest.strip_prefix("で") {
        let at = text.len() - after.len();
        return inside(reader.site_after(at, 30)).filter(|(cue, _)| *cue == Cue::Event).map(|(cue, _)| (cue, false));
    }
    None
}

/// A site that goes before: 本社は東京, our plant in Nagano.
fn site_left(reader: &Reader, start: usize, room: usize) -> Option<Cue> {
    let text = reader.text;
    let mut from = start.saturating_sub(72).max(room);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let cue = reader.cues_in(from..start).filter(|c| c.cue.is_site() && c.end <= start).last()?;
    // The longest of several that end here: "head office", not "office".
    let cue = reader.cues_in(from..start).filter(|c| c.cue.is_site() && c.end == cue.end).min_by_key(|c| c.start)?;
    let between = &text[cue.end..start];
    let plural = between.strip_prefix("es").or_else(|| between.strip_prefix('s')).unwrap_or(between);
    if plural.starts_with([' ', ':', ',', '(']) && text[..start].ends_with([' ', '(', '"']) {
        let linked = ["in ", "at ", "for ", "of ", "near ", ": ", "is ", "around ", "serving ", "covering ", "("]
            .iter()
            .any(|p| plural.contains(p));
        let border = [", but", ";", ", and", ". "].iter().any(|p| plural.contains(p));
        return (linked && !border && plural.len() <= 44).then_some(cue.cue);
    }
    let opens =
        ["は", "が", "も", ":", "(", "】", "]", "」", "の所在地", "の住所", "所在地", "住所", "を", "の場所", " "];
    let ok = between.is_empty() || opens.iter().any(|o| between.starts_with(o));
    let inner = between.strip_prefix("は、").unwrap_or(between);
    (ok && !inner.contains(['、', '。']) && between.len() <= 36).then_some(cue.cue)
}

/// 〇〇支店の山田です: the sender is there.
pub(super) fn sits(tail: &str) -> bool {
    let tail = floor(tail, 75);
    let Some(of) = tail.find('の') else { return false };
    let rest = &tail[of..];
    ["と申", "といいます", "と言います"].iter().any(|s| rest.contains(s))
        || (rest.chars().count() <= 14 && ["です", "でございます"].iter().any(|s| rest.ends_with(s)))
}

/// Somebody's home: 自宅は川口市, 埼玉に住んでいます, "we live in Nara".
fn is_home(text: &str, start: usize, end: usize, clause: &Range<usize>) -> bool {
    let before = &text[clause.start..start];
    let before = before.rsplit(['、', ',']).next().unwrap_or(before);
    let after = floor(&text[end..clause.end], 45);
    let after = after.split(['、', ',']).next().unwrap_or(after);
    [
        "自宅は",
        "自宅が",
        "住まいは",
        "住所は自宅",
        "家は",
        "自宅:",
        " live ",
        " lives ",
        "living in",
        "live in",
        "lives in",
        "home is in",
        "commute from",
        "commutes from",
        "resident of",
    ]
    .iter()
    .any(|w| before.contains(w))
        || ["に住", "在住", "の自宅", "に自宅", "に居住", "から通勤", "から通って", "の実家"]
            .iter()
            .any(|w| after.contains(w))
}

/// 宮崎工場で総務をしています, "I work at the Okayama branch".
fn works_there(reader: &Reader, unit: &Unit, clause: &Range<usize>) -> bool {
    let text = reader.text;
    let tail = floor(&text[unit.range.end..clause.end], 75);
    let jobs = ["働", "勤め", "勤務し", "総務", "人事", "経理", "事務", "労務", "所属", "在籍", "パート"];
    if let Some(at) = tail.find('で').or_else(|| tail.find("に勤")).or_else(|| tail.find("に所属")) {
        let rest = &tail[at..];
        let me = ["して", "働", "勤め", "勤務", "担当", "所属", "在籍", "おり"];
        if jobs.iter().any(|w| rest.contains(w)) && me.iter().any(|w| rest.contains(w)) && !rest.contains("在宅") {
            return true;
        }
    }
    let before = &text[clause.start..unit.range.start];
    let before = before.rsplit([';', ',']).next().unwrap_or(before);
    [
        "i work at",
        "i am at",
        "i'm at",
        "we work at",
        "i manage",
        "i run",
        "i work in",
        "i belong to",
        "i'm with",
        "i am with",
        "we are at",
        "i work for",
    ]
    .iter()
    .any(|w| before.contains(w))
}

/// Says that the sender is, lives, works or does business there.
fn located(reader: &Reader, start: usize, end: usize, clause: &Range<usize>) -> bool {
    let text = reader.text;
    let rest = &text[end..clause.end];
    let cue_within =
        |from: usize, to: usize, cues: &[Cue]| reader.cues_in(from..to.min(clause.end)).any(|c| cues.contains(&c.cue));
    if cue_within(end, end + 1, &[Cue::Area]) {
        return true;
    }
    let after = |prefix: &str| rest.strip_prefix(prefix).map(|r| clause.end - r.len());
    if let Some(at) = after("の") {
        let intro = rest.chars().count() <= 14 && ["です", "と申", "でござ"].iter().any(|s| rest.contains(s));
        if intro || cue_within(at, at + 48, &[Cue::Business]) {
            return true;
        }
    }
    if let Some(at) = after("で").or_else(|| after("にて")).or_else(|| after("において"))
        && cue_within(at, at + 120, &[Cue::Doing])
    {
        return true;
    }
    if let Some(at) = after("に")
        && cue_within(at, at + 10, &[Cue::Being])
    {
        return true;
    }
    let before = &text[clause.start..start];
    if ["は", ":", "が"].iter().any(|p| before.ends_with(p))
        && (rest.starts_with("です") || rest.starts_with("でご") || rest.is_empty())
    {
        return true;
    }
    if reader
        .cues_in(start.saturating_sub(60).max(clause.start)..start)
        .any(|c| c.cue == Cue::Label && start - c.end <= 6)
    {
        return true;
    }
    // "we … in Otsu", "my shop near Nara"
    let preposition = [
        "in ", "at ", "near ", "around ", "outside ", "within ", "from ", "in the ", "central ", "western ", "eastern ",
    ]
    .iter()
    .any(|p| before.ends_with(p));
    preposition && reader.cues_in(clause.clone()).any(|c| c.cue == Cue::Own)
}

/// Members of one enumeration share its meaning, and none outranks another.
fn coordinate(reader: &Reader, units: &mut [Unit]) {
    let mut from = 0;
    while from < units.len() {
        let mut to = from + 1;
        while to < units.len() {
            let and = is_and(between(reader, &units[to - 1].range, &units[to].range));
            if !and || units[to].mentions.iter().any(|m| !matches!(m.kind, Kind::Name(_))) {
                break;
            }
            to += 1;
        }
        let run = &mut units[from..to];
        if run.len() > 1 {
            let first = run[0].set;
            if run.iter().any(|u| u.set != first)
                && let Some(least) = run.iter().map(|u| u.strength).min()
            {
                for unit in run.iter_mut() {
                    unit.strength = least;
                }
            }
            // 東京や大阪と違って: neither.
            if let Some(last) = run.last().filter(|u| u.context == Context::Away).map(|u| u.context) {
                for unit in run.iter_mut() {
                    unit.context = last;
                }
            } else if run.iter().any(|u| u.set != first) && is_choice(reader, run) {
                for unit in run.iter_mut() {
                    unit.context = Context::Choice;
                }
            }
            let told = run.iter().rev().find(|u| u.context != Context::Plain).map(|u| (u.context, u.site, u.contrast));
            if let Some((context, site, contrast)) = told {
                for unit in run.iter_mut().filter(|u| u.context == Context::Plain) {
                    unit.context = context;
                    unit.site = site;
                    unit.contrast = contrast;
                }
            }
        }
        from = to;
    }
}

/// Whether the sender asks which of the named places it is.
fn is_choice(reader: &Reader, run: &[Unit]) -> bool {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return false };
    let rest = &reader.text[last.range.end..];
    let rest = rest.trim_start_matches(['の', '、', 'か', 'で', 'は']);
    if ["どちら", "いずれ", "どっち", "県境", "境", "間", "中間"].iter().any(|w| rest.starts_with(w)) {
        return true;
    }
    let or = matches!(between(reader, &run[run.len() - 2].range, &last.range), " or " | ", or " | "か" | "か、");
    let clause = reader.left_clause(first.range.start)..reader.right_clause(last.range.end);
    let question = ["which", "whom", "どちら", "いずれ", "どっち"];
    or && (question.iter().any(|w| reader.text[clause.clone()].contains(w))
        || reader.text[clause.end..].starts_with('?'))
}

/// At most `bytes` of a text, cut between characters.
fn floor(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
