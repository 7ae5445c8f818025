//! From hits and numbers of one passage to mentions of places: which names
//! stand for themselves, which are a person's, a company's, a word's. Owns
//! the neighbourhood of a name; what the sentence wants is `context`'s.

use super::super::inquiry::Inquiry;
use super::super::lexicon::Hit;
use super::super::text::{Folded, Passage, Zone, fold};
use super::PrefectureSet;
use super::cues::{self, Cue};
use super::gazetteer::{Gazetteer, Level, Name, Owned, Script, Where, is_english};
use super::number;
use std::cell::OnceCell;
use std::ops::Range;

/// A place in a passage.
#[derive(Debug, Clone)]
pub(super) struct Mention<'a> {
    /// Folded byte range.
    pub(super) range: Range<usize>,
    pub(super) set: PrefectureSet,
    /// The one meant without a word more.
    pub(super) chief: PrefectureSet,
    pub(super) kind: Kind,
    /// Named with its suffix (市, -shi, City).
    pub(super) full: bool,
    /// How much its neighbourhood speaks for a place, 0 to 3.
    pub(super) cue: u8,
    /// How much it takes.
    pub(super) risk: u8,
    pub(super) latin: bool,
    /// The sender introduces himself by it: 川越の和菓子屋です.
    pub(super) introduces: bool,
    /// Named as somewhere else (のような, 出身): said, but no evidence.
    pub(super) away: bool,
    pub(super) senses: Senses<'a>,
}

/// What a mention can mean, each with the row it was read from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Senses<'a> {
    /// Those senses of a name whose bit is set.
    Name(&'a Name, u64),
    One(PrefectureSet, Where),
}

impl<'a> Senses<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = (PrefectureSet, Where)> + 'a {
        let (name, kept, one) = match self {
            Senses::Name(name, kept) => (Some(name), kept, None),
            Senses::One(set, origin) => (None, 0, Some((set, origin))),
        };
        let named = name.into_iter().flat_map(|n| &n.senses).enumerate();
        named.filter(move |(i, _)| kept & bit(*i) != 0).map(|(_, s)| (s.set, s.origin)).chain(one)
    }
}

/// The last bit stands for all senses from the 64th on.
fn bit(index: usize) -> u64 {
    1 << index.min(63)
}

/// What a mention is, as far as addresses go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name(Level),
    Postal,
    Phone,
    /// A domain in a mail address or link.
    Domain {
        government: bool,
    },
}

/// The sender's display name, read when a name may be a person's.
pub(super) struct People<'a> {
    inquiry: &'a Inquiry,
    words: OnceCell<Vec<String>>,
}

impl People<'_> {
    pub(super) fn of(inquiry: &Inquiry) -> People<'_> {
        People { inquiry, words: OnceCell::new() }
    }

    /// Its words, folded.
    fn words(&self) -> &[String] {
        self.words.get_or_init(|| {
            let names = self.inquiry.header.from.iter().take(2).filter_map(|m| m.name.as_deref());
            names
                .flat_map(|n| n.split_whitespace().take(6))
                .map(|word| fold(word.trim_matches(['"', ',', '(', ')'])).as_str().to_owned())
                .collect()
        })
    }

    /// Whether a name that stands in the display name is a person's there.
    /// Before a last word that is a name the first is a firm: 川越菓舗 新井.
    fn may_be(&self, name: &str) -> bool {
        let words = self.words();
        let firm = |i: usize, word: &str| {
            word != name
                && words.len() > i + 1
                && words.last().is_some_and(|w| w.chars().count() <= 4 && !w.starts_with(['(', '・']))
        };
        words.iter().enumerate().any(|(i, word)| is_surname(word, name) && !firm(i, word))
    }
}

/// A cue word in the passage.
#[derive(Debug, Clone, Copy)]
pub(super) struct CueHit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) cue: Cue,
}

/// A name that survived longest match.
struct Picked<'a> {
    range: Range<usize>,
    name: &'a Name,
}

/// One passage, ready to be asked about neighbourhoods.
pub(super) struct Reader<'a> {
    pub(super) zone: Zone,
    pub(super) text: &'a str,
    original: &'a str,
    folded: &'a Folded,
    /// By start.
    pub(super) cues: Vec<CueHit>,
    /// The same by end, as the automaton reports them.
    by_end: Vec<CueHit>,
    /// Kana are half-width throughout, particles too (長岡ﾉ会社ﾃﾞｽ).
    half_width_only: OnceCell<bool>,
    /// Japanese rather than Chinese.
    has_kana: OnceCell<bool>,
    /// No word begins with a capital: the sender does without.
    lower_case: OnceCell<bool>,
}

/// What stands right of a bare name.
enum Right {
    /// Text end, punctuation, white space, another script.
    Edge,
    /// Another place name.
    Name,
    /// A word that belongs to the place.
    Cue(Cue, usize),
    Particle(&'static str, usize),
    /// More of a longer word.
    Glue,
}

/// Where kana names of three letters or more start and end, sorted.
struct Borders {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Borders {
    fn starts_at(&self, at: usize) -> bool {
        self.starts.binary_search(&at).is_ok()
    }

    fn ends_at(&self, at: usize) -> bool {
        self.ends.binary_search(&at).is_ok()
    }
}

enum Left {
    Edge,
    Gap,
    Name,
    Cue(Cue),
    /// Directly behind other kanji or katakana.
    Glue,
    /// Behind 新, 北, 大 …: part of another name.
    Compass,
}

/// Most names and numbers of one passage that are weighed: twice the country's
/// municipalities. What repeats more is no letter, and says nothing new.
const MENTIONS_MAX: usize = 4_000;

/// Searches of the neighbourhood stop after so many bytes, which keeps the
/// whole linear.
pub(super) const NEAR: usize = 160;

impl<'a> Reader<'a> {
    /// Sorts one passage's hits into names and cues and weighs every name.
    /// `fields` tells for an original offset whether it lies in a form
    /// field's value and of what kind; `people` are words of the sender's
    /// display name, folded.
    pub(super) fn read(
        gazetteer: &'a Gazetteer,
        passage: &'a Passage,
        hits: &[Hit],
        field_at: &dyn Fn(usize) -> Option<FieldKind>,
        people: &People,
    ) -> (Reader<'a>, Vec<Mention<'a>>) {
        let mut reader = Reader {
            zone: passage.zone,
            text: passage.folded.as_str(),
            original: &passage.text,
            folded: &passage.folded,
            cues: Vec::new(),
            by_end: Vec::new(),
            half_width_only: OnceCell::new(),
            has_kana: OnceCell::new(),
            lower_case: OnceCell::new(),
        };
        let mut names = Vec::new();
        for hit in hits {
            match gazetteer.owned(hit.owner) {
                Some(Owned::Name(name)) => names.push(Picked { range: hit.range.clone(), name }),
                Some(Owned::Cue(cue)) => reader.cues.push(CueHit { start: hit.range.start, end: hit.range.end, cue }),
                None => {}
            }
        }
        let mut mentions = Vec::new();
        if !names.is_empty() {
            reader.by_end = reader.cues.clone();
            reader.cues.sort_unstable_by_key(|c| (c.start, c.end));
            let picked = reader.pick(names, field_at);
            for i in 0..picked.len().min(MENTIONS_MAX) {
                let previous = i.checked_sub(1).map(|p| &picked[p].range);
                let next = picked.get(i + 1).map(|n| &n.range);
                if let Some(mention) = reader.weigh(&picked[i], previous, next, field_at, people) {
                    mentions.push(mention);
                }
            }
        }
        let named = mentions.len();
        number::scan(reader.text, |n| {
            if mentions.len() >= named + MENTIONS_MAX {
                return;
            }
            let weighed = reader.weigh_number(gazetteer, n, field_at, &mentions[..named]);
            mentions.extend(weighed);
        });
        if reader.zone == Zone::Signature {
            reader.addresses(gazetteer, &mut mentions);
        }
        if mentions.len() > named && named > 0 {
            mentions.sort_by_key(|m| m.range.start);
        }
        (reader, mentions)
    }

    /// Leftmost, then longest; kana that are only words are out before they
    /// can hide anything.
    fn pick(&self, names: Vec<Picked<'a>>, field_at: &dyn Fn(usize) -> Option<FieldKind>) -> Vec<Picked<'a>> {
        let mut starts: Vec<usize> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for name in names.iter().filter(|n| n.name.script == Script::Kana) {
            // Two kana may be part of any word.
            if self.text[name.range.clone()].chars().nth(2).is_some() || name.name.senses.iter().any(|s| !s.bare) {
                starts.push(name.range.start);
                ends.push(name.range.end);
            }
        }
        starts.sort_unstable();
        ends.sort_unstable();
        let borders = Borders { starts, ends };
        let mut names: Vec<Picked<'a>> = names
            .into_iter()
            .filter(|n| match n.name.script {
                Script::Kana | Script::Hiragana => self.kana_stands(n, &borders, field_at),
                Script::Mixed => self.mixed_stands(n),
                _ => true,
            })
            .collect();
        names.sort_by_key(|n| (n.range.start, std::cmp::Reverse(n.range.end)));
        // ならしの会社: 奈良市の, not 習志野.
        let full = |n: &Picked| n.name.script == Script::Kana && n.name.senses.iter().any(|s| !s.bare);
        for i in 1..names.len() {
            let (long, short) = (&names[i - 1], &names[i]);
            let of = long.name.script == Script::Kana
                && !full(long)
                && full(short)
                && long.range.start == short.range.start
                && &self.text[short.range.end..long.range.end] == "の";
            if of {
                names.swap(i - 1, i);
            }
        }
        let mut end = 0;
        names.retain(|n| {
            let keep = n.range.start >= end;
            if keep {
                end = n.range.end;
            }
            keep
        });
        names
    }

    /// Whether kana that fold like a place were written as one.
    fn kana_stands(&self, picked: &Picked, borders: &Borders, field_at: &dyn Fn(usize) -> Option<FieldKind>) -> bool {
        let Range { start, end } = picked.range;
        let free = |c: Option<char>| !c.is_some_and(|c| is_hiragana(c) || is_katakana(c) || is_kanji(c));
        if (self.gap(start) || free(self.written_before(start)))
            && (self.gap(end) || free(self.written_at(end)))
            && matches!(field_at(self.folded.original(start..end).start), Some(FieldKind::Place(_)))
        {
            return true;
        }
        let written = &self.original[self.folded.original(start..end)];
        let mut hiragana = false;
        let mut katakana = false;
        for c in written.chars().filter(|c| !c.is_whitespace() && *c != '・') {
            hiragana |= is_hiragana(c);
            katakana |= is_katakana(c);
            if !is_hiragana(c) && !is_katakana(c) {
                // Kanji beside kana: the pattern is no kana pattern then.
                hiragana = true;
                katakana = true;
            }
        }
        let bare = picked.name.senses.iter().all(|s| s.bare);
        let short = self.text[start..end].chars().count() < 3;
        let left = self.written_before(start);
        let right = self.written_at(end);
        match (hiragana, katakana) {
            (true, true) => false,
            (false, true) => {
                let particles = self.half_width_only() && !short;
                let free_left = self.gap(start)
                    || !left.is_some_and(is_katakana)
                    || borders.ends_at(start)
                    || (particles && self.text[..start].ends_with(['は', 'の', 'が', 'で', 'も', 'と', 'や']));
                let free_right = self.gap(end)
                    || !right.is_some_and(is_katakana)
                    || borders.starts_at(end)
                    || (particles && self.particle(end).is_some());
                free_left
                    && free_right
                    && !(bare && short && picked.name.script == Script::Kana && left.is_some_and(is_kanji))
            }
            (true, false) => {
                if picked.name.script == Script::Kana && bare && short {
                    return false;
                }
                let particle_before = left.is_some_and(|c| matches!(c, 'は' | 'の' | 'が' | 'で' | 'も' | 'と' | 'や'));
                let official = picked.name.script == Script::Hiragana;
                let free_left = self.gap(start)
                    || !left.is_some_and(is_hiragana)
                    || borders.ends_at(start)
                    || (official && particle_before);
                let free_right = self.gap(end)
                    || !right.is_some_and(is_hiragana)
                    || borders.starts_at(end)
                    || self
                        .particle(end)
                        .is_some_and(|(word, _)| !matches!(word, "と" | "が" | "も" | "や" | "を" | "は") || official);
                free_left && free_right
            }
            (false, false) => false,
        }
    }

    /// Whether a kana name with a kanji suffix (ふくおか県, ミナト区) begins
    /// where a word begins.
    fn mixed_stands(&self, picked: &Picked) -> bool {
        let start = picked.range.start;
        let Some(first) = self.written_at(start) else { return false };
        let Some(before) = self.written_before(start).filter(|_| !self.gap(start)) else { return true };
        if is_hiragana(first) {
            !is_hiragana(before) || matches!(before, 'は' | 'の' | 'が' | 'で' | 'も' | 'と' | 'や' | 'に')
        } else {
            !is_katakana(before)
        }
    }

    /// Weighs one name; `None` when it is no place here.
    fn weigh(
        &self,
        picked: &Picked<'a>,
        previous: Option<&Range<usize>>,
        next: Option<&Range<usize>>,
        field_at: &dyn Fn(usize) -> Option<FieldKind>,
        people: &People,
    ) -> Option<Mention<'a>> {
        if picked.name.senses.is_empty() {
            return None;
        }
        let field = field_at(self.folded.original(picked.range.clone()).start);
        if field == Some(FieldKind::Person) {
            return None;
        }
        let in_field = matches!(field, Some(FieldKind::Place(_)));
        match picked.name.script {
            Script::Latin => self.weigh_latin(picked, previous, next, in_field, people),
            Script::Hangul => self.weigh_hangul(picked),
            _ => self.weigh_japanese(picked, previous, next, in_field, people),
        }
    }

