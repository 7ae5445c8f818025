//! From mentions to units (an address is one) and what each is to the sender:
//! the place that needs help, where they are, their head office, a venue,
//! somewhere else. Owns the sentence; `locate` weighs the outcome.

use super::super::text::Zone;
use super::PrefectureSet;
use super::cues::Cue;
use super::gazetteer::Level;
use super::mention::{FieldKind, FieldPlace, Kind, Mention, Reader, is_session};
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
pub(super) struct Unit<'a> {
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
    /// Said to be the wrong one: of several of one name it is not this.
    pub(super) denied: bool,
    pub(super) mentions: Vec<Mention<'a>>,
}

/// The sentence around a unit, and which cues it holds.
struct Clause {
    start: usize,
    end: usize,
    cues: u64,
}

impl Clause {
    fn around(reader: &Reader, start: usize, end: usize) -> Clause {
        let (start, end) = (reader.left_clause(start), reader.right_clause(end));
        let cues = reader.cues_in(start..end).fold(0, |all, c| all | c.cue.bit());
        Clause { start, end, cues }
    }

    fn has(&self, cue: Cue) -> bool {
        self.cues & cue.bit() != 0
    }
}

/// Joins the mentions of one passage into units and reads their contexts.
pub(super) fn units<'a>(
    reader: &Reader,
    mut mentions: Vec<Mention<'a>>,
    field_at: &dyn Fn(usize) -> Option<FieldKind>,
) -> Vec<Unit<'a>> {
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
            denied: false,
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
        // 奈良と和歌山に: what is surely a place vouches for one that may be a person.
        if most < 2 && run.iter().any(|m| m.risk == 0 && m.cue >= 1 && m.set.len() == 1) {
            for mention in run.iter_mut() {
                mention.cue = mention.cue.max(1);
            }
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
    // 松本と上田に会いました
    let met = ["に会", "に聞", "に話", "に頼", "に相談", "に渡", "に伝", "に言"];
    !met.iter().any(|w| rest.starts_with(w))
        && run.iter().all(|m| town(m) && m.set.len() == 1 && m.set == first.set)
        && name(first) != name(last)
        && ["なら", "だと", "で", "に", "の", "から", "どちら", "へ", "まで", "方面", "間"]
            .iter()
            .any(|p| rest.starts_with(p))
}

fn between<'a>(reader: &Reader<'a>, left: &Range<usize>, right: &Range<usize>) -> &'a str {
    &reader.text[left.end..right.start.max(left.end)]
}

/// 岡山に一店、高松に一店.
fn is_one_each(between: &str) -> bool {
    let Some(rest) = between.strip_prefix('に') else { return false };
    let counted = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五".contains(c));
    let units = ["店舗", "店", "軒", "つ", "か所", "ケ所", "箇所", "社", "校", "院", "園", "名", "人", "拠点"];
    counted.len() < rest.len()
        && units
            .iter()
            .filter_map(|u| counted.strip_prefix(u))
            .any(|end| matches!(end, "、" | "と" | "と、" | "、そして"))
}