    fn weigh_japanese(
        &self,
        picked: &Picked<'a>,
        previous: Option<&Range<usize>>,
        next: Option<&Range<usize>>,
        in_field: bool,
        people: &People,
    ) -> Option<Mention<'a>> {
        let Range { start, end } = picked.range;
        let left = self.left(start, previous);
        let bare = picked.name.senses.iter().all(|s| s.bare);
        if !bare {
            return self.weigh_full(picked, left);
        }
        let area = picked.name.senses.iter().all(|s| s.level == Level::Area);
        let made = |cue| Some(mention(picked, picked.range.clone(), |s| s.bare, cue, false));
        if in_field {
            return made(3);
        }
        let risk = bare_risk(picked.name);
        // 我在札幌工作: Chinese has no particle behind a place, but one before.
        if self.text[..start].ends_with(['在', '于', '於', '从', '従', '從']) && !self.has_kana() {
            return made(2);
        }
        let right = self.right(end, next);
        let site = match &right {
            Right::Cue(cue, _) => cue.is_site() || *cue == Cue::Area,
            Right::Particle(word, after) if word.starts_with('の') || *word == "での" => {
                self.site_after(*after, 24).is_some()
            }
            _ => false,
        };
        match left {
            Left::Compass => return None,
            Left::Glue => {
                // 〇〇商事名古屋支店; a bank's only where the sender sits there.
                let long = self.text[start..end].chars().nth(1).is_some();
                let bank = self.text[..start].ends_with("銀行") || self.text[..start].ends_with("金庫");
                if !(long && self.is_office(end)) || bank && !self.sits(end) {
                    return None;
                }
            }
            Left::Cue(Cue::Firm) if !self.is_office(end) => return None,
            // 私、川越で印刷業を営む…
            Left::Cue(Cue::Introduction) if !site && !self.introduces(start, end) => return None,
            Left::Cue(Cue::Stranger) => return None,
            _ => {}
        }
        // 千葉工務店: called after its master, as likely as after its town.
        if risk > 0 && FIRMS_OF_MASTERS.iter().any(|f| self.text[end..].starts_with(f)) {
            return None;
        }
        let cue = match right {
            // 宮崎会の押川です: an association's own short name.
            Right::Glue if self.is_chapter(picked, end) => 2,
            // 山梨担当の方へ
            Right::Glue
                if ["担当の", "担当窓口", "担当者様", "担当者の", "ご担当"]
                    .iter()
                    .any(|w| self.text[end..].starts_with(w)) =>
            {
                2
            }
            Right::Glue => return None,
            Right::Cue(Cue::Honorific | Cue::Institution, _) => return None,
            Right::Cue(Cue::Away | Cue::Compare, _) => {
                return made(3).map(|m| Mention { away: true, ..m });
            }
            Right::Cue(Cue::Station, after) => {
                let rest = &self.text[after..];
                let near = [
                    "前",
                    "近",
                    "の近",
                    "から徒歩",
                    "から市電",
                    "から路面電車",
                    "からたくしー",
                    "周辺",
                    "から歩",
                    "徒歩",
                    "の前",
                    "ちか",
                    "そば",
                ];
                if near.iter().any(|n| rest.starts_with(n)) { 1 } else { return None }
            }
            Right::Cue(Cue::Event, _) => 2,
            Right::Cue(..) => 3,
            Right::Name => 0,
            Right::Particle(word, after) => self.particle_cue(picked, word, after, &left, risk)?,
            Right::Edge => match left {
                Left::Cue(Cue::Label) => 3,
                // 弊社(福井)では
                _ if self.text[..start].strip_suffix('(').is_some_and(|t| {
                    self.text[end..].starts_with(')') && self.cue_ending(t.len(), |c| c == Cue::Own || c.is_site())
                }) =>
                {
                    3
                }
                // 当方、福井。
                _ if self.text[..start]
                    .strip_suffix(['、', 'は', ':'])
                    .is_some_and(|t| self.cue_ending(t.len(), |c| c == Cue::Own)) =>
                {
                    3
                }
                _ if self.text.trim() == &self.text[start..end] => 1,
                _ => 0,
            },
        };
        if area {
            return made(3);
        }
        let introduces = self.introduces(start, end);
        let cue = if introduces { 3 } else { cue.max(self.said_of_places(start, end, risk)) };
        let text = &self.text[start..end];
        if cue < 3 && !(cue == 2 && risk < 2) && people.may_be(text) {
            return None;
        }
        // A lone word of a signature is a name more often than a place.
        let cue = if self.zone == Zone::Signature && cue < 2 { 0 } else { cue };
        let mut made = made(cue)?;
        if self.zone == Zone::Signature && (risk > 0 || made.kind != Kind::Name(Level::Prefecture)) {
            made.risk = made.risk.max(2);
        }
        if matches!(left, Left::Gap) && cue == 0 {
            made.risk = made.risk.max(1);
        }
        made.introduces = introduces;
        Some(made)
    }

    /// What is said of places alone and of no person: 太田に引っ越しました,
    /// 職場は村上です, 松山だとどこの窓口ですか. How much it speaks for one.
    fn said_of_places(&self, start: usize, end: usize, risk: u8) -> u8 {
        if self.zone == Zone::Signature {
            return 0;
        }
        let (before, name) = (&self.text[..start], &self.text[start..end]);
        let rest = &self.text[end..self.right_clause(end)];
        let after = |particles: &[&str], words: &[&str]| {
            particles.iter().filter_map(|p| rest.strip_prefix(p)).any(|r| words.iter().any(|w| r.starts_with(w)))
        };
        let homes = ["住ん", "住み", "住む", "引っ越", "引越", "移転し", "移転す", "転居", "転勤", "赴任"];
        if after(&["に", "へ"], &homes) {
            return 3;
        }
        // 台風の北上で: a word as likely as a town takes more.
        let wordy = OF_NO_TOWN.contains(&name) || risk >= 3 && before.ends_with(['の', 'を']);
        let topics = [
            "会社は",
            "事業所は",
            "店は",
            "工場は",
            "職場は",
            "勤務先は",
            "勤務地は",
            "場所は",
            "所在地は",
            "会場は",
            "最寄りは",
            "住まいは",
            "自宅は",
            "事務所は",
            "支店は",
            "営業所は",
            "拠点は",
            "地元は",
            "現場は",
        ];
        let is = ["です", "で、", "でござ", "になり", "なん", "だ", "にあ", "、", "でして"];
        let topic = topics.iter().any(|t| before.ends_with(t)) && is.iter().any(|w| rest.starts_with(w));
        let sites = ["支店", "支社", "営業所", "工場", "事業所", "拠点", "事務所", "出張所", "本社", "倉庫", "店"];
        let site = rest
            .strip_prefix('に')
            .is_some_and(|r| sites.iter().filter_map(|s| r.strip_prefix(s)).any(|r| r.starts_with(['が', 'を', 'も'])));
        let staff = ["社員", "従業員", "職員", "すたっふ", "ぱーと", "部下", "家族", "両親", "母", "父"];
        let people = after(&["にいる", "に残る", "で働く", "の"], &staff[..5])
            || after(&["にいる", "に残る", "で働く"], &staff)
            || after(
                &["で"],
                &["社員が", "従業員が", "開業し", "一人で開業", "受けられる", "せみなーを開", "説明会を開"],
            );
        let come = after(&["まで"], &["来て", "お越し"]) || after(&[""], &["会場", "開催"]);
        let card = ["の社員証", "の社員番号", "の職員証"].iter().any(|w| rest.starts_with(w));
        if !wordy && !card && (topic || site || people || come) {
            return 3;
        }
        if risk >= 3 {
            return 0;
        }
        let asks = ["窓口", "どこ", "どちら", "担当"].iter().any(|w| rest.contains(w));
        let case = asks && after(&["だと", "の場合", "って", "なんですけど", "なんですが", "なら"], &[""]);
        let from = [
            "電話してい",
            "電話しており",
            "参加",
            "出席",
            "通",
            "行け",
            "行く",
            "行き",
            "だと遠",
            "遠",
            "書いて",
            "問い合わせてい",
            "応募",
            "申し込",
        ];
        let back = ["戻り", "戻っ", "戻る", "帰り", "帰っ", "帰る", "移り", "移っ", "移る", "来まし", "来た", "越して"];
        let there = ["相談に", "出向", "通", "車", "電車", "出か", "出て", "足"];
        let around = ["で", "の", "なら", "に住", "でも"];
        let station = ["駅の近", "駅近", "駅前", "駅から徒歩", "駅そば", "駅のそば", "駅の前"];
        if case
            || after(&["から"], &from)
            || after(&["に", "へ"], &back)
            || after(&["まで"], &there)
            || after(&["あたり", "らへん"], &around)
            || after(&[""], &station)
            || self.listed_with_trade(start, end)
        {
            2
        } else {
            0
        }
    }

    /// 製造業(小松)です, "小松・製造業・従業員20名": beside a trade and its size.
    fn listed_with_trade(&self, start: usize, end: usize) -> bool {
        let (before, rest) = (&self.text[..start], &self.text[end..self.right_clause(end)]);
        let industry = ["業", "製作所", "工務店", "会社", "店", "病院", "学校", "園", "塾", "事務所"];
        if let Some(left) = before.strip_suffix(['(', '・', '/'])
            && rest.starts_with([')', '・', '/', '、'])
            && industry.iter().any(|w| left.ends_with(w))
        {
            return true;
        }
        let opens = before.is_empty() || before.ends_with(['\n', '。', '(']);
        let Some(list) = rest.strip_prefix(['・', '、', '/']).filter(|_| opens) else { return false };
        let first = list.split(['・', '、', '/', '(']).next().unwrap_or(list);
        let size = ["従業員", "社員"]
            .iter()
            .filter_map(|w| first.strip_prefix(w))
            .any(|n| n.starts_with(|c: char| c.is_ascii_digit()));
        size || first.ends_with('業') && first.chars().count() <= 8
    }

    /// 川越で菓子の製造をしている新井です, 明石のパン屋さんで働いてます: where a
    /// sentence begins, a town and the trade its sender follows there. No
    /// person's name stands so.
    fn introduces(&self, start: usize, end: usize) -> bool {
        let before = &self.text[..start];
        let me = ["当方", "当方は", "私は", "わたしは", "うちは", "こちら", "こちらは"];
        let opens = before.is_empty()
            || me.iter().any(|w| before.ends_with(w))
            || before.ends_with(['\n', '。', '!', '?', '、', ',', '(', '「', ' ', '.'])
            || self.gap(start);
        if !opens || self.zone == Zone::Signature {
            return false;
        }
        let rest = &self.text[end..self.right_clause(end)];
        let (of, rest) = match rest.strip_prefix('の') {
            Some(rest) => (true, rest),
            None => match rest.strip_prefix("で").or_else(|| rest.strip_prefix("にて")) {
                Some(rest) => (false, rest),
                None => return false,
            },
        };
        // What is national, central or a firm's is no town's: 国立の病院, 日立の社員.
        if of && OF_NO_TOWN.contains(&&self.text[start..end]) {
            return false;
        }
        let said = sentence_part(rest);
        let ends = ends_as_self(said);
        if of {
            // The noun the sender is: nothing he deals with stands before it.
            let Some(trade) = TRADES_OF_ONE.iter().filter_map(|t| said.find(t)).min() else { return false };
            let object = ["を", "に頼", "から", "へ", "に聞", "に相談", "に連絡", "が"];
            let noun = said[..trade].chars().count() <= 12 && !object.iter().any(|o| said[..trade].contains(o));
            ends && noun
        } else {
            let doing = [
                "しており",
                "しています",
                "している",
                "しとり",
                "しとる",
                "してます",
                "してる",
                "やって",
                "営",
                "開いて",
            ];
            ends && doing.iter().any(|d| said.contains(d)) && !said.starts_with("担当")
                || ends && TRADES_OF_ONE.iter().any(|t| said.contains(t))
        }
    }

    /// 宮崎会の…: associations name themselves and each other so.
    fn is_chapter(&self, picked: &Picked, end: usize) -> bool {
        picked.name.senses.iter().any(|s| s.bare && s.level == Level::Prefecture)
            && ["会の", "会で", "会に", "会へ", "会は", "会から"].iter().any(|w| self.text[end..].starts_with(w))
    }

    /// A branch follows directly, by a word that ends no company's name.
    fn is_office(&self, at: usize) -> bool {
        let offices = [
            "支店",
            "支社",
            "支部",
            "支所",
            "支局",
            "営業所",
            "出張所",
            "事業所",
            "工場",
            "事業部",
            "営業部",
            "本店",
            "本社",
            "駐在所",
            "物流せんたー",
            "配送せんたー",
            "おふぃす",
            "店の",
            "校の",
            "店で",
            "校で",
        ];
        offices.iter().any(|o| self.text[at..].starts_with(o))
    }

    /// 〇〇支店の山田です, 〇〇支店で働いている: the sender is there.
    fn sits(&self, at: usize) -> bool {
        let clause = self.right_clause(at);
        let rest = &self.text[at..clause];
        ["の者", "と申", "に勤め", "で働", "に勤務", "で勤務", "の職員", "の行員"].iter().any(|s| rest.contains(s))
            || super::context::sits(rest)
    }