/// Joins the members of an enumeration.
fn is_and(between: &str) -> bool {
    if is_one_each(between) {
        return true;
    }
    // " and one in ", ", the other near "
    if between.len() <= 40 && between.is_ascii() && between.starts_with([' ', ',']) && between.ends_with(' ') {
        let mut words = between.split([' ', ',']).filter(|w| !w.is_empty());
        let number = |w: &str| matches!(w, "one" | "another" | "other" | "two" | "three" | "second" | "also");
        let joined = between.contains("and ") || between.contains(',') || between.contains("or ");
        if joined
            && words.clone().any(number)
            && words.all(|w| number(w) || matches!(w, "and" | "or" | "the" | "a" | "in" | "at" | "near" | "on" | "is"))
        {
            return true;
        }
    }
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
            // 茅ヶ崎市香川: so does a part of a town that is called like a prefecture.
            let part = b == Level::Town || !next.full && !meets;
            if between.is_empty() && !gap && part && last.full && rank(a) <= rank(Level::City) {
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
    let part_of = |before: &Unit, after: &Unit| {
        let lone =
            matches!(before.mentions.as_slice(), [m] if m.latin && !m.full && m.kind != Kind::Name(Level::Prefecture));
        let resolved = after.mentions.len() > 1 && after.strength >= Strength::Municipality;
        lone && resolved && !before.set.meets(after.set) && between(reader, &before.range, &after.range) == ", "
    };
    if units.windows(2).any(|w| part_of(&w[0], &w[1])) {
        let dropped: Vec<bool> = units.windows(2).map(|w| part_of(&w[0], &w[1])).chain([false]).collect();
        let mut index = 0..dropped.len();
        units.retain(|_| index.next().is_none_or(|i| !dropped[i]));
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
    if let Some(FieldKind::Place(place)) = field_at(reader.original_at(start)) {
        unit.context = match place {
            FieldPlace::Need => Context::Need,
            FieldPlace::Plain => Context::Field,
            FieldPlace::Head => Context::Head,
        };
        return;
    }
    let clause = Clause::around(reader, start, end);
    let text = reader.text;

    if is_denied(reader, start, end, &clause, &room) {
        unit.context = Context::Away;
        unit.denied = true;
        return;
    }
    if is_away(reader, start, end, &clause, &room)
        || is_gone(reader, start, end, &clause, &room)
        || is_other_business(&text[clause.start..start], &text[end..clause.end])
    {
        unit.context = Context::Away;
        return;
    }

    if is_landmark(reader, start, end, &clause, room.end)
        || desk_spoke(reader, end, &clause)
        || is_chiefs(&reader.text[clause.start..start])
        || is_kins(&reader.text[clause.start..start], &reader.text[end..clause.end])
    {
        unit.context = Context::Choice;
        return;
    }

    let (site, labelled) = match site_right(reader, end, room.end) {
        Some((cue, labelled)) => (Some(cue), labelled),
        None => (site_left(reader, start, room.start.max(clause.start)), false),
    };
    unit.site = site;
    unit.labelled = labelled;
    let tail = &text[end..clause.end];
    let focus = clause.has(Cue::Focus) && reader.cues_in(clause.start..start).any(|c| c.cue == Cue::Focus);
    let over = clause.has(Cue::PastDone) || (clause.has(Cue::PastTime) && !clause.has(Cue::Apply));
    unit.contrast = site == Some(Cue::Head)
        && clause.has(Cue::Contrast)
        && reader.cues_in(end..end + 60).any(|c| c.cue == Cue::Contrast);
    unit.sits = site == Some(Cue::Branch)
        && (sits(tail) || works_there(reader, unit, &clause) || is_workplace(&text[clause.start..start]));
    unit.home = is_home(reader, start, end, &clause);

    unit.context = match site {
        Some(Cue::Head) if !focus => Context::Head,
        _ if focus => Context::Need,
        Some(Cue::Desk) => Context::Need,
        Some(Cue::Branch) if clause.has(Cue::Want) && !unit.sits => Context::Need,
        Some(Cue::Branch) => Context::Located,
        Some(Cue::Event) if clause.has(Cue::Hold) && !over => Context::Need,
        Some(Cue::Event) if over => Context::Past,
        Some(Cue::Event) => Context::Event,
        _ if is_session_of(tail) => {
            if over {
                Context::Past
            } else {
                Context::Event
            }
        }
        _ if unit.mentions.last().is_some_and(|m| m.introduces) => Context::Located,
        _ if located(reader, start, end, &clause) => Context::Located,
        _ => Context::Plain,
    };
}

/// 金沢の回
fn is_session_of(tail: &str) -> bool {
    tail.strip_prefix('の').is_some_and(is_session)
}

/// Named to say that it is not this one: denied, a namesake, a wrong number.
fn is_denied(reader: &Reader, start: usize, end: usize, clause: &Clause, room: &Range<usize>) -> bool {
    let text = reader.text;
    let before = text[..start].trim_end_matches([' ', '"', '\'']);
    let rest = &text[end..];
    if clause.has(Cue::DenyBefore) && reader.ends_at(before.len(), Cue::DenyBefore) {
        return true;
    }
    let behind = clause.start.max(room.start).min(start)..start;
    // "it isn't the one everybody finds first, down in Fukushima"
    if clause.has(Cue::Namesake)
        && let Some(cue) = reader.cues_in(behind.clone()).filter(|c| c.cue == Cue::Namesake && c.end <= start).last()
    {
        let between = &text[cue.end..start];
        if ![" but", "ours", " we ", " i ", "the one ", " our "].iter().any(|w| between.contains(w)) {
            return true;
        }
    }
    // "that is the Tokyo one; ours is …"
    if rest.starts_with(" one") && before.ends_with(" the") {
        let told = ["that is the", "that's the", "is the", "not the", "with the", "than the", "of the", "for the"];
        if told.iter().any(|w| before.ends_with(w)) && !before.ends_with("ours is the") {
            return true;
        }
    }
    if clause.has(Cue::Denied) {
        let tail = floor(&text[end..clause.end.min(room.end.max(end))], 30);
        let denied =
            |c: &super::mention::CueHit| c.cue == Cue::Denied && !text[end..c.start].contains(['、', '。', ',']);
        if reader.cues_in(end..end + tail.len()).any(denied) {
            return true;
        }
    }
    // Put through to the wrong place: the name stands beside the verb.
    // "the flyer for Otsu gives a wrong date" is about the flyer.
    let slips =
        ["date", "day", "time", "hour", "year", "month", "weekday", "form", "link", "map", "room", "price", "page"];
    let slip = text[clause.start..clause.end]
        .match_indices("wrong ")
        .any(|(at, w)| slips.iter().any(|s| text[clause.start + at + w.len()..].starts_with(s)));
    if clause.has(Cue::Misroute) && !slip {
        let ahead = end..clause.end.min(room.end.max(end));
        if !rest.starts_with("から") && reader.cues_in(ahead).any(|c| c.cue == Cue::Misroute) {
            return true;
        }
        return reader
            .cues_in(behind)
            .any(|c| c.cue == Cue::Misroute && c.end <= start && !text[c.end..start].contains(['、', '。', ',']));
    }
    false
}

/// No longer the sender's: "we gave up the place in Kobe and …", "our Kobe
/// office has closed", "until March we were in Kobe".
fn is_gone(reader: &Reader, start: usize, end: usize, clause: &Clause, room: &Range<usize>) -> bool {
    let text = reader.text;
    let from = clause.start.max(room.start).min(start);
    let part = from + part_before(&text[from..start]);
    let before = &text[part..start];
    let here = before.ends_with("to ") || before.ends_with("now in ") || before.ends_with("into ");
    if clause.has(Cue::Gone)
        && !here
        && reader.cues_in(part..start).any(|c| c.cue == Cue::Gone && c.end <= start && start - c.end <= 48)
        && !(before.contains("used to")
            && ["are used to", "is used to", "get used to"].iter().any(|w| before.contains(w)))
    {
        return true;
    }
    // 神戸の店は九月に閉め、…
    let rest = floor(&text[end..clause.end], 90);
    let said = to_comma(rest);
    let closing = [
        "閉めて",
        "閉めまし",
        "閉めた",
        "閉じて",
        "閉じまし",
        "閉じた",
        "閉鎖し",
        "撤退し",
        "引き払",
        "廃止し",
        "畳み",
        "畳ん",
        "たたん",
        "たたみ",
        "手放し",
        "売却し",
        "閉店しま",
        "閉店し、",
        "閉院し",
    ];
    // 八代の和菓子屋ですけど…店を閉めてから: shut for the day.
    let shut = ["です", "けど"].iter().filter_map(|w| said.find(w)).min().map_or(said, |at| &said[..at]);
    if (rest.starts_with('の') || reader.cues_in(end..end + 1).any(|c| c.cue.is_site()))
        && (closing.iter().any(|w| shut.contains(w)) || shut.ends_with("閉め") || shut.ends_with("閉じ"))
        && !["する", "てから", "閉めた後", "時間"].iter().any(|w| shut.contains(w))
    {
        return true;
    }
    // 東京へは毎月出張しています
    let trip = ["出張し", "旅行し", "出張に", "旅行に", "出張が", "出張の"];
    if ["に", "へ"].iter().any(|p| said.starts_with(p))
        && trip.iter().any(|w| floor(said, 48).contains(w))
        && !["から", "在宅"].iter().any(|w| said.contains(w))
    {
        return true;
    }
    let rest = floor(&text[end..clause.end], 60);
    let after = rest.split([',', ';']).next().unwrap_or(rest);
    let shut = [
        "has closed",
        "have closed",
        "has been closed",
        "was closed",
        "were closed",
        "was shut",
        "has been shut",
        "was sold",
        "no longer exists",
        "is no more",
        "is gone",
        "is history",
    ];
    // Only what one gives up: roads and schools open again.
    let given_up = reader.cues_in(end..end + 2).any(|c| c.cue.is_site())
        || ["office", "shop", "store", "branch", "plant", "factory", "place", "site", "works", "studio", "one", "mill"]
            .iter()
            .any(|w| {
                [" in", " at", " near"]
                    .iter()
                    .any(|p| before.trim_end().strip_suffix(p).is_some_and(|b| b.ends_with(w)))
            });
    let again = [" when ", " for ", " on ", " by ", " at ", "today", "yesterday", " because"];
    if given_up && shut.iter().any(|w| after.contains(w)) && !again.iter().any(|w| after.contains(w)) {
        return true;
    }
    // "we had a stall in Kyoto once", "after eight years in Osaka"
    let once = after.ends_with(" once") || after.contains(" once ") || after.contains(" in those days");
    if once
        && (before.contains(" had ")
            || before.contains(" was ")
            || before.contains(" were ")
            || before.contains("ran "))
    {
        return true;
    }
    if before.contains("after ")
        && ["years in ", "year in ", "months in ", "decade in ", "decades in "].iter().any(|w| before.ends_with(w))
    {
        return true;
    }
    let were = [" were in ", " was in ", "were at ", "was at ", " were based in ", " was based in "];
    if were.iter().any(|w| before.ends_with(w)) {
        let then = ["until", "before", "till", "at first", "in those days", "years", "last year", "last month"];
        if then.iter().any(|w| after.contains(w) || before.contains(w)) {
            return true;
        }
    }
    // "moved our office last spring from Kobe"
    if before.ends_with(" from ") {
        let moves = ["moved", "move ", "moving", "relocated", "relocating", "transferred"];
        if moves.iter().any(|w| before.contains(w)) {
            return true;
        }
    }
    false
}

/// Where the part of an English sentence begins that a text ends in.
fn part_before(before: &str) -> usize {
    [",", ";", " and ", " but ", " so ", ":"]
        .iter()
        .filter_map(|w| before.rfind(w).map(|i| i + w.len()))
        .max()
        .unwrap_or(0)
}

/// Somewhere else: compared, left behind, others'.
fn is_away(reader: &Reader, start: usize, end: usize, clause: &Clause, room: &Range<usize>) -> bool {
    let text = reader.text;
    let before = text[..start].trim_end_matches([' ', '"', '\'']);
    let rest = &text[end..];
    let left = |cue: Cue, at: usize| clause.has(cue) && reader.ends_at(at, cue);
    let right = |cue: Cue, at: usize| reader.cues_in(at..at + 1).any(|c| c.cue == cue);
    if left(Cue::AwayBefore, before.len()) {
        return true;
    }
    if clause.has(Cue::Stranger) {
        let strangers = before.strip_suffix(['の', 'は', 'が']).map_or(before.len(), str::len);
        if left(Cue::Stranger, strangers) {
            return true;
        }
        // "our lawyer in Tokyo", "customers in Nagoya", "our Osaka-based supplier"
        if let Some(noun) = [" is in", " are in", " stands in", " in", " at", " near", " from"]
            .iter()
            .find_map(|p| before.strip_suffix(p))
        {
            let singular = noun.strip_suffix('s').unwrap_or(noun).len();
            // "your adviser in Ashikaga" is the desk's.
            let near = |word: &str, within: usize| noun.rfind(word).is_some_and(|at| noun.len() - at <= within);
            // "we are a supplier in Tsu" is about ourselves.
            let selves =
                ["we are ", "we're ", "i am ", "i'm ", "as a ", "we run ", "i run ", "work for a ", "works for a "];
            if near("your ", 24) || selves.iter().any(|w| near(w, 48)) {
                return false;
            }
            if left(Cue::Stranger, noun.len()) || left(Cue::Stranger, singular) {
                return true;
            }
        }
        let of = [" office of our ", " branch of our ", " office of my ", " branch of my ", "-based ", " ", "の"];
        if of.iter().filter_map(|p| rest.strip_prefix(p)).any(|r| right(Cue::Stranger, text.len() - r.len())) {
            return true;
        }
    }
    let trips = ["出張で", "旅行で", "出張先の", "出張先は", "旅先の", "出張中の", "帰省先の"];
    if trips.iter().any(|w| before.ends_with(w)) {
        return true;
    }
    // 東京との会議中に
    if let Some(with) = rest.strip_prefix("との") {
        let talks =
            ["会議", "打ち合わせ", "打合せ", "電話", "通話", "商談", "やり取り", "やりとり", "web会議", "びでお"];
        if talks.iter().any(|w| with.starts_with(w)) {
            return true;
        }
    }
    // 東京の銀行の静岡支店: the company's seat, not the branch's.
    if let Some(of) = text.get(end..room.end).and_then(|t| t.strip_prefix('の')).and_then(|t| t.strip_suffix('の')) {
        let firms = ["銀行", "会社", "企業", "めーかー", "商社", "大手", "大企業", "上場企業", "証券会社", "保険会社"];
        if firms.contains(&of) {
            return true;
        }
    }
    if before.ends_with(" from") && rest.starts_with(" to ") || rest.starts_with(" originally") {
        return true;
    }
    // 書類が東京から戻ってきました, 講師は東京から来られました
    if let Some(way) = rest.strip_prefix("から") {
        let way = floor(way, 24);
        if ["戻", "届", "送られ", "来られ", "お越し", "返ってき", "返送"].iter().any(|w| way.contains(w))
        {
            return true;
        }
    }
    if ["の旅行", "の出張", "での旅行", "での出張"].iter().any(|w| rest.starts_with(w)) {
        return true;
    }
    // 札幌の大学を出ました
    if let Some(of) = rest.strip_prefix('の') {
        let said = to_comma(floor(of, 60));
        let school = ["大学", "短大", "高校", "専門学校", "大学院"].iter().any(|w| said.contains(w));
        if school && ["を出", "を卒業", "卒です", "卒の", "出です"].iter().any(|w| said.contains(w)) {
            return true;
        }
    }
    // 東京まで行けません, 東京に行かなくても
    let trips = [
        "まで行",
        "までは行",
        "まで出",
        "までは出",
        "まで伺",
        "まで足",
        "まで遠",
        "までは遠",
        "に行",
        "へ行",
        "には行",
        "へは行",
        "まで行く",
    ];
    if trips.iter().any(|w| rest.starts_with(w)) {
        return true;
    }
    let behind = clause.start.max(room.start).min(start)..start;
    if clause.has(Cue::Hearsay) && is_hearsay(reader, behind.clone())
        || clause.has(Cue::Once) && is_over(reader, start, end, clause)
    {
        return true;
    }
    if clause.has(Cue::Move) {
        let office = reader.cues_in(end..end + 1).filter(|c| c.cue.is_site()).map(|c| c.end).last().unwrap_or(end);
        if text[office..].starts_with("から")
            && reader.cues_in(end..(end + 60).min(clause.end)).any(|c| c.cue == Cue::Move)
        {
            return true;
        }
    }
    if (clause.has(Cue::Example) || clause.has(Cue::Party)) && is_others(reader, end) {
        return true;
    }
    false
}

/// 娘婿は横浜におりまして: where the family lives.
fn is_kins(before: &str, rest: &str) -> bool {
    let Some(who) = before.strip_suffix(['は', 'が', 'も']) else { return false };
    let kin = ["娘婿", "婿", "息子", "娘", "弟", "妹", "兄", "姉", "甥", "姪", "いとこ", "孫", "両親", "実家", "友人"];
    let lives = ["におり", "にい", "に住", "で暮ら", "におって", "に嫁"];
    kin.iter().any(|k| who.ends_with(k)) && lives.iter().any(|l| rest.starts_with(l))
}

/// What an applicant has done elsewhere, and offices of another kind: "six years
/// of experience in a department in Sendai", "the immigration office in Tokyo".
fn is_other_business(before: &str, rest: &str) -> bool {
    let own = ["i ", "my "].iter().any(|w| before.starts_with(w)) || [" i ", " my "].iter().any(|w| before.contains(w));
    if own && ["experience in ", "experience at ", "experience as "].iter().any(|w| before.contains(w)) {
        return true;
    }
    let schools = ["university in ", "college in ", "school in "];
    let studied = ["studied", "graduated", "degree from", "diploma from"];
    if schools.iter().any(|w| before.ends_with(w)) && studied.iter().any(|w| before.contains(w)) {
        return true;
    }
    let offices = [
        "immigration office",
        "immigration bureau",
        "immigration",
        "embassy",
        "consulate",
        "consulate general",
        "police station",
        "driving licence centre",
        "driver's license center",
        "courthouse",
        "airport",
    ];
    if [" in ", " at ", " of "]
        .iter()
        .filter_map(|p| before.strip_suffix(p))
        .any(|b| offices.iter().any(|o| b.ends_with(o)))
    {
        return true;
    }
    let places =
        ["の入管", "入管", "の出入国", "出入国在留", "の大使館", "の領事館", "総領事館", "の免許せんたー", "の裁判所"];
    places.iter().any(|p| rest.starts_with(p))
        || [" immigration", " embassy", " consulate"].iter().any(|p| rest.starts_with(p))
}

/// "The owner is in Tokyo": where those sit who are above the work.
fn is_chiefs(before: &str) -> bool {
    let Some(who) = [" is in ", " are in ", " sits in ", " sit in ", " lives in ", " is at "]
        .iter()
        .find_map(|p| before.strip_suffix(p))
    else {
        return false;
    };
    let chiefs = [
        "owner",
        "director",
        "president",
        "boss",
        "ceo",
        "management",
        "board",
        "chief",
        "headmaster",
        "chairman",
        "bosses",
        "investor",
        "shareholder",
        "founder",
    ];
    chiefs.iter().any(|c| who.ends_with(c))
}

/// A desk that has been heard already: "the Hiroshima desk told me …", 広島の窓口
/// に電話したら. Where it is, the sender need not be.
fn desk_spoke(reader: &Reader, end: usize, clause: &Clause) -> bool {
    let line =
        [" number", " line", " phone", " people", "の番号", "の電話"].iter().any(|w| reader.text[end..].starts_with(w));
    if !line && site_right(reader, end, clause.end).is_none_or(|(cue, _)| cue != Cue::Desk) {
        return false;
    }
    let rest = floor(&reader.text[end..clause.end], 90);
    let spoke = [
        " helped ",
        " looked after ",
        " told ",
        " said ",
        " says ",
        " answered",
        " replied",
        " advised",
        " refused",
        " sent me",
        " sent us",
        " passed me",
        " could not help",
        " couldn't help",
        " cannot help",
        " can't help",
        " cannot take",
        " can't take",
        " always engaged",
        " is engaged",
        " was engaged",
        " is busy",
        " was busy",
        " never answers",
        " doesn't answer",
        " does not answer",
        " does not pick up",
        " doesn't pick up",
        "電話したら",
        "電話したところ",
        "電話しましたが",
        "かけたら",
        "かけたところ",
        "聞いたら",
        "聞いたところ",
        "問い合わせたら",
        "問い合わせたところ",
        "言われ",
        "断られ",
        "つながらな",
        "つながりませ",
        "話し中",
        "案内され",
        "紹介され",
    ];
    spoke.iter().any(|w| rest.contains(w))
}

/// Named only to say where something else is: 東京の隣の, 大阪から車で一時間,
/// "two hours from Tokyo", and the neighbours' desk that may be nearer.
fn is_landmark(reader: &Reader, start: usize, end: usize, clause: &Clause, next: usize) -> bool {
    let text = reader.text;
    let (before, rest) = (&text[clause.start..start], floor(&text[end..clause.end], 48));
    let beside = [
        "境に",
        "境の",
        "との境",
        "だと遠",
        "は遠い",
        "は遠く",
        "では遠",
        "まで遠",
        "までは遠",
        "が遠い",
        "の隣の",
        "のとなりの",
        "のお隣の",
        "の北隣",
        "の南隣",
        "の東隣",
        "の西隣",
        "寄りの",
        "に近い",
        "の手前の",
        "の先の",
    ];
    if beside.iter().any(|w| rest.starts_with(w)) {
        return true;
    }
    // Only before the place itself: "浜松から二時間かけて伺います" comes from there.
    if (rest.starts_with("から") || rest.starts_with("まで")) && next < clause.end {
        let way = text.get(end..next).unwrap_or("");
        let long = ["時間", "分の", "分ほど", "遠い", "遠く", "離れ", "きろ", "km"].iter().any(|w| way.contains(w));
        if long && way.len() <= 60 && way.ends_with(['の', '、', 'た', 'い']) {
            return true;
        }
    }
    // "people in Aichi get this for free, I hear"
    let hearsay = [
        "i hear",
        "i heard",
        "i am told",
        "i'm told",
        "they say",
        "と聞きました",
        "と聞いて",
        "と聞き、",
        "だそう",
        "らしい",
    ];
    let said = floor(&text[end..clause.end], 120);
    let subject = rest.starts_with(['は', ' ', ',']);
    if subject
        && text.get(end..next.min(clause.end)).is_some_and(|t| hearsay.iter().any(|w| t.contains(w)))
        && !said.contains('?')
    {
        return true;
    }
    let neighbour = ["隣の", "となりの", "隣県の", "隣県", "近隣の", "隣町の"];
    if neighbour.iter().any(|w| before.ends_with(w))
        && site_right(reader, end, clause.end).is_some_and(|(cue, _)| cue == Cue::Desk)
    {
        return true;
    }
    let away = [
        "hours from ",
        "hour from ",
        "far from ",
        "km from ",
        "miles from ",
        "north of ",
        "south of ",
        "east of ",
        "west of ",
        "border to ",
        "border with ",
        "border of ",
        "ride from ",
        "drive from ",
        "halfway to ",
        "behind ",
        "see from ",
        "seen from ",
        "across from ",
        "opposite ",
        "minutes from ",
        "past ",
        "beyond ",
    ];
    away.iter().any(|w| before.ends_with(w))
}

/// "I saw a company in Aichi on television", "unlike firms in Tokyo".
fn is_hearsay(reader: &Reader, room: Range<usize>) -> bool {
    let from = room.start + reader.text[room.clone()].rfind([',', '.']).map_or(0, |i| i + 1);
    let has = |cue: Cue| reader.cues_in(from..room.end).any(|c| c.cue == cue);
    has(Cue::Hearsay) && !has(Cue::Desk) && !has(Cue::Event)
}

/// Where the sender no longer is: 以前は東京で勤めていました, 前職は福岡でした.
fn is_over(reader: &Reader, start: usize, end: usize, clause: &Clause) -> bool {
    let from = clause.start + comma_before(&reader.text[clause.start..start]);
    // 以前、仙台の会社で…
    let opening = reader.text[clause.start..from].trim_end_matches(['、', ',']);
    let alone = !opening.is_empty() && reader.ends_at(clause.start + opening.len(), Cue::Once);
    if !alone && !reader.cues_in(from..start).any(|c| c.cue == Cue::Once) {
        return false;
    }
    let after = to_comma(floor(&reader.text[end..clause.end], 60));
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
        "がありまし",
        "があった",
        "を出していまし",
        "を持っていまし",
        "を構えていまし",
        "にありまし",
    ]
    .iter()
    .any(|w| after.contains(w))
}

/// Where the part of a sentence begins that a text ends in.
fn comma_before(before: &str) -> usize {
    before.rfind(['、', ',']).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8))
}