    /// Korean: a word of its own, with or without a particle.
    fn weigh_hangul(&self, picked: &Picked<'a>) -> Option<Mention<'a>> {
        let Range { start, end } = picked.range;
        let hangul = |c: char| matches!(c, '\u{AC00}'..='\u{D7A3}');
        let particles = [
            '에', '의', '로', '는', '은', '이', '가', '를', '을', '와', '과', '도', '시', '현', '부', '까', '지', '본',
            '역', '근', '입', '인', '쪽', '공', '사', '점', '만',
        ];
        let begins = self.gap(start) || !self.written_before(start).is_some_and(hangul);
        let ends = self.gap(end) || !self.written_at(end).is_some_and(|c| hangul(c) && !particles.contains(&c));
        (begins && ends).then(|| mention(picked, picked.range.clone(), |_| true, 3, false))
    }

    /// A particle after a bare name: what the words behind it make of it.
    fn particle_cue(&self, picked: &Picked, word: &str, after: usize, left: &Left, risk: u8) -> Option<u8> {
        let start = picked.range.start;
        let adverb = matches!(&self.text[picked.range.clone()], "大分" | "三重");
        if ["です", "でし", "でござ", "なん", "なの"].iter().any(|w| word.starts_with(w)) {
            let before = self.text[..start].chars().next_back();
            let now = ["今は", "いまは", "現在は", "会社は", "場所は", "勤務地は", "事務所は", "所在地は", "拠点は"];
            if now.iter().any(|n| self.text[..start].ends_with(n)) {
                return Some(3);
            }
            return match before {
                // 県境に近い伊賀です
                _ if ["近い", "遠い", "にある", "面した", "接した", "囲まれた", "離れた", "寄った", "した先の"]
                    .iter()
                    .any(|w| self.text[..start].ends_with(w)) =>
                {
                    Some(3)
                }
                _ if self.text[..start].ends_with("こちら") || self.text[..start].ends_with("当地") => Some(2),
                Some('は' | ':' | 'が') => Some(2),
                // 〇〇商会の千葉です
                // 離島の対馬です
                Some('の')
                    if cues::LIE_OF_LAND
                        .iter()
                        .any(|w| self.text[..start].strip_suffix('の').is_some_and(|t| t.ends_with(w))) =>
                {
                    Some(3)
                }
                Some('の' | '、') if !matches!(left, Left::Name) => {
                    if risk == 0 && before == Some('、') {
                        Some(0)
                    } else {
                        None
                    }
                }
                // "福島です": a person, unless it tells which of several places.
                _ if risk > 0 => Some(0),
                _ => Some(1),
            };
        }
        let clause = self.right_clause(after);
        let surname = picked.name.senses.iter().all(|s| !s.bare || s.risk == 0 || s.surname);
        // What only places are followed by clears a surname, not a word.
        let place = |cue: u8| if surname { cue.max(2) } else { cue };
        let of = word.starts_with('の') || word == "での";
        if of && is_session(&self.text[after..clause]) {
            return Some(2);
        }
        if of {
            if let Some((cue, _)) = self.site_after(after, 30) {
                return Some(if cue == Cue::Event { 2 } else { 3 });
            }
            let rest = &self.text[after..clause];
            if is_ware(rest) {
                return None;
            }
            // 柏の木, 燕の巣
            let grown = ["木", "巣", "花", "葉", "実", "枝", "餅"];
            if picked.range.len() == '柏'.len_utf8() && grown.iter().any(|w| rest.starts_with(w)) {
                return None;
            }
            if cues::LIE_BEHIND.iter().any(|w| rest.starts_with(w)) {
                return Some(2);
            }
            // 宮崎、福島の3名で参加: people are counted.
            let count = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十数両".contains(c));
            if risk > 0 && count.len() < rest.len() && count.starts_with(['名', '人']) {
                return None;
            }
            if risk > 0 && cues::OF_PERSONS.iter().any(|w| rest.starts_with(w)) {
                return None;
            }
            // 長岡の(株)〇〇です
            if self.cue_at(after, |c| c == Cue::Firm).is_some() {
                return Some(place(2));
            }
            let business =
                self.cues_in(after..clause).any(|c| matches!(c.cue, Cue::Business | Cue::Area) && c.start < after + 48);
            let said = ["です", "と申", "でござ", "といい", "と言", "ともうし", "だ"];
            let introduces = rest.chars().count() <= 12 && said.iter().any(|s| rest.contains(s));
            return Some(if business || introduces { 2 } else { if word == "の" { 1 } else { place(1) } });
        }
        if matches!(word, "で" | "では" | "でも" | "にて" | "において") {
            let doing = self.cues_in(after..clause).any(|c| matches!(c.cue, Cue::Doing | Cue::Event));
            return Some(if doing {
                if surname { 3 } else { 2 }
            } else if adverb {
                0
            } else {
                place(1)
            });
        }
        if matches!(word, "に" | "には" | "における" | "にも") {
            let being = self.cues_in(after..(after + 10).min(clause)).any(|c| c.cue == Cue::Being);
            let rest = &self.text[after..clause];
            // 上田に会いました
            if risk > 0
                && word == "に"
                && ["会", "渡", "伝え", "頼", "任せ", "話し", "教わ"].iter().any(|w| rest.starts_with(w))
            {
                return None;
            }
            // 津和野には弁護士がいません
            let lacking = ["いません", "ありません", "ございません", "いない", "ないの", "ないで"];
            if word == "には" && lacking.iter().any(|w| rest.split('、').next().is_some_and(|r| r.contains(w))) {
                return Some(2);
            }
            return Some(if being || word == "における" { 2 } else { u8::from(!adverb) });
        }
        if adverb {
            return Some(0);
        }
        if matches!(word, "から") {
            let asks = self
                .cues_in(after..(after + 40).min(clause))
                .any(|c| matches!(c.cue, Cue::Want | Cue::Apply | Cue::Event | Cue::Move | Cue::Desk));
            let rest = &self.text[after..clause];
            // 石川から連絡があると思います: who calls is a person.
            let calls = [
                "連絡があ",
                "連絡が行",
                "連絡がい",
                "連絡させ",
                "電話があ",
                "電話させ",
                "めーるがあ",
                "説明があ",
                "話があ",
            ];
            if calls.iter().any(|c| rest.starts_with(c)) {
                return None;
            }
            let ways = ["ばす", "電車", "車で", "飛行機", "船", "ふぇりー", "新幹線", "徒歩", "片道", "高速"];
            let way = ways.iter().any(|w| rest.starts_with(w))
                || rest.get(..12).is_some_and(|r| r.contains("時間"))
                || rest.starts_with("何時間");
            return Some(if asks || way { 2 } else { 1 });
        }
        let rest = &self.text[after..clause];
        let reaches = ["来", "行", "伺", "通", "出", "遠", "車", "電車", "足を", "何分", "何時間"];
        if word == "まで" && reaches.iter().any(|w| rest.starts_with(w)) {
            return Some(2);
        }
        let far = ["遠", "田舎", "雪", "離島", "不便", "過疎", "山の中", "小さな町", "小さい町"];
        if matches!(word, "は" | "だと" | "では" | "も") && far.iter().any(|w| rest.starts_with(w)) {
            return Some(2);
        }
        if word == "だけ" && self.text[..start].ends_with('は') {
            return Some(2);
        }
        Some(u8::from(matches!(word, "まで" | "へ" | "への" | "との" | "からの" | "までの")))
    }

    /// A name with its suffix: only what would cut a longer word is refused.
    fn weigh_full(&self, picked: &Picked<'a>, left: Left) -> Option<Mention<'a>> {
        let Range { start, end } = picked.range;
        let text = &self.text[start..end];
        let town = picked.name.senses.iter().all(|s| matches!(s.level, Level::Town));
        let prefecture = picked.name.senses.iter().any(|s| s.level == Level::Prefecture);
        let short = text.chars().count() <= 2;
        match left {
            Left::Glue | Left::Compass if short || town => return None,
            Left::Compass if !prefecture && text.chars().count() <= 3 => return None,
            Left::Cue(Cue::Firm) if prefecture => return None,
            _ => {}
        }
        let rest = &self.text[end..];
        let cut = match text.chars().next_back() {
            Some('都' | '道' | '府' | '県') if prefecture => ["警", "立", "議", "知事"].as_slice(),
            Some('市') => &["場"],
            Some('区') => &["域", "間", "分", "画", "切", "別"],
            Some('町') if short => &["工場", "並", "歩", "屋"],
            Some('村') if short => &["上", "山", "田", "井", "木", "松"],
            _ => &[],
        };
        if !self.gap(end) && cut.iter().any(|c| rest.starts_with(c)) {
            return None;
        }
        let mut made = mention(picked, picked.range.clone(), |s| !s.bare, 3, false);
        made.away = self.cue_at(end, |c| matches!(c, Cue::Away | Cue::Compare)).is_some();
        Some(made)
    }

    fn weigh_latin(
        &self,
        picked: &Picked<'a>,
        previous: Option<&Range<usize>>,
        next: Option<&Range<usize>>,
        in_field: bool,
        people: &People,
    ) -> Option<Mention<'a>> {
        let Range { start, mut end } = picked.range;
        if self.in_address(start, end) {
            return None;
        }
        let suffix = self.latin_suffix(end);
        let mut cue = 0;
        let mut wanted = suffix.as_ref().map(|(suffix, _)| *suffix);
        // "Yamagata, the village", "the village of Yamagata"
        let village = [", the village", ", a village", ", the little village", ", the small village"];
        if wanted.is_none()
            && (village.iter().any(|v| self.text[end..].starts_with(v)) || self.text[..start].ends_with("village of "))
            && picked.name.senses.iter().any(|s| Suffix::Town.fits(s.level))
        {
            wanted = Some(Suffix::Town);
            cue = 3;
        }
        if let Some((_, after)) = suffix {
            end = after;
            cue = 3;
        }
        let before = self.word_before(start);
        let before_text = before.as_ref().map_or("", |r| &self.text[r.clone()]);
        if cue == 0 && matches!(before_text, "of") {
            let of = &self.text[..start];
            cue = if of.ends_with("prefecture of ") || of.ends_with("city of ") || of.ends_with("province of ") {
                3
            } else {
                0
            };
        }
        let keep = |s: &super::gazetteer::Sense| match wanted {
            Some(suffix) => suffix.fits(s.level),
            None => s.risk < super::gazetteer::NEVER,
        };
        let mut made = mention(picked, start..end, keep, cue, true);
        if made.set.is_empty() && matches!(wanted, Some(Suffix::City | Suffix::Prefecture)) {
            // Strangers say "Kobe Prefecture" and "Ohita City".
            let named = |s: &super::gazetteer::Sense| matches!(s.level, Level::City | Level::Prefecture);
            made = mention(picked, start..end, |s| named(s) && s.risk < 2, cue, true);
        }
        if made.set.is_empty() {
            return None;
        }
        made.full = wanted.is_some();
        if made.full {
            made.chief = PrefectureSet::EMPTY;
        }
        if in_field {
            made.cue = 3;
            return Some(made);
        }
        // "Location: Gifu", "Prefecture ..... Gifu"
        let label = self.text[..start].trim_end_matches([' ', ':', '-', '.', '…', '_', '|', '\t', '=', '>', '*']).len();
        if (start - label >= 2 || self.text[label..start].contains(':')) && self.cue_ending(label, |c| c == Cue::Label)
        {
            made.cue = 3;
        }
        let capital = self.is_capital(start);
        let word = &self.text[picked.range.clone()];
        // "the old gold mine office": a word of English, written small.
        if !capital && is_english(word) && !(wanted.is_some() && self.lower_case()) {
            return None;
        }
        // "Kochi, India"
        let rest = &self.text[end..];
        if let Some(country) =
            rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" in ")).or_else(|| rest.strip_prefix(" ("))
        {
            if cues::COUNTRIES.iter().any(|c| country.starts_with(c)) {
                return None;
            }
            if country.starts_with("japan") {
                made.cue = 3;
            }
        }
        if rest.starts_with(" japan") {
            made.cue = 3;
        }
        // People: "Mr. Chiba", "Chiba-san".
        let title = before_text.trim_end_matches('.');
        if matches!(
            title,
            "mr" | "mrs" | "ms" | "miss" | "dr" | "prof" | "mx" | "messrs" | "madam" | "sir" | "dear" | "hi" | "hello"
        ) {
            return None;
        }
        if ["-san", " san", "-sama", " sama", "-sensei", " sensei", "-kun", "-born", "-style", "-san."]
            .iter()
            .any(|s| rest.strip_prefix(s).is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphabetic())))
        {
            return None;
        }
        let bytes = self.text.as_bytes();
        let glued_left =
            start > 0 && matches!(bytes[start - 1], b'-' | b'_' | b'\'' | b'/' | b'#') && bytes[start - 1] != b'/';
        if glued_left && !self.text[..start].ends_with(" -") && previous.is_none_or(|p| p.end + 1 != start) {
            return None;
        }
        if made.full {
            return Some(made);
        }
        let based = rest.starts_with("-based") || rest.starts_with("-area");
        if rest.starts_with('-') && !based && next.is_none_or(|n| n.start != end + 1) && !rest.starts_with("- ") {
            return None;
        }
        // "Chiba's office" is Chiba's.
        let owned = rest.strip_prefix("'s").or_else(|| rest.strip_prefix("'"));
        let after = owned.map_or(end, |r| self.text.len() - r.len());
        let right = self.latin_right(after, next);
        let left_name = before.as_ref().is_some_and(|b| previous.is_some_and(|p| p.end == b.end));
        // French à, unlike an article.
        let towards = before_text == "a" && before.as_ref().is_some_and(|b| self.written_at(b.start) == Some('à'));
        if !towards && is_product(&self.text[..start], before_text, rest) {
            return None;
        }
        // "Satsuma and Imari ware": what is made there.
        if !preposition_before(before_text) && next.is_some_and(|n| self.is_ware_of(end, n)) {
            return None;
        }
        // "We sell Satsuma": bought and sold, no place is.
        let sold = matches!(
            before_text,
            "sell"
                | "sells"
                | "selling"
                | "sold"
                | "import"
                | "imports"
                | "importing"
                | "export"
                | "exports"
                | "exporting"
                | "collect"
                | "collects"
                | "collecting"
        );
        if sold && made.risk > 0 && self.is_capital(start) {
            return None;
        }
        match right {
            Right::Glue if !left_name => return None,
            Right::Cue(Cue::Institution | Cue::Away, _) => return None,
            // "near Nagoya Station" is an address, "a poster at Tokyo Station" is not.
            Right::Cue(Cue::Station, _) => {
                if !matches!(
                    before_text,
                    "near" | "around" | "by" | "opposite" | "beside" | "behind" | "outside" | "to" | "from" | "of"
                ) {
                    return None;
                }
                made.cue = made.cue.max(2);
            }
            Right::Cue(Cue::Event, _) => made.cue = made.cue.max(2),
            Right::Cue(..) => made.cue = made.cue.max(3),
            _ => {}
        }
        if based {
            made.cue = 3;
        }
        let title = self.is_title(&picked.range);
        let surname = picked.name.senses.iter().any(|s| s.surname);
        let preposition = matches!(
            before_text,
            "in" | "at"
                | "di"
                | "en"
                | "em"
                | "behind"
                | "opposite"
                | "beyond"
                | "past"
                | "off"
                | "near"
                | "around"
                | "outside"
                | "within"
                | "inside"
                | "throughout"
                | "across"
                | "central"
                | "downtown"
                | "greater"
                | "northern"
                | "southern"
                | "eastern"
                | "western"
        );
        let weaker = matches!(
            before_text,
            "from"
                | "to"
                | "for"
                | "of"
                | "our"
                | "the"
                | "covers"
                | "serving"
                | "is"
                | "via"
                | "only"
                | "about"
                | "just"
        );
        // "the office is Chiba" is a place, "my name is Chiba" is not.
        let weaker = weaker
            && (before_text != "is"
                || made.risk == 0
                || self.text[..start].strip_suffix(" is ").is_some_and(|t| {
                    [
                        "office",
                        "company",
                        "address",
                        "location",
                        "site",
                        "plant",
                        "factory",
                        "branch",
                        "shop",
                        "prefecture",
                        "city",
                        "place",
                        "workplace",
                        "base",
                        "venue",
                    ]
                    .iter()
                    .any(|w| t.ends_with(w))
                }));
        let from = before_text == "from"
            && [
                "writing",
                "calling",
                "am",
                "are",
                "i'm",
                "we're",
                "mailing",
                "hello",
                "greetings",
                "come",
                "based",
                "email",
            ]
            .iter()
            .any(|w| self.text[..start].strip_suffix(" from ").is_some_and(|b| b.ends_with(w)));
        let ahead = before.as_ref().map_or("", |b| self.text[..b.start].trim_end());
        let related = relates(ahead, before_text)
            || is_trade(rest) && matches!(before_text, "a" | "an" | "the" | "our" | "my" | "this");
        let addressee = before_text == "to"
            && ["reply", "write", "speak", "talk", "report", "refer", "addressed", "sent", "replies", "say"]
                .iter()
                .any(|w| self.text[..start].strip_suffix(" to ").is_some_and(|b| b.ends_with(w)));
        if addressee && made.risk > 0 && made.cue < 2 {
            return None;
        }
        if before_text == "about"
            && (self.text[..start].ends_with("what about ") || self.text[..start].ends_with("how about "))
        {
            made.cue = made.cue.max(2);
        }
        // "on Sado", but "on Fujita" is about a person.
        let water = ["lake ", "mount ", "mt. ", "cape "].iter().any(|w| word.starts_with(w));
        let aboard = water && matches!(before_text, "by" | "beside" | "on" | "below")
            || before_text == "on" && (ISLANDS.contains(&word) || word.ends_with("jima") || word.ends_with("shima"));
        // "Koriyama, not the one in Nara": persons are told apart otherwise.
        if title && [", not the one", " (not the one", ", the one in"].iter().any(|w| rest.starts_with(w)) {
            made.cue = made.cue.max(2);
        }
        if preposition || from || aboard || towards {
            made.cue = made.cue.max(2);
            // "in Date": nothing but a place stands so, if it is written as a name.
            let plain = before.as_ref().is_some_and(|b| self.starts_sentence(b.start) || !self.is_capital(b.start));
            if title && plain && matches!(before_text, "in" | "near" | "around" | "outside" | "throughout" | "on") {
                made.cue = 3;
            }
        } else if self.dated(start, rest, before_text)
            || title && (related || self.in_brackets(start, rest) || self.asked_of_place(start, rest, before_text))
        {
            made.cue = made.cue.max(2);
        } else if title && (rest.starts_with(" is where") || self.after_firm(start)) {
            made.cue = made.cue.max(if rest.starts_with(" is") { 3 } else { 2 });
        } else if weaker {
            made.cue = made.cue.max(1);
        } else if let Some(before) = &before {
            // "Hiroshi Nagano", "Setouchi Osaka": a name, unless the word
            // before only starts its sentence.
            let starts = self.starts_sentence(before.start);
            if !left_name && self.is_capital(before.start) && !starts && !is_small_word(before_text) && made.cue < 3 {
                return None;
            }
        }
        if !surname && made.cue == 0 && self.stands_as_name(&picked.range, rest, before.as_ref(), left_name) {
            made.cue = 1;
        }
        if !capital && made.cue < if self.lower_case() { 1 } else { 2 } {
            return None;
        }
        // Small letters among capitals: an ordinary word more often than not.
        if !capital && !self.lower_case() && !preposition && made.risk >= 2 {
            return None;
        }
        let text = &self.text[start..end];
        if made.cue < 2 && people.words().iter().any(|p| p == text) {
            return None;
        }
        if self.zone == Zone::Signature {
            made.risk = made.risk.max(1);
            if bytes[..start].ends_with(b", ") {
                made.cue = made.cue.max(1);
            }
        }
        Some(made)
    }

    /// The next name of an enumeration is followed by a ware, and so is this.
    fn is_ware_of(&self, end: usize, next: &Range<usize>) -> bool {
        let and =
            self.text.get(end..next.start).is_some_and(|t| matches!(t, " and " | ", " | " or " | ", and " | " & "));
        and && self.text[next.end..].strip_prefix(' ').is_some_and(|_| {
            self.cue_at(next.end + 1, |c| c == Cue::Institution).is_some()
                && self.cue_at(next.end + 1, |c| c == Cue::Event || c.is_site()).is_none()
        })
    }

    /// "a shop (Sakata)", but "our manager (Yamaguchi)" is called so.
    fn in_brackets(&self, start: usize, rest: &str) -> bool {
        let people = [
            "manager",
            "colleague",
            "boss",
            "director",
            "president",
            "chief",
            "clerk",
            "secretary",
            "employee",
            "lawyer",
            "he",
            "she",
            "contact",
            "person",
            "daughter",
            "son",
            "wife",
            "husband",
            "name",
        ];
        let Some(left) = self.text[..start].strip_suffix('(') else { return false };
        let word = left.trim_end().rsplit([' ', '\n']).next().unwrap_or("");
        rest.starts_with([')', ',']) && !people.contains(&word)
    }

    /// What is asked of places alone: "does Sakata have a desk", "who looks after
    /// Sakata", "moved from Berlin to Sakata", "Sakata, nine people".
    fn asked_of_place(&self, start: usize, rest: &str, before: &str) -> bool {
        let left = &self.text[self.left_clause(start)..start];
        let office = ["desk", "contact", "office", "association", "prefecture", "seminar", "workshop", "session"];
        let names_office = || office.iter().any(|w| rest.contains(w));
        if (before == "does" && rest.starts_with(" have ") || rest.starts_with(" belong")) && names_office() {
            return true;
        }
        if ["looks after ", "look after ", "covers ", "cover ", "in charge of ", "responsible for "]
            .iter()
            .any(|w| left.ends_with(w))
            && (left.starts_with("who ")
                || left.starts_with("which ")
                || left.contains(" who ")
                || left.contains(" which "))
        {
            return true;
        }
        let moves = ["moved ", "relocated ", "moving ", "transferred "];
        if before == "to" && moves.iter().any(|w| left.contains(w)) && left.contains(" from ") {
            return true;
        }
        let people = ["staff", "people", "employees", "workers", "heads"];
        let sized = |text: &str| {
            let mut words = text.split([' ', ',', '.']).filter(|w| !w.is_empty());
            let number = words.next().is_some_and(is_number);
            number && words.next().is_some_and(|w| people.contains(&w))
        };
        let last = left.strip_suffix(", ").and_then(|l| l.rsplit(", ").next());
        (self.starts_sentence(start) && rest.strip_prefix(", ").is_some_and(sized)) || last.is_some_and(sized)
    }

    /// "Blue Fox Ltd., Sakata": what follows a firm on its line is its seat.
    fn after_firm(&self, start: usize) -> bool {
        let firms = ["ltd", "ltd.", "inc", "inc.", "co.", "k.k.", "kk", "llc", "gmbh", "g.k.", "corp.", "corporation"];
        self.text[..start].strip_suffix(", ").is_some_and(|left| firms.iter().any(|f| left.ends_with(f)))
    }

    /// A place and a time beside it: "Toyama, 9 February", "3 March, 14:00,
    /// Himi", "for Tsu on the 18th".
    fn dated(&self, start: usize, rest: &str, before: &str) -> bool {
        if let Some(after) = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" on "))
            && (rest.starts_with(',') || matches!(before, "for" | "to" | "at" | "in"))
            && is_date(after)
        {
            return true;
        }
        let Some(left) = self.text[..start].strip_suffix(", ") else { return false };
        let from = left.rfind([' ', '\n']).map_or(0, |i| i + 1);
        let last = &left[from..];
        let hour = last.contains(':') && last.bytes().all(|b| b.is_ascii_digit() || b == b':');
        hour || is_date(last) && !last.contains('-')
    }

    /// Written as a name where no person's is: a capital within its sentence
    /// or before "here", "(Kobe, …)", ", Nerima,", a line of its own; in mail
    /// without capitals any long one.
    fn stands_as_name(&self, range: &Range<usize>, rest: &str, before: Option<&Range<usize>>, left_name: bool) -> bool {
        if !self.is_title(range) {
            let alone = range.len() >= 4
                && self.text[..range.start].ends_with(", ")
                && (rest.is_empty() || rest.starts_with(['\n', '.', ',']));
            return self.lower_case() && !self.is_capital(range.start) && (range.len() >= 6 || alone);
        }
        if rest.starts_with(" here") {
            return true;
        }
        let left = &self.text[..range.start];
        // "Yours, Saga" is a signature.
        let line = left.rfind('\n').map_or(0, |i| i + 1);
        let closings = ["yours", "regards", "sincerely", "best", "thanks", "cheers", "faithfully", "truly", "you"];
        if left[line..].strip_suffix(", ").is_some_and(|l| closings.iter().any(|c| l.ends_with(c))) {
            return false;
        }
        let closed =
            rest.is_empty() || rest.starts_with([',', ')', ';', '.', '\n', ':', '?', '!']) || rest.starts_with(" -");
        if left.ends_with(['(', '"']) || left.ends_with(", ") || left.ends_with("- ") {
            return closed;
        }
        if self.starts_sentence(range.start) {
            return closed && !rest.starts_with(',');
        }
        let persons = [
            "with",
            "by",
            "am",
            "named",
            "called",
            "ask",
            "told",
            "asked",
            "and",
            "than",
            "i'm",
            "says",
            "said",
            "boss",
            "manager",
            "colleague",
            "director",
            "president",
            "chief",
            "name",
            "name's",
            "hi",
            "thanks",
            "thank",
            "like",
        ];
        before.is_some_and(|b| !left_name && !self.is_capital(b.start) && !persons.contains(&&self.text[b.clone()]))
    }

    fn weigh_number(
        &self,
        gazetteer: &Gazetteer,
        number: number::Number,
        field_at: &dyn Fn(usize) -> Option<FieldKind>,
        named: &[Mention<'a>],
    ) -> Option<Mention<'a>> {
        if gazetteer.is_disowned(&number.digits) {
            return None;
        }
        let (found, kind) = match number.kind {
            number::Kind::Phone => (gazetteer.phone(&number.digits)?, Kind::Phone),
            number::Kind::PostalMarked => (gazetteer.postal(&number.digits)?, Kind::Postal),
            number::Kind::Postal => {
                let field = field_at(self.folded.original(number.range.clone()).start);
                let found = gazetteer.postal(&number.digits)?;
                let address = self.zone == Zone::Signature
                    || matches!(field, Some(FieldKind::Place(_)))
                    || self.text.trim() == &self.text[number.range.clone()]
                    || self.is_called_postal(&number.range)
                    || self.beside_name(&number.range, found.0, named)
                    || self.beside_address(&number.range);
                if !address {
                    return None;
                }
                (found, Kind::Postal)
            }
        };
        let (set, origin) = found;
        Some(Mention {
            range: number.range,
            set,
            chief: PrefectureSet::EMPTY,
            kind,
            full: true,
            cue: 3,
            risk: 0,
            latin: false,
            introduces: false,
            away: false,
            senses: Senses::One(set, Where::Table(origin)),
        })
    }

    /// NNN-NNNN and the name of a place where that code is: "506-0011, Takayama".
    fn beside_name(&self, range: &Range<usize>, set: PrefectureSet, named: &[Mention]) -> bool {
        let next = named.partition_point(|m| m.range.start < range.end);
        let after = named.get(next).filter(|m| {
            m.set.meets(set) && m.range.start - range.end <= 2 && !self.text[range.end..m.range.start].contains('\n')
        });
        let before = next.checked_sub(1).and_then(|i| named.get(i)).filter(|m| {
            m.set.meets(set)
                && m.range.end <= range.start
                && matches!(&self.text[m.range.end..range.start], " " | ", " | "," | "(")
        });
        after.or(before).is_some()
    }

    /// "Our postcode is 640-8156", 郵便番号は640-8156: called so in its sentence.
    fn is_called_postal(&self, range: &Range<usize>) -> bool {
        let before = &self.text[self.left_clause(range.start)..range.start];
        let after = &self.text[range.end..self.right_clause(range.end)];
        let names = [
            "postal code",
            "postcode",
            "post code",
            "zip",
            "postal",
            "envelope",
            "mailing address",
            "郵便番号",
            "郵便は",
            "〒",
        ];
        let other =
            ["phone", "tel", "fax", "number is", "call", "order", "invoice", "電話", "ふぁっくす", "番号は", "受付"];
        let said = |text: &str| names.iter().filter_map(|n| text.rfind(n)).max();
        let not = |text: &str| other.iter().filter_map(|n| text.rfind(n)).max();
        let first = |text: &str| names.iter().filter_map(|n| text.find(n)).min();
        match said(before) {
            Some(at) => {
                before.len() - at <= 64 && not(before).is_none_or(|n| n < at || before[at..].starts_with("郵便番号"))
            }
            None => first(after).is_some_and(|at| at <= 32) && not(before).is_none(),
        }
    }

    /// NNN-NNNN before Japanese letters of an address, or behind a capital
    /// word or -ku, -shi of a romanised one.
    fn beside_address(&self, range: &Range<usize>) -> bool {
        let after = self.text[range.end..].trim_start_matches([' ', '\n']);
        let before = self.text[..range.start].trim_end_matches([' ', ',']);
        let suffix = ["都", "道", "府", "県", "市", "区", "町", "村", "郡"];
        let head: String = after.chars().take(6).collect();
        if suffix.iter().any(|s| head.contains(s)) {
            return true;
        }
        // "We are at 380-0823"
        let sits = [
            "are at",
            "am at",
            "we're at",
            "i'm at",
            "is at",
            "located at",
            "based at",
            "live at",
            "sits at",
            "sit at",
        ];
        if sits.iter().any(|s| before.ends_with(s)) {
            return true;
        }
        let word_start = before
            .rfind(|c: char| !c.is_ascii_alphabetic() && c != '-')
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let word = &before[word_start..];
        word.len() >= 3
            && before.len() + 2 >= range.start
            && self.is_capital(word_start)
            && !matches!(word, "tel" | "fax" | "no" | "phone" | "room")
    }

    /// Domains of mail addresses and links in a signature.
    fn addresses(&self, gazetteer: &Gazetteer, mentions: &mut Vec<Mention<'a>>) {
        let mut at = 0;
        while let Some(found) = self.text[at..].find(['@', ':']) {
            let sign = at + found;
            at = sign + 1;
            let host = match self.text.as_bytes()[sign] {
                b'@' => sign + 1,
                _ if self.text[sign..].starts_with("://") => sign + 3,
                _ => continue,
            };
            let domain: &str = &self.text[host..];
            let length =
                domain.bytes().take(253).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count();
            let domain = domain[..length].trim_end_matches('.');
            let Some(suffix) = gazetteer.domain(domain) else { continue };
            let set = PrefectureSet::of(suffix.prefecture);
            mentions.push(Mention {
                range: host..host + domain.len(),
                set,
                chief: PrefectureSet::EMPTY,
                kind: Kind::Domain { government: suffix.government },
                full: true,
                cue: 3,
                risk: 0,
                latin: true,
                introduces: false,
                away: false,
                senses: Senses::One(set, Where::Table(super::domain::origin(&suffix))),
            });
            at = host + length;
        }
    }

    // --- the neighbourhood ---------------------------------------------------

    /// The folded offset in the original.
    pub(super) fn original_at(&self, at: usize) -> usize {
        self.folded.original(at..at).start
    }

    /// White space was dropped before this folded offset.
    pub(super) fn gap(&self, at: usize) -> bool {
        at > 0 && at < self.text.len() && !self.folded.gaps(at - 1..at + 1).is_empty()
    }

    /// The character as the sender wrote it.
    fn written_at(&self, at: usize) -> Option<char> {
        let len = self.text[at..].chars().next()?.len_utf8();
        self.original.get(self.folded.original(at..at + len))?.chars().next()
    }

    fn written_before(&self, at: usize) -> Option<char> {
        let len = self.text[..at].chars().next_back()?.len_utf8();
        self.written_at(at - len)
    }

    pub(super) fn is_capital(&self, at: usize) -> bool {
        self.written_at(at).is_some_and(char::is_uppercase)
    }

    /// Cues that start at an offset.
    fn cue_at(&self, at: usize, wanted: impl Fn(Cue) -> bool) -> Option<&CueHit> {
        let from = self.cues.partition_point(|c| c.start < at);
        self.cues[from..].iter().take_while(|c| c.start == at).filter(|c| wanted(c.cue)).last()
    }

    fn cue_ending(&self, at: usize, wanted: impl Fn(Cue) -> bool) -> bool {
        self.longest_ending(at, wanted).is_some()
    }

    fn longest_ending(&self, at: usize, wanted: impl Fn(Cue) -> bool) -> Option<&CueHit> {
        let from = self.by_end.partition_point(|c| c.end < at);
        self.by_end[from..].iter().take_while(|c| c.end == at).filter(|c| wanted(c.cue)).min_by_key(|c| c.start)
    }

    /// A cue ends exactly there.
    pub(super) fn ends_at(&self, at: usize, cue: Cue) -> bool {
        self.cue_ending(at, |c| c == cue)
    }

    /// Cues that start inside a range, at most a bounded number.
    pub(super) fn cues_in(&self, range: Range<usize>) -> impl Iterator<Item = &CueHit> + '_ {
        let from = self.cues.partition_point(|c| c.start < range.start);
        self.cues[from..].iter().take_while(move |c| c.start < range.end).take(200)
    }

    /// End of the clause to the right: a sentence end, a line end, or far enough.
    pub(super) fn right_clause(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = at;
        while end < bytes.len() && end - at <= NEAR {
            match bytes[end] {
                b'!' | b'?' | b'\n' | b';' => return end,
                b'.' if matches!(bytes.get(end + 1), Some(b' ' | b'\n')) => return end,
                0xE3 if bytes[end..].starts_with("。".as_bytes()) => return end,
                _ => end += 1,
            }
        }
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        end
    }

    /// Start of the clause to the left.
    pub(super) fn left_clause(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut start = at;
        while start > 0 && at - start <= NEAR {
            match bytes[start - 1] {
                b'!' | b'?' | b'\n' | b';' => return start,
                b' ' if start > 1 && bytes[start - 2] == b'.' && !self.abbreviated(start - 2) => return start,
                0x82 if bytes[..start].ends_with("。".as_bytes()) => return start,
                _ => start -= 1,
            }
        }
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        start
    }

    /// "Mr." and "Ltd." end no sentence.
    fn abbreviated(&self, dot: usize) -> bool {
        let word: &str = &self.text[..dot];
        ["mr", "mrs", "ms", "dr", "prof", "co", "ltd", "no", "st", "pref", "e.g", "i.e"]
            .iter()
            .any(|a| word.ends_with(a))
    }

    /// The first site cue within some bytes, in the same clause and before any comma.
    pub(super) fn site_after(&self, at: usize, within: usize) -> Option<(Cue, usize)> {
        let end = self.right_clause(at).min(at + within);
        let mut end = end;
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        let stop = self.text[at..end].find(['、', '(', ')', '「', '」']).map_or(end, |i| at + i);
        let mut best: Option<&CueHit> = None;
        for cue in self.cues_in(at..stop).filter(|c| c.cue.is_site()) {
            match best {
                Some(b) if cue.start > b.start => break,
                _ => best = Some(cue),
            }
        }
        best.map(|c| (c.cue, c.start))
    }

    fn has_kana(&self) -> bool {
        *self.has_kana.get_or_init(|| self.original.contains(is_kana))
    }

    /// Nothing is capitalised but words in capitals throughout (HR, OK).
    fn lower_case(&self) -> bool {
        *self.lower_case.get_or_init(|| {
            let letters = self.original.as_bytes();
            !letters.windows(2).any(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase())
                && letters.iter().any(u8::is_ascii_lowercase)
        })
    }

    /// Written like a name: a capital and small letters.
    fn is_title(&self, range: &Range<usize>) -> bool {
        self.is_capital(range.start)
            && self.written_at(range.start + 1).is_some_and(|c| c.is_lowercase() || !c.is_alphabetic())
    }

    fn half_width_only(&self) -> bool {
        *self.half_width_only.get_or_init(|| only_half_width(self.original))
    }

    fn particle(&self, at: usize) -> Option<(&'static str, usize)> {
        let first = self.written_at(at)?;
        if !(is_hiragana(first) || is_half_width(first) && self.half_width_only()) {
            return None;
        }
        let rest = &self.text[at..];
        cues::AFTER.iter().filter(|w| rest.starts_with(**w)).max_by_key(|w| w.len()).map(|w| (*w, at + w.len()))
    }

    fn right(&self, end: usize, next: Option<&Range<usize>>) -> Right {
        if let Some(cue) = self.cue_at(end, |c| c == Cue::Honorific) {
            return Right::Cue(Cue::Honorific, cue.end);
        }
        if next.is_some_and(|n| n.start == end) {
            return Right::Name;
        }
        let wanted =
            |c: Cue| c.is_site() || matches!(c, Cue::Institution | Cue::Station | Cue::Away | Cue::Compare | Cue::Area);
        if let Some(cue) = self.cue_at(end, wanted) {
            return Right::Cue(cue.cue, cue.end);
        }
        if self.cue_at(end, |c| matches!(c, Cue::Denied | Cue::Want | Cue::Business)).is_some() && !self.gap(end) {
            let kind = self.written_at(end);
            if kind.is_some_and(is_kanji) || kind.is_some_and(is_katakana) {
                // 長野相談窓口, 大阪テレワーク相談
                return Right::Cue(Cue::Area, end);
            }
        }
        if self.gap(end) {
            return Right::Edge;
        }
        let Some(c) = self.written_at(end) else { return Right::Edge };
        if is_hiragana(c) || is_half_width(c) && self.half_width_only() {
            return self.particle(end).map_or(Right::Glue, |(word, after)| Right::Particle(word, after));
        }
        if is_kanji(c) || is_katakana(c) {
            // Enumerations and the like: 等, 他, 及び.
            return if matches!(c, '等' | '他' | '及' | '又' | '若' | '両' | '各') {
                Right::Edge
            } else {
                Right::Glue
            };
        }
        Right::Edge
    }

    fn left(&self, start: usize, previous: Option<&Range<usize>>) -> Left {
        let label = |c| matches!(c, Cue::Firm | Cue::Introduction | Cue::Label | Cue::Stranger);
        // 「担当:」, 【氏名】
        let trimmed = self.text[..start].trim_end_matches([':', ' ', '】', ']', '」', '|', '\t', '=']).len();
        for at in [start, trimmed] {
            if let Some(cue) = self.longest_ending(at, label) {
                return Left::Cue(cue.cue);
            }
        }
        if let Some(of) = self.text[..start].strip_suffix('の')
            && self.cue_ending(of.len(), |c| c == Cue::Stranger)
        {
            return Left::Cue(Cue::Stranger);
        }
        if let Some(topic) = self.text[..start].strip_suffix('は')
            && let Some(cue) = self.longest_ending(topic.len(), label)
        {
            return Left::Cue(cue.cue);
        }
        if previous.is_some_and(|p| p.end == start) {
            return Left::Name;
        }
        if self.gap(start) {
            return Left::Gap;
        }
        match self.written_before(start) {
            Some('新' | '北' | '南' | '東' | '西' | '大' | '小' | '最' | '奥' | '上' | '下' | '元' | '旧' | '本') =>
            {
                // 日本, 弊社の本 …: only kanji directly before the name count.
                if self.cue_ending(start, |_| true) { Left::Edge } else { Left::Compass }
            }
            Some(c) if is_kanji(c) || is_katakana(c) => {
                let word =
                    |c: Cue| c.is_site() || matches!(c, Cue::Own | Cue::Area | Cue::PastTime | Cue::Want | Cue::Focus);
                let now = ["現在", "今回", "当", "在", "現", "全", "各", "第"];
                if self.cue_ending(start, word) || now.iter().any(|n| self.text[..start].ends_with(n)) {
                    Left::Edge
                } else {
                    Left::Glue
                }
            }
            _ => Left::Edge,
        }
    }

    /// "-shi", " City", "-ken", " Prefecture" …: what it says, and its end.
    fn latin_suffix(&self, end: usize) -> Option<(Suffix, usize)> {
        let rest = &self.text[end..];
        const SUFFIXES: &[(&str, Suffix)] = &[
            (" prefectural", Suffix::Prefecture),
            (" prefecture", Suffix::Prefecture),
            (" pref", Suffix::Prefecture),
            ("-pref", Suffix::Prefecture),
            ("-prefecture", Suffix::Prefecture),
            (" metropolitan", Suffix::Prefecture),
            (" metropolis", Suffix::Prefecture),
            ("-ken", Suffix::Prefecture),
            ("-fu", Suffix::Prefecture),
            ("-to", Suffix::Prefecture),
            (" ken", Suffix::Prefecture),
            (" city", Suffix::City),
            ("-city", Suffix::City),
            ("-shi", Suffix::City),
            (" shi", Suffix::City),
            (" ward", Suffix::Ward),
            ("-ku", Suffix::Ward),
            (" ku", Suffix::Ward),
            (" county", Suffix::County),
            (" district", Suffix::County),
            ("-gun", Suffix::County),
            (" gun", Suffix::County),
            (" town", Suffix::Town),
            (" village", Suffix::Town),
            ("-cho", Suffix::Town),
            ("-machi", Suffix::Town),
            ("-mura", Suffix::Town),
            ("-son", Suffix::Town),
            (" cho", Suffix::Town),
            (" machi", Suffix::Town),
            (" mura", Suffix::Town),
        ];
        for (text, suffix) in SUFFIXES {
            if rest.starts_with(text) {
                let after = end + text.len();
                let next = self.text.as_bytes().get(after);
                // "Nagano Ken" is a person, "Nagano ken" a prefecture.
                let shouted = text.starts_with(' ')
                    && text.len() <= 5
                    && text != &" pref"
                    && text != &" city"
                    && text != &" ward"
                    && text != &" town"
                    && self.is_capital(end + 1);
                if !next.is_some_and(u8::is_ascii_alphabetic) && !shouted {
                    return Some((*suffix, after));
                }
            }
        }
        None
    }

    /// Inside a mail address, a link or a host name.
    fn in_address(&self, start: usize, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        let part = |b: &u8| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'.' | b'-' | b'_' | b'@' | b'/' | b':' | b'%' | b'+' | b'=' | b'?' | b'&' | b'~')
        };
        let from = start - bytes[..start].iter().rev().take(120).take_while(|b| part(b)).count();
        let to = end + bytes[end..].iter().take(120).take_while(|b| part(b)).count();
        let token = self.text[from..to].trim_end_matches(['.', ':', '-', '/', '?']);
        if token.contains('@') || token.contains("://") || token.contains("www.") {
            return true;
        }
        // host.example, without a scheme
        token.as_bytes().windows(3).any(|w| w[0].is_ascii_alphanumeric() && w[1] == b'.' && w[2].is_ascii_alphabetic())
            && !token.contains(".,")
            && token.len() > end - start
    }

    /// The Latin word before, on the same line, one space away.
    fn word_before(&self, start: usize) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        if start < 2 || bytes[start - 1] != b' ' {
            return None;
        }
        let end = start - 1;
        let length = bytes[..end]
            .iter()
            .rev()
            .take(24)
            .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'\''))
            .count();
        (length > 0).then_some(end - length..end)
    }

    fn starts_sentence(&self, at: usize) -> bool {
        let before = self.text[..at].trim_end_matches([' ', '"', '(', '\'', '-', '*']);
        before.is_empty() || before.ends_with(['.', '!', '?', ':', '\n', ';', '。'])
    }

    fn latin_right(&self, after: usize, next: Option<&Range<usize>>) -> Right {
        let rest = &self.text[after..];
        let Some(spaced) = rest.strip_prefix(' ') else { return Right::Edge };
        let at = after + 1;
        if next.is_some_and(|n| n.start == at) {
            return Right::Name;
        }
        let wanted = |c: Cue| c.is_site() || matches!(c, Cue::Institution | Cue::Station | Cue::Away | Cue::Area);
        if let Some(cue) = self.cue_at(at, wanted) {
            return Right::Cue(cue.cue, cue.end);
        }
        if !spaced.starts_with(|c: char| c.is_ascii_alphabetic()) || !self.is_capital(at) {
            return Right::Edge;
        }
        let word: &str = spaced.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        if is_small_word(word) || word == "japan" {
            return Right::Edge;
        }
        // Two words further on there may be an office: "Osaka Sales Branch".
        if let Some((Cue::Branch | Cue::Head, _)) = self.site_after(at, 24) {
            return Right::Cue(Cue::Branch, at);
        }
        Right::Glue
    }
}

/// What a form field's value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// A place; of this standing.
    Place(FieldPlace),
    /// Somebody's or some company's name: never a place.
    Person,
}

/// Which place a form field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldPlace {
    /// Where help is needed.
    Need,
    Plain,
    Head,
}

/// What a romanised suffix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suffix {
    Prefecture,
    City,
    Ward,
    County,
    Town,
}

impl Suffix {
    fn fits(self, level: Level) -> bool {
        matches!(
            (self, level),
            (Suffix::Prefecture, Level::Prefecture)
                | (Suffix::City, Level::City | Level::SpecialWard)
                | (Suffix::Ward, Level::Ward | Level::SpecialWard)
                | (Suffix::County, Level::County)
                | (Suffix::Town, Level::Town)
        )
    }
}

/// A mention of the senses that hold. Where one of them is a prefecture and
/// nothing says otherwise, the prefecture is meant.
fn mention<'a>(
    picked: &Picked<'a>,
    range: Range<usize>,
    keep: impl Fn(&super::gazetteer::Sense) -> bool,
    cue: u8,
    latin: bool,
) -> Mention<'a> {
    let kept = || picked.name.senses.iter().enumerate().filter(|(_, s)| keep(s));
    let prefecture = kept().any(|(_, s)| s.level == Level::Prefecture);
    // A prefecture and a region of the same name are one place; villages
    // elsewhere need their suffix.
    let bare = kept().all(|(_, s)| s.bare);
    let mut set = PrefectureSet::EMPTY;
    let mut chief = PrefectureSet::EMPTY;
    let mut level = Level::Town;
    let (mut risk, mut safest) = (0, super::gazetteer::NEVER);
    let mut full = true;
    let mut senses = 0;
    for (index, sense) in kept().filter(|(_, s)| !(prefecture && bare) || s.level == Level::Prefecture) {
        set = set | sense.set;
        if sense.chief {
            chief = chief | sense.set;
        }
        level = level.max(sense.level);
        full &= !sense.bare;
        risk = risk.max(sense.risk);
        safest = safest.min(sense.risk);
        senses |= bit(index);
    }
    // The safest sense vouches for the name, unless another is as likely.
    if set.len() == 1 || chief.len() == 1 {
        risk = safest;
    }
    if risk >= super::gazetteer::NEVER {
        risk = 3;
    }
    let senses = Senses::Name(picked.name, senses);
    Mention {
        range,
        set,
        chief,
        kind: Kind::Name(level),
        full,
        cue,
        risk,
        latin,
        introduces: false,
        away: false,
        senses,
    }
}