/// The part of a sentence that a text begins with.
fn to_comma(after: &str) -> &str {
    after.split(['、', ',']).next().unwrap_or(after)
}

/// Somebody else's: an example, a supplier, an adviser elsewhere.
fn is_others(reader: &Reader, end: usize) -> bool {
    let Some(of) = reader.text[end..].strip_prefix('の') else { return false };
    let from = reader.text.len() - of.len();
    let near = floor(of, 48);
    let near = from..from + near.split(['。', '、', '\n']).next().unwrap_or(near).len();
    if reader.cues_in(end..near.end).any(|c| c.cue == Cue::Example) {
        return true;
    }
    let Some(party) = reader.cues_in(near.clone()).find(|c| c.cue == Cue::Party && c.end <= near.end) else {
        return false;
    };
    let after = &reader.text[party.end..];
    let particles = ["さんから", "さんに", "から", "より", "に", "へ", "が", "さんが", "では"];
    let Some(after) = particles.iter().find_map(|p| after.strip_prefix(p)) else { return false };
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
            .any(|p| plural.contains(p))
            || text[..cue.end].ends_with(" in") && plural == " ";
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
fn is_home(reader: &Reader, start: usize, end: usize, clause: &Clause) -> bool {
    if !clause.has(Cue::HomeBefore) && !clause.has(Cue::HomeAfter) {
        return false;
    }
    let from = clause.start + comma_before(&reader.text[clause.start..start]);
    let after = to_comma(floor(&reader.text[end..clause.end], 45)).len();
    reader.cues_in(from..start).any(|c| c.cue == Cue::HomeBefore)
        || reader.cues_in(end..end + after).any(|c| c.cue == Cue::HomeAfter)
}

/// 勤務地は松阪, "place of work: Matsusaka": where the work is done, by name.
fn is_workplace(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', 'は', 'が']);
    let before = before.strip_suffix(" is in").or_else(|| before.strip_suffix(" is")).unwrap_or(before);
    let words =
        ["勤務地", "勤務先", "勤務場所", "職場", "workplace", "place of work", "work location", "person concerned"];
    words.iter().any(|w| before.ends_with(w))
}

/// 宮崎工場で総務をしています, "I work at the Okayama branch".
fn works_there(reader: &Reader, unit: &Unit, clause: &Clause) -> bool {
    let text = reader.text;
    let tail = floor(&text[unit.range.end..clause.end], 75);
    let jobs = ["働", "勤め", "勤務し", "総務", "人事", "経理", "事務", "労務", "所属", "在籍", "パート"];
    let at = tail.find('で').or_else(|| tail.find("に勤")).or_else(|| tail.find("に所属"));
    if let Some(at) = at.filter(|at| *at <= 24 && !tail[..*at].contains(['、', 'に', 'の', 'と'])) {
        let rest = &tail[at..];
        let me = ["して", "働", "勤め", "勤務", "担当", "所属", "在籍", "おり"];
        if jobs.iter().any(|w| rest.contains(w)) && me.iter().any(|w| rest.contains(w)) && !rest.contains("在宅") {
            return true;
        }
    }
    let before = &text[clause.start..unit.range.start];
    let from = clause.start + before.rfind([';', ',']).map_or(0, |i| i + 1);
    clause.has(Cue::SitsBefore) && reader.cues_in(from..unit.range.start).any(|c| c.cue == Cue::SitsBefore)
}

/// Says that the sender is, lives, works or does business there.
fn located(reader: &Reader, start: usize, end: usize, clause: &Clause) -> bool {
    let text = reader.text;
    let rest = &text[end..clause.end];
    let cue_within =
        |from: usize, to: usize, cues: &[Cue]| reader.cues_in(from..to.min(clause.end)).any(|c| cues.contains(&c.cue));
    if cue_within(end, end + 1, &[Cue::Area]) || rest.starts_with('内') || rest.starts_with("在の") {
        return true;
    }
    let after = |prefix: &str| rest.strip_prefix(prefix).map(|r| clause.end - r.len());
    if let Some(at) = after("の") {
        let intro = rest.chars().count() <= 14 && ["です", "と申", "でござ"].iter().any(|s| rest.contains(s));
        if intro || cue_within(at, at + 48, &[Cue::Business]) {
            return true;
        }
    }
    if let Some(at) =
        after("で").filter(|_| !rest.starts_with("でも")).or_else(|| after("にて")).or_else(|| after("において"))
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
    // 会社は大阪、住まいは奈良です
    if rest.starts_with('、') && ["会社は", "事務所は", "店は", "工場は", "職場は"].iter().any(|w| before.ends_with(w))
    {
        return true;
    }
    if reader.cues_in(start.saturating_sub(60).max(clause.start)..start).any(|c| {
        c.cue == Cue::Label && c.end <= start && {
            let between =
                text[c.end..start].trim_matches([' ', ':', '.', '…', '_', '|', '*', '=', '>', '\t', '】', ']', 'は']);
            between.is_empty()
                || between == "is"
                || between == "is in"
                || !text[c.end..start].is_ascii() && start - c.end <= 6
        }
    }) {
        return true;
    }
    if clause.has(Cue::Present) && reader.ends_at(start - usize::from(before.ends_with(' ')), Cue::Present) {
        return true;
    }
    // "we … in Otsu", "my shop near Nara"
    let preposition = [
        "in ", "at ", "near ", "around ", "outside ", "within ", "from ", "in the ", "central ", "western ",
        "eastern ", "on ",
    ]
    .iter()
    .any(|p| before.ends_with(p));
    preposition && clause.has(Cue::Own)
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
            let below = |u: &Unit| matches!(u.mentions.as_slice(), [m] if m.full && matches!(m.kind, Kind::Name(l) if rank(l) < rank(Level::Part)));
            let mut towns = run.iter().filter(|u| below(u) && u.set.len() == 1).map(|u| u.set);
            let whose = towns.next().filter(|set| {
                towns.next().is_none()
                    && run.iter().filter(|u| !below(u)).any(|u| u.set == *set)
                    && run
                        .iter()
                        .filter(|u| !below(u))
                        .all(|u| u.mentions.iter().all(|m| m.kind == Kind::Name(Level::Prefecture)))
            });
            if run.iter().any(|u| u.set != first)
                && let Some(least) = run.iter().map(|u| u.strength).min()
            {
                for unit in run.iter_mut() {
                    unit.strength = least;
                }
            }
            // 福井と石川、あわら市はどちらの担当ですか: the town is what it is about.
            if run.len() > 2
                && let Some(set) = whose
            {
                for unit in run.iter_mut().filter(|u| {
                    !u.mentions.iter().any(|m| matches!(m.kind, Kind::Name(l) if rank(l) < rank(Level::Part)))
                }) {
                    unit.context = Context::Choice;
                }
                for unit in run.iter_mut().filter(|u| u.set == set && u.context != Context::Choice) {
                    unit.strength = Strength::Municipality;
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
            // "one of us lives in Shiga, one in Nara"
            if run.iter().any(|u| u.home) {
                for unit in run.iter_mut().filter(|u| u.site.is_none()) {
                    unit.home = true;
                }
            }
            pick_of_two(reader, run);
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

/// "… the latter", 後者: of two places the one that is meant.
fn pick_of_two(reader: &Reader, run: &mut [Unit]) {
    let [first, last] = run else { return };
    let rest = floor(&reader.text[last.range.end..], 240);
    let rest = rest.split("\n\n").next().unwrap_or(rest);
    let (wanted, other) = if rest.contains("後者") || rest.contains("the latter") {
        (last, first)
    } else if rest.contains("前者") || rest.contains("the former") {
        (first, last)
    } else {
        return;
    };
    wanted.context = Context::Need;
    other.context = Context::Away;
}

/// Whether the sender asks which of the named places it is.
fn is_choice(reader: &Reader, run: &[Unit]) -> bool {
    let Some(last) = run.last() else { return false };
    let rest = &reader.text[last.range.end..];
    let rest = rest.trim_start_matches(['の', '、', 'か', 'で', 'は']);
    if ["どちら", "いずれ", "どっち", "県境", "境", "間", "中間"].iter().any(|w| rest.starts_with(w)) {
        return true;
    }
    matches!(
        between(reader, &run[run.len() - 2].range, &last.range),
        " or " | ", or " | "か" | "か、" | "または" | "又は" | "、または"
    )
}

/// At most `bytes` of a text, cut between characters.
fn floor(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