/// Original text of a folded range, without white space around it, and its
/// byte range.
pub(super) fn written(passage: &Passage, range: Range<usize>) -> (Range<usize>, &str) {
    let range = passage.folded.original(range);
    let text = passage.text.get(range.clone()).unwrap_or("");
    let start = range.start + (text.len() - text.trim_start().len());
    let text = text.trim();
    (start..start + text.len(), text)
}

/// Whether a word of the sender's display name may be a person's name that
/// begins with a place: 益田, 益田太郎, not 益田商工会.
fn is_surname(word: &str, name: &str) -> bool {
    const TRADES: &[&str] = &[
        "醸造",
        "酒造",
        "製菓",
        "製茶",
        "製麺",
        "製材",
        "製作",
        "製薬",
        "工業",
        "工務",
        "工房",
        "産業",
        "建設",
        "建築",
        "商事",
        "物産",
        "水産",
        "農園",
        "農産",
        "牧場",
        "印刷",
        "運輸",
        "運送",
        "交通",
        "観光",
        "電機",
        "電気",
        "電設",
        "機械",
        "化学",
        "食品",
        "青果",
        "繊維",
        "織物",
        "紡績",
        "鉄工",
        "金属",
        "造船",
        "漁業",
        "林業",
        "旅館",
        "温泉",
        "病院",
        "医院",
        "薬局",
        "学園",
        "総業",
        "企画",
        "設計",
        "測量",
        "わーく",
        "支部",
        "支所",
        "県庁",
        "営業",
        "工場",
    ];
    word.strip_prefix(name).is_some_and(|given| {
        given.chars().count() <= 3
            && !given.contains(['会', '社', '店', '市', '屋', '園', '館', '県', '&', '-', '舗', '堂', '亭', '庵'])
            // 小松の建具
            && !given.strip_prefix('の').is_some_and(|of| of.starts_with(is_kanji))
            && !TRADES.iter().any(|t| given.starts_with(t))
    })
}

fn bare_risk(name: &Name) -> u8 {
    name.senses.iter().filter(|s| s.bare).map(|s| s.risk).min().unwrap_or(0)
}

/// Town names that before の are another word or a firm.
const OF_NO_TOWN: &[&str] = &["国立", "日立", "中間", "大和", "光", "東海", "南国", "中央"];

/// What firms end in that bear their master's name.
const FIRMS_OF_MASTERS: &[&str] =
    &["製作所", "工務店", "農園", "牧場", "医院", "くりにっく", "食堂", "旅館", "鉄工所", "木工所", "歯科"];

/// What one is or works at, as people introduce themselves, folded.
const TRADES_OF_ONE: &[&str] = &[
    "すたーとあっぷ",
    "べんちゃー",
    "代理店",
    "制作",
    "すくーる",
    "屋",
    "店",
    "会社",
    "企業",
    "工場",
    "工房",
    "工業",
    "工務",
    "鉄工",
    "製作",
    "製造",
    "加工",
    "業者",
    "業の",
    "業で",
    "業を",
    "農家",
    "農園",
    "農協",
    "漁協",
    "漁師",
    "組合",
    "牧場",
    "酒造",
    "酒蔵",
    "蔵元",
    "醸造",
    "窯",
    "織",
    "染",
    "建具",
    "家具",
    "木工",
    "造園",
    "植木",
    "畳",
    "左官",
    "大工",
    "職人",
    "印刷",
    "製本",
    "運送",
    "倉庫",
    "建設",
    "設備",
    "電気",
    "塗装",
    "食品",
    "水産",
    "製菓",
    "菓子",
    "豆腐",
    "醤油",
    "味噌",
    "茶園",
    "果樹",
    "病院",
    "医院",
    "歯科",
    "歯医者",
    "医者",
    "診療所",
    "薬局",
    "くりにっく",
    "保育",
    "幼稚園",
    "こども園",
    "学校",
    "学園",
    "高校",
    "大学",
    "塾",
    "施設",
    "介護",
    "旅館",
    "民宿",
    "ほてる",
    "ぺんしょん",
    "げすとはうす",
    "宿",
    "食堂",
    "かふぇ",
    "喫茶",
    "れすとらん",
    "さろん",
    "美容",
    "理容",
    "床屋",
    "事務所",
    "すたじお",
    "めーかー",
    "すーぱー",
    "商店",
    "商会",
    "商社",
    "問屋",
    "卸",
    "法人",
    "npo",
    "社労士",
    "税理士",
    "司法書士",
    "行政書士",
    "役場",
    "市役所",
    "商工会",
    "観光協会",
    "者です",
    "者で",
    "者と",
    "者や",
    "者な",
    "者だ",
    "一人親方",
];

/// 金沢の回: one of several dates, called by its place.
pub(super) fn is_session(rest: &str) -> bool {
    let Some(after) = rest.strip_prefix(['回', '部']).or_else(|| rest.strip_prefix("日程")) else { return false };
    after.is_empty() || after.starts_with(|c: char| is_hiragana(c) || "、。(),!?・ \n".contains(c))
}

/// The first part of a sentence: to its comma, its end or a "but".
fn sentence_part(rest: &str) -> &str {
    let end = ["、", "。", "\n", "(", "けど", "けれど", "が、", "ねんけど"]
        .iter()
        .filter_map(|w| rest.find(w).map(|i| if w.starts_with('け') { i + w.len() } else { i }))
        .min()
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Ends as people speak of themselves: …です, …をしております, …やけど, …の者.
fn ends_as_self(said: &str) -> bool {
    let said = said.trim_end_matches(|c: char| !c.is_alphanumeric());
    let said = said.strip_suffix("けど").or_else(|| said.strip_suffix("けれど")).unwrap_or(said);
    let said = said.strip_suffix(['が', 'ね', 'よ']).unwrap_or(said);
    let ends = [
        "てきました",
        "てまいりました",
        "です",
        "ます",
        "ござい",
        "ございます",
        "申",
        "者",
        "でして",
        "まして",
        "おり",
        "いて",
        "いる",
        "てる",
        "とる",
        "とります",
        "よる",
        "や",
        "だ",
        "とります",
        "す",
    ];
    ends.iter().any(|e| said.ends_with(e)) && !["でしょうか", "ください"].iter().any(|q| said.contains(q))
}

/// 札幌のビール: what a place is known for, unless somebody makes or sells it.
fn is_ware(rest: &str) -> bool {
    let wares = [
        "びーる",
        "らーめん",
        "うどん",
        "そばを",
        "日本酒",
        "地酒",
        "焼酎",
        "わいん",
        "ういすきー",
        "お酒",
        "酒を",
        "牛肉",
        "お菓子",
        "お土産",
        "土産",
        "名物",
        "明太子",
        "味噌を",
        "みかんを",
        "りんごを",
        "桃を",
        "ぶどうを",
        "牡蠣を",
        "かにを",
    ];
    let trade = ["店", "屋", "会社", "工場", "めーかー", "蔵", "業", "作", "造", "問屋", "農", "販売", "卸", "輸"];
    let said = rest.split(['、', '。']).next().unwrap_or(rest);
    wares.iter().any(|w| rest.starts_with(w)) && !trade.iter().any(|t| said.contains(t))
}

/// Before a name that stands for a place, whatever its list ends in.
fn preposition_before(word: &str) -> bool {
    matches!(word, "in" | "at" | "near" | "from" | "around" | "outside")
}

/// The preposition before a name and what it hangs on: "the middle of", "the
/// desk for", "responsible for", "close to", "a firm from".
fn relates(ahead: &str, preposition: &str) -> bool {
    let word = ahead.rsplit([' ', '\n', '(']).next().unwrap_or("");
    let word = word.strip_suffix('s').filter(|w| w.len() > 3).unwrap_or(word);
    match preposition {
        "of" => matches!(
            word,
            "association"
                | "chamber"
                | "office"
                | "desk"
                | "middle"
                | "north"
                | "south"
                | "east"
                | "west"
                | "centre"
                | "center"
                | "heart"
                | "outskirt"
                | "edge"
                | "end"
                | "side"
                | "part"
                | "town"
                | "city"
                | "village"
                | "port"
                | "island"
                | "people"
                | "outside"
                | "hill"
                | "suburb"
                | "corner"
                | "prefecture"
                | "mountain"
                | "coast"
                | "street"
                | "district"
                | "direction"
        ),
        "for" => matches!(
            word,
            "desk"
                | "point"
                | "office"
                | "association"
                | "responsible"
                | "seminar"
                | "workshop"
                | "talk"
                | "number"
                | "address"
                | "contact"
                | "one"
                | "counter"
                | "seat"
                | "place"
                | "competent"
                | "lecture"
                | "date"
                | "list"
                | "flyer"
                | "flier"
                | "leaflet"
                | "poster"
                | "invitation"
                | "programme"
                | "program"
                | "map"
                | "session"
                | "booking"
                | "registration"
                | "registered"
                | "ticket"
                | "venue"
                | "room"
                | "time"
                | "timetable"
                | "course"
                | "page"
                | "entry"
        ),
        "to" => matches!(
            word,
            "close"
                | "closer"
                | "closest"
                | "nearest"
                | "next"
                | "moved"
                | "move"
                | "moving"
                | "relocated"
                | "come"
                | "coming"
                | "came"
                | "go"
                | "going"
                | "went"
                | "drive"
                | "drove"
                | "commute"
                | "belong"
                | "here"
                | "over"
                | "up"
                | "down"
                | "out"
                | "back"
                | "bring"
                | "brought"
                | "train"
                | "bus"
                | "ferry"
                | "travel"
                | "way"
                | "road"
                | "trip"
        ),
        // Who writes, calls or orders is a person.
        "from" => !matches!(
            word,
            "mail"
                | "e-mail"
                | "message"
                | "letter"
                | "call"
                | "note"
                | "reply"
                | "answer"
                | "heard"
                | "hear"
                | "word"
                | "invitation"
                | "instruction"
                | "order"
                | "request"
                | "got"
                | "received"
                | "learned"
                | "copied"
                | "text"
                | "phone"
                | "comment"
                | "question"
                | "it"
                | "this"
                | "that"
                | "approval"
                | "permission"
                | "apart"
        ),
        "is" if matches!(
            word,
            "place"
                | "office"
                | "shop"
                | "factory"
                | "plant"
                | "branch"
                | "workplace"
                | "city"
                | "prefecture"
                | "location"
        ) =>
        {
            true
        }
        "is" => {
            matches!(word, "town" | "village" | "hometown" | "home" | "island" | "nearest" | "seat" | "municipality")
        }
        "called" | "named" => matches!(word, "town" | "village" | "place" | "island" | "city" | "hamlet" | "valley"),
        "above" | "below" | "via" | "toward" | "towards" | "along" => true,
        _ => false,
    }
}

/// A count as one writes it: 12, twelve.
fn is_number(word: &str) -> bool {
    let names = [
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
    ];
    names.contains(&word) || !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

/// Begins with a kind of business or people, with a word on it or without: "a
/// Sakata brewery", "a Sakata printing firm".
fn is_trade(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(' ') else { return false };
    let mut words = rest.split(' ').map(|w| w.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or(""));
    let first = words.next().unwrap_or("");
    let second = words.next().unwrap_or("");
    is_kind_of_trade(first)
        || first.len() > 3
            && rest.as_bytes().get(first.len()) == Some(&b' ')
            && !is_small_word(first)
            && matches!(
                second,
                "company" | "firm" | "maker" | "mill" | "manufacturer" | "business" | "hotel" | "brewery" | "school"
            )
}

fn is_kind_of_trade(word: &str) -> bool {
    matches!(
        word,
        "company"
            | "companies"
            | "firm"
            | "firms"
            | "business"
            | "businesses"
            | "employer"
            | "employers"
            | "hotel"
            | "inn"
            | "bakery"
            | "brewery"
            | "maker"
            | "manufacturer"
            | "startup"
            | "studio"
            | "school"
            | "restaurant"
            | "cafe"
            | "clinic"
            | "hospital"
            | "practice"
            | "farm"
            | "mill"
            | "workshop"
            | "agency"
            | "publisher"
            | "printer"
            | "cooperative"
            | "people"
            | "staff"
            | "employees"
            | "members"
            | "town"
            | "residents"
            | "team"
            | "address"
            | "suburb"
            | "depot"
            | "yard"
            | "port"
            | "harbour"
            | "harbor"
            | "desks"
            | "counter"
            | "one"
    )
}

/// Islands that one lives and works on.
const ISLANDS: &[&str] = &[
    "sado",
    "iki",
    "goto",
    "awaji",
    "rishiri",
    "rebun",
    "okushiri",
    "amami",
    "yoron",
    "yonaguni",
    "taketomi",
    "oki",
    "naoshima",
    "teshima",
    "ishigaki",
    "miyako",
    "iriomote",
    "hachijo",
    "miyake",
    "tanegashima",
    "yakushima",
    "okinawa",
    "hokkaido",
    "shikoku",
    "kyushu",
    "izu oshima",
    "amami oshima",
    "chichijima",
    "okinoerabu",
    "kumejima",
    "shodo",
];

/// "opened a Sapporo", "a bottle of Yamazaki", "drinking Asahi": bought, not
/// travelled to.
fn is_product(left: &str, before: &str, rest: &str) -> bool {
    if before == "of" {
        let measures = [
            "bottle", "bottles", "glass", "glasses", "can", "cans", "cup", "cups", "pint", "pints", "case", "cases",
            "crate", "bowl", "plate", "pack", "slice", "box", "boxes", "sip", "jar", "bag", "bags",
        ];
        let word = left.strip_suffix(" of ").and_then(|l| l.rsplit([' ', '\n']).next());
        return word.is_some_and(|w| measures.contains(&w));
    }
    if matches!(before, "drink" | "drinks" | "drinking" | "drank" | "eat" | "eats" | "eating" | "ate" | "brew") {
        return true;
    }
    if !matches!(before, "a" | "an" | "another" | "two" | "three" | "some" | "cold" | "his" | "her" | "frozen") {
        return false;
    }
    let Some(next) = rest.strip_prefix(' ') else { return !rest.starts_with(['-', '\'']) };
    let next = next.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    next.is_empty()
        || (is_small_word(next)
            && !matches!(
                next,
                "branch"
                    | "office"
                    | "company"
                    | "contact"
                    | "seminar"
                    | "workshop"
                    | "site"
                    | "area"
                    | "address"
                    | "telework"
                    | "location"
            ))
        || matches!(
            next,
            "during" | "while" | "before" | "after" | "then" | "there" | "yesterday" | "today" | "so" | "who" | "that"
        )
}

/// Begins with a day of a month or of the week, or an hour.
fn is_date(text: &str) -> bool {
    let text = text.strip_prefix("the ").unwrap_or(text);
    let word = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').next().unwrap_or("");
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &word[number.len()..];
    if !number.is_empty() && number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        let month = text[word.len()..].trim_start();
        return number.contains(':') && letters.is_empty()
            || matches!(letters, "st" | "nd" | "rd" | "th" | "am" | "pm")
            || letters.is_empty() && number.len() <= 2 && is_month(month);
    }
    is_month(word)
}

/// Begins with the name of a month or weekday.
fn is_month(text: &str) -> bool {
    const DAYS: &[&str] = &[
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    DAYS.iter().any(|d| word == *d || d.len() == 3 && word.len() > 3 && is_long_month(word, d))
}

fn is_long_month(word: &str, short: &str) -> bool {
    const MONTHS: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "sept",
        "october",
        "november",
        "december",
    ];
    word.starts_with(short) && MONTHS.contains(&word)
}

/// English words that may be capitalised in headings and at sentence starts.
fn is_small_word(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "our"
            | "my"
            | "your"
            | "this"
            | "that"
            | "in"
            | "at"
            | "near"
            | "from"
            | "to"
            | "for"
            | "of"
            | "and"
            | "or"
            | "is"
            | "are"
            | "was"
            | "on"
            | "by"
            | "with"
            | "as"
            | "we"
            | "i"
            | "a"
            | "an"
            | "not"
            | "but"
            | "branch"
            | "office"
            | "company"
            | "city"
            | "greater"
            | "north"
            | "south"
            | "east"
            | "west"
            | "central"
            | "northern"
            | "southern"
            | "eastern"
            | "western"
            | "downtown"
            | "re"
            | "fw"
            | "fwd"
            | "about"
            | "regarding"
            | "contact"
            | "point"
            | "seminar"
            | "workshop"
            | "has"
            | "have"
            | "can"
            | "could"
            | "would"
            | "will"
            | "do"
            | "does"
            | "please"
            | "area"
            | "region"
            | "side"
            | "which"
            | "where"
            | "address"
            | "prefecture"
            | "location"
            | "place"
            | "site"
            | "hello"
            | "since"
            | "because"
            | "if"
            | "when"
            | "telework"
    )
}

pub(super) fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}')
}

fn is_kana(c: char) -> bool {
    is_hiragana(c) || is_katakana(c)
}

fn is_half_width(c: char) -> bool {
    matches!(c, '\u{FF66}'..='\u{FF9F}')
}

/// Half-width kana and hardly any hiragana: the machine that wrote this knows
/// no other kana.
fn only_half_width(text: &str) -> bool {
    // U+FF66 to U+FF9F are EF BD A6 … EF BE 9F; hiragana are E3 81 … and E3 82 ….
    let Some(first) = text.find(is_half_width) else { return false };
    let half = text[first..].chars().filter(|c| is_half_width(*c)).count();
    half > 4 * text.chars().filter(|c| is_hiragana(*c)).count()
}

fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー' | '\u{FF66}'..='\u{FF9F}')
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '々' | '〆' | '\u{20000}'..='\u{323AF}')
}
